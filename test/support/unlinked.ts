import type { FoldedAttempt } from '../../src/domain/span.ts';
import type { LinkedAttempt } from '../../src/store/traces.ts';

/** Attempts as they were folded, without what they are linked to. */
export function unlinked(attempts: readonly LinkedAttempt[] | undefined): FoldedAttempt[] | undefined {
  return attempts?.map(({ place: _place, ...attempt }) => attempt);
}
