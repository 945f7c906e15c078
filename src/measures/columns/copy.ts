import type { ColumnsPortion } from '../../store/columns.ts';
import type { IdentityId, Revision } from '../../store/contract.ts';
import { READ_ATTEMPTS, STAGING } from './attempts.sql.ts';
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

/** The newest identity of which there are rows; 0 where there is none. */
export async function newestIn(database: ColumnsDatabase): Promise<IdentityId> {
  const newest = [...spanTables, ...toldTables].map((table) => `SELECT max(identity_id) AS id FROM ${table}`);
  const sql = `SELECT coalesce(max(id), 0) AS newest FROM (${newest.join(' UNION ALL ')})`;
  const [rows = []] = await database.read([{ sql, parameters: {} }]);
  return Number(rows[0]?.newest);
}

/** How far a copy has got; throws where there is none in the database. */
export async function readProgress(database: ColumnsDatabase): Promise<Progress> {
  const sql = 'SELECT version, store_id, revision FROM progress';
  const [rows = []] = await database.read([{ sql, parameters: {} }]);
  const [row] = rows;
  if (row === undefined || rows.length !== 1) throw new Error('there is no progress in it');
  return { version: Number(row.version), storeId: String(row.store_id), revision: Number(row.revision) };
}

export interface Taking {
  readonly portion: ColumnsPortion;
  /** Of identities beyond this one there can be no rows yet, and none are looked for. */
  readonly known: IdentityId;
}

/** Puts what has changed in place of what was, and notes how far that leads: several portions in one transaction. */
export async function takeIn(
  database: ColumnsDatabase,
  takings: Iterable<Taking> | AsyncIterable<Taking>,
): Promise<void> {
  await database.write(async (writing) => {
    let revision: Revision | null = null;
    let reading = Promise.resolve();
    try {
      for await (const taking of takings) {
        await reading;
        await takePortion(writing, taking);
        revision = taking.portion.through;
        // Goes on while the next portion is fetched.
        reading = writing.run(READ_ATTEMPTS);
        reading.catch(() => undefined);
      }
    } finally {
      await reading;
    }
    if (revision !== null) await writing.run('UPDATE progress SET revision = $revision', { revision });
  });
}

/** What belongs to attempts, and what is told of without being one. */
export const spanTables = ['spans', 'stages', 'pull_requests', 'deployments', 'carried', 'links', 'verdicts'] as const;
export const toldTables = ['commits', 'pushed'] as const;

async function takePortion(
  writing: ColumnsWriting,
  { portion: { spans, told, rows: all }, known }: Taking,
): Promise<void> {
  const { attempts, ...rows } = all;
  const mayHaveRows = (id: IdentityId) => id <= known;
  await writing.run(STAGING);
  await remove(writing, spanTables, spans.filter(mayHaveRows));
  await remove(writing, toldTables, told.filter(mayHaveRows));
  for (const table of Object.keys(rows) as (keyof typeof rows)[]) await writing.append(table, rows[table]);
  await writing.append('attempts', attempts);
  writing.flush('attempts');
}

async function remove(writing: ColumnsWriting, tables: readonly string[], ids: readonly IdentityId[]): Promise<void> {
  if (ids.length === 0) return;
  await writing.append(
    'changed',
    ids.map((id) => [id]),
  );
  for (const table of ['changed', ...tables]) writing.flush(table);
  const removing = tables.map((table) => `DELETE FROM ${table} WHERE identity_id IN (FROM changed)`);
  await writing.run([...removing, 'DELETE FROM changed'].join('; '));
}
