import type { SpanChange } from './difference.ts';
import type { EpochMs } from './event.ts';

/** What rules decide for everything that is stored, as far as it has been looked at. */
export interface RuleCheck {
  readonly id: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  /** Whether the spans are folded again by these rules, or it only tells what would change. */
  readonly dryRun: boolean;
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs | null;
  /** Why it failed; null unless it did. */
  readonly error: string | null;
  /** Operations: of each all attempts are looked at. */
  readonly operations: { readonly total: number; readonly read: number };
  readonly spans: {
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
    /** False when so much would change that it has been counted in part only. */
    readonly complete: boolean;
  };
  /** What each rule has decided, and of how many spans; the most frequent first. */
  readonly decisions: readonly RuleTally[];
  /** The first changes, in the order in which they were found. */
  readonly changes: readonly SpanChange[];
}

export interface RuleTally {
  readonly decides: string;
  readonly value: string;
  readonly by: string;
  readonly spans: number;
}
