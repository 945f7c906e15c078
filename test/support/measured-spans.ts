import fc from 'fast-check';
import type { Row } from '../../src/measures/columns/contract.ts';
import type { TableRows } from './columns.ts';

/** A window in which daylight saving begins, in Europe and in America. */
export const SPRING = { from: Date.UTC(2026, 1, 10), to: Date.UTC(2026, 3, 20) };

const HOUR = 3_600_000;
const name = <T extends string>(...names: readonly T[]) => fc.constantFrom(...names);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 6 });

const one = fc.record({
  start: orNull(fc.integer({ min: SPRING.from - 400 * HOUR, max: SPRING.to + 100 * HOUR })),
  length: fc.integer({ min: -HOUR, max: 300 * HOUR }),
  ending: name('open', 'ended', 'ended', 'ended', 'unknown'),
  result: name('success', 'failure', 'merged', 'cancelled', 'unknown', 'abandoned'),
  operation: name('build', 'deploy'),
  project: name('shop', 'billing', 'search'),
  team: orNull(name('Payments', 'Search')),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
});

/** Attempts as senders tell them: open ones, ends without a start, ends before the start; with stages that tile them, or none. */
export const measuredSpans: fc.Arbitrary<TableRows> = fc.array(one, { maxLength: 40 }).map((all) => {
  const spans = all.map((span, identity_id) => spanOf(span, identity_id));
  return { spans, stages: spans.flatMap((span, index) => stagesOf(span, all[index]?.cuts ?? [])) };
});

type One = typeof one extends fc.Arbitrary<infer T> ? T : never;

function spanOf({ start, length, ending, result, operation, project, team }: One, identity_id: number): Row {
  const isOpen = ending === 'open' && start !== null;
  const end = (start ?? SPRING.from) + length;
  return {
    ...{ identity_id, operation, project, team, started_at: start, is_open: isOpen },
    finished_at: ending === 'ended' || (start === null && ending !== 'unknown') ? end : null,
    result: isOpen ? null : result,
    is_error: !isOpen && result === 'failure',
  };
}

const STAGES = ['Queue', 'Run', 'Queue', 'Review', 'Run'];

function stagesOf({ identity_id = null, started_at, finished_at }: Row, cuts: readonly number[]): Row[] {
  if (typeof started_at !== 'number' || typeof finished_at !== 'number' || finished_at < started_at) return [];
  if (cuts.length === 0) return [];
  const inner = cuts.map((cut) => started_at + Math.floor(cut * (finished_at - started_at)));
  const edges = [started_at, ...inner.sort((a, b) => a - b), finished_at];
  return edges.slice(1).map((edge, index) => ({
    ...{ identity_id, number: index + 1, name: STAGES[index] ?? 'Run' },
    ...{ started_at: edges[index] ?? started_at, finished_at: edge },
  }));
}
