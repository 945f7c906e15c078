import type { Answer, AsOf, Cell, Columns, Query, Row } from '../../src/measures/columns/contract.ts';
import {
  beginCopy,
  finishCopy,
  noteChanged,
  readProgress,
  settle,
  spanTables,
  takeIn,
  toldTables,
} from '../../src/measures/columns/copy.ts';
import { ColumnsDatabase } from '../../src/measures/columns/database.ts';
import { outcomeTables } from '../../src/measures/columns/outcomes/outcomes.sql.ts';
import { judgeAll, NOTE_AFTER, NOTE_BEFORE } from '../../src/measures/columns/outcomes/outcomes.ts';
import type { Revision, StoreReader } from '../../src/store/contract.ts';

type Table = (typeof spanTables | typeof toldTables)[number];

/** Rows by the names of their columns, as src/measures/columns/schema.ts has them. */
export type TableRows = Partial<Record<Table, readonly Row[]>>;

/** As of when {@link ColumnsInMemory} answers. */
export const AS_OF: AsOf = { at: Date.UTC(2026, 5, 30, 12), revision: 1 };

/** What a row has where a test does not say it; every other column that may be NULL is. */
const defaults: Record<Table, (row: Row) => Row> = {
  spans: ({ identity_id, project = 'octo-org/api', finished_at = null }) => ({
    ordinal: 1,
    span_id: `span-${identity_id}`,
    source: 'github',
    operation: 'pull_request',
    project,
    service: project,
    is_open: finished_at === null,
    is_error: false,
    labels: [],
  }),
  stages: () => ({ ordinal: 1, number: 1 }),
  pull_requests: () => ({ ordinal: 1, scope: 'octo-org/api' }),
  deployments: () => ({ ordinal: 1, base: 'known', is_rollback: false }),
  carried: () => ({ ordinal: 1 }),
  commits: () => ({ scope: 'octo-org/api' }),
  pushed: () => ({ scope: 'octo-org/api', ref: 'refs/heads/main' }),
  links: () => ({ ordinal: 1 }),
  verdicts: () => ({ ordinal: 1, author: 'ada', reason: 'seen by hand' }),
};

/** Columns of a few rows that a test gives, without a store. */
export class ColumnsInMemory implements Columns {
  readonly #database: ColumnsDatabase;

  private constructor(database: ColumnsDatabase) {
    this.#database = database;
  }

  static async of(tables: TableRows): Promise<ColumnsInMemory> {
    const columns = new ColumnsInMemory(await ColumnsDatabase.open(':memory:', { memoryMb: 256, threads: 1 }));
    await beginCopy(columns.#database, 'none');
    await columns.add(tables);
    return columns;
  }

  async add(tables: TableRows): Promise<void> {
    const insertions = await this.#insertionsOf(tables);
    await this.#database.write(async (writing) => {
      for (const { sql, parameters } of insertions) await writing.run(sql, parameters);
    });
    await judgeAll(this.#database);
  }

  /** Puts rows in place of all those of some identities, as one step of following does; outcomes follow with {@link settle}. */
  async replace(ids: readonly number[], tables: TableRows): Promise<void> {
    const insertions = await this.#insertionsOf(tables);
    await this.#database.write(async (writing) => {
      await noteChanged(writing, ids);
      await writing.run(NOTE_BEFORE);
      for (const table of Object.keys(defaults))
        await writing.run(`DELETE FROM ${table} WHERE identity_id IN (FROM changed)`);
      for (const { sql, parameters } of insertions) await writing.run(sql, parameters);
      await writing.run(NOTE_AFTER);
    });
  }

  async settle(): Promise<void> {
    await settle(this.#database);
  }

  /** What became of deployments: all rows of each table, as texts, in their order. */
  async outcomes(): Promise<Record<string, readonly string[]>> {
    const { rows } = await this.read(outcomeTables.map((table) => ({ sql: `FROM ${table}`, parameters: {} })));
    const texts = rows.map((some) => some.map((row) => JSON.stringify(row)).sort());
    return Object.fromEntries(outcomeTables.map((table, index) => [table, texts[index] ?? []]));
  }

  async read(queries: readonly Query[]): Promise<Answer> {
    return { asOf: AS_OF, rows: await this.#database.read(queries) };
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  async #insertionsOf(tables: TableRows): Promise<Query[]> {
    const insertions: Query[] = [];
    for (const table of Object.keys(tables) as Table[]) {
      const types = await this.#typesOf(table);
      const rows = (tables[table] ?? []).map((row) => ({ ...defaults[table](row), ...row }) as Row);
      for (const row of rows) refuseUnknown(table, row, types);
      const all = `from_json($rows, '${JSON.stringify([types])}')`;
      insertions.push({
        sql: `INSERT INTO ${table} BY NAME SELECT unnest(${all}, max_depth := 2)`,
        parameters: { rows: JSON.stringify(rows) },
      });
    }
    return insertions;
  }

  async #typesOf(table: Table): Promise<Record<string, string>> {
    const sql = 'SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $table ORDER BY column_index';
    const [rows = []] = await this.#database.read([{ sql, parameters: { table } }]);
    return Object.fromEntries(rows.map(({ column_name, data_type }) => [column_name, data_type]));
  }
}

