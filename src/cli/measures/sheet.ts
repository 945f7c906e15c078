import type { z } from 'zod';
import type { measuredSchema } from '../../api/measures/schema.ts';
import { csvOf } from '../../report/csv.ts';
import { harmless, inWords, styled, table } from '../output.ts';
import type { GroupKey } from './question.ts';
import { sparkline } from './sparkline.ts';

type Unit = z.infer<typeof measuredSchema>['unit'];

/** An answer of the API with numbers, whatever they are. */
export interface NumbersAnswer<N> {
  readonly as_of: { readonly at: string };
  readonly window: { readonly from: string; readonly to: string; readonly time_zone: string };
  readonly compared_with: { readonly from: string; readonly to: string } | null;
  readonly total: NumbersPortion<N>;
  readonly groups: readonly (NumbersPortion<N> & { readonly group: GroupKey })[];
  readonly groups_left_out: number;
}

interface NumbersPortion<N> {
  readonly numbers: N;
  readonly previous: N | null;
  readonly buckets: readonly { readonly label: string; readonly numbers: N }[];
}

/** One number that is shown. */
interface Shown {
  readonly value: number | null;
  readonly unit: Unit;
  readonly isFew: boolean;
}

/** One number of an answer as it is shown; null where these numbers do not have it. */
export function shown(number: { value: number | null; unit: Unit; is_few: boolean } | null): Shown | null {
  return number === null ? null : { value: number.value, unit: number.unit, isFew: number.is_few };
}

/** The points of a distribution. */
export type Point = 'mean' | 'min' | 'p50' | 'p75' | 'p85' | 'p90' | 'p95' | 'p99' | 'max';

/** One point of a distribution as it is shown. */
export function shownAt<P extends Point>(
  distribution: Readonly<Record<P, number | null>> & { readonly unit: Unit; readonly is_few: boolean },
  point: P,
): Shown {
  return { value: distribution[point], unit: distribution.unit, isFew: distribution.is_few };
}

/** Of how many items a number is made, as it is shown. */
export function shownCount({ n }: { readonly n: number }): Shown {
  return { value: n, unit: 'count', isFew: false };
}

/** A column of numbers. */
export interface NumberColumn<N> {
  /** Its name above it, and in CSV with its unit. */
  readonly name: string;
  /** Null where these numbers do not have it. */
  readonly of: (numbers: N) => Shown | null;
  /** Whether a bar of each bucket is drawn beside it. */
  readonly isDrawn?: boolean;
  /** Whether only CSV has it. */
  readonly isExtra?: boolean;
}

interface Line<N> {
  /** What the row is of: the values of its group, or the bucket. */
  readonly names: readonly string[];
  readonly portion: NumbersPortion<N>;
}

/** The rows of an answer: groups where there are some, else buckets; and the total last. */
function linesOf<N>({ total, groups }: NumbersAnswer<N>): { heads: string[]; lines: Line<N>[] } {
  const first = groups[0];
  if (first !== undefined) {
    const heads = Object.keys(first.group);
    const lines = groups.map((one) => ({ names: Object.values(one.group).map((name) => name || '–'), portion: one }));
    return { heads, lines: [...lines, { names: ['total', ...heads.slice(1).map(() => '')], portion: total }] };
  }
  const lines = total.buckets.map(({ label, numbers }) => ({
    ...{ names: [label], portion: { numbers, previous: null, buckets: [] } },
  }));
  return { heads: [''], lines: [...lines, { names: ['total'], portion: total }] };
}

/** As a table for a terminal. `*` marks a number that is made of few. */
export function asTable<N>(answer: NumbersAnswer<N>, columns: readonly NumberColumn<N>[]): string {
  const { head, rows } = cells(answer, columns);
  const last = rows.length - 1;
  const styledRows = rows.map((row, index) => row.map((cell) => (index === last ? styled('bold', cell) : cell)));
  return table(head, styledRows, { flexible: 0 });
}

/** As a table in Markdown (GFM). */
export function asMarkdown<N>(answer: NumbersAnswer<N>, columns: readonly NumberColumn<N>[]): string {
  const { head, rows, names } = cells(answer, columns);
  return markdownOf(head, rows, names);
}

