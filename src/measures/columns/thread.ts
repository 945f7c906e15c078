import { join } from 'node:path';
import { workerData } from 'piscina';
import type { Revision } from '../../store/contract.ts';
import { openSqliteReader } from '../../store/sqlite/reader.ts';
import type { Query } from './contract.ts';
import { type DatabaseSettings, isDamage } from './database.ts';
import { ColumnsFile, type Snapshot, type Stepped, type StepRequest } from './file.ts';

/**
 * Loaded in a thread of its own, with a reader of its own: copying what has changed, and turning answers into rows, holds up
 * neither a delivery that arrives nor a request for a span. DuckDB itself works on its own threads, so that a read and a step
 * are under way at the same time.
 */
const { dataDir, settings }: { readonly dataDir: string; readonly settings: DatabaseSettings } = workerData;
const reader = openSqliteReader(dataDir);
const file = new ColumnsFile(join(dataDir, 'measures.duckdb'), reader, settings);

/** Errors lose their class on the way between threads, so an expected one travels as data. */
export type Read = Snapshot | 'remaking' | 'damaged';

export function step(request: StepRequest): Promise<Stepped> {
  return file.step(request);
}

export async function read(queries: readonly Query[]): Promise<Read> {
  try {
    return (await file.read(queries)) ?? 'remaking';
  } catch (error) {
    if (isDamage(error)) return 'damaged';
    throw error;
  }
}

/** `late`: the next step makes all anew. */
export type Settling = 'settled' | 'late' | 'damaged';

export async function settle(): Promise<Settling> {
  try {
    return (await file.settle()) ? 'settled' : 'late';
  } catch (error) {
    if (isDamage(error)) return 'damaged';
    throw error;
  }
}

export function latest(): Promise<Revision> {
  return reader.latestColumnsRevision();
}

export async function close(): Promise<void> {
  await file.close();
  await reader.close();
}