function refuseUnknown(table: Table, row: Row, types: Record<string, string>): void {
  const unknown = Object.keys(row).filter((name) => !(name in types));
  if (unknown.length > 0) throw new Error(`${table} has no column ${unknown.join(', ')}`);
}

/** Columns over a real store: all that was committed before a read is in. */
export class ColumnsOverStore implements Columns {
  readonly #database: ColumnsDatabase;
  readonly #reader: StoreReader;
  readonly #limit: number;

  private constructor(database: ColumnsDatabase, reader: StoreReader, limit: number) {
    this.#database = database;
    this.#reader = reader;
    this.#limit = limit;
  }

  /** Follows the store `limit` identities at a time. */
  static async of(reader: StoreReader, limit = 1_000): Promise<ColumnsOverStore> {
    const database = await ColumnsDatabase.open(':memory:', { memoryMb: 256, threads: 1 });
    await beginCopy(database, await reader.storeId());
    return new ColumnsOverStore(database, reader, limit);
  }

  /** Made anew from all that there is by now. */
  static async anew(reader: StoreReader): Promise<ColumnsOverStore> {
    const columns = await ColumnsOverStore.of(reader);
    await columns.#follow({ isMaking: true });
    await finishCopy(columns.#database);
    return columns;
  }

  async read(queries: readonly Query[]): Promise<Answer> {
    const revision = await this.#follow();
    return { asOf: { at: AS_OF.at, revision }, rows: await this.#database.read(queries) };
  }

  /**
   * Everything in the tables, in an order that follows from what it is: the numbers that the store gave to identities, which
   * depend on what came first, are told as the span ids, or for what is no span as what it is.
   */
  async tables(): Promise<Record<string, readonly Row[]>> {
    const tables = [...spanTables, ...toldTables, ...outcomeTables];
    const names = new Map<Cell, Cell>();
    const { rows } = await this.read([
      { sql: 'SELECT DISTINCT identity_id, span_id FROM spans', parameters: {} },
      ...tables.map((table) => ({ sql: `SELECT * FROM ${table}`, parameters: {} })),
    ]);
    for (const { identity_id, span_id } of rows[0] ?? []) names.set(identity_id ?? null, span_id ?? null);
    const named = ({ identity_id = null, to_id = null, ...row }: Row): Row => ({
      identity: names.get(identity_id) ?? null,
      ...(to_id === null ? {} : { to: names.get(to_id) ?? null }),
      ...row,
    });
    const inOrder = (some: readonly Row[] = []) =>
      some
        .map(named)
        .map((row) => ({ row, text: JSON.stringify(row) }))
        .sort((a, b) => (a.text < b.text ? -1 : 1))
        .map(({ row }) => row);
    return Object.fromEntries(tables.map((table, index) => [table, inOrder(rows[index + 1])]));
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  async #follow({ isMaking = false } = {}): Promise<Revision> {
    for (;;) {
      const { revision } = await readProgress(this.#database);
      const portion = await this.#reader.readColumns({ after: revision, limit: this.#limit });
      if (portion.through === revision) {
        if (!isMaking) await settle(this.#database);
        return revision;
      }
      await takeIn(this.#database, [{ portion, known: Number.MAX_SAFE_INTEGER }], { isMaking, atOnce: Infinity });
    }
  }
}
