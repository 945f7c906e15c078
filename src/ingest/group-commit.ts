import type { Entry, Receipt } from './append.ts';

/** Appends a group; all of it is durable when the promise resolves. Receipts in the order of the entries. */
export type AppendGroup = (entries: readonly Entry[]) => Promise<readonly Receipt[]>;

const MAX_GROUP_ENTRIES = 256;
const MAX_GROUP_BYTES = 8 * 1024 * 1024;

interface Waiting {
  readonly entry: Entry;
  readonly settle: PromiseWithResolvers<Receipt>;
}

/**
 * Writes deliveries in groups: while one group is being committed, those that arrive wait and form the next. One fsync
 * then serves many deliveries under load, and a single one never waits for a timer.
 */
export class GroupCommit {
  readonly #append: AppendGroup;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;

  constructor(append: AppendGroup) {
    this.#append = append;
  }

  /** Resolves when the entry is durable; rejects with what its group failed with, and then nothing of it is stored. */
  submit(entry: Entry): Promise<Receipt> {
    const settle = Promise.withResolvers<Receipt>();
    this.#waiting.push({ entry, settle });
    this.#running ??= this.#run();
    return settle.promise;
  }

  /** Resolves when everything submitted so far is settled. */
  async drain(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // One turn of the loop lets the requests that were read together be written together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) await this.#commit(this.#takeGroup());
    this.#running = null;
  }

  #takeGroup(): Waiting[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ entry }, index) => {
      bytes += entry.delivery.body?.byteLength ?? 0;
      return index > 0 && (index >= MAX_GROUP_ENTRIES || bytes > MAX_GROUP_BYTES);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const receipts = await this.#append(group.map(({ entry }) => entry));
      group.forEach(({ settle }, index) => {
        const receipt = receipts[index];
        if (receipt === undefined) settle.reject(new Error('the writer gave no receipt'));
        else settle.resolve(receipt);
      });
    } catch (error) {
      for (const { settle } of group) settle.reject(error);
    }
  }
}
