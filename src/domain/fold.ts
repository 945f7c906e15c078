import type { Event } from './event.ts';
import type { Attempt, FoldedAttempt, StageSpan } from './span.ts';

/** What must be known of an identity to fold one more event without its history. Plain JSON, of bounded size. */
export interface Tail {
  readonly placeholder?: never;
}

/** What became of one attempt: its fields as they are now, and its stages from `stagesFrom` (an index) on. */
export interface AttemptChange {
  readonly attempt: Attempt;
  readonly stagesFrom: number;
  readonly stages: readonly StageSpan[];
}

export interface Fold {
  readonly attempts: readonly FoldedAttempt[];
  readonly tail: Tail;
}

export interface FoldStep {
  readonly tail: Tail;
  /** Changed and new attempts, in order; the others stay as they are. */
  readonly changes: readonly AttemptChange[];
}

/** The tail of an identity of which nothing is known yet. */
export const emptyTail: Tail = {};

/** Folds all merged events of one identity (each key once; any order) into its attempts. */
export function fold(_events: readonly Event[]): Fold {
  throw new Error('being written');
}

/** Folds one event onto the stored state; null when only a whole {@link fold} can tell (it is late, or moves a start). */
export function foldOnto(_tail: Tail, _event: Event): FoldStep | null {
  throw new Error('being written');
}
