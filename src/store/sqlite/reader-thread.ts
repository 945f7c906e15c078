import { workerData } from 'piscina';
import { StoreError, type StoreErrorCode, type StoreReader } from '../contract.ts';
import { openSqliteReader } from './reader.ts';

/** Loaded in the reader's thread, so that a long read never holds up the thread that answers webhooks. */
const { dataDir }: { readonly dataDir: string } = workerData;
const reader = openSqliteReader(dataDir);

/** Errors lose their class on the way between threads, so an expected one travels as data. */
export type ReadAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: StoreErrorCode; readonly message: string };

export interface ReadCall {
  readonly method: keyof StoreReader;
  readonly args: readonly unknown[];
}

export async function read({ method, args }: ReadCall): Promise<ReadAnswer> {
  const call: (...args: readonly never[]) => Promise<unknown> = reader[method];
  try {
    return { ok: true, value: await Reflect.apply(call, reader, args) };
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}
