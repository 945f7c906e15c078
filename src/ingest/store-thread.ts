import { workerData } from 'piscina';
import { StoreError, type StoreErrorCode } from '../store/contract.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { append, type Entry, type Receipt } from './append.ts';

/** Loaded in the writer's thread: the only code that writes the embedded store, one task at a time. */
const { dataDir }: { readonly dataDir: string } = workerData;
const store = openSqliteStore(dataDir);

/** Errors lose their class on the way between threads, so an expected one travels as data. */
export type Appended =
  | { readonly ok: true; readonly receipts: readonly Receipt[] }
  | { readonly ok: false; readonly code: StoreErrorCode; readonly message: string };

export async function appendGroup(entries: readonly Entry[]): Promise<Appended> {
  try {
    return { ok: true, receipts: await append(store, entries) };
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

export async function close(): Promise<void> {
  await store.close();
}
