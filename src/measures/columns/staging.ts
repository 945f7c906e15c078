import { setImmediate } from 'node:timers/promises';
import type { ColumnRows } from '../../store/columns.ts';
import type { ColumnsWriting } from './database.ts';
import { reading } from './texts.sql.ts';

/** Rows on their way into columns: many are read at once, beside the store giving the next. */
export class Staging {
  readonly #writing: ColumnsWriting;
  readonly #atOnce: number;
  #waiting: ColumnRows[] = [];
  /** Characters. */
  #size = 0;
  #reading = Promise.resolve();

  /** @param atOnce How many characters of JSON wait until they are read. */
  constructor(writing: ColumnsWriting, atOnce: number) {
    this.#writing = writing;
    this.#atOnce = atOnce;
  }

  async add(rows: ColumnRows): Promise<void> {
    this.#waiting.push(rows);
    for (const text of Object.values(rows)) this.#size += text.length;
    // What is being read hears only now that a statement has ended, and goes on with the next.
    await setImmediate();
    if (this.#size < this.#atOnce) return;
    await this.#reading;
    this.#reading = this.#read(this.#take());
    // Whoever waits for it hears of it.
    this.#reading.catch(() => undefined);
  }

  /** All that was added is in its columns then. */
  async readAll(): Promise<void> {
    await this.#reading;
    await this.#read(this.#take());
  }

  /** Nothing is under way any more, whatever became of it. */
  async idle(): Promise<void> {
    await this.#reading.catch(() => undefined);
  }

  #take(): ColumnRows[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#size = 0;
    return waiting;
  }

  async #read(portions: readonly ColumnRows[]): Promise<void> {
    for (const { sql, parameters } of reading(portions)) await this.#writing.run(sql, parameters);
  }
}
