import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { StoreError } from '../contract.ts';
import { translated } from './connection.ts';

const FILE = 'valuestream.lock';

export interface DataDirLock {
  release(): void;
}

/**
 * Takes a data folder for this process alone, until it is released or the process ends, in whatever way: the lock is the
 * operating system's, so none is left behind. Throws a StoreError `in_use` when another process has it.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const database = translated(() => {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return new Sqlite(join(dataDir, FILE), { timeout: 0 });
  });
  try {
    // Kept in memory, since nothing is ever written to this file.
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new StoreError('in_use', `another process uses ${dataDir}: a server is running on it`);
    throw error;
  }
  return { release: () => database.close() };
}
