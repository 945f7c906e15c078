import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { StoreError } from '../contract.ts';
import { migrate } from './migrate.ts';

export const FILE = 'valuestream.db';
/** Only another program on the same file makes us wait; senders give up after ten seconds. */
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Opens the one connection that writes, and brings the schema up to date.
 *
 * `synchronous` is set although WAL has a default: the driver compiles NORMAL in, which can lose acknowledged
 * transactions at power loss (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export function openForWriting(dataDir: string): Database {
  return translated(() => {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const database = new Sqlite(join(dataDir, FILE), { timeout: BUSY_TIMEOUT_MS });
    try {
      // Bodies of 2 KiB fill such pages well: a tenth less CPU time than with 4 KiB (bench/README.md).
      database.pragma('page_size = 8192');
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('foreign_keys = ON');
      database.pragma('cache_size = -16384');
      // The WAL is copied back every 32 MiB, and cut again after a reader had held it open for long.
      database.pragma('wal_autocheckpoint = 4096');
      database.pragma('journal_size_limit = 67108864');
      migrate(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Opens a connection that only reads. The database must exist: a writer has been opened before. */
export function openForReading(dataDir: string): Database {
  return translated(() => {
    const database = new Sqlite(join(dataDir, FILE), { readonly: true, timeout: BUSY_TIMEOUT_MS });
    database.pragma('cache_size = -8192');
    return database;
  });
}

/** Runs `work`, and turns what the database refuses into a StoreError that says what to do. */
export function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStoreError(error);
  }
}

/** A StoreError for what the database or the file system refused; any other error as it is. */
export function asStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT'))
    return new StoreError('not_a_store', 'the data file is damaged or no database; restore it from a backup', {
      cause: error,
    });
  if (code.startsWith('SQLITE_CONSTRAINT') || code === 'SQLITE_ERROR' || code === 'SQLITE_MISUSE') return error;
  if (code.startsWith('SQLITE_') || /^E[A-Z]+$/.test(code))
    return new StoreError('unavailable', `the store cannot be used now: ${error.message}`, { cause: error });
  return error;
}
