import { type CalendarPeriod, calendarOf, periodBefore } from './calendar.ts';
import type { Answer, AsOf, Columns, Query, Row } from './columns/contract.ts';
import type { Measure, Question } from './measure.ts';
import { queryOf, requireDimension } from './narrow.ts';
import { summarySql } from './summary.sql.ts';
import { NOTHING, type Summary, summaryOf } from './summary.ts';
import type { Dimension, MeasureFilter, Period } from './window.ts';

/** What each measure comes to. */
export type Summaries<K extends string> = Readonly<Record<K, Summary>>;

/** What the measures come to in all, or for one group. */
export interface Portion<K extends string> {
  readonly now: Summaries<K>;
  /** In the period before; null where that is not asked. */
  readonly before: Summaries<K> | null;
  /** In each of {@link Asked.calendar}. */
  readonly buckets: readonly Summaries<K>[];
}

interface Group<K extends string> extends Portion<K> {
  /** What all of it have in common, by what was grouped by; the empty text where that is not known. */
  readonly key: MeasureFilter;
}

export interface Asked<K extends string> {
  readonly asOf: AsOf;
  /** The days, weeks or months of the window; empty where these are not asked. */
  readonly calendar: readonly CalendarPeriod[];
  readonly before: Period | null;
  readonly total: Portion<K>;
  /** Those with most items of the first measure come first. */
  readonly groups: readonly Group<K>[];
  /** How many groups there are beside these. */
  readonly groupsLeftOut: number;
}

/** So many groups are told at most. */
export const MOST_GROUPS = 200;
/** Groups and their buckets: what an answer can hold, and a person look at. */
const MOST_PORTIONS = 4_000;

/**
 * Asks several measures one question, on one snapshot.
 *
 * - Groups add up to the whole, and so do buckets. A bucket is the answer to the same question of that window.
 * - Throws an AppError `invalid_parameter` where a measure cannot be filtered or grouped so, and a ColumnsUnavailable.
 */
export async function ask<K extends string>(
  columns: Columns,
  question: Question,
  measures: Readonly<Record<K, Measure>>,
  options: { readonly fresh: boolean },
): Promise<Asked<K>> {
  const { asked } = await askTogether(columns, { asked: prepare(question, measures) }, options);
  return asked;
}

/** A question that has not been asked yet. */
export interface Prepared<T> {
  readonly queries: readonly Query[];
  /** The answer, of the rows of {@link queries} in their order. */
  readonly answerOf: (answer: Answer) => T;
}

/** Asks several questions on one snapshot, so that their answers fit together. Throws a ColumnsUnavailable. */
export async function askTogether<T extends Record<string, unknown>>(
  columns: Columns,
  prepared: { readonly [N in keyof T]: Prepared<T[N]> },
  options: { readonly fresh: boolean },
): Promise<T> {
  const all: [string, Prepared<unknown>][] = Object.entries(prepared);
  const { asOf, rows } = await columns.read(
    all.flatMap(([, { queries }]) => queries),
    options,
  );
  let read = 0;
  const answers = all.map(([name, { queries, answerOf }]) => {
    const own = rows.slice(read, read + queries.length);
    read += queries.length;
    return [name, answerOf({ asOf, rows: own })];
  });
  return Object.fromEntries(answers) as T;
}

/** What {@link ask} asks; throws as it does. */
export function prepare<K extends string>(
  question: Question,
  measures: Readonly<Record<K, Measure>>,
): Prepared<Asked<K>> {
  const { window, per, compare, groupBy } = question;
  const calendar = per === null ? [] : calendarOf(window, per);
  const before = compare ? periodBefore(window) : null;
  const names = Object.keys(measures) as K[];
  for (const dimension of groupBy) for (const name of names) requireDimension(measures[name], dimension, 'group_by');
  const periods = before === null ? calendar : [before, ...calendar];
  const edges = { starts: periods.map(({ from }) => String(from)), ends: periods.map(({ to }) => String(to)) };
  const limits = { since: before?.from ?? window.from, most_groups: groupsTold(question, calendar.length) };
  const sql = summarySql(
    names.map((name) => measures[name]),
    question,
  );
  return {
    queries: [{ ...queryOf(sql, window, question, { ...edges, ...limits }), isOfOutcomes: isOfOutcomes(measures) }],
    answerOf({ asOf, rows: [rows = []] }) {
      const portions = gather(names, rows, question, { buckets: calendar.length, isCompared: before !== null });
      return { asOf, calendar, before, ...portions };
    },
  };
}

