import type { SpanChange } from './difference.ts';
import type { EpochMs } from './event.ts';

/** One reading of stored deliveries anew, as far as it has come. */
export interface Replay {
  readonly id: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  /** Whether it only tells what would change. */
  readonly dryRun: boolean;
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs | null;
  /** Why it failed; null unless it did. */
  readonly error: string | null;
  readonly deliveries: {
    /** How many there are to read; what arrives meanwhile is not among them. */
    readonly total: number;
    readonly read: number;
    /** How many mean something else than before. */
    readonly changed: number;
    /** How many cannot be read again, for retention has removed their bodies; their events stay. */
    readonly withoutBody: number;
  };
  readonly spans: {
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
    /** False when so much would change that a dry run has counted the spans in part only. */
    readonly complete: boolean;
  };
  /** The first changes, in the order in which they were found. */
  readonly changes: readonly SpanChange[];
}
