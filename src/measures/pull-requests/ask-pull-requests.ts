import { type Asked, askTogether, type Prepared, prepare } from '../ask.ts';
import { type CalendarPeriod, calendarOf } from '../calendar.ts';
import type { Columns, Row } from '../columns/contract.ts';
import type { Question } from '../measure.ts';
import { queryOf } from '../narrow.ts';
import { pullRequestMeasures } from './pull-requests.ts';
import { runningSql } from './running.sql.ts';

type PullRequestNumber = keyof typeof pullRequestMeasures;

/** Percentiles of the time to merge of all that were merged from the start of the window to an instant. */
interface RunningPercentiles {
  readonly period: CalendarPeriod;
  readonly n: number;
  /** All null where nothing was merged. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface PullRequests {
  readonly numbers: Asked<PullRequestNumber>;
  /** At the end of each day, week or month of the window (`per`, else weeks). */
  readonly running: readonly RunningPercentiles[];
}

/**
 * Asks all that is told of pull requests, on one snapshot. The question has the option `bots`: `true` counts those of bots
 * too. Throws as `ask` does.
 */
export async function askPullRequests(
  columns: Columns,
  question: Question,
  options: { readonly fresh: boolean },
): Promise<PullRequests> {
  return askTogether(
    columns,
    { numbers: prepare<PullRequestNumber>(question, pullRequestMeasures), running: prepareRunning(question) },
    options,
  );
}

function prepareRunning(question: Question): Prepared<RunningPercentiles[]> {
  const { window, filter, per } = question;
  const calendar = calendarOf(window, per ?? 'week');
  const edges = calendar.map(({ to }) => String(to));
  return {
    queries: [queryOf(runningSql(filter), window, question, { edges })],
    answerOf: ({ rows: [rows = []] }) => calendar.map((period) => runningOf(period, rows)),
  };
}

function runningOf(period: CalendarPeriod, rows: readonly Row[]): RunningPercentiles {
  const row = rows.find(({ edge }) => edge === period.to);
  const [p50 = null, p95 = null, p99 = null] = Array.isArray(row?.percentiles) ? row.percentiles.map(Number) : [];
  return { period, n: Number(row?.n ?? 0), p50, p95, p99 };
}
