import { durationBounds } from '../domain/duration-bounds.ts';
import type { Measure, Question } from './measure.ts';
import { percentiles } from './measured.ts';
import { conditionsOf } from './narrow.ts';

const DAY = 86_400_000;

/** The bucket of what lies in the period before. */
const BEFORE = -1;

/** What of a question decides which sums are made. */
export type Shape = Pick<Question, 'filter' | 'groupBy' | 'per' | 'compare'>;

/**
 * Buckets by the day of UTC that an instant lies in, so that they are found by hashing; which of the few on that day it is,
 * the edges decide. An instant lies in exactly one, whatever the time zone does. `$starts`, `$ends`: the edges. `first`: the
 * number of the first bucket.
 */
export const cellsSql = (first = 0): string => `(
  SELECT bucket, starts, ends, unnest(range(starts // ${DAY}, (ends - 1) // ${DAY} + 1)) AS utc_day
  FROM (
    SELECT
      unnest($starts::VARCHAR[])::BIGINT AS starts,
      unnest($ends::VARCHAR[])::BIGINT AS ends,
      unnest(range(len($starts::VARCHAR[]))) + ${first} AS bucket
  )
)`;

/** How items are joined to {@link cellsSql}. */
export const IN_CELL = `"at" // ${DAY} = utc_day AND "at" >= starts AND "at" < ends`;

/** The items of one measure, in the columns of all; those of the period before have the bucket {@link BEFORE}. */
function itemsSql(
  measure: Measure,
  index: number,
  { filter, groupBy, per, compare }: Shape,
  sums: readonly string[],
): string {
  const items = `(${measure.items}) AS items`;
  const conditions = conditionsOf(measure, filter);
  const columns = [
    `${index} AS measure, span_id, "at", value, reason`,
    ...groupBy.map((dimension) => `"${dimension}"::VARCHAR AS "${dimension}"`),
    ...sums.map((name) => `${measure.sums?.includes(name) === true ? `"${name}"` : 'NULL'}::DOUBLE AS "${name}"`),
  ].join(', ');
  if (measure.isStock === true) return `SELECT ${columns}, NULL::BIGINT AS bucket FROM ${items} WHERE ${conditions}`;
  const since = sinceOf(conditions);
  if (per === null) {
    const bucket = compare ? `CASE WHEN "at" < $from THEN ${BEFORE} END` : 'NULL';
    return `SELECT ${columns}, ${bucket}::BIGINT AS bucket FROM ${sinceOf(items)} WHERE ${since}`;
  }
  return `SELECT ${columns}, bucket FROM ${sinceOf(items)}
  JOIN ${cellsSql(compare ? BEFORE : 0)} AS cells ON ${IN_CELL} WHERE ${since}`;
}

/** Where the period before counts too, all begins with that. */
function sinceOf(sql: string): string {
  return sql.replaceAll('$from', '$since');
}

/**
 * What several measures come to: one row for each measure, group, bucket and reason, and for their sums: `is_total` where it is
 * of all groups, `is_whole` where of all buckets, `is_before` where of the period before, which has no buckets. `measure` is
 * which one it is of those given. Rows without a reason carry the numbers, those with one say how many are excluded for it, and
 * give an example.
 *
 * - `$since`: the start of the period before where there is one, else that of the window.
 * - Of the groups the `$most_groups` with most items of the first measure; each row says how many there are, `all_groups`.
 * - One query for all, so that what measures have in common is made once.
 */
export function summarySql(measures: readonly Measure[], shape: Shape): string {
  const { groupBy, per } = shape;
  const groups = groupBy.map((dimension) => `"${dimension}"`);
  const sums = [...new Set(measures.flatMap(({ sums: names = [] }) => names))];
  const common = [...new Set(measures.flatMap(({ common: tables = [] }) => tables.map(sinceOf)))];
  const cuts = per === null ? [[]] : [[], ['bucket']];
  const sets = [[], ...(groups.length > 0 ? [groups] : [])].flatMap((group) => cuts.map((cut) => [...group, ...cut]));
  const isTotal = groups.length > 0 ? `GROUPING(${groups[0]}) = 1` : 'true';
  return `
WITH ${common.map((table) => `${table},`).join('\n')}
all_items AS NOT MATERIALIZED (
  ${measures.map((measure, index) => itemsSql(measure, index, shape, sums)).join('\n  UNION ALL\n  ')}
),
sums AS MATERIALIZED (
  SELECT
    ${groups.map((group) => `${group},`).join(' ')}
    measure, reason, coalesce(bucket = ${BEFORE}, false) AS is_before,
    ${isTotal} AS is_total,
    ${per === null ? 'NULL AS bucket, true' : 'bucket, GROUPING(bucket) = 1'} AS is_whole,
    ${groups.length > 0 ? `[${groups.map((group) => `coalesce(${group}, '')`).join(', ')}]` : '[]'} AS key,
    count(*) AS count,
    sum(value)::DOUBLE AS sum,
    ${sums.map((name) => `sum("${name}")::DOUBLE AS "sum of ${name}",`).join(' ')}
    avg(value)::DOUBLE AS mean,
    min(value)::DOUBLE AS min,
    max(value)::DOUBLE AS max,
    arg_min(span_id, "at") FILTER (reason IS NOT NULL) AS example,
    ${spreadOf(measures)}
  FROM all_items
  GROUP BY GROUPING SETS (${sets.map((set) => `(${[...set, 'measure', 'reason', 'is_before'].join(', ')})`).join(', ')})
)${
    groups.length === 0
      ? ''
      : `,
sizes AS (
  SELECT key, sum(count) FILTER (measure = 0 AND reason IS NULL AND NOT is_before) AS size
  FROM sums WHERE is_whole AND NOT is_total GROUP BY key
),
told AS (SELECT key FROM sizes ORDER BY size DESC NULLS LAST, key LIMIT $most_groups)`
  }
SELECT * EXCLUDE (key), ${groups.length === 0 ? '0' : '(SELECT count(*) FROM sizes)'} AS all_groups
FROM sums
WHERE (is_whole OR bucket >= 0)${groups.length === 0 ? '' : ' AND (is_total OR key IN (SELECT key FROM told))'}`;
}

/** How values are spread, of those measures that tell it. */
function spreadOf(measures: readonly Measure[]): string {
  const spread = measures.flatMap(({ isSpread }, index) => (isSpread === true ? [index] : []));
  if (spread.length === 0) return 'NULL AS percentiles, NULL AS bounds, NULL AS counts';
  const of = spread.length === measures.length ? '' : `FILTER (measure IN (${spread.join(', ')}))`;
  return `
    quantile_cont(value, [${percentiles.map((percentile) => percentile / 100)}]) ${of} AS percentiles,
    map_keys(histogram(value, [${durationBounds}]) ${of}) AS bounds,
    map_values(histogram(value, [${durationBounds}]) ${of}) AS counts`;
}
