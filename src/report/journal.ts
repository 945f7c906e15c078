import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { LockedError, ProcessLock } from './process-lock.ts';
import { type Question, questionSchema } from './question.ts';
import { type Row, rowSchema } from './row.ts';

const repositorySchema = z.object({
  /** GitHub's own, which renaming does not change. */
  id: z.string(),
  owner: z.string(),
  name: z.string(),
  /** How many pull requests of the wanted states there were. */
  total: z.number(),
});
export type Repository = z.infer<typeof repositorySchema>;

const headerSchema = z.object({
  format: z.literal(1),
  question: questionSchema,
  /** When the report was begun, and from when on it asks, in milliseconds since 1970. */
  startedAt: z.number(),
  sinceAt: z.number().nullable(),
});
type Header = z.infer<typeof headerSchema>;

const pageSchema = z.object({
  /** By its place in the list of repositories. */
  of: z.number(),
  /** Where to go on: in which phase, and after which cursor. */
  phase: z.number(),
  after: z.string().nullable(),
  rows: z.array(rowSchema),
});
export type Page = z.infer<typeof pageSchema>;

const lineSchema = z.union([headerSchema, z.object({ repositories: z.array(repositorySchema) }), pageSchema]);

/** How far a repository has come. */
export interface Place {
  readonly phase: number;
  readonly after: string | null;
  readonly rows: number;
}

const BEGINNING: Place = { phase: 0, after: null, rows: 0 };

/** Why a journal cannot be gone on with: it was begun for another question, is none, or another process is writing it. */
export class JournalError extends Error {}

/**
 * What a report has read so far, in a file of JSON lines: what was asked, the repositories, and page after page. Each page is on
 * disk before the next one is asked for, so whatever ends the process, nothing is asked twice but what was under way.
 */
export class Journal {
  readonly startedAt: number;
  /** From when on the report asks, in milliseconds since 1970; null where it asks for all. */
  readonly sinceAt: number | null;
  /** Whether there was something to go on with. */
  readonly isResumed: boolean;
  readonly #lock: ProcessLock;
  readonly #file: number;
  readonly #path: string;
  #size = 0;
  #repositories: readonly Repository[] | null = null;
  readonly #places = new Map<number, Place>();
  /** Where the pages of a repository stand in the file. */
  readonly #pages = new Map<number, { at: number; length: number }[]>();

  /** Opens the file, or begins it. Throws a {@link JournalError}. */
  constructor(path: string, question: Question, now: { readonly startedAt: number; readonly sinceAt: number | null }) {
    this.#path = path;
    this.#lock = lockOf(path);
    this.#file = openSync(path, existsSync(path) ? 'r+' : 'wx+', 0o600);
    const { header, isOther } = this.#readAll();
    this.isResumed = header !== null;
    if (isOther) this.#refuse(`${path} is no report that can be gone on with`);
    if (header !== null && JSON.stringify(header.question) !== JSON.stringify(question))
      this.#refuse(`${path} is what another report has read so far: ${flagsOf(header.question)}`);
    ({ startedAt: this.startedAt, sinceAt: this.sinceAt } = header ?? now);
    // What was being written when the process ended is read again.
    ftruncateSync(this.#file, this.#size);
    if (header === null) this.#write({ format: 1, question, ...now });
  }

  /** In the order of the report; null until they are known. */
  get repositories(): readonly Repository[] | null {
    return this.#repositories;
  }

  setRepositories(repositories: readonly Repository[]): void {
    this.#write({ repositories });
    this.#repositories = repositories;
  }

  placeOf(repository: number): Place {
    return this.#places.get(repository) ?? BEGINNING;
  }

  /** Keeps a page, for good once this returns. */
  append(page: Page): void {
    this.#note(page, this.#write(page));
  }

  /** Of one repository, by their numbers. What was read twice is as it was read last. */
  rowsOf(repository: number): Row[] {
    const pages = this.#pages.get(repository) ?? [];
    const rows = new Map<number, Row>();
    for (const { at, length } of pages)
      for (const row of pageSchema.parse(JSON.parse(this.#text(at, length))).rows) rows.set(row.number, row);
    return [...rows.values()].sort((a, b) => a.number - b.number);
  }

  close(): void {
    closeSync(this.#file);
    this.#lock.release();
  }

  /** Forgets it: the report is done. */
  remove(): void {
    rmSync(this.#path);
    this.close();
  }

  #refuse(why: string): never {
    this.close();
    throw new JournalError(why);
  }

  #write(line: object): { at: number; length: number } {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    const at = this.#size;
    for (let written = 0; written < bytes.length; )
      written += writeSync(this.#file, bytes, written, bytes.length - written, at + written);
    fdatasyncSync(this.#file);
    this.#size += bytes.length;
    return { at, length: bytes.length };
  }

  #note({ of, phase, after, rows }: Page, where: { at: number; length: number }): void {
    this.#places.set(of, { phase, after, rows: this.placeOf(of).rows + rows.length });
    const pages = this.#pages.get(of) ?? [];
    pages.push(where);
    this.#pages.set(of, pages);
  }

  /** Reads what is whole, up to the first line that is not; what does not begin as a journal does is something else. */
  #readAll(): { header: Header | null; isOther: boolean } {
    let header: Header | null = null;
    for (const { at, length } of this.#lines()) {
      const line = lineOf(this.#text(at, length));
      if (header === null && (line === null || !('format' in line))) return { header, isOther: true };
      if (line === null) break;
      if ('format' in line) header = line;
      else if ('repositories' in line) this.#repositories = line.repositories;
      else this.#note(line, { at, length });
      this.#size = at + length;
    }
    return { header, isOther: false };
  }

  *#lines(): Generator<{ at: number; length: number }> {
    const chunk = Buffer.alloc(1 << 20);
    let start = 0;
    for (let position = 0; ; ) {
      const count = readSync(this.#file, chunk, 0, chunk.length, position);
      if (count === 0) return;
      for (let at = chunk.indexOf(10); at >= 0 && at < count; at = chunk.indexOf(10, at + 1)) {
        yield { at: start, length: position + at + 1 - start };
        start = position + at + 1;
      }
      position += count;
    }
  }

  #text(at: number, length: number): string {
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, at);
    return bytes.toString();
  }
}

function lockOf(path: string): ProcessLock {
  try {
    return new ProcessLock(`${path}.lock`);
  } catch (error) {
    throw error instanceof LockedError ? new JournalError(`${path} cannot be gone on with: ${error.message}`) : error;
  }
}

function lineOf(text: string): z.infer<typeof lineSchema> | null {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A question as it would be asked on the command line. */
function flagsOf({ host, orgs, repos, state, since, max, authors }: Question): string {
  const flags = [
    ...orgs.map((org) => `--org ${org}`),
    ...repos.map((repo) => `--repo ${repo}`),
    `--state ${state}`,
    ...(since === null ? [] : [`--since ${since}`]),
    ...(max === null ? [] : [`--max ${max}`]),
    ...(authors ? ['--authors'] : []),
  ];
  return `${flags.join(' ')} at ${host}`;
}
