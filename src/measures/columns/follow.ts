import { setTimeout as wait } from 'node:timers/promises';
import { Piscina } from 'piscina';
import type { EpochMs } from '../../domain/event.ts';
import type { Commits } from '../../store/commits.ts';
import type { Revision } from '../../store/contract.ts';
import { type Answer, type Columns, ColumnsUnavailable, type Query } from './contract.ts';
import type { DatabaseSettings } from './database.ts';
import type { Remaking, Stepped, StepRequest } from './file.ts';
import type { Read, Settling } from './thread.ts';

/** The facts worth telling about columns. */
interface ColumnsFacts {
  /** They are being made anew, of changes up to this revision. */
  remaking(why: Remaking, latest: Revision): void;
  remade(why: Remaking, latest: Revision, durationMs: number): void;
  /** Once when it begins to fail, and once when that is over. */
  failing(error: unknown): void;
  recovered(): void;
  /** All up to this revision is in, of those up to the latest. */
  reached(revision: Revision, latest: Revision): void;
}

export interface ColumnsOptions {
  readonly dataDir: string;
  readonly settings: DatabaseSettings;
  readonly commits: Commits;
  readonly now: () => EpochMs;
  readonly facts: ColumnsFacts;
}

/** Under load many changes are taken in at once, and what changes again meanwhile only once. */
const LEAST_BETWEEN_MS = 500;
/** Where steps take long they are further apart, so that following is a small part of what the machine does. */
const MOST_BETWEEN_MS = 5_000;
const REST_FOR_EACH_MS = 39;
/** What became of deployments costs more than a step, and follows at a pace of its own. */
const LEAST_BETWEEN_SETTLING_MS = 1_000;
const MOST_BETWEEN_SETTLING_MS = 20_000;
const REST_FOR_EACH_MS_OF_SETTLING = 19;
/** A commit by somebody else (a replay with the server's store at hand) wakes nobody. */
const LOOK_AGAIN_MS = 15_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
/** Who wants fresh numbers waits so long for columns that are being made; at a start that is a moment. */
const PATIENCE_MS = 5_000;

/** Starts the copy that measures are computed from: a file beside the store, which follows it on a thread of its own. */
export function startColumns(options: ColumnsOptions): Columns {
  const filename = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url);
  const { dataDir, settings } = options;
  const pool = new Piscina({
    filename: filename.href,
    ...{ minThreads: 1, maxThreads: 1, concurrentTasksPerWorker: 64 },
    // The thread has to go on with what it has begun while it waits for the next task.
    atomics: 'disabled',
    workerData: { dataDir, settings },
  });
  const following = new Following(pool, options);
  following.start();
  return following;
}

class Following implements Columns {
  readonly #pool: Piscina;
  readonly #options: ColumnsOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #progress = 0;
  #revision: Revision = 0;
  /** All that was committed by then is in; null while there is nothing whole that has once caught up. */
  #completeAt: EpochMs | null = null;
  /** How many commits were heard of, and how many of these are in. */
  #heard = 0;
  #taken = 0;
  #isDamaged = false;
  /** As {@link #completeAt}, of outcomes; and whether these follow from all that is in. */
  #settledAt: EpochMs | null = null;
  #isSettled = true;
  /** Not before then, unless somebody waits for it. */
  #settleFrom: EpochMs = 0;
  #areOutcomesWanted = false;
  #isSettlingFailing = false;
  #remaking: { readonly why: Remaking; readonly since: EpochMs } | null = null;
  #failures = 0;
  /** The end of the step that is under way, or of the next one. */
  #stepped = Promise.withResolvers<void>();
  /** Somebody waits for the next step. */
  #hurry = Promise.withResolvers<void>();

