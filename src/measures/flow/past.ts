import type { EpochMs } from '../../domain/event.ts';
import { type Asked, type Prepared, prepare } from '../ask.ts';
import { type CalendarPeriod, calendarOf } from '../calendar.ts';
import type { Question } from '../measure.ts';
import { conditionsOf, queryOf } from '../narrow.ts';
import { flowMeasures } from './flow.ts';

/** How many items were done on each of some days: what a forecast is made from. */
export interface PastDays {
  /** Without a gap; empty where there is no such day. */
  readonly days: readonly number[];
  /** The first of them, `2026-03-02`. */
  readonly from: string | null;
  /** The last of them. */
  readonly to: string | null;
}

/** What was longer ago tells nothing of the days to come. */
const MOST_DAYS = 365;

/**
 * The whole days of a window, the last 365 at most, from the first on which anything is known to have been done: that nothing
 * was done before the first webhook came is not known. Throws as `prepare` does.
 */
export function preparePast(question: Question): Prepared<PastDays> {
  const { throughput } = flowMeasures;
  const whole = calendarOf(question.window, 'day')
    .filter(({ isWhole }) => isWhole)
    .slice(-MOST_DAYS);
  const [first, last] = [whole.at(0), whole.at(-1)];
  if (first === undefined || last === undefined)
    return { queries: [], answerOf: () => ({ days: [], from: null, to: null }) };
  const window = { ...question.window, from: first.from, to: last.to };
  const daily = prepare({ ...question, window, per: 'day' }, { throughput });
  const sql = `SELECT min("at") AS first FROM (${throughput.items}) WHERE reason IS NULL AND ${conditionsOf(throughput, question.filter)}`;
  const firstEver = queryOf(sql, { from: Number.MIN_SAFE_INTEGER, to: last.to }, question);
  return {
    queries: [firstEver, ...daily.queries],
    answerOf({ asOf, rows: [ever = [], ...rows] }) {
      const first = ever[0]?.first;
      return daysFrom(typeof first === 'number' ? first : null, whole, daily.answerOf({ asOf, rows }));
    },
  };
}

function daysFrom(
  firstDone: EpochMs | null,
  whole: readonly CalendarPeriod[],
  { total }: Asked<'throughput'>,
): PastDays {
  const counts = total.buckets.map(({ throughput }) => throughput.n);
  const start = firstDone === null ? whole.length : whole.findIndex(({ to }) => firstDone < to);
  const known = whole.slice(start);
  return { days: counts.slice(start), from: known.at(0)?.label ?? null, to: known.at(-1)?.label ?? null };
}
