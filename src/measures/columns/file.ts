import { rmSync, statSync } from 'node:fs';
import type { ColumnsPortion } from '../../store/columns.ts';
import { type Revision, StoreError, type StoreReader } from '../../store/contract.ts';
import type { Query, Row } from './contract.ts';
import { beginCopy, finishCopy, type Progress, readProgress, takeIn, UNFINISHED } from './copy.ts';
import { ColumnsDatabase, type DatabaseSettings, isDamage, isLackOfRoom } from './database.ts';
import { COLUMNS_VERSION } from './schema.ts';

/**
 * Why columns are made anew:
 * - `missing`: there is no file, or it was removed while it was in use.
 * - `damaged`: its bytes are not what was written.
 * - `unfinished`: the program ended while they were being made.
 * - `another_version`: they were made by another version of the program, with other tables or other contents.
 * - `another_store`: they are of another store than the one they stand beside.
 * - `ahead_of_store`: they know more than the store, which was put back to an earlier state.
 */
export type Remaking = 'missing' | 'damaged' | 'unfinished' | 'another_version' | 'another_store' | 'ahead_of_store';

export interface StepRequest {
  /** So that reads beside it do not wait long; while nobody can read, steps are large. */
  readonly isSmall: boolean;
  /** A read has met damage. */
  readonly isDamaged: boolean;
}

/** What a step has come to. */
export interface Stepped {
  /** Up to here all is in. */
  readonly revision: Revision;
  /** How far the store has got. */
  readonly latest: Revision;
  /** Why they are made anew, or were within this step; null where they only follow. */
  readonly remaking: Remaking | null;
  /** Whether they can be read. */
  readonly isWhole: boolean;
}

/** Identities that are read at once, and how many such portions are one transaction at most. */
const PORTION = 4_096;
const PORTIONS = 48;

/**
 * A file of columns that follows a store, step by step. It is never a source of truth: whatever is wrong with it, it is made
 * anew from the store.
 */
export class ColumnsFile {
  readonly #path: string;
  readonly #reader: StoreReader;
  readonly #settings: DatabaseSettings;
  #database: ColumnsDatabase | null = null;
  /** Another file of the same name is not ours. */
  #inode = 0;
  #revision: Revision = 0;
  #remaking: Remaking | null = null;
  readonly #reads = new Set<Promise<unknown>>();

  constructor(path: string, reader: StoreReader, settings: DatabaseSettings) {
    this.#path = path;
    this.#reader = reader;
    this.#settings = settings;
  }

  /**
   * Takes in what comes next, or begins anew where that is needed.
   * - Reads may be under way, and no other step.
   * - Throws a StoreError where the store cannot be read, and what the database throws where making it anew would not help.
   */
  async step({ isSmall, isDamaged }: StepRequest): Promise<Stepped> {
    const database = await this.#ready(isDamaged);
    try {
      return await this.#take(database, isSmall ? 1 : PORTIONS);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return this.#take(await this.#remake('damaged'), 1);
    }
  }

  /** Runs queries on one snapshot. Throws a RangeError while there is nothing whole to read. */
  async read(queries: readonly Query[]): Promise<{ readonly revision: Revision; readonly rows: readonly Row[][] }> {
    if (this.#database === null || this.#remaking !== null) throw new RangeError('columns are being made');
    const reading = this.#database.read([{ sql: 'SELECT revision FROM progress', parameters: {} }, ...queries]);
    this.#reads.add(reading);
    try {
      const [progress = [], ...rows] = await reading;
      return { revision: Number(progress[0]?.revision), rows };
    } finally {
      this.#reads.delete(reading);
    }
  }

  /** Waits for reads that are under way. */
  async close(): Promise<void> {
    const database = this.#database;
    this.#database = null;
    await Promise.allSettled(this.#reads);
    database?.close();
  }

  async #ready(isDamaged: boolean): Promise<ColumnsDatabase> {
    if (isDamaged) return this.#remake('damaged');
    if (this.#database === null) return this.#open();
    // What is open goes on without its name, and would be gone with this process.
    return inodeOf(this.#path) === this.#inode ? this.#database : this.#remake('missing');
  }

  async #take(database: ColumnsDatabase, limit: number): Promise<Stepped> {
    const reached = { revision: this.#revision, latest: this.#revision };
    await takeIn(database, this.#portions(reached, limit), { isAnew: this.#remaking !== null });
    this.#revision = reached.revision;
    const remaking = this.#remaking;
    if (remaking !== null && reached.revision >= reached.latest) {
      await finishCopy(database);
      this.#remaking = null;
    }
    return { ...reached, remaking, isWhole: this.#remaking === null };
  }

  async *#portions(reached: { revision: Revision; latest: Revision }, limit: number): AsyncGenerator<ColumnsPortion> {
    for (let count = 0; count < limit; count += 1) {
      const portion = await this.#reader.readColumns({ after: reached.revision, limit: PORTION });
      reached.latest = portion.latest;
      if (portion.through === reached.revision) return;
      reached.revision = portion.through;
      yield portion;
    }
  }

  async #open(): Promise<ColumnsDatabase> {
    if (inodeOf(this.#path) === null) return this.#remake('missing');
    let database: ColumnsDatabase | null = null;
    try {
      database = await ColumnsDatabase.open(this.#path, this.#settings);
      const { revision, ...made } = await readProgress(database);
      const wrong = await this.#wrongWith({ revision, ...made });
      if (wrong === null) return this.#use(database, revision, null);
      database.close();
      return await this.#remake(wrong);
    } catch (error) {
      database?.close();
      if (error instanceof StoreError || isLackOfRoom(error)) throw error;
      return this.#remake('damaged');
    }
  }

  async #wrongWith({ version, storeId, revision }: Progress): Promise<Remaking | null> {
    if (version === UNFINISHED) return 'unfinished';
    if (version !== COLUMNS_VERSION) return 'another_version';
    if (storeId !== (await this.#reader.storeId())) return 'another_store';
    return revision > (await this.#reader.latestColumnsRevision()) ? 'ahead_of_store' : null;
  }

  async #remake(why: Remaking): Promise<ColumnsDatabase> {
    await this.close();
    for (const suffix of ['', '.wal', '.tmp']) rmSync(this.#path + suffix, { recursive: true, force: true });
    const database = await ColumnsDatabase.open(this.#path, this.#settings);
    await beginCopy(database, await this.#reader.storeId());
    return this.#use(database, 0, why);
  }

  #use(database: ColumnsDatabase, revision: Revision, remaking: Remaking | null): ColumnsDatabase {
    this.#database = database;
    this.#inode = inodeOf(this.#path) ?? 0;
    this.#revision = revision;
    this.#remaking = remaking;
    return database;
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}
