import { conditionsOf } from '../narrow.ts';
import type { MeasureFilter } from '../window.ts';
import { pullRequestMeasures } from './pull-requests.ts';

const { time_to_merge: timeToMerge } = pullRequestMeasures;

/** How many were merged up to each of `$edges`, and the percentiles of their times to merge. */
export function runningSql(filter: MeasureFilter): string {
  return `
SELECT edge, count(*) AS n, quantile_cont(value, [0.5, 0.95, 0.99]) AS percentiles
FROM (SELECT unnest($edges::VARCHAR[])::BIGINT AS edge)
JOIN (
  SELECT "at", value FROM (${timeToMerge.items}) WHERE reason IS NULL AND ${conditionsOf(timeToMerge, filter)}
) ON "at" < edge
GROUP BY edge`;
}
