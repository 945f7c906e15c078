import type { EpochMs } from '../domain/event.ts';
import type { Commits } from '../store/commits.ts';
import type { Revision, StoreReader } from '../store/contract.ts';
import type { BatchOutcome, ExportPortion, ExportRest, ExportStore, OutboxItem, TargetId } from '../store/exports.ts';
import { Backlog } from './backlog.ts';
import { backoffMs, pause } from './backoff.ts';
import type { Exporter } from './contract.ts';
import { deliver } from './delivery.ts';
import { Ripening } from './ripening.ts';

/** The facts worth telling about an export. */
export interface ExportFacts {
  failing(target: string, reason: string): void;
  recovered(target: string): void;
  refused(target: string, spans: { readonly parked: number; readonly rejected: number }, reason: string): void;
  failed(error: unknown): void;
  /** All up to there was sent, or is yet to wait for its causes. What had waited and cannot be sent takes that back. */
  reached(target: string, revision: Revision): void;
}

export interface FollowOptions {
  /** Names the durable position. */
  readonly name: string;
  readonly exporter: Exporter;
  readonly reader: StoreReader;
  readonly store: ExportStore;
  readonly commits: Commits;
  /** How long a change has to have been known before it is exported, in milliseconds: so long causes may take to arrive. */
  readonly waitMs: number;
  /** Whether a target that is new gets all that is stored, or what changes from now on. */
  readonly history: boolean;
  /** How long a request that is under way may still take when we are closed, in milliseconds. */
  readonly drainMs: number;
  readonly now: () => EpochMs;
  readonly random: () => number;
  readonly facts: ExportFacts;
}

/** What a target is doing; its position and its counts are in the store. */
export interface FollowState {
  readonly doing: 'starting' | 'waiting' | 'sending' | 'retrying' | 'stopped';
  readonly lastError: { readonly at: EpochMs; readonly message: string } | null;
  /** When it is tried again; null unless it is being retried. */
  readonly nextAttemptAt: EpochMs | null;
  /** Since when something that has waited long enough is unsent, also from before a restart; null where nothing is. */
  readonly behindSince: EpochMs | null;
}

const ATTEMPTS_AT_ONCE = 200;
const IDLE_MS = 15_000;
const PARKED_AT_ONCE = 500;
/** What needs no sending moves the position along; it is written down now and then, and whenever there is a pause. */
const UNWRITTEN = 5_000;

/**
 * Follows the change feed for one target, and sends what is finished.
 *
 * What is about to be sent is put into the target's outbox first, with its ids pinned; once all of it was answered, the
 * outbox is emptied and the position moved, in one transaction. So nothing is lost and nothing is sent twice, except that
 * after a crash the same bytes are sent again. Only one batch is held in memory, however far the target is behind.
 */
