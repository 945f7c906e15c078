import { randomUUID } from 'node:crypto';
import { Piscina } from 'piscina';
import { AppError } from '../domain/app-error.ts';
import type { SpanChange } from '../domain/difference.ts';
import type { EpochMs } from '../domain/event.ts';
import type { Replay } from '../domain/replay.ts';
import type { RuleSettings } from '../rules/schema.ts';
import type { DeliveryFilter, DeliveryId, StoreReader } from '../store/contract.ts';
import { ChangeLog, MAX_CHANGES } from './change-log.ts';
import { Jobs } from './jobs.ts';
import type { Reread, Touched } from './replay-thread.ts';
import type { Retelling } from './swap.ts';

export interface ReplayRequest {
  readonly filter: DeliveryFilter;
  readonly dryRun: boolean;
}

export interface ReplayOptions {
  readonly dataDir: string;
  readonly rules: RuleSettings;
  readonly reader: StoreReader;
  /** Writes what deliveries mean now; see swap.ts. */
  readonly swap: (retellings: readonly Retelling[]) => Promise<readonly SpanChange[]>;
  readonly now: () => EpochMs;
  /** Told of what went wrong, for the log. */
  readonly failed: (error: unknown) => void;
}

/** Small portions, so that a delivery that arrives waits for one of them only. */
const PORTION = { limit: 100, bytes: 4 * 1024 * 1024 };
const SWAPPED_AT_ONCE = 25;
const PREDICTED_AT_ONCE = 25;

type Progress = { -readonly [K in keyof Omit<Replay, 'spans' | 'changes'>]: Replay[K] } & {
  readonly spans: Replay['spans'];
  readonly changes: Replay['changes'];
  readonly log: ChangeLog;
};

/** Reads stored deliveries again, one replay at a time, while deliveries go on arriving. */
export class Replays {
  readonly #options: ReplayOptions;
  readonly #thread: Piscina;
  readonly #jobs = new Jobs<Progress>('replay');
  #running: Promise<void> = Promise.resolve();

  constructor(options: ReplayOptions) {
    this.#options = options;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const filename = new URL(`./replay-thread.${extension}`, import.meta.url).href;
    // The thread lives while it is used: replays are rare.
    this.#thread = new Piscina({
      filename,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: 1_000,
      workerData: { dataDir: options.dataDir, rules: options.rules },
    });
  }

  /** Begins a replay. Throws an AppError `conflict` while another one runs. */
  async start(request: ReplayRequest): Promise<Replay> {
    this.#jobs.requireNone();
    const replay = this.#add(request.dryRun);
    this.#running = this.#run(replay, request.filter);
    return replay;
  }

  /** Reads one delivery again, and resolves when that is done. */
  async replayDelivery(id: DeliveryId, dryRun: boolean): Promise<Replay> {
    const replay = this.#add(dryRun);
    await this.#run(replay, {}, { after: id - 1, upTo: id });
    if (replay.state === 'failed') throw new AppError('unavailable', replay.error ?? 'it could not be read again');
    return replay;
  }

  /** The latest first. */
  list(): readonly Replay[] {
    return this.#jobs.list();
  }

  find(id: string): Replay | undefined {
    return this.#jobs.find(id);
  }

  /** One that was started here. Throws a RangeError when there is none of that id. */
  get(id: string): Replay {
    return this.#jobs.get(id);
  }

  /** Stops a replay after its current portion. What it has changed stays; the rest is as it was. */
  cancel(id: string): Replay | undefined {
    return this.#jobs.cancel(id);
  }

  /** Resolves when no replay runs any more. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async close(): Promise<void> {
    this.#jobs.cancelAll();
    await this.#running;
    await this.#thread.destroy();
  }

  #add(dryRun: boolean): Progress {
    const log = new ChangeLog();
    return this.#jobs.add({
      id: randomUUID(),
      state: 'running',
      dryRun,
      startedAt: this.#options.now(),
      finishedAt: null,
      error: null,
      deliveries: { total: 0, read: 0, changed: 0, withoutBody: 0 },
      log,
      get spans() {
        return log.counts;
      },
      get changes() {
        return log.first;
      },
    });
  }

  async #run(replay: Progress, filter: DeliveryFilter, range?: { after: DeliveryId; upTo: DeliveryId }): Promise<void> {
    try {
      await this.#readAll(replay, filter, range);
      if (replay.state === 'running') replay.state = 'done';
    } catch (error) {
      replay.state = 'failed';
      replay.error = error instanceof Error ? error.message : String(error);
      this.#options.failed(error);
    }
    replay.finishedAt = this.#options.now();
  }

  async #readAll(
    replay: Progress,
    filter: DeliveryFilter,
    range: { after: DeliveryId; upTo: DeliveryId } | undefined,
  ): Promise<void> {
    const { count, newest } = range === undefined ? await this.#options.reader.measureDeliveries(filter) : one(range);
    replay.deliveries = { ...replay.deliveries, total: count };
    const touched = new Map<string, DeliveryId[]>();
    let after: DeliveryId | null = range?.after ?? 0;
    while (after !== null && replay.state === 'running') {
      const portion: Reread = await this.#thread.run(
        { filter, after, upTo: newest, ...PORTION },
        { name: 'rereadNext' },
      );
      if (replay.dryRun) collect(replay, portion, touched);
      else await this.#write(replay, portion.changed);
      replay.deliveries = advanced(replay.deliveries, portion);
      after = portion.last;
    }
    await this.#predict(replay, touched);
  }

  async #write(replay: Progress, changed: readonly Retelling[]): Promise<void> {
    for (const retellings of inGroups(changed, SWAPPED_AT_ONCE)) replay.log.add(await this.#options.swap(retellings));
  }

  async #predict(replay: Progress, touched: ReadonlyMap<string, readonly DeliveryId[]>): Promise<void> {
    const all = [...touched].map(([key, deliveryIds]): Touched => ({ key, deliveryIds }));
    for (const group of inGroups(all, PREDICTED_AT_ONCE)) {
      if (replay.state !== 'running') return;
      replay.log.add(await this.#thread.run(group, { name: 'predict' }));
    }
  }
}

function one({ upTo }: { readonly upTo: DeliveryId }): { readonly count: number; readonly newest: DeliveryId } {
  return { count: 1, newest: upTo };
}

function advanced(before: Replay['deliveries'], { read, changed, withoutBody }: Reread): Replay['deliveries'] {
  return {
    total: before.total,
    read: before.read + read,
    changed: before.changed + changed.length,
    withoutBody: before.withoutBody + withoutBody,
  };
}

/** Notes for a dry run which spans to look at, and through which deliveries. */
function collect({ log }: Progress, { changed, touches }: Reread, touched: Map<string, DeliveryId[]>): void {
  changed.forEach(({ id }, index) => {
    for (const key of touches[index] ?? []) {
      const deliveryIds = touched.get(key);
      if (deliveryIds !== undefined) deliveryIds.push(id);
      else if (touched.size < MAX_CHANGES) touched.set(key, [id]);
      else log.leaveOut();
    }
  });
}

function* inGroups<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
