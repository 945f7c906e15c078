import type { EpochMs } from '../../domain/event.ts';
import type { Prepared } from '../ask.ts';
import type { Row } from '../columns/contract.ts';
import type { Question } from '../measure.ts';
import { queryOf } from '../narrow.ts';
import { cumulativeSql } from './cumulative.sql.ts';

/** How many items are in a stage; both null for those that have none. */
interface Band {
  readonly stage: string | null;
  /** `waiting`, `active`, `done`; null where it is not known. */
  readonly category: string | null;
  readonly count: number;
}

/** All that has happened before an instant. `arrived`, `done` and `left` never become fewer. */
export interface CumulativePoint {
  readonly at: EpochMs;
  readonly arrived: number;
  readonly done: number;
  /** Ended, and not as done. */
  readonly left: number;
  /** What is open: the bands, which add up to those that have arrived and are neither done nor have left. */
  readonly open: number;
  readonly bands: readonly Band[];
}

/** The cumulative flow at some instants, in order. Throws as `prepare` does. */
export function prepareCumulative(question: Question, instants: readonly EpochMs[]): Prepared<CumulativePoint[]> {
  const edges = instants.map(String);
  return {
    queries: [queryOf(cumulativeSql(question.filter), question.window, question, { edges })],
    answerOf: ({ rows: [rows = []] }) => cumulativeOf(rows, instants),
  };
}

function cumulativeOf(rows: readonly Row[], instants: readonly EpochMs[]): CumulativePoint[] {
  const changes = Map.groupBy(rows, ({ edge }) => Number(edge));
  const counts = new Map<string, number>();
  return instants.map((at) => {
    for (const { what, stage, category, change } of changes.get(at) ?? []) {
      const key = JSON.stringify([what, stage, category]);
      counts.set(key, (counts.get(key) ?? 0) + Number(change));
    }
    return pointOf(at, counts);
  });
}

function pointOf(at: EpochMs, counts: ReadonlyMap<string, number>): CumulativePoint {
  const all = [...counts].map(([key, count]) => ({
    key: JSON.parse(key) as [string, string | null, string | null],
    count,
  }));
  const ofAll = (word: string) => all.find(({ key }) => key[0] === word)?.count ?? 0;
  const bands = all
    .filter(({ key, count }) => key[0] === 'in' && count > 0)
    .map(({ key: [, stage, category], count }) => ({ stage, category, count }))
    .sort((a, b) => b.count - a.count || String(a.stage).localeCompare(String(b.stage)));
  const [arrived, done, left] = [ofAll('arrived'), ofAll('done'), ofAll('left')];
  return { at, arrived, done, left, open: bands.reduce((sum, { count }) => sum + count, 0), bands };
}
