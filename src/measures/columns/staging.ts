import type { AttemptRow } from '../../store/columns.ts';
import { attemptsTable, readAttempts } from './attempts.sql.ts';
import type { ColumnsWriting } from './database.ts';

/** Attempts on their way into columns: many are read at once, and while those of one table are, the next are put into the other. */
export class Staging {
  readonly #writing: ColumnsWriting;
  readonly #atOnce: number;
  #tables: readonly [full: string, free: string] = ['attempts_1', 'attempts_2'];
  /** Whether the first of the tables is there. */
  #isOpen = false;
  /** Characters. */
  #waiting = 0;
  #reading = Promise.resolve();

  /** @param atOnce How many characters of JSON wait until they are read. */
  constructor(writing: ColumnsWriting, atOnce: number) {
    this.#writing = writing;
    this.#atOnce = atOnce;
  }

  async add(attempts: readonly AttemptRow[]): Promise<void> {
    if (attempts.length === 0) return;
    if (!this.#isOpen) await this.#open();
    await this.#writing.append(this.#tables[0], attempts);
    for (const [, , , , attempt] of attempts) this.#waiting += attempt.length;
    if (this.#waiting >= this.#atOnce) await this.#beginReading();
  }

  /** All that was added is in its columns then. */
  async readAll(): Promise<void> {
    await this.#reading;
    if (this.#waiting === 0) return;
    await this.#writing.run(this.#close());
  }

  /** Nothing is under way any more, whatever became of it. */
  async idle(): Promise<void> {
    await this.#reading.catch(() => undefined);
  }

  async #beginReading(): Promise<void> {
    await this.#reading;
    const reading = this.#close();
    this.#tables = [this.#tables[1], this.#tables[0]];
    // Now, for the connection has no time for it while it reads.
    await this.#open();
    this.#reading = this.#writing.run(reading);
    // Whoever waits for it hears of it.
    this.#reading.catch(() => undefined);
  }

  async #open(): Promise<void> {
    await this.#writing.run(attemptsTable(this.#tables[0]));
    await this.#writing.open(this.#tables[0]);
    this.#isOpen = true;
  }

  /** Hands over what waits; gives the statements that read it. */
  #close(): string {
    const [full] = this.#tables;
    this.#writing.flush(full);
    this.#isOpen = false;
    this.#waiting = 0;
    return readAttempts(full);
  }
}
