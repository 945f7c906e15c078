import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  type DuckDBPreparedStatement,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  LIST,
  listValue,
  SQLNULL,
  VARCHAR,
} from '@duckdb/node-api';
import type { Cell, Parameter, Query, Row } from './contract.ts';

export interface DatabaseSettings {
  /** How much memory DuckDB may take, in MiB; what does not fit into it goes to a file beside the database. */
  readonly memoryMb: number;
  /** How many threads work on one query. */
  readonly threads: number;
}

/** DuckDB, as far as measures need it. It knows neither a store nor what a measure is. */
export class ColumnsDatabase {
  readonly #instance: DuckDBInstance;
  /** Readers that nobody uses now; there are never more of them than there were reads at once. */
  readonly #idle: Reader[] = [];
  #isClosed = false;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  /** Opens a file, or `:memory:`. It is not touched: whether there are tables in it is for the caller to find out. */
  static async open(path: string, { memoryMb, threads }: DatabaseSettings): Promise<ColumnsDatabase> {
    const instance = await DuckDBInstance.create(path, {
      // Else it would be a folder of the working directory. It is set before access is shut off.
      ...(path === ':memory:' ? { temp_directory: join(tmpdir(), 'valuestream-measures') } : {}),
      memory_limit: `${memoryMb}MiB`,
      threads: String(threads),
      // What is needed is compiled in; nothing is fetched, and no query reaches a file.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      enable_external_access: 'false',
    });
    return new ColumnsDatabase(instance);
  }

