import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { correlationContract } from '../../../test/contract/correlation.ts';
import type { OpenStore } from '../../../test/contract/opened.ts';
import { storeContract } from '../../../test/contract/store.ts';
import { openForWriting } from './connection.ts';
import { lockDataDir } from './lock.ts';
import { openSqliteReader } from './reader.ts';
import { openSqliteStore } from './store.ts';
import { startSqliteReader } from './threaded-reader.ts';

async function open(dataDir: string, openReader = openSqliteReader): Promise<OpenStore> {
  const store = openSqliteStore(dataDir);
  const reader = openReader(dataDir);
  const close = async () => {
    await reader.close();
    await store.close();
  };
  return {
    store,
    reader,
    reopen: async () => {
      await close();
      return open(dataDir, openReader);
    },
    discard: async () => {
      await close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

const newFolder = () => mkdtempSync(join(tmpdir(), 'valuestream-'));

storeContract('SQLite', () => open(newFolder()));
correlationContract('SQLite', () => open(newFolder()));
storeContract('SQLite with its reader on a thread', () => open(newFolder(), startSqliteReader));

describe('the lock of a data folder', () => {
  it('is held by one at a time, and can be taken again once it is released', () => {
    const folder = newFolder();
    const lock = lockDataDir(folder);
    expect(() => lockDataDir(folder)).toThrow(/another process uses .*a server is running on it/);
    lock.release();
    lockDataDir(folder).release();
    rmSync(folder, { recursive: true });
  });
});

describe('the SQLite file', () => {
  let folder: string;
  beforeEach(() => {
    folder = newFolder();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const file = () => join(folder, 'valuestream.db');

  it('is written with a full sync in WAL mode and with foreign keys, whatever the driver compiled in', () => {
    const database = openForWriting(folder);
    const pragma = (name: string) => database.pragma(name, { simple: true });
    expect([pragma('journal_mode'), pragma('synchronous'), pragma('foreign_keys')]).toEqual(['wal', 2, 1]);
    database.close();
  });

  it('is refused when a newer version has written it, and is left as it was', async () => {
    await openSqliteStore(folder).close();
    const database = new Sqlite(file());
    database.pragma('user_version = 999');
    database.close();
    expect(() => openSqliteStore(folder)).toThrow(/schema version 999.*newer version of ValueStream/);
    const after = new Sqlite(file());
    expect(after.pragma('user_version', { simple: true })).toBe(999);
    after.close();
  });

  it("is refused when it is somebody else's database", () => {
    const database = new Sqlite(file());
    database.exec('CREATE TABLE theirs (id INTEGER)');
    database.close();
    expect(() => openSqliteStore(folder)).toThrow(/not one of ValueStream's/);
  });

  it('is refused when it is no database', () => {
    writeFileSync(
      file(),
      'these are no pages of SQLite, but a text that is long enough to be read as a header\n'.repeat(9),
    );
    expect(() => openSqliteStore(folder)).toThrow(/damaged or no database/);
  });
});