/** Rows as a table in Markdown (GFM): the first `names` columns are texts, those after them numbers. */
export function markdownOf(head: readonly string[], rows: readonly (readonly string[])[], names: number): string {
  const line = (row: readonly string[]) => `| ${row.map(plain).join(' | ')} |`;
  const rule = head.map((_, index) => (index < names ? '---' : '---:'));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** Names come from elsewhere: none becomes a link, markup or another cell. */
function plain(cell: string): string {
  return cell.replace(/[\\|<>[\]_`*&#~!]/g, '\\$&');
}

function cells<N>(answer: NumbersAnswer<N>, columns: readonly NumberColumn<N>[]) {
  const { heads, lines } = linesOf(answer);
  const shown = columns.filter(({ isExtra, of }) => isExtra !== true && of(answer.total.numbers) !== null);
  const isCompared = answer.compared_with !== null;
  const head = [...heads, ...shown.flatMap((column) => headsOf(column, answer, isCompared))];
  const rows = lines.map(({ names, portion }) => [
    ...names.map(harmless),
    ...shown.flatMap((column) => cellsOf(column, portion, answer, isCompared)),
  ]);
  return { head, rows, names: heads.length };
}

/** Bars, or the period before: both together are wider than most terminals. */
const isDrawnIn = <N>(column: NumberColumn<N>, { total, compared_with }: NumbersAnswer<N>) =>
  column.isDrawn === true && total.buckets.length > 1 && compared_with === null;

function headsOf<N>(column: NumberColumn<N>, answer: NumbersAnswer<N>, isCompared: boolean): string[] {
  return [column.name, ...(isCompared ? ['before'] : []), ...(isDrawnIn(column, answer) ? [''] : [])];
}

function cellsOf<N>(
  column: NumberColumn<N>,
  { numbers, previous, buckets }: NumbersPortion<N>,
  answer: NumbersAnswer<N>,
  isCompared: boolean,
): string[] {
  const bars = sparkline(buckets.map((bucket) => column.of(bucket.numbers)?.value ?? null));
  return [
    inUnit(column.of(numbers)),
    ...(isCompared ? [previous === null ? '' : inUnit(column.of(previous))] : []),
    ...(isDrawnIn(column, answer) ? [bars] : []),
  ];
}

const UNITS: Readonly<Record<Unit, (value: number) => string>> = {
  ms: inWords,
  count: (value) => (Number.isInteger(value) ? String(value) : value.toFixed(1)),
  ratio: (value) => `${(100 * value).toFixed(1)} %`,
  per_week: (value) => `${value.toFixed(1)}/week`,
  ms_per_line: (value) => `${inWords(value)}/line`,
  ms_per_comment: (value) => `${inWords(value)}/comment`,
  lines: (value) => value.toFixed(0),
  days: (value) => value.toFixed(1),
};

/** A number in words; a dash where it is not known. */
function inUnit(shown: Shown | null): string {
  if (shown === null) return '';
  if (shown.value === null) return '–';
  return UNITS[shown.unit](shown.value) + (shown.isFew && shown.unit !== 'count' ? ' *' : '');
}

/** As comma-separated values: a row for each group and bucket, with empty cells for what is not known. */
export function asCsv<N>({ total, groups }: NumbersAnswer<N>, columns: readonly NumberColumn<N>[]): string {
  const heads = Object.keys(groups[0]?.group ?? {});
  const portions = [
    ...groups.map((one) => ({ names: heads.map((head) => one.group[head as keyof GroupKey] ?? ''), portion: one })),
    { names: heads.map(() => 'total'), portion: total },
  ];
  const rows = portions.flatMap(({ names, portion }) =>
    [...portion.buckets, { label: 'total', numbers: portion.numbers }].map(({ label, numbers }) => [
      ...[...names, label],
      ...columns.map((column) => column.of(numbers)?.value ?? null),
    ]),
  );
  const head = [...heads, 'period', ...columns.map((column) => csvName(column, total.numbers))];
  return csvOf([head, ...rows]);
}

/** `duration p50` of milliseconds is `duration_p50_ms`. */
function csvName<N>({ name, of }: NumberColumn<N>, numbers: N): string {
  const unit = of(numbers)?.unit;
  const words = name.replaceAll(' ', '_');
  return unit === undefined || unit === 'count' || words.endsWith(unit) ? words : `${words}_${unit}`;
}
