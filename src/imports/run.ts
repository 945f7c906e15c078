import {
  type Estimate,
  ImportError,
  type Importer,
  type ImportPart,
  type ImportTarget,
  type Written,
} from './contract.ts';
import { inParallel } from './parallel.ts';
import { portions } from './portions.ts';

/** How far an import has come. */
interface ImportProgress {
  /** Things that have been stored, and how many there are, where that is known already. */
  readonly things: { readonly done: number; readonly total: number | null };
  readonly parts: { readonly done: number; readonly total: number };
}

/** A part that could not be imported, while others were. */
interface FailedPart {
  readonly part: ImportPart;
  readonly error: ImportError;
}

export interface ImportOptions {
  /** How many places are read at one time; the parts of one place follow each other. */
  readonly places: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImportProgress) => void;
  /** Forgets where earlier imports stood, and reads all again. */
  readonly restart: boolean;
}

/** What an import has done. */
export interface ImportResult {
  readonly written: Written;
  readonly things: number;
  readonly parts: number;
  readonly failed: readonly FailedPart[];
}

export const NOTHING_WRITTEN: Written = { accepted: 0, duplicates: 0, ignored: 0, deadLetters: 0 };

/**
 * Imports all parts of an importer into a target, going on where an earlier run stopped. Throws what ends it as a whole: an
 * {@link ImportError} of scope `all`, or what the target throws; what was written until then stays, with its cursors.
 */
export async function runImport(
  importer: Importer,
  target: ImportTarget,
  options: ImportOptions,
): Promise<ImportResult> {
  const [parts, cursors] = await Promise.all([importer.parts(), options.restart ? [] : target.cursors()]);
  const positions = new Map(cursors.map((cursor) => [keyOf(cursor), cursor.position]));
  const tally = new Tally(parts.length, options.onProgress);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const failed: FailedPart[] = [];
  // Of a part that was imported before only what is new comes, and nobody knows how much that is.
  const isKnown = (part: ImportPart) => positions.has(keyOf(part));
  if (parts.some(isKnown)) tally.expect(null);
  else await inParallel(parts, options.places, async (part) => tally.expect(await thingsOf(part, importer)));
  const importPlace = async (place: readonly ImportPart[]) => {
    for (const part of place) {
      signal.throwIfAborted();
      const position = positions.get(keyOf(part)) ?? null;
      try {
        await importPart(part, position, { importer, target, tally, signal });
      } catch (error) {
        if (!(error instanceof ImportError) || error.scope === 'all') throw error;
        failed.push({ part, error });
      }
      tally.partDone();
    }
  };
  try {
    await inParallel([...byPlace(parts).values()], options.places, importPlace);
  } finally {
    // What else is under way ends with the first failure.
    stop.abort();
  }
  return { written: tally.written, things: tally.things, parts: parts.length, failed };
}

/** What cannot be counted is told once it is to be imported. */
async function thingsOf(part: ImportPart, importer: Importer): Promise<number> {
  try {
    return (await importer.estimate(part)).things;
  } catch (error) {
    if (error instanceof ImportError && error.scope === 'part') return 0;
    throw error;
  }
}

interface Running {
  readonly importer: Importer;
  readonly target: ImportTarget;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** The next page is fetched while one is being written. */
async function importPart(part: ImportPart, position: string | null, running: Running): Promise<void> {
  const { importer, target, tally, signal } = running;
  const pages = importer.pages(part, position)[Symbol.asyncIterator]();
  let coming = pages.next();
  for (;;) {
    const { value: page, done } = await coming;
    if (done === true) return;
    coming = pages.next();
    // Its failure is met above, once this page is stored.
    coming.catch(() => undefined);
    const cursor = { scope: part.scope, resource: part.resource, position: page.position };
    for (const { deliveries, isLast } of portions(page.deliveries)) {
      signal.throwIfAborted();
      tally.wrote(await target.write({ deliveries, ...(isLast ? { cursor } : {}) }));
    }
    tally.stored(page.things);
  }
}

/** How much an import would be. Of places that were imported before, less comes: only what is new since. */
export async function estimateImport(
  importer: Importer,
  target: Pick<ImportTarget, 'cursors'>,
  options: Pick<ImportOptions, 'places' | 'signal'>,
): Promise<readonly EstimatedPart[]> {
  const [parts, cursors] = await Promise.all([importer.parts(), target.cursors()]);
  const known = new Set(cursors.map(keyOf));
  return inParallel(parts, options.places, async (part) => {
    options.signal.throwIfAborted();
    return { part, ...(await importer.estimate(part)), isKnown: known.has(keyOf(part)) };
  });
}

export interface EstimatedPart extends Estimate {
  readonly part: ImportPart;
  /** Whether it was imported before, so that only what is new since comes. */
  readonly isKnown: boolean;
}

function keyOf({ scope, resource }: Pick<ImportPart, 'scope' | 'resource'>): string {
  return JSON.stringify([scope, resource]);
}

function byPlace(parts: readonly ImportPart[]): Map<string, ImportPart[]> {
  return Map.groupBy(parts, ({ scope }) => scope);
}

class Tally {
  readonly #onProgress: (progress: ImportProgress) => void;
  readonly #parts: number;
  written = NOTHING_WRITTEN;
  things = 0;
  #partsDone = 0;
  #expected: number | null = 0;

  constructor(parts: number, onProgress: (progress: ImportProgress) => void) {
    this.#parts = parts;
    this.#onProgress = onProgress;
  }

  /** How many more there are; null where that cannot be known. */
  expect(things: number | null): void {
    this.#expected = this.#expected === null || things === null ? null : this.#expected + things;
  }

  wrote({ accepted, duplicates, ignored, deadLetters }: Written): void {
    const { written } = this;
    this.written = {
      accepted: written.accepted + accepted,
      duplicates: written.duplicates + duplicates,
      ignored: written.ignored + ignored,
      deadLetters: written.deadLetters + deadLetters,
    };
  }

  stored(things: number): void {
    this.things += things;
    this.#tell();
  }

  partDone(): void {
    this.#partsDone += 1;
    this.#tell();
  }

  #tell(): void {
    this.#onProgress({
      things: { done: this.things, total: this.#expected === null ? null : Math.max(this.#expected, this.things) },
      parts: { done: this.#partsDone, total: this.#parts },
    });
  }
}
