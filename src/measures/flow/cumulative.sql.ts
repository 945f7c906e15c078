import { conditionsOf } from '../narrow.ts';
import type { MeasureFilter } from '../window.ts';
import { arrivedMeasure } from './flow.ts';

/**
 * What has changed up to each of `$edges` since the one before: how many have arrived, were done or left otherwise, and how many
 * more, or fewer, are in each stage; those without stages in one without a name. What happens at an edge comes after it.
 */
export function cumulativeSql(filter: MeasureFilter): string {
  return `
WITH lives AS (
  SELECT * FROM (${arrivedMeasure.items}) WHERE reason IS NULL AND ${conditionsOf(arrivedMeasure, filter)}
),
passages AS (
  SELECT stages.started_at AS came_at, coalesce(stages.finished_at, lives.finished_at) AS went_at, name, category
  FROM lives JOIN stages ON stages.identity_id = lives.identity_id AND stages.ordinal = attempt
  UNION ALL
  SELECT "at", finished_at, NULL, NULL
  FROM lives ANTI JOIN stages ON stages.identity_id = lives.identity_id AND stages.ordinal = attempt
),
moments AS (
  SELECT "at" AS moment, 'arrived' AS what, NULL AS stage, NULL AS category, 1 AS change FROM lives
  UNION ALL
  SELECT finished_at, CASE WHEN is_done THEN 'done' ELSE 'left' END, NULL, NULL, 1 FROM lives WHERE finished_at IS NOT NULL
  UNION ALL
  SELECT came_at, 'in', name, category, 1 FROM passages
  UNION ALL
  SELECT went_at, 'in', name, category, -1 FROM passages WHERE went_at IS NOT NULL
),
edges AS (SELECT unnest($edges::VARCHAR[])::BIGINT AS edge)
SELECT edge, what, stage, category, sum(change)::BIGINT AS change
FROM moments ASOF JOIN edges ON moment < edge
GROUP BY ALL`;
}
