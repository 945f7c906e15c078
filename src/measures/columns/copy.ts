import { type ColumnsPortion, spanTables, toldTables } from '../../store/columns.ts';
import type { Revision } from '../../store/contract.ts';
import type { ColumnsDatabase } from './database.ts';
import { COLUMNS_VERSION, schema } from './schema.ts';

/** What a copy was made by, of which store, and how far it has got in that store's changes. */
export interface Progress {
  readonly version: number;
  readonly storeId: string;
  readonly revision: Revision;
}

/** Makes the tables in a database that is empty. */
export async function beginCopy(database: ColumnsDatabase, storeId: string): Promise<Progress> {
  const parameters = { version: COLUMNS_VERSION, storeId };
  await database.write(async (writing) => {
    await writing.run(schema);
    await writing.run('INSERT INTO progress VALUES ($version, $storeId, 0)', parameters);
  });
  return { ...parameters, revision: 0 };
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
 * Puts what has changed in place of what was, and notes how far that leads, in one transaction. Of a copy that is made anew
 * (`isAnew`) nothing can be there already, and nothing is looked for.
 */
export async function takeIn(
  database: ColumnsDatabase,
  { spans, told, rows, through }: ColumnsPortion,
  { isAnew }: { readonly isAnew: boolean },
): Promise<void> {
  await database.write(async (writing) => {
    for (const table of spanTables) {
      if (!isAnew) await writing.remove(table, spans);
      await writing.append(table, rows[table]);
    }
    for (const table of toldTables) {
      if (!isAnew) await writing.remove(table, told);
      await writing.append(table, rows[table]);
    }
    await writing.run('UPDATE progress SET revision = $through', { through });
  });
}