function isOfOutcomes(measures: Readonly<Record<string, Measure>>): boolean {
  return Object.values(measures).some((measure) => measure.isOfOutcomes === true);
}

/** How many groups are told at most, where each is told of so many buckets as well. */
export function groupsTold({ mostGroups = MOST_GROUPS }: Question, buckets: number): number {
  return Math.min(mostGroups, MOST_GROUPS, Math.ceil(MOST_PORTIONS / (buckets + 1)));
}

/** Puts the rows together by group and bucket. */
function gather<K extends string>(
  names: readonly K[],
  rows: readonly Row[],
  { groupBy }: Question,
  { buckets, isCompared }: { readonly buckets: number; readonly isCompared: boolean },
): Pick<Asked<K>, 'total' | 'groups' | 'groupsLeftOut'> {
  const byGroup = Map.groupBy(rows, (row) => groupOf(row, groupBy));
  const portionOf = (group: string): Portion<K> => {
    const byPlace = Map.groupBy(byGroup.get(group) ?? [], placeOfRow);
    const summaries = (place: string) =>
      Object.fromEntries(
        names.map((name, measure) => {
          const found = byPlace.get(`${measure} ${place}`);
          return [name, found === undefined ? NOTHING : summaryOf(found)];
        }),
      ) as Record<K, Summary>;
    return {
      now: summaries(NOW),
      before: isCompared ? summaries(BEFORE) : null,
      buckets: Array.from({ length: buckets }, (_, bucket) => summaries(String(bucket))),
    };
  };
  const groups = [...byGroup.keys()]
    .filter((group) => group !== TOTAL)
    .map((group) => ({ key: keyOf(group, groupBy), ...portionOf(group) }))
    .sort((a, b) => sizeOf(b, names[0]) - sizeOf(a, names[0]) || textOf(a).localeCompare(textOf(b)));
  const all = Number(rows[0]?.all_groups ?? 0);
  return { total: portionOf(TOTAL), groups, groupsLeftOut: all - groups.length };
}

const TOTAL = 'total';
const NOW = 'now';
const BEFORE = 'before';

function placeOfRow({ measure, is_before: isBefore, is_whole: isWhole, bucket }: Row): string {
  if (isBefore === true) return `${measure} ${BEFORE}`;
  return `${measure} ${isWhole === true ? NOW : bucket}`;
}

function groupOf(row: Row, groupBy: readonly Dimension[]): string {
  return row.is_total === true ? TOTAL : JSON.stringify(groupBy.map((dimension) => row[dimension] ?? ''));
}

function keyOf(group: string, groupBy: readonly Dimension[]): MeasureFilter {
  const values: string[] = JSON.parse(group);
  return Object.fromEntries(groupBy.map((dimension, index) => [dimension, values[index] ?? '']));
}

function sizeOf<K extends string>({ now }: Group<K>, name: K | undefined): number {
  return name === undefined ? 0 : now[name].n;
}

function textOf<K extends string>({ key }: Group<K>): string {
  return Object.values(key).join('\n');
}

/** An answer with what follows from it. */
export function derived<K extends string, L extends string>(
  asked: Asked<K>,
  derive: (summaries: Summaries<K>) => Summaries<L>,
): Asked<L> {
  const portion = ({ now, before, buckets }: Portion<K>): Portion<L> => ({
    now: derive(now),
    before: before === null ? null : derive(before),
    buckets: buckets.map(derive),
  });
  const groups = asked.groups.map((group) => ({ key: group.key, ...portion(group) }));
  return { ...asked, total: portion(asked.total), groups };
}
