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

/** One of the measures that are asked together, and which one it is. */
interface Numbered {
  readonly measure: Measure;
  readonly number: number;
}

/** The items of one measure, with `more` of its columns. */
function itemsSql({ measure, number }: Numbered, { filter, groupBy }: Shape, more: readonly string[]): string {
  const groups = groupBy.map((dimension) => `"${dimension}"::VARCHAR AS "${dimension}"`);
  const columns = [`${number} AS measure, "at", value`, ...groups, ...more];
  const sql = `SELECT ${columns.join(', ')} FROM (${measure.items}) AS items WHERE ${conditionsOf(measure, filter)}`;
  return measure.isStock === true ? sql : sinceOf(sql);
}

/** Where the period before counts too, all begins with that. */
function sinceOf(sql: string): string {
  return sql.replaceAll('$from', '$since');
}

/**
 * The items of several measures, each in its `bucket`; those of the period before have {@link BEFORE}, and of a measure that tells
 * what is there now it is NULL. `more`: further columns of a measure.
 */
function placedSql(measures: readonly Numbered[], shape: Shape, more: (measure: Measure) => readonly string[]): string {
  const all = (some: readonly Numbered[]) =>
    some.map((one) => itemsSql(one, shape, more(one.measure))).join('\n  UNION ALL\n  ');
  const [stocks, flows] = [true, false].map((is) =>
    measures.filter(({ measure }) => (measure.isStock ?? false) === is),
  );
  const parts = [
    ...(flows === undefined || flows.length === 0 ? [] : [bucketsSql(all(flows), shape)]),
    ...(stocks === undefined || stocks.length === 0 ? [] : [`SELECT *, NULL::BIGINT AS bucket FROM (${all(stocks)})`]),
  ];
  return parts.join('\n  UNION ALL BY NAME\n  ');
}

function bucketsSql(items: string, { per, compare }: Shape): string {
  if (per !== null) return `SELECT i.*, bucket FROM (${items}) AS i JOIN edges ON ${IN_CELL}`;
  return `SELECT *, ${compare ? `CASE WHEN "at" < $from THEN ${BEFORE} END` : 'NULL'}::BIGINT AS bucket FROM (${items})`;
}

/**
 * What several measures come to: one row for each measure, group, bucket and reason, and for their sums: `is_total` where it is
 * of all groups, `is_whole` where of all buckets, `is_before` where of the period before, which has no buckets. `measure` is
 * which one it is of those given. Rows without a reason carry the numbers, those with one say how many are excluded for it, and
 * give an example.
 *
 * - `$since`: the start of the period before where there is one, else that of the window.
 * - Of the groups the `$most_groups` with most items of the first measure; each row says how many there are, `all_groups`.
 * - What adds up is summed once for each of the smallest portions (`portions`), and these for the larger ones. Percentiles do not
 *   add up: they are taken from the values of each, of those groups that are told.
 */
export function summarySql(measures: readonly Measure[], shape: Shape): string {
  const { groupBy, per, compare } = shape;
  const numbered = measures.map((measure, number) => ({ measure, number }));
  const groups = groupBy.map((dimension) => `"${dimension}"`);
  const sums = [...new Set(measures.flatMap(({ sums: names = [] }) => names))];
  const summed = ({ sums: own = [] }: Measure) => [
    'reason, CASE WHEN reason IS NOT NULL THEN identity_id END AS identity_id',
    ...sums.map((name) => `${own.includes(name) ? `"${name}"` : 'NULL'}::DOUBLE AS "${name}"`),
  ];
  const [spread = [], plain = []] = [true, false].map((is) =>
    numbered.filter(({ measure }) => (measure.isSpread ?? false) === is),
  );
  const items = [
    ...(spread.length === 0 ? [] : ['FROM spread_items']),
    ...(plain.length === 0 ? [] : [placedSql(plain, shape, summed)]),
  ];
  const levels = [[], ...(groups.length > 0 ? [groups] : [])];
  return `
WITH ${per === null ? '' : `edges AS MATERIALIZED ${cellsSql(compare ? BEFORE : 0)},`}
${spread.length === 0 ? '' : `spread_items AS MATERIALIZED (${placedSql(spread, shape, summed)}),`}
portions AS MATERIALIZED (
  SELECT
    ${groups.map((group) => `${group},`).join(' ')} measure, reason, bucket, coalesce(bucket = ${BEFORE}, false) AS is_before,
    count(*) AS count, sum(value)::DOUBLE AS sum, min(value) AS min, max(value) AS max,
    ${sums.map((name) => `sum("${name}") AS "${name}",`).join(' ')}
    arg_min(identity_id, "at") AS example_id, min("at") AS example_at
  FROM (${items.join('\n  UNION ALL BY NAME\n  ')})
  GROUP BY ${[...groups, 'measure', 'reason', 'bucket'].join(', ')}
),
${toldSql(groups)}
sums AS MATERIALIZED (${levels.map((level) => sumsSql(level, per, sums)).join('\n  UNION ALL BY NAME\n  ')}),
-- By number, so that the span ids of the others are not read.
examples AS (
  SELECT identity_id, first(span_id) AS span_id FROM spans WHERE identity_id IN (SELECT example_id FROM sums) GROUP BY identity_id
),
${spread.length === 0 ? noSpread(groups) : spreadSql(shape, levels)}
SELECT sums.*, examples.span_id AS example, ${groups.length === 0 ? '0' : '(SELECT count(*) FROM sizes)'} AS all_groups, percentiles, bounds, counts
FROM sums
LEFT JOIN examples ON example_id = identity_id
LEFT JOIN spreads ON ${[
    ...['measure', 'is_total', 'is_whole', 'is_before'].map((name) => `spreads.${name} = sums.${name}`),
    ...['bucket', ...groups].map((name) => `spreads.${name} IS NOT DISTINCT FROM sums.${name}`),
  ].join(' AND ')} AND sums.reason IS NULL
WHERE sums.is_whole OR sums.bucket >= 0`;
}

