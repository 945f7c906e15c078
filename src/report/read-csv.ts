import type { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { EpochMs } from '../domain/event.ts';
import type { PullRequestTimes } from './aggregate.ts';
import { unguarded } from './csv.ts';

/** What is wrong with a file, and in which row. */
export class InputError extends Error {}

const COLUMNS = [
  'owner',
  'repo',
  'created_at',
  'merged_at',
  'closed_at',
  'additions',
  'deletions',
  'comments',
] as const;
/** A file that lacks it is understood as one that does not know. */
const OPTIONAL = 'author_is_bot';

type Name = (typeof COLUMNS)[number] | typeof OPTIONAL;

/**
 * The pull requests of a report's file, one after the other. Columns are known by their names and may stand in any order; others
 * are passed over. Throws an {@link InputError} that names the row, as a spreadsheet counts: the columns' names are row 1.
 */
export async function* readPullRequestsCsv(input: Readable): AsyncGenerator<PullRequestTimes> {
  const parser = parse({ bom: true, skip_empty_lines: true });
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  let reader: RowReader | null = null;
  try {
    for await (const cells of parser as AsyncIterable<readonly string[]>)
      if (reader === null) reader = new RowReader(cells);
      else yield reader.read(cells);
  } catch (error) {
    throw error instanceof CsvError ? new InputError(`this is no CSV: ${error.message}`) : error;
  }
  if (reader === null) throw new InputError(`this is empty; row 1 should name the columns ${COLUMNS.join(', ')}`);
}

/** Objects by column name would take as long again as all the rest: there may be a million rows. */
class RowReader {
  readonly #places: ReadonlyMap<string, number>;
  #row = 1;
  #cells: readonly string[] = [];

  constructor(names: readonly string[]) {
    this.#places = new Map(names.map((name, index) => [name, index]));
    const missing = COLUMNS.filter((name) => !this.#places.has(name));
    const hint = names.length === 1 ? ' Are its values separated by commas?' : '';
    if (missing.length > 0) throw new InputError(`row 1: there is no column ${missing.join(', ')}.${hint}`);
  }

  read(cells: readonly string[]): PullRequestTimes {
    this.#row += 1;
    this.#cells = cells;
    const [additions, deletions] = [this.#count('additions'), this.#count('deletions')];
    return {
      ...{ owner: this.#named('owner'), repo: this.#named('repo'), isBot: this.#bot() },
      createdAt: this.#time('created_at'),
      mergedAt: this.#time('merged_at'),
      closedAt: this.#time('closed_at'),
      lines: additions === null || deletions === null ? null : additions + deletions,
      comments: this.#count('comments'),
    };
  }

  #text(name: Name): string {
    return this.#cells[this.#places.get(name) ?? -1] ?? '';
  }

  #wrong(name: Name, wanted: string): InputError {
    return new InputError(`row ${this.#row}: ${name} is ${JSON.stringify(this.#text(name))}; it should be ${wanted}`);
  }

  #named(name: Name): string {
    const text = unguarded(this.#text(name));
    if (text === '') throw this.#wrong(name, 'a name');
    return text;
  }

  /** In whatever case a spreadsheet writes it. */
  #bot(): boolean | null {
    const text = this.#text(OPTIONAL).toLowerCase();
    if (text === '') return null;
    if (text === 'true' || text === 'false') return text === 'true';
    throw this.#wrong(OPTIONAL, 'true, false or empty');
  }

  #time(name: Name): EpochMs | null {
    const text = this.#text(name);
    if (text === '') return null;
    const at = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(at)) throw this.#wrong(name, 'a time such as 2026-03-02T09:00:00Z, or empty');
    return at;
  }

  #count(name: Name): number | null {
    const text = this.#text(name);
    if (text === '') return null;
    if (!/^\d{1,15}$/.test(text)) throw this.#wrong(name, 'a whole number, or empty');
    return Number(text);
  }
}

/** A time without its zone would be that of whoever reads it. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
