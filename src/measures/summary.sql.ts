import type { Measure } from './measure.ts';
import { percentiles } from './measured.ts';
import { conditionsOf } from './narrow.ts';
import type { Dimension, MeasureFilter } from './window.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** The upper bounds of a histogram, in milliseconds: those of `valuestream_span_duration_seconds` for Prometheus. */
export const histogramBounds: readonly number[] = [
  ...[1, 5, 15, 30, 60, 180, 360, 720].map((minutes) => minutes * MINUTE),
  ...[1, 3, 7, 14, 21, 30, 60, 90].map((days) => days * DAY),
];

const SPREAD = `
  quantile_cont(value, [${percentiles.map((percentile) => percentile / 100)}]) AS percentiles,
  map_keys(histogram(value, [${histogramBounds}])) AS bounds,
  map_values(histogram(value, [${histogramBounds}])) AS counts`;
const NO_SPREAD = 'NULL AS percentiles, NULL AS bounds, NULL AS counts';

/**
 * Buckets by the day of UTC that an instant lies in, so that they are found by hashing; which of the few on that day it is,
 * the edges decide. An instant lies in exactly one, whatever the time zone does. `$starts`, `$ends`: the edges.
 */
const CELLS = `(
  SELECT bucket, starts, ends, unnest(range(starts // ${DAY}, (ends - 1) // ${DAY} + 1)) AS utc_day
  FROM (
    SELECT
      unnest($starts::VARCHAR[])::BIGINT AS starts,
      unnest($ends::VARCHAR[])::BIGINT AS ends,
      unnest(range(len($starts::VARCHAR[]))) AS bucket
  )
)`;

/**
 * One row for each group, bucket and reason, and for their sums: `is_total` where it is of all groups, `is_whole` where of all
 * buckets. Rows without a reason carry the numbers, those with one say how many are excluded for it, and give an example.
 */
export function summarySql(
  measure: Measure,
  { filter, groupBy, isCut }: { filter: MeasureFilter; groupBy: readonly Dimension[]; isCut: boolean },
): string {
  const groups = groupBy.map((dimension) => `"${dimension}"`);
  const cuts = isCut ? [[], ['bucket']] : [[]];
  const sets = [[], ...(groups.length > 0 ? [groups] : [])].flatMap((group) => cuts.map((cut) => [...group, ...cut]));
  return `
SELECT
  ${groups.map((group) => `${group}::VARCHAR AS ${group},`).join(' ')}
  ${groups.length > 0 ? `GROUPING(${groups[0]}) = 1` : 'true'} AS is_total,
  ${isCut ? 'bucket, GROUPING(bucket) = 1' : 'NULL AS bucket, true'} AS is_whole,
  reason,
  count(*) AS count,
  sum(value)::DOUBLE AS sum,
  ${(measure.sums ?? []).map((name) => `sum("${name}")::DOUBLE AS "sum of ${name}",`).join(' ')}
  avg(value)::DOUBLE AS mean,
  min(value)::DOUBLE AS min,
  max(value)::DOUBLE AS max,
  arg_min(span_id, "at") FILTER (reason IS NOT NULL) AS example,
  ${measure.isSpread === true ? SPREAD : NO_SPREAD}
FROM (${measure.items}) AS items
${isCut ? `JOIN ${CELLS} AS cells ON "at" // ${DAY} = utc_day AND "at" >= starts AND "at" < ends` : ''}
WHERE ${conditionsOf(measure, filter)}
GROUP BY GROUPING SETS (${sets.map((set) => `(${[...set, 'reason']})`)})`;
}
