import { rmSync, statSync } from 'node:fs';
import { type IdentityId, type Revision, StoreError, type StoreReader } from '../../store/contract.ts';
import type { Query, Row } from './contract.ts';
import {
  beginCopy,
  finishCopy,
  newestIn,
  type Progress,
  readProgress,
  settle,
  type Taking,
  takeIn,
  UNFINISHED,
} from './copy.ts';
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
  /** Whether outcomes follow from all that is in. */
  readonly isSettled: boolean;
}

/** What queries gave, and up to where all is in it. */
export interface Snapshot {
  readonly revision: Revision;
  /** And up to where outcomes follow from it. */
  readonly settled: Revision;
  readonly rows: readonly (readonly Row[])[];
}

/** How many identities are read at once, and how many such portions are one transaction. */
export interface PortionSizes {
  /** Few, so that reads beside it do not wait. */
  readonly small: { readonly limit: number; readonly portions: number };
  /** While nobody can read. Where much is written at once, less of it is written twice; V8 copies less of smaller portions. */
  readonly large: { readonly limit: number; readonly portions: number };
  /** So many characters of JSON are read at once: fewer cost more each, and more take more memory. */
  readonly atOnce: number;
}

const SIZES: PortionSizes = {
  small: { limit: 2_048, portions: 1 },
  large: { limit: 1_024, portions: 4_096 },
  atOnce: 8 * 2 ** 20,
};

interface Anew {
  readonly why: Remaking;
  /** The newest change when it began: up to there each identity comes once, and later ones may come again. */
  readonly untouched: Revision;
}

/**
 * A file of columns that follows a store, step by step. It is never a source of truth: whatever is wrong with it, it is made
 * anew from the store.
 */
export class ColumnsFile {
  readonly #path: string;
  readonly #reader: StoreReader;
  readonly #settings: DatabaseSettings;
  readonly #sizes: PortionSizes;
  #database: ColumnsDatabase | null = null;
  /** Another file of the same name is not ours. */
  #inode = 0;
  #revision: Revision = 0;
  #newest: IdentityId = 0;
  #remaking: Anew | null = null;
  readonly #reads = new Set<Promise<unknown>>();

  constructor(path: string, reader: StoreReader, settings: DatabaseSettings, sizes: PortionSizes = SIZES) {
    this.#path = path;
    this.#reader = reader;
    this.#settings = settings;
    this.#sizes = sizes;
  }

  /**
   * Takes in what comes next, or begins anew where that is needed.
   * - Reads may be under way, and no other step.
   * - Throws a StoreError where the store cannot be read, and what the database throws where making it anew would not help.
   */
  async step({ isSmall, isDamaged }: StepRequest): Promise<Stepped> {
    const database = await this.#ready(isDamaged);
    try {
      return await this.#take(database, isSmall);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return this.#take(await this.#remake('damaged'), true);
    }
  }

  /**
   * Computes outcomes again, of what was taken in; false where the next step makes all anew anyway.
   * - Reads may be under way, and no step.
   * - Throws what the database throws.
   */
  async settle(): Promise<boolean> {
    const isOurs = () => inodeOf(this.#path) === this.#inode;
    if (this.#database === null || this.#remaking !== null || !isOurs()) return false;
    try {
      await settle(this.#database);
      return true;
    } catch (error) {
      if (isDamage(error) && !isOurs()) return false;
      throw error;
    }
  }

  /** Runs queries on one snapshot; null while there is nothing whole to read. */
  async read(queries: readonly Query[]): Promise<Snapshot | null> {
    if (this.#database === null || this.#remaking !== null) return null;
    const reading = this.#database.read([
      { sql: 'SELECT revision, settled FROM progress', parameters: {} },
      ...queries,
    ]);
    this.#reads.add(reading);
    try {
      const [progress = [], ...rows] = await reading;
      return { revision: Number(progress[0]?.revision), settled: Number(progress[0]?.settled), rows };
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

  async #take(database: ColumnsDatabase, isSmall: boolean): Promise<Stepped> {
    const reached = { revision: this.#revision, latest: this.#revision };
    const portions = this.#portions(reached, isSmall ? this.#sizes.small : this.#sizes.large);
    await takeIn(database, portions, { isMaking: this.#remaking !== null, atOnce: this.#sizes.atOnce });
    this.#revision = reached.revision;
    const remaking = this.#remaking?.why ?? null;
    if (remaking !== null && reached.revision >= reached.latest) {
      await finishCopy(database);
      this.#remaking = null;
    }
    const { revision, settled } = await readProgress(database);
    return { ...reached, remaking, isWhole: this.#remaking === null, isSettled: settled === revision };
  }

  async *#portions(
    reached: { revision: Revision; latest: Revision },
    { limit, portions }: PortionSizes['small'],
  ): AsyncGenerator<Taking> {
    for (let count = 0; count < portions; count += 1) {
      const portion = await this.#reader.readColumns({ after: reached.revision, limit });
      reached.latest = portion.latest;
      if (portion.through === reached.revision) return;
      reached.revision = portion.through;
      const isFirst = this.#remaking !== null && portion.through <= this.#remaking.untouched;
      yield { portion, known: isFirst ? 0 : this.#newest };
      for (const id of [...portion.spans, ...portion.told]) this.#newest = Math.max(this.#newest, id);
    }
  }

  async #open(): Promise<ColumnsDatabase> {
    if (inodeOf(this.#path) === null) return this.#remake('missing');
    let database: ColumnsDatabase | null = null;
    try {
      database = await ColumnsDatabase.open(this.#path, this.#settings);
      const { revision, ...made } = await readProgress(database);
      const wrong = await this.#wrongWith({ revision, ...made });
      if (wrong === null) return this.#use(database, { revision, newest: await newestIn(database), remaking: null });
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
    const untouched = await this.#reader.latestColumnsRevision();
    return this.#use(database, { revision: 0, newest: 0, remaking: { why, untouched } });
  }

  #use(
    database: ColumnsDatabase,
    { revision, newest, remaking }: { revision: Revision; newest: IdentityId; remaking: Anew | null },
  ): ColumnsDatabase {
    this.#database = database;
    this.#inode = inodeOf(this.#path) ?? 0;
    this.#revision = revision;
    this.#newest = newest;
    this.#remaking = remaking;
    return database;
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}