  constructor(pool: Piscina, options: ColumnsOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async read(queries: readonly Query[], { fresh }: { readonly fresh: boolean }): Promise<Answer> {
    const isOfOutcomes = queries.some((query) => query.isOfOutcomes === true);
    if (fresh) await this.#catchUp(isOfOutcomes);
    const completeAt = isOfOutcomes && !this.#isSettled ? this.#settledAt : this.#completeAt;
    if (this.#completeAt === null || completeAt === null) throw this.#unavailable();
    const isUpToNow = this.#heard === this.#taken && (this.#isSettled || !isOfOutcomes);
    const at = isUpToNow ? this.#options.now() : completeAt;
    const read: Read = await this.#pool.run(queries, { name: 'read' });
    if (typeof read === 'object')
      return { asOf: { at, revision: isOfOutcomes ? read.settled : read.revision }, rows: read.rows };
    if (read === 'damaged') this.#noteDamage();
    throw this.#unavailable();
  }

  #noteDamage(): void {
    this.#isDamaged = true;
    this.#completeAt = null;
    this.#progress = 0;
    this.#hurry.resolve();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#pool.run(undefined, { name: 'close' });
    await this.#pool.destroy();
  }

  async #catchUp(isOfOutcomes: boolean): Promise<void> {
    // A controller of our own: a signal of AbortSignal.any may be collected as garbage while somebody waits for it.
    const waiting = new AbortController();
    const giveUp = () => waiting.abort();
    const timer = setTimeout(giveUp, PATIENCE_MS);
    this.#stopping.signal.addEventListener('abort', giveUp);
    if (this.#stopping.signal.aborted) giveUp();
    try {
      const over = once(waiting.signal);
      while (this.#completeAt === null) await this.#nextStep(over, waiting.signal);
      const latest: Revision = await this.#pool.run(undefined, { name: 'latest' });
      while (this.#revision < latest) await this.#nextStep(over, waiting.signal);
      while (isOfOutcomes && !this.#isSettled) {
        this.#areOutcomesWanted = true;
        await this.#nextStep(over, waiting.signal);
      }
    } finally {
      clearTimeout(timer);
      this.#stopping.signal.removeEventListener('abort', giveUp);
    }
  }

  async #nextStep(over: Promise<void>, patience: AbortSignal): Promise<void> {
    this.#hurry.resolve();
    await Promise.race([this.#stepped.promise, over]);
    if (patience.aborted) throw this.#unavailable();
  }

  #unavailable(): ColumnsUnavailable {
    return new ColumnsUnavailable(this.#progress);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    // One at a time: what an earlier one heard later would count as a commit that nobody takes in.
    let listening: Promise<void> | null = null;
    while (!signal.aborted) {
      const began = this.#options.now();
      listening ??= this.#options.commits.next(signal, LOOK_AGAIN_MS).then(() => {
        this.#heard += 1;
        listening = null;
      });
      const commit = listening;
      this.#hurry = Promise.withResolvers();
      const isAll = await this.#step(began);
      const took = this.#options.now() - began;
      if (isAll && !this.#isSettled && (this.#areOutcomesWanted || this.#options.now() >= this.#settleFrom))
        await this.#settle();
      if (isAll) {
        const due = this.#isSettled ? [] : [pause(Math.max(0, this.#settleFrom - this.#options.now()), signal)];
        await Promise.race([commit, this.#hurry.promise, ...due]);
      }
      const rest = isAll ? began + betweenMs(took) - this.#options.now() : this.#retryMs;
      if (rest > 0) await Promise.race([pause(rest, signal), this.#hurry.promise]);
    }
  }

  get #retryMs(): number {
    return this.#failures === 0 ? 0 : Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
  }

  /** True where there is nothing more to do now. */
  async #step(began: EpochMs): Promise<boolean> {
    const heard = this.#heard;
    const isDamaged = this.#isDamaged;
    this.#isDamaged = false;
    try {
      const request: StepRequest = { isSmall: this.#completeAt !== null, isDamaged };
      const stepped: Stepped = await this.#pool.run(request, { name: 'step' });
      this.#note(stepped, began);
      const isAll = stepped.isWhole && stepped.revision >= stepped.latest;
      if (isAll) {
        this.#completeAt = began;
        if (stepped.isSettled) this.#settledAt = began;
        this.#taken = heard;
      }
      return isAll;
    } catch (error) {
      this.#isDamaged ||= isDamaged;
      this.#failures += 1;
      if (this.#failures === 1) this.#options.facts.failing(error);
      return false;
    } finally {
      this.#stepped.resolve();
      this.#stepped = Promise.withResolvers();
    }
  }

  /** Has outcomes computed again; what goes wrong is told once, and tried again. */
  async #settle(): Promise<void> {
    const began = this.#options.now();
    this.#areOutcomesWanted = false;
    try {
      const settled: Settling = await this.#pool.run(undefined, { name: 'settle' });
      if (settled === 'damaged') return this.#noteDamage();
      if (settled === 'late') return this.#hurry.resolve();
      this.#isSettled = true;
      this.#settledAt = this.#completeAt;
      if (this.#isSettlingFailing) this.#options.facts.recovered();
      this.#isSettlingFailing = false;
    } catch (error) {
      if (!this.#isSettlingFailing) this.#options.facts.failing(error);
      this.#isSettlingFailing = true;
    } finally {
      const took = this.#options.now() - began;
      const rest = this.#isSettlingFailing
        ? LAST_RETRY_MS
        : Math.min(MOST_BETWEEN_SETTLING_MS, Math.max(LEAST_BETWEEN_SETTLING_MS, took * REST_FOR_EACH_MS_OF_SETTLING));
      this.#settleFrom = this.#options.now() + rest;
      this.#stepped.resolve();
      this.#stepped = Promise.withResolvers();
    }
  }

  #note({ revision, latest, remaking, isWhole, isSettled }: Stepped, began: EpochMs): void {
    const { facts, now } = this.#options;
    if (this.#failures > 0) facts.recovered();
    this.#failures = 0;
    this.#revision = revision;
    this.#isSettled = isSettled;
    this.#progress = latest === 0 ? 1 : revision / latest;
    facts.reached(revision, latest);
    if (remaking === null) return;
    if (this.#remaking?.why !== remaking) {
      this.#remaking = { why: remaking, since: began };
      facts.remaking(remaking, latest);
    }
    if (isWhole) {
      facts.remade(remaking, latest, now() - this.#remaking.since);
      this.#remaking = null;
    } else this.#completeAt = null;
  }
}

function betweenMs(took: number): number {
  return Math.min(MOST_BETWEEN_MS, Math.max(LEAST_BETWEEN_MS, took * REST_FOR_EACH_MS));
}

function once(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
