import { type Asked, ask, derived } from '../ask.ts';
import type { Columns } from '../columns/contract.ts';
import type { Measure, Question } from '../measure.ts';
import { NOTHING, type Summary } from '../summary.ts';
import type { Dimension } from '../window.ts';
import * as sql from './durations.sql.ts';

const attempts: readonly Dimension[] = [
  ...(['operation', 'source', 'project', 'team', 'service', 'environment', 'result'] as const),
];

/** What is told of every operation, by the names of the numbers. docs/measures.md defines each, with a worked example. */
export const durationMeasures = {
  duration: {
    name: 'duration',
    definition:
      'The time from the start of an attempt to its end, as the sender tells them, of those that have ended in the window.',
    anchor: 'duration',
    unit: 'ms',
    items: sql.durations,
    dimensions: attempts,
    isSpread: true,
  },
  started: {
    name: 'started',
    definition: 'How many attempts have begun in the window.',
    anchor: 'started-finished-errors-open',
    unit: 'count',
    items: sql.started,
    dimensions: attempts,
  },
  finished: {
    name: 'finished',
    definition: 'How many attempts have ended in the window.',
    anchor: 'started-finished-errors-open',
    unit: 'count',
    items: sql.finished,
    dimensions: attempts,
  },
  errors: {
    name: 'errors',
    definition:
      'How many attempts have ended in an error in the window: failure, error, timeout, or what its sender calls one.',
    anchor: 'started-finished-errors-open',
    unit: 'count',
    items: sql.errors,
    dimensions: attempts,
  },
  open: {
    name: 'open',
    definition: 'How long those attempts have been open that are so now and began before the end of the window.',
    anchor: 'started-finished-errors-open',
    unit: 'ms',
    items: sql.open,
    dimensions: attempts,
    isSpread: true,
    isStock: true,
  },
  success_ratio: {
    name: 'success_ratio',
    definition:
      'Successes (success, merged, done) in proportion to successes and errors, of attempts that have ended in the window; what ended otherwise is neither.',
    anchor: 'success-ratio',
    unit: 'ratio',
    items: sql.success,
    dimensions: attempts,
  },
} as const satisfies Record<string, Measure>;

/**
 * Asks all of them. How many have finished, and how many in an error, is read from the success ratio, which is of the same
 * attempts: two scans less. Throws as {@link ask} does.
 */
export async function askDurations(
  columns: Columns,
  question: Question,
  options: { readonly fresh: boolean },
): Promise<Asked<keyof typeof durationMeasures>> {
  const { finished: _finished, errors: _errors, ...scanned } = durationMeasures;
  return derived(await ask(columns, question, scanned, options), (summaries) => ({
    ...summaries,
    finished: { ...NOTHING, n: endedIn(summaries.success_ratio) },
    errors: { ...NOTHING, n: summaries.success_ratio.n - (summaries.success_ratio.sum ?? 0) },
  }));
}

function endedIn({ n, excluded }: Summary): number {
  return excluded.reduce((sum, { count }) => sum + count, n);
}

/** The time in each stage. */
export const stageDuration: Measure = {
  name: 'stage_duration',
  definition:
    'The time that an attempt was in a stage, however often it came there, of attempts that have ended in the window.',
  anchor: 'stages',
  unit: 'ms',
  items: sql.stageDurations,
  dimensions: [...attempts, 'stage'],
  part: 'stage',
  isSpread: true,
};
