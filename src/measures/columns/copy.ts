import type { ColumnsPortion } from '../../store/columns.ts';
import type { IdentityId, Revision } from '../../store/contract.ts';
import type { ColumnsDatabase, ColumnsWriting } from './database.ts';
import { IS_SETTLED, judge, judgeAll, NOTE_AFTER, NOTE_BEFORE } from './outcomes/outcomes.ts';
import { COLUMNS_VERSION, schema } from './schema.ts';
import { Staging } from './staging.ts';

/** What a copy was made by, of which store, and how far it has got in that store's changes. */
export interface Progress {
  /** {@link COLUMNS_VERSION} of the program that made it, or {@link UNFINISHED}. */
  readonly version: number;
  readonly storeId: string;
  readonly revision: Revision;
  /** Up to here outcomes follow from all that is in. */
  readonly settled: Revision;
}

/** The version of a copy that is still being made. */
export const UNFINISHED = 0;

/** Makes the tables in a database that is empty. */
export async function beginCopy(database: ColumnsDatabase, storeId: string): Promise<void> {
  await database.write(async (writing) => {
    await writing.run(schema);
    await writing.run('INSERT INTO progress VALUES ($UNFINISHED, $storeId, 0, 0)', { UNFINISHED, storeId });
  });
}

/** Computes what follows from all that there was, and notes that it is in. */
export async function finishCopy(database: ColumnsDatabase): Promise<void> {
  await judgeAll(database);
  await database.write((writing) =>
    writing.run('UPDATE progress SET version = $COLUMNS_VERSION, settled = revision', { COLUMNS_VERSION }),
  );
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
  const sql = 'SELECT version, store_id, revision, settled FROM progress';
  const [rows = []] = await database.read([{ sql, parameters: {} }]);
  const [row] = rows;
  if (row === undefined || rows.length !== 1) throw new Error('there is no progress in it');
  const { version, store_id: storeId, revision, settled } = row;
  return { version: Number(version), storeId: String(storeId), revision: Number(revision), settled: Number(settled) };
}

export interface Taking {
  readonly portion: ColumnsPortion;
  /** Of identities beyond this one there can be no rows yet, and none are looked for. */
  readonly known: IdentityId;
}

/**
 * Puts what has changed in place of what was, and notes how far that leads: several portions in one transaction. Outcomes wait for
 * {@link settle}, and where all is being made (`isMaking`) for {@link finishCopy}. `atOnce`: how many characters of JSON wait
 * until they are read.
 */
export async function takeIn(
  database: ColumnsDatabase,
  takings: Iterable<Taking> | AsyncIterable<Taking>,
  { isMaking, atOnce }: { readonly isMaking: boolean; readonly atOnce: number },
): Promise<void> {
  const take = async (writing: ColumnsWriting) => {
    const staging = new Staging(writing, atOnce);
    let revision: Revision | null = null;
    try {
      for await (const taking of takings) {
        await takePortion(writing, staging, taking, isMaking);
        revision = taking.portion.through;
      }
      await staging.readAll();
    } finally {
      await staging.idle();
    }
    if (revision === null) return;
    await writing.run('UPDATE progress SET revision = $revision', { revision });
    if (!isMaking) await writing.run(`UPDATE progress SET settled = revision WHERE ${IS_SETTLED}`);
  };
  await database.write(take, { isOften: !isMaking });
}

/** Computes the outcomes again that what was taken in matters to. */
export async function settle(database: ColumnsDatabase): Promise<void> {
  await database.write(async (writing) => {
    await judge(writing);
    await writing.run('UPDATE progress SET settled = revision');
  });
}

/** What belongs to attempts, and what is told of without being one. */
export const spanTables = ['spans', 'stages', 'pull_requests', 'deployments', 'carried', 'links', 'verdicts'] as const;
export const toldTables = ['commits', 'pushed'] as const;

async function takePortion(
  writing: ColumnsWriting,
  staging: Staging,
  { portion: { spans, told, rows }, known }: Taking,
  isMaking: boolean,
): Promise<void> {
  const all = [...spans, ...told];
  const old = all.filter((id) => id <= known);
  const tables = [...(spans.length > 0 ? spanTables : []), ...(told.length > 0 ? toldTables : [])];
  if (old.length > 0) {
    // What waits may be of the same identities.
    await staging.readAll();
    await noteChanged(writing, old);
    if (!isMaking) await writing.run(NOTE_BEFORE);
    await writing.run(tables.map((table) => `DELETE FROM ${table} WHERE identity_id IN (FROM changed)`).join('; '));
  }
  await staging.add(rows);
  if (isMaking) return;
  await staging.readAll();
  await noteChanged(writing, all);
  await writing.run(NOTE_AFTER);
}

/** Makes the table of the identities that have changed, for {@link NOTE_BEFORE} and {@link NOTE_AFTER}. */
export async function noteChanged(writing: ColumnsWriting, ids: readonly IdentityId[]): Promise<void> {
  const sql = `CREATE OR REPLACE TEMP TABLE changed AS SELECT unnest(from_json($ids, '["BIGINT"]')) AS identity_id`;
  await writing.run(sql, { ids: JSON.stringify(ids) });
}
