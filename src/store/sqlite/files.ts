import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asStoreError, FILE } from './connection.ts';

/** The sizes of the store's files in bytes: the database, and what was written and is not in it yet. Throws a StoreError. */
export async function storeBytes(dataDir: string): Promise<{ readonly database: number; readonly wal: number }> {
  const [database, wal] = await Promise.all([FILE, `${FILE}-wal`].map((file) => bytesOf(join(dataDir, file))));
  return { database: database ?? 0, wal: wal ?? 0 };
}

async function bytesOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    // The second one is there only while it is needed.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw asStoreError(error);
  }
}
