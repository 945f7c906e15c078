import type { Prepared } from '../ask.ts';
import { calendarOf } from '../calendar.ts';
import type { Row } from '../columns/contract.ts';
import type { Question } from '../measure.ts';
import { queryOf } from '../narrow.ts';
import type { MeasureFilter } from '../window.ts';
import { rhythmSql } from './rhythm.sql.ts';

/** How deployments are spread over the days of a window. */
export interface Rhythm {
  /** On which there was one. */
  readonly days: number;
  /** The median over the whole weeks of the window that have passed, those without one too; null where it has none. */
  readonly perWeek: number | null;
}

/** The rhythm of one group, or of all where none is named. Throws as `prepare` does. */
export function prepareRhythm(question: Question): Prepared<(group: MeasureFilter | null) => Rhythm> {
  const { window, filter, groupBy, now } = question;
  const days = calendarOf(window, 'day');
  const weeks = calendarOf(window, 'week').filter(({ isWhole, to }) => isWhole && to <= now);
  const weekOf = (at: number) => weeks.findIndex(({ from, to }) => at >= from && at < to);
  const edges = {
    starts: days.map(({ from }) => String(from)),
    ends: days.map(({ to }) => String(to)),
    weeks: days.map(({ from }) => String(weekOf(from))),
  };
  return {
    queries: [{ ...queryOf(rhythmSql(filter, groupBy), window, question, edges), isOfOutcomes: true }],
    answerOf({ rows: [rows = []] }) {
      const keyOf = (of: Row | MeasureFilter) => JSON.stringify(groupBy.map((dimension) => of[dimension] ?? ''));
      const parts = new Map(rows.filter(({ is_total: isTotal }) => isTotal !== true).map((row) => [keyOf(row), row]));
      const total = rows.find(({ is_total: isTotal }) => isTotal === true);
      return (group) => rhythmOf(group === null ? total : parts.get(keyOf(group)), weeks.length);
    },
  };
}

function rhythmOf(row: Row | undefined, weeks: number): Rhythm {
  const known = Array.isArray(row?.weeks) ? row.weeks.map(Number) : [];
  const perWeek = [...known, ...Array.from({ length: weeks - known.length }, () => 0)];
  return { days: Number(row?.days ?? 0), perWeek: medianOf(perWeek) };
}

function medianOf(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