  /** Runs queries one after the other on one snapshot; nothing that is written meanwhile is seen. */
  async read(queries: readonly Query[]): Promise<Row[][]> {
    const reader = this.#idle.pop() ?? new Reader(await this.#instance.connect());
    try {
      const answers = await reader.read(queries);
      if (!this.#isClosed && this.#idle.length < MOST_IDLE) this.#idle.push(reader);
      else reader.close();
      return answers;
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** Runs `work` in one transaction; when it throws, nothing of it remains. */
  async write<T>(work: (writing: ColumnsWriting) => Promise<T>): Promise<T> {
    const connection = await this.#instance.connect();
    try {
      await connection.run('BEGIN TRANSACTION');
      const writing = new ColumnsWriting(connection);
      const result = await work(writing);
      writing.close();
      await connection.run('COMMIT');
      return result;
    } finally {
      // What was not committed goes with its connection.
      connection.closeSync();
    }
  }

  /** Puts what was written from the log into the file. */
  async checkpoint(): Promise<void> {
    const connection = await this.#instance.connect();
    try {
      await connection.run('CHECKPOINT');
    } finally {
      connection.closeSync();
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const reader of this.#idle.splice(0)) reader.close();
    this.#instance.closeSync();
  }
}

/** A first screen asks four questions at once. */
const MOST_IDLE = 4;
/** The questions that pages ask again and again, with other values. */
const MOST_PREPARED = 32;

/** A connection that reads, and keeps the statements that it has read with: a large one takes milliseconds to prepare. */
class Reader {
  readonly #connection: DuckDBConnection;
  /** By their text; the one that was used last comes last. */
  readonly #prepared = new Map<string, DuckDBPreparedStatement>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** On one snapshot. When it throws, the connection is of no more use. */
  async read(queries: readonly Query[]): Promise<Row[][]> {
    await this.#connection.run('BEGIN TRANSACTION READ ONLY');
    const answers: Row[][] = [];
    for (const { sql, parameters } of queries) {
      const statement = await this.#prepare(sql);
      statement.clearBindings();
      statement.bind(...bound(parameters));
      answers.push(await rowsOf(statement));
    }
    await this.#connection.run('COMMIT');
    return answers;
  }

  /** Its statements go with it. */
  close(): void {
    this.#connection.closeSync();
  }

  async #prepare(sql: string): Promise<DuckDBPreparedStatement> {
    const statement = this.#prepared.get(sql) ?? (await this.#connection.prepare(sql));
    this.#prepared.delete(sql);
    this.#prepared.set(sql, statement);
    const [oldest] = this.#prepared;
    if (this.#prepared.size > MOST_PREPARED && oldest !== undefined) {
      this.#prepared.delete(oldest[0]);
      oldest[1].destroySync();
    }
    return statement;
  }
}

/** Whether the file is not what was written: every block of it has a checksum. */
export function isDamage(error: unknown): boolean {
  return (
    error instanceof Error && /^(IO|FATAL|INTERNAL|Serialization) Error/i.test(error.message) && !isLackOfRoom(error)
  );
}

/** Whether the disk is full, so that another file would fare no better. */
export function isLackOfRoom(error: unknown): boolean {
  return error instanceof Error && /no space left|quota/i.test(error.message);
}

/** One transaction that writes. */
export class ColumnsWriting {
  readonly #connection: DuckDBConnection;
  readonly #tables = new Map<string, Appending>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** One statement, or several without parameters; rows that were added before need not be seen by it. */
  async run(sql: string, parameters: Query['parameters'] = {}): Promise<void> {
    await this.#connection.run(sql, ...bound(parameters));
  }

  /** What a query gives, as all is by now. */
  async read(sql: string): Promise<Row[]> {
    const statement = await this.#connection.prepare(sql);
    return rowsOf(statement);
  }

  /** Begins to add rows to a table, where that has to be before a statement is under way. */
  async open(table: string): Promise<void> {
    await this.#appending(table);
  }

  /** Adds rows to a table; their values in the order of its columns. */
  async append(table: string, rows: readonly (readonly Cell[])[]): Promise<void> {
    if (rows.length === 0) return;
    const { appender, types } = await this.#appending(table);
    for (let start = 0; start < rows.length; start += CHUNK)
      appender.appendDataChunk(chunkOf(types, rows.slice(start, start + CHUNK)));
  }

  /** Hands over what was added to a table, so that statements see it. */
  flush(table: string): void {
    this.#tables.get(table)?.appender.closeSync();
    this.#tables.delete(table);
  }

  /** Hands over what was added; nothing may be written afterwards. */
  close(): void {
    for (const { appender } of this.#tables.values()) appender.closeSync();
  }

  async #appending(table: string): Promise<Appending> {
    const begun = this.#tables.get(table);
    if (begun !== undefined) return begun;
    const appender = await this.#connection.createAppender(table);
    const types = Array.from({ length: appender.columnCount }, (_, column) => appender.columnType(column));
    const appending = { appender, types };
    this.#tables.set(table, appending);
    return appending;
  }
}

/** Rows that are being added to a table; handed over many at a time, which costs less than each portion by itself. */
interface Appending {
  readonly appender: DuckDBAppender;
  readonly types: readonly DuckDBType[];
}

/** Rows in one of DuckDB's chunks, at most. */
const CHUNK = 2048;

function chunkOf(types: readonly DuckDBType[], rows: readonly (readonly Cell[])[]): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(types, rows.length);
  types.forEach((type, column) => {
    const vector = chunk.getColumnVector(column);
    const toValue = type.typeId === DuckDBTypeId.BIGINT ? asBigInt : type.typeId === DuckDBTypeId.LIST ? asList : asIs;
    for (let row = 0; row < rows.length; row += 1) vector.setItem(row, toValue(rows[row]?.[column] ?? null));
    vector.flush();
  });
  return chunk;
}

const asIs = (cell: Cell): DuckDBValue => cell as DuckDBValue;
const asBigInt = (cell: Cell): DuckDBValue => (typeof cell === 'number' ? BigInt(cell) : null);
const asList = (cell: Cell): DuckDBValue => (Array.isArray(cell) ? listValue(cell) : null);

async function rowsOf(statement: DuckDBPreparedStatement): Promise<Row[]> {
  const result = await statement.runAndReadAll();
  const names = result.deduplicatedColumnNames();
  return result.getRows().map((row) => Object.fromEntries(names.map((name, column) => [name, cellOf(row[column])])));
}

type Bound = [Record<string, DuckDBValue>, Record<string, DuckDBType>];

function bound(parameters: Query['parameters']): Bound {
  const entries = Object.entries(parameters);
  return [
    Object.fromEntries(entries.map(([name, value]) => [name, toValue(value)])),
    Object.fromEntries(entries.map(([name, value]) => [name, toType(value)])),
  ];
}

function toValue(parameter: Parameter): DuckDBValue {
  if (typeof parameter === 'number') return Number.isSafeInteger(parameter) ? BigInt(parameter) : parameter;
  return isList(parameter) ? listValue(parameter) : parameter;
}

function toType(parameter: Parameter): DuckDBType {
  if (parameter === null) return SQLNULL;
  if (isList(parameter)) return LIST(VARCHAR);
  if (typeof parameter === 'number') return Number.isSafeInteger(parameter) ? BIGINT : DOUBLE;
  return typeof parameter === 'string' ? VARCHAR : BOOLEAN;
}

const isList = (parameter: Parameter): parameter is readonly string[] => Array.isArray(parameter);

function cellOf(value: DuckDBValue | undefined): Cell {
  return value instanceof DuckDBListValue ? value.items.map(inList) : scalarOf(value);
}

function inList(value: DuckDBValue): string | number | null {
  const cell = scalarOf(value);
  if (typeof cell === 'boolean') throw new TypeError('a query gives a list of booleans: cast them');
  return cell;
}

/** Days come as `2026-03-02`. What has no plain counterpart is for the query to cast. */
function scalarOf(value: DuckDBValue | undefined): string | number | boolean | null {
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw new TypeError(`a query gives ${value}, which is neither text nor number: cast it`);
}
