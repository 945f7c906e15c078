import { StoreError } from '../contract.ts';

/** A WHERE clause that grows condition by condition; values are always bound, never written into the text. */
export class Where {
  readonly #conditions: string[] = [];
  readonly #values: unknown[] = [];

  /** Adds a condition with no value. */
  is(condition: string): void {
    this.#conditions.push(condition);
  }

  /** Adds a condition with one `?`, or with several `?1` that all mean the same value. */
  and(condition: string, value: unknown): void {
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

/** Opaque to the caller, so that what it holds may change. */
export function encodeCursor(position: readonly [number, number]): string {
  return Buffer.from(position.join('.'), 'utf8').toString('base64url');
}

function decodeCursor(cursor: string): readonly [number, number] {
  const match = /^(-?\d{1,16})\.(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (match === null) throw new StoreError('bad_cursor', 'cursor: not one that this server gave out');
  return [Number(match[1]), Number(match[2])];
}
