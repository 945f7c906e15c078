import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  type DuckDBPreparedStatement,
  type DuckDBType,
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
  /** Sessions that nobody uses now, which keep their statements. */
  readonly #readers: Session[] = [];
  #writer: Session | null = null;
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
    const reader = this.#readers.pop() ?? (await this.#begin());
    try {
      await reader.run('BEGIN TRANSACTION READ ONLY');
      const answers: Row[][] = [];
      for (const { sql, parameters } of queries) answers.push(await reader.rows(sql, parameters));
      await reader.run('COMMIT');
      if (!this.#isClosed && this.#readers.length < MOST_IDLE) this.#readers.push(reader);
      else reader.close();
      return answers;
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /**
   * Runs `work` in one transaction; when it throws, nothing of it remains. Where the same is written again and again (`isOften`), its
   * session is kept for that, with its statements and also its temporary tables.
   */
  async write<T>(work: (writing: ColumnsWriting) => Promise<T>, { isOften = false } = {}): Promise<T> {
    const writer = (isOften ? this.#writer : null) ?? (await this.#begin());
    if (writer === this.#writer) this.#writer = null;
    try {
      await writer.run('BEGIN TRANSACTION');
      const result = await work(writer);
      await writer.run('COMMIT');
      if (isOften && !this.#isClosed && this.#writer === null) this.#writer = writer;
      else writer.close();
      return result;
    } catch (error) {
      // What was not committed goes with it.
      writer.close();
      throw error;
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
    for (const reader of this.#readers.splice(0)) reader.close();
    this.#writer?.close();
    this.#instance.closeSync();
  }

  async #begin(): Promise<Session> {
    return new Session(await this.#instance.connect());
  }
}

/** A first screen asks four questions at once. */
const MOST_IDLE = 4;
/** The questions that pages ask again and again, with other values. */
const MOST_PREPARED = 32;

/** One transaction that writes. */
export interface ColumnsWriting {
  /** One statement, or several without parameters. */
  run(sql: string, parameters?: Query['parameters']): Promise<void>;
  /** What a query gives, as all is by now. */
  rows(sql: string, parameters?: Query['parameters']): Promise<Row[]>;
}

/** A connection that keeps the statements that have parameters or give rows: a large one takes milliseconds to prepare. */
class Session implements ColumnsWriting {
  readonly #connection: DuckDBConnection;
  /** By their text; the one that was used last comes last. */
  readonly #prepared = new Map<string, DuckDBPreparedStatement>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async run(sql: string, parameters?: Query['parameters']): Promise<void> {
    if (parameters === undefined) {
      await this.#connection.run(sql);
      return;
    }
    const statement = await this.#prepare(sql, parameters);
    await statement.run();
    // They may be large, and the statement is kept.
    statement.clearBindings();
  }

  async rows(sql: string, parameters: Query['parameters'] = {}): Promise<Row[]> {
    const statement = await this.#prepare(sql, parameters);
    const result = await statement.runAndReadAll();
    const names = result.deduplicatedColumnNames();
    return result.getRows().map((row) => Object.fromEntries(names.map((name, column) => [name, cellOf(row[column])])));
  }

  /** Its statements go with it. */
  close(): void {
    this.#connection.closeSync();
  }

  async #prepare(sql: string, parameters: Query['parameters']): Promise<DuckDBPreparedStatement> {
    const statement = this.#prepared.get(sql) ?? (await this.#connection.prepare(sql));
    this.#prepared.delete(sql);
    this.#prepared.set(sql, statement);
    const [oldest] = this.#prepared;
    if (this.#prepared.size > MOST_PREPARED && oldest !== undefined) {
      this.#prepared.delete(oldest[0]);
      oldest[1].destroySync();
    }
    statement.clearBindings();
    statement.bind(...bound(parameters));
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
