import type { Config } from './config/config.ts';
import type { ImportTarget } from './imports/contract.ts';
import { appendImported, importedBy, readBatch } from './ingest/imports.ts';
import { Ruling } from './rules/ruling.ts';
import { findSource } from './sources/registry.ts';
import type { ImportOrigin } from './store/imports.ts';
import { lockDataDir } from './store/sqlite/lock.ts';
import { openSqliteReader } from './store/sqlite/reader.ts';
import { openSqliteStore } from './store/sqlite/store.ts';

/** Imports in this process, under the lock of the data folder. Throws a StoreError when another process has it. */
export function importHere({ server, rules }: Config, origin: ImportOrigin): ImportTarget {
  const lock = lockDataDir(server.data_dir);
  const store = openSqliteStore(server.data_dir);
  const reader = openSqliteReader(server.data_dir);
  const ruling = new Ruling(rules);
  return {
    cursors: () => reader.listImportCursors(origin),
    write: async (batch) => {
      const receipts = await appendImported(store, readBatch({ ...origin, ...batch }, findSource, Date.now()), ruling);
      const { deadLetters, ...counts } = importedBy(receipts);
      return { ...counts, deadLetters: deadLetters.length };
    },
    close: async () => {
      await reader.close();
      await store.close();
      lock.release();
    },
  };
}
