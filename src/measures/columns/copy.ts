import { type ColumnsPortion, spanTables, toldTables } from '../../store/columns.ts';
import type { Revision } from '../../store/contract.ts';
import type { ColumnsDatabase, ColumnsWriting } from './database.ts';
import { COLUMNS_VERSION, schema } from './schema.ts';

/** What a copy was made by, of which store, and how far it has got in that store's changes. */
export interface Progress {
  /** {@link COLUMNS_VERSION} of the program that made it, or {@link UNFINISHED}. */
  readonly version: number;
  readonly storeId: string;
  readonly revision: Revision;
}

/** The version of a copy that is still being made. */
export const UNFINISHED = 0;

/** Makes the tables in a database that is empty. */
export async function beginCopy(database: ColumnsDatabase, storeId: string): Promise<void> {
  await database.write(async (writing) => {
    await writing.run(schema);
    await writing.run('INSERT INTO progress VALUES ($UNFINISHED, $storeId, 0)', { UNFINISHED, storeId });
  });
}

/** Notes that all that there was is in. */
export async function finishCopy(database: ColumnsDatabase): Promise<void> {
  await database.write((writing) => writing.run('UPDATE progress SET version = $COLUMNS_VERSION', { COLUMNS_VERSION }));
  await database.checkpoint();
}

/** How far a copy has got; throws where there is none in the database. */
export async function readProgress(database: ColumnsDatabase): Promise<Progress> {
  const sql = 'SELECT version, store_id, revision FROM progress';
  const [rows = []] = await database.read([{ sql, parameters: {} }]);
  const [row] = rows;
  if (row === undefined || rows.length !== 1) throw new Error('there is no progress in it');
  return { version: Number(row.version), storeId: String(row.store_id), revision: Number(row.revision) };
}

/**
 * Puts what has changed in place of what was, and notes how far that leads, in one transaction of several portions. Of a
 * copy that is made anew (`isAnew`) nothing can be there already, and nothing is looked for.
 */
export async function takeIn(
  database: ColumnsDatabase,
  portions: Iterable<ColumnsPortion> | AsyncIterable<ColumnsPortion>,
  { isAnew }: { readonly isAnew: boolean },
): Promise<void> {
  await database.write(async (writing) => {
    for await (const portion of portions) await takePortion(writing, portion, isAnew);
  });
}

async function takePortion(
  writing: ColumnsWriting,
  { spans, told, rows, through }: ColumnsPortion,
  isAnew: boolean,
): Promise<void> {
  for (const table of spanTables) {
    if (!isAnew) await writing.remove(table, spans);
    await writing.append(table, rows[table]);
  }
  for (const table of toldTables) {
    if (!isAnew) await writing.remove(table, told);
    await writing.append(table, rows[table]);
  }
  await writing.run('UPDATE progress SET revision = $through', { through });
}
