import type { Database, Statement } from 'better-sqlite3';
import { type Page, StoreError } from '../contract.ts';

/** Queries of one connection, each prepared once: conditions come and go, but texts are few, for values are always bound. */
export class Queries {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement<unknown[], unknown>>();

  constructor(database: Database) {
    this.#database = database;
  }

  all<Row>(sql: string, ...values: readonly unknown[]): Row[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare<unknown[], unknown>(sql);
      this.#statements.set(sql, statement);
    }
    // The row's type is the caller's knowledge of its own SELECT.
    return statement.all(...values) as Row[];
  }
}

/** A WHERE clause that grows condition by condition; values are always bound, never written into the text. */
export class Where {
  readonly #conditions: string[] = [];
  readonly #values: unknown[] = [];

  /** Adds a condition with no value. */
  is(condition: string): void {
    this.#conditions.push(condition);
  }

  /** Adds a condition with one `?`, or with several `?1` that all mean the same value; none where that is undefined. */
  and(condition: string, value: unknown): void {
    if (value === undefined) return;
    const occurrences = condition.split('?1').length - 1;
    this.#conditions.push(condition.replaceAll('?1', '?'));
    this.#values.push(...(occurrences === 0 ? [value] : Array.from({ length: occurrences }, () => value)));
  }

  /** Only rows that come after a cursor's position in the order (time, id), both descending. */
  before(time: string, id: string, cursor: string | undefined): void {
    if (cursor === undefined) return;
    const [atTime, atId] = decodeCursor(cursor);
    this.#conditions.push(`(${time}, ${id}) < (?, ?)`);
    this.#values.push(atTime, atId);
  }

  get sql(): string {
    return this.#conditions.length === 0 ? '' : `WHERE ${this.#conditions.join(' AND ')}`;
  }

  get values(): readonly unknown[] {
    return this.#values;
  }
}

/** A page of what a query finds that was asked for one row more than a page has. `position`: that of a row in the order. */
export function paged<Row, T>(
  rows: readonly Row[],
  limit: number,
  read: (row: Row) => T,
  position: (row: Row) => readonly [number, number],
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(read),
    next: rows.length > limit && last !== undefined ? encodeCursor(position(last)) : null,
  };
}

/** Opaque to the caller, so that what it holds may change. */
function encodeCursor(position: readonly [number, number]): string {
  return Buffer.from(position.join('.'), 'utf8').toString('base64url');
}

function decodeCursor(cursor: string): readonly [number, number] {
  const match = /^(-?\d{1,16})\.(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (match === null) throw new StoreError('bad_cursor', 'cursor: not one that this server gave out');
  return [Number(match[1]), Number(match[2])];
}
