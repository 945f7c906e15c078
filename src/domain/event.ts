import type { Identity, Name } from './identity.ts';
import type { Reference } from './reference.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

/**
 * What an event says of its operation. A `transition` ends the current stage and starts the next; an `intermediary`
 * only tells more; `unknown` is kept like an intermediary.
 */
export type EventState = 'start' | 'transition' | 'intermediary' | 'end' | 'unknown';

export const results = [
  'success',
  'failure',
  'error',
  'cancelled',
  'skipped',
  'timeout',
  'merged',
  'abandoned',
  'done',
  'rejected',
  'rolled_back',
  'unknown',
] as const;
/** How an attempt ended. */
export type Result = (typeof results)[number];

/** True for the results that count against a success ratio. */
export function isErrorResult(result: Result): boolean {
  return result === 'failure' || result === 'error' || result === 'timeout';
}

export const stageCategories = ['waiting', 'active', 'done'] as const;
export type StageCategory = (typeof stageCategories)[number];

/** A part of an operation: a kanban column, a pipeline's queue, a pull request's review. */
export interface Stage {
  /** Names the stage for comparison; two adjacent stages with one key are one. */
  readonly key: string;
  readonly name: string;
  readonly category?: StageCategory;
}

/** What an event's operation is a part of: a repository, a job, a board. */
export function projectOf({ project, name }: Pick<Event, 'project' | 'name'>): string {
  return project ?? name.scope;
}

export type TagValue = string | number | boolean;
export type FactValue = TagValue | readonly string[];

/** The ways a delivery can reach us; the later in the list, the more a channel knows about the same fact. */
export const channels = ['webhook', 'cli', 'import', 'correction'] as const;
export type Channel = (typeof channels)[number];

/**
 * One state of one operation, as one payload tells it.
 *
 * Pure data: it can be cloned to another thread, written as JSON and read back unchanged.
 */
export interface Event {
  readonly identity: Identity;
  /** What the operation is called in this payload. */
  readonly name: Name;
  /** Further names that lead to this operation: the older short form, the place it was transferred from. */
  readonly aliases?: readonly string[];
  /**
   * What it is a part of, where that is not the scope of its name: a build of a branch is one of the job that has a job for
   * each branch. Unlike those there are few of these, so that they can be counted.
   */
  readonly project?: string;
  /**
   * Names the *fact* inside its identity, whichever channel brought it: a vendor's id, or kind and canonical vendor
   * time. Two events with one identity and one key are two observations of the same fact.
   */
  readonly key: string;
  readonly state: EventState;
  /** `issue`, `pull_request`, `build`, `deploy`, `pipeline`, `sprint`, `incident`, `release`, or a custom word. */
  readonly operation: string;
  /** The source's own time, rounded down to {@link precisionMs}. */
  readonly occurredAt: EpochMs;
  /** How exact {@link occurredAt} is: 1 for milliseconds, 1000 for a sender that tells seconds. */
  readonly precisionMs: number;
  /** When we received the delivery that told this first. Only judges impossible clocks, never a duration. */
  readonly receivedAt: EpochMs;
  /** By what way it came; decides between contradicting observations of one fact. */
  readonly channel: Channel;
  /** The source time of the payload that told this; later payloads know better. */
  readonly observedAt: EpochMs;
  /** The sender's own order within one instant. */
  readonly seq?: number;
  /** The sender's run number, where it numbers its runs. */
  readonly attempt?: number;
  /** What this payload says about when the operation (or the numbered attempt) began. */
  readonly startedAt?: EpochMs;
  /** A start that the sender calls a re-opening: an earlier life existed and ended, whether we know it or not. */
  readonly reopens?: true;
  /** An end that takes the place of an earlier one with another result (a retry under the same id). */
  readonly replacesEnd?: true;
  readonly stage?: Stage;
  readonly result?: Result;
  /** Whether this event is a failure; where absent, the result decides. */
  readonly isError?: boolean;
  readonly title?: string;
  readonly url?: string;
  readonly actor?: string;
  /** Shown to people; `null` removes an earlier value. */
  readonly tags?: Readonly<Record<string, TagValue | null>>;
  /** What rules decide from; `null` removes an earlier value. */
  readonly facts?: Readonly<Record<string, FactValue | null>>;
  readonly provides?: readonly Reference[];
  /** What it belongs to. What one event wants, another one of its operation does not take back. */
  readonly wants?: readonly Reference[];
  /**
   * What its texts and fields name at this moment, the foremost first: in force until a later event of its attempt has
   * mentions, for people edit what they have written.
   */
  readonly mentions?: readonly Reference[];
}