export class Follow {
  readonly #options: FollowOptions;
  /** Nothing more is begun. */
  readonly #closing = new AbortController();
  /** What is under way is cut. */
  readonly #cutting = new AbortController();
  /** Ends a wait that is under way. */
  #waiting = new AbortController();
  /** When somebody last asked for what is parked to be sent again; null once that is done. */
  #resendBefore: EpochMs | null = null;
  readonly #ripening: Ripening;
  #running: Promise<void> = Promise.resolve();
  #state: Omit<FollowState, 'behindSince'> = { doing: 'starting', lastError: null, nextAttemptAt: null };
  readonly #backlog = new Backlog();
  /** Since when that is being sent which was in the outbox at the start. */
  #resumedSince: EpochMs | null = null;
  /** Where an operation is being read in several portions. */
  #rest: ExportRest | null = null;
  #failures = 0;
  /** Whether it has taken anything since the server was started. */
  #hasTaken = false;
  #target: TargetId | null = null;
  #position: Revision = 0;
  #written: Revision = 0;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#ripening = new Ripening(options.waitMs);
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): FollowState {
    return { ...this.#state, behindSince: this.#resumedSince ?? this.#backlog.since };
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Sends what is parked by now again, as soon as what is being sent has been answered; a wait for that ends at once. */
  resend(): void {
    this.#resendBefore = this.#options.now();
    this.#waiting.abort();
  }

  /** Lets a request that is under way come to its end, but not for long: what is cut is sent again after the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#waiting.abort();
    const cut = setTimeout(() => this.#cutting.abort(), this.#options.drainMs);
    await this.#running;
    clearTimeout(cut);
    this.#options.exporter.close();
    this.#state = { ...this.#state, doing: 'stopped', nextAttemptAt: null };
  }

  get #signal(): AbortSignal {
    return this.#closing.signal;
  }

  async #run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        await this.#step(this.#target ?? (await this.#open()));
      } catch (error) {
        // The store cannot be read or written now. Begun anew: what is in the outbox may have been sent or not.
        this.#target = null;
        this.#options.facts.failed(error);
        await this.#waitAfter(error instanceof Error ? error.message : String(error), null);
      }
    }
  }

  /** Finds the target's place, and sends what was being sent when the program ended. */
  async #open(): Promise<TargetId> {
    const { store, reader, name, history, facts, now } = this.#options;
    const { id, sendingSince, ...before } = await store.openTarget(name, history ? 0 : null);
    // Before anything is sent: a backend that is away is behind from the beginning.
    facts.reached(name, before.position);
    const outbox = await reader.readOutbox(id);
    if (outbox.length > 0) {
      this.#resumedSince = sendingSince ?? now();
      await this.#send(id, outbox);
      if (this.#signal.aborted) return id;
    }
    this.#resumedSince = null;
    const { position } = await store.openTarget(name, history ? 0 : null);
    this.#position = position;
    this.#written = position;
    this.#rest = null;
    this.#backlog.sent(position);
    facts.reached(name, position);
    if (!this.#signal.aborted) this.#target = id;
    return id;
  }

  async #step(target: TargetId): Promise<void> {
    if (this.#signal.aborted) return;
    if (this.#resendBefore !== null) return await this.#resendParked(target, this.#resendBefore);
    const { reader, now, exporter } = this.#options;
    const latest = await reader.latestRevision();
    const upTo = this.#ripening.look(latest, now());
    if (upTo > this.#position) {
      this.#backlog.ripened(upTo, now());
      this.#options.facts.reached(this.name, this.#position);
      const { mode, withOpen } = exporter;
      const place = { after: this.#position, upTo, rest: this.#rest, limit: ATTEMPTS_AT_ONCE };
      const request = { target, mode, withOpen, ...place };
      await this.#export(target, await reader.readExports(request), upTo);
      return;
    }
    if (this.#position > this.#written) await this.#write(target);
    this.#state = { ...this.#state, doing: 'waiting' };
    this.#options.facts.reached(this.name, latest);
    const ripensIn = this.#ripening.nextLookMs(now());
    await this.#wait(async (signal) => {
      if (this.#resendBefore !== null) return;
      await (ripensIn === null ? this.#nextCommit(latest, signal) : pause(ripensIn, signal));
    });
  }

  /** Waits for something, or until somebody asks for something else. */
  async #wait(until: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#waiting = new AbortController();
    if (!this.#signal.aborted) await until(this.#waiting.signal);
  }

  async #nextCommit(latest: Revision, signal: AbortSignal): Promise<void> {
    const commit = this.#options.commits.next(signal, IDLE_MS);
    // What was committed before anybody listened.
    if ((await this.#options.reader.latestRevision()) === latest) await commit;
  }

  async #resendParked(target: TargetId, before: EpochMs): Promise<void> {
    const { store } = this.#options;
    while (!this.#signal.aborted) {
      const items = await store.unpark(target, { before, limit: PARKED_AT_ONCE });
      if (items.length === 0) break;
      await this.#send(target, items);
    }
    // Asked again meanwhile, it is done again.
    if (this.#resendBefore === before) this.#resendBefore = null;
  }

  async #export(target: TargetId, portion: ExportPortion, upTo: Revision): Promise<void> {
    const { subjects, gone, rest } = portion;
    if (portion.through === null && rest === null) {
      // What was there has changed again meanwhile, and comes later.
      this.#arrive(upTo);
      return;
    }
    const { exporter, store, now } = this.#options;
    const prepared = exporter.prepare(subjects);
    const through = portion.through ?? this.#position;
    const batch = { ...prepared, changed: [...prepared.changed, ...gone], through, at: now() };
    if (batch.items.length > 0 || batch.changed.length > 0) {
      // Ids that another target has pinned meanwhile: it is all read again, with them.
      if (!(await store.begin(target, batch))) return;
      if (batch.items.length > 0 && !(await this.#send(target, batch.items))) return;
      this.#written = through;
    }
    this.#rest = rest;
    this.#arrive(through);
    this.#options.facts.reached(this.name, through);
    if (this.#position - this.#written >= UNWRITTEN) await this.#write(target);
  }

  #arrive(position: Revision): void {
    this.#position = position;
    this.#backlog.sent(position);
  }

  async #write(target: TargetId): Promise<void> {
    const { exporter, store, now } = this.#options;
    const nothing = { pins: [], items: [], changed: [], lookedAt: [] };
    await store.begin(target, { mode: exporter.mode, ...nothing, through: this.#position, at: now() });
    this.#written = this.#position;
  }

  /** Sends what is in the outbox, and notes what became of it; false where we were told to stop before all was sent. */
  async #send(target: TargetId, items: readonly OutboxItem[]): Promise<boolean> {
    const { exporter, now, facts, name } = this.#options;
    this.#state = { ...this.#state, doing: 'sending' };
    const send = (records: readonly string[]) => exporter.send(records, this.#cutting.signal);
    const outcome = await deliver(
      items.map(({ record }) => record),
      {
        send,
        signal: this.#signal,
        waitAfter: ({ reason, afterMs }) => this.#waitAfter(reason, afterMs),
        answered: (sent) => {
          if (sent.status === 'sent') this.#hasTaken = true;
          this.#answered();
        },
        isWorking: async () => this.#hasTaken || (await send([])).status === 'sent',
      },
    );
    const { parked, rejected, unsent, reason } = outcome;
    if (unsent.length === items.length) return false;
    if (!(await this.#noteSent(target, { parked, rejected, unsent, at: now() }))) return false;
    if (reason !== '') this.#state = { ...this.#state, lastError: { at: now(), message: reason } };
    if (parked.length + rejected > 0) facts.refused(name, { parked: parked.length, rejected }, reason);
    return unsent.length === 0;
  }

  /** Until it is noted, it would be sent again; so that is what is repeated. False where we are told to stop before. */
  async #noteSent(target: TargetId, outcome: BatchOutcome): Promise<boolean> {
    do {
      try {
        await this.#options.store.finish(target, outcome);
        this.#answered();
        return true;
      } catch (error) {
        this.#options.facts.failed(error);
        await this.#waitAfter(error instanceof Error ? error.message : String(error), null);
      }
    } while (!this.#signal.aborted);
    return false;
  }

  async #waitAfter(reason: string, askedMs: number | null): Promise<void> {
    const { now, random, facts, name } = this.#options;
    this.#failures += 1;
    if (this.#failures === 1) facts.failing(name, reason);
    const ms = backoffMs(this.#failures, askedMs, random());
    this.#state = { doing: 'retrying', lastError: { at: now(), message: reason }, nextAttemptAt: now() + ms };
    await this.#wait((signal) => pause(ms, signal));
    this.#state = { ...this.#state, nextAttemptAt: null };
  }

  #answered(): void {
    if (this.#failures > 0) this.#options.facts.recovered(this.name);
    this.#failures = 0;
    this.#state = { ...this.#state, doing: 'sending', nextAttemptAt: null };
  }
}
