import type { Commits } from '../../store/commits.ts';
import type { Change, ChangedAttempt, Revision, StoreReader } from '../../store/contract.ts';

/** What happened to one attempt, as committed. */
export interface Transition {
  readonly what: 'started' | 'finished';
  readonly spanId: string;
  readonly source: string;
  readonly attempt: ChangedAttempt;
}

/**
 * Tells what is new in changes that are read in order, each transition exactly once.
 *
 * Several changes of a span show as one, so a position alone does not tell which of its transitions were seen: those read
 * since all was known are remembered, and forgotten once all is known again.
 */
export class Transitions {
  #position: Revision;
  /** Everything up to here was seen. */
  #known: Revision;
  readonly #seen = new Map<string, Revision>();

  constructor(from: Revision) {
    this.#position = from;
    this.#known = from;
  }

  get position(): Revision {
    return this.#position;
  }

  /** Takes the changes after {@link position}; `isAll` where there were no more at that moment. */
  take(changes: readonly Change[], isAll: boolean): Transition[] {
    const transitions = changes.flatMap((change) => this.#of(change));
    this.#position = changes.at(-1)?.revision ?? this.#position;
    if (isAll) {
      this.#known = this.#position;
      this.#seen.clear();
    }
    return transitions;
  }

  #of({ spanId, source, revision, attempts }: Change): Transition[] {
    const known = this.#seen.get(spanId) ?? this.#known;
    this.#seen.set(spanId, revision);
    return attempts.flatMap((attempt) => {
      const { since } = attempt;
      const of = { spanId, source, attempt };
      const started: Transition[] = since.known > known ? [{ what: 'started', ...of }] : [];
      const isFinished = since.finished !== null && since.finished > known;
      return isFinished ? [...started, { what: 'finished', ...of }] : started;
    });
  }
}

interface Following {
  readonly reader: Pick<StoreReader, 'changesAfter' | 'latestRevision'>;
  readonly commits: Commits;
  readonly counted: (transition: Transition) => void;
  /** Up to where everything is counted. */
  readonly reached: (revision: Revision) => void;
  readonly failed: (error: unknown) => void;
}

const CHANGES_AT_ONCE = 200;
/** A commit by somebody else (a replay with the server's store at hand) wakes nobody; a store that failed is asked again. */
const LOOK_AGAIN_MS = 5_000;

/** Follows the change feed from its newest revision on, beside everything else. */
export async function follow(following: Following): Promise<{ close(): Promise<void> }> {
  const transitions = new Transitions(await following.reader.latestRevision());
  following.reached(transitions.position);
  const controller = new AbortController();
  const ended = run(transitions, following, controller.signal);
  return {
    close: async () => {
      controller.abort();
      await ended;
    },
  };
}

async function run(transitions: Transitions, following: Following, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const next = following.commits.next(signal, LOOK_AGAIN_MS);
    const isAll = await step(transitions, following);
    if (isAll) await next;
  }
}

/** True where there is nothing more to do now. */
async function step(transitions: Transitions, { reader, counted, reached, failed }: Following): Promise<boolean> {
  try {
    const changes = await reader.changesAfter(transitions.position, CHANGES_AT_ONCE);
    const isAll = changes.length < CHANGES_AT_ONCE;
    for (const transition of transitions.take(changes, isAll)) counted(transition);
    reached(transitions.position);
    return isAll;
  } catch (error) {
    failed(error);
    return true;
  }
}
