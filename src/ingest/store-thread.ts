import { workerData } from 'piscina';
import type { SpanChange } from '../domain/difference.ts';
import { StoreError, type StoreErrorCode } from '../store/contract.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { append, type Entry, type Receipt } from './append.ts';
import { type Retelling, swap } from './swap.ts';

/** Loaded in the writer's thread: the only code that writes the embedded store, one task at a time. */
const { dataDir }: { readonly dataDir: string } = workerData;
const store = openSqliteStore(dataDir);

/** Errors lose their class on the way between threads, so an expected one travels as data. */
export type Written<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: StoreErrorCode; readonly message: string };

export function appendGroup(entries: readonly Entry[]): Promise<Written<readonly Receipt[]>> {
  return written(append(store, entries));
}

export function swapGroup(retellings: readonly Retelling[]): Promise<Written<readonly SpanChange[]>> {
  return written(swap(store, retellings));
}

async function written<T>(work: Promise<T>): Promise<Written<T>> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

export async function close(): Promise<void> {
  await store.close();
}
