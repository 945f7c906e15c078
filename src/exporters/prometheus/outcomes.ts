import type { Result } from '../../domain/event.ts';

const RUN: readonly Result[] = ['success', 'failure', 'error', 'timeout', 'cancelled', 'skipped'];

const outcomes: Readonly<Record<string, readonly Result[]>> = {
  build: RUN,
  pipeline: RUN,
  deploy: [...RUN, 'rolled_back'],
  pull_request: ['merged', 'abandoned'],
  issue: ['done', 'rejected'],
  incident: ['done', 'rejected'],
};

/**
 * The results that an operation may have, the common ones first, so that each is there at 0 before it comes: `increase()` sees nothing in the first
 * sample of a series, and a project's first failure would be none. Words of one's own end as custom HTTP lets them end.
 */
export function outcomesOf(operation: string): readonly Result[] {
  return (Object.hasOwn(outcomes, operation) ? outcomes[operation] : undefined) ?? ['success', 'failure'];
}