/** The groups that are told, of all that there are. */
function toldSql(groups: readonly string[]): string {
  if (groups.length === 0) return '';
  return `sizes AS MATERIALIZED (
  SELECT ${groups.join(', ')}, sum(count) FILTER (measure = 0 AND reason IS NULL AND NOT is_before) AS size
  FROM portions GROUP BY ALL
),
told AS MATERIALIZED (
  FROM sizes
  ORDER BY size DESC NULLS LAST, ${groups.map((group) => `coalesce(${group}, '')`).join(', ')}
  LIMIT $most_groups
),`;
}

/** Of one level only those groups that are told. */
function ofTold(table: string, level: readonly string[]): string {
  if (level.length === 0) return table;
  return `${table} AS i SEMI JOIN told ON ${level.map((group) => `told.${group} IS NOT DISTINCT FROM i.${group}`).join(' AND ')}`;
}

function sumsSql(level: readonly string[], per: Shape['per'], sums: readonly string[]): string {
  const by = [...level, 'measure', 'reason', 'is_before'].join(', ');
  return `
  SELECT
    ${level.map((group) => `${group},`).join(' ')} measure, reason, is_before, ${level.length === 0} AS is_total,
    ${per === null ? 'NULL::BIGINT AS bucket, true' : 'bucket, GROUPING(bucket) = 1'} AS is_whole,
    sum(count)::BIGINT AS count, sum(sum) AS sum, sum(sum) / sum(count) AS mean, min(min) AS min, max(max) AS max,
    ${sums.map((name) => `sum("${name}") AS "sum of ${name}",`).join(' ')}
    arg_min(example_id, example_at) AS example_id
  FROM ${ofTold('portions', level)}
  GROUP BY ${per === null ? by : `GROUPING SETS ((${by}), (${by}, bucket))`}`;
}

/** Where no measure tells how its values are spread. */
const noSpread = (groups: readonly string[]) => `spreads AS (
  SELECT ${groups.map((group) => `NULL::VARCHAR AS ${group},`).join(' ')} 0 AS measure, true AS is_total, true AS is_whole,
    false AS is_before, NULL::BIGINT AS bucket, NULL AS percentiles, NULL AS bounds, NULL AS counts
  WHERE false
)`;

/** How values are spread, of those measures that tell it; their histogram in all of the window only. */
function spreadSql({ per }: Shape, levels: readonly (readonly string[])[]): string {
  const selects = levels.flatMap((level) => [
    spreadOf(level, { isWhole: true }),
    ...(per === null ? [] : [spreadOf(level, { isWhole: false })]),
  ]);
  return `
spread_values AS NOT MATERIALIZED (
  SELECT *, coalesce(bucket = ${BEFORE}, false) AS is_before FROM spread_items WHERE value IS NOT NULL
),
spreads AS (
  SELECT * EXCLUDE (histogram), map_keys(histogram) AS bounds, map_values(histogram) AS counts
  FROM (${selects.join('\n  UNION ALL BY NAME\n  ')})
)`;
}

const PERCENTILES = `quantile_cont(value, [${percentiles.map((percentile) => percentile / 100)}]) AS percentiles`;

function spreadOf(level: readonly string[], { isWhole }: { readonly isWhole: boolean }): string {
  const by = [...level, 'measure', 'is_before', ...(isWhole ? [] : ['bucket'])].join(', ');
  const more = isWhole
    ? `NULL::BIGINT AS bucket, histogram(value, [${durationBounds}]) AS histogram`
    : 'NULL AS histogram';
  return `
  SELECT ${by}, ${level.length === 0} AS is_total, ${isWhole} AS is_whole, ${PERCENTILES}, ${more}
  FROM ${ofTold('spread_values', level)}
  GROUP BY ${by}`;
}
