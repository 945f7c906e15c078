/** What is imported: one kind of thing of one place, such as the pull requests of `octo-org/api`. */
export interface ImportPart {
  /** The place as the vendor names it for good (a repository's number), so that a rename loses no cursor. */
  readonly scope: string;
  /** The place as people name it today: `octo-org/api`. */
  readonly name: string;
  /** One of the importer's `resources`. */
  readonly resource: string;
}

/** One portion of a part. It is written whole, with its position, or not at all. */
export interface ImportPage {
  /**
   * The deliveries: each becomes one, as JSON. An object as the vendor gave it, in an envelope whose `import` names what it
   * is: `{"import":"pull_request","repository":{…},"pull_request":{…}}`. The source of the importer reads it by its `imports`.
   * Nothing of when or how it was fetched stands in it: what is unchanged is the same bytes, and so the same delivery.
   */
  readonly deliveries: readonly object[];
  /** Where to go on once this page is stored, in the importer's own words; see {@link Importer.pages}. */
  readonly position: string;
  /** How many of the part's things this page has brought, for the progress; often the number of its deliveries. */
  readonly things: number;
}

/** What an import of a part would be, before it is made. */
export interface Estimate {
  /** Things that there are: the most that can come. */
  readonly things: number;
  /** Requests that it takes to fetch them, about. */
  readonly requests: number;
}

/**
 * Fetches the history of one vendor. It knows the vendor's API and nothing of stores: what it fetched means is said by the
 * source's pure `interpret`, so that a replay after a mended mapping needs no second import.
 */
export interface Importer {
  /** The id of the source that reads what it brings. */
  readonly source: string;
  /** What it can bring, in the order in which it is best brought: what others refer to first. */
  readonly resources: readonly string[];
  /** The parts to import, in that order for each place. Throws where a name that was asked for leads nowhere. */
  parts(): Promise<readonly ImportPart[]>;
  /** How much a part is; asked for progress and for a dry run. Few requests: at most one or two for each part. */
  estimate(part: ImportPart): Promise<Estimate>;
  /**
   * The pages of a part, from a position on; null where it was never imported.
   * - The position of the last page of a run says what has been seen, so that the next run brings only what is new since.
   * - Any page may be fetched again after a crash: what is the same again is the same delivery, and changes nothing.
   * - What changes at the vendor meanwhile may be missed by this run, but not by the next one.
   * - A place without such things (an empty repository, issues that are switched off) has no pages, or empty ones.
   * - Throws an {@link ImportError} for what a person can mend; `scope: 'part'` where other parts may well succeed.
   */
  pages(part: ImportPart, position: string | null): AsyncIterable<ImportPage>;
}

/** Why an import cannot go on. The message is for the person at the terminal, and says what to do. */
export class ImportError extends Error {
  /** `part`: this part alone. `all`: no other one would do better (a token, a rate limit, no answer). */
  readonly scope: 'part' | 'all';
  /** 1: it may work later. 2: another flag, name or token is needed. */
  readonly exitCode: 1 | 2;
  constructor(message: string, scope: 'part' | 'all', exitCode: 1 | 2, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'ImportError';
    this.scope = scope;
    this.exitCode = exitCode;
  }
}

/** Where a part's import stands. */
export interface Cursor extends Pick<ImportPart, 'scope' | 'resource'> {
  readonly position: string;
}

/** What is written in one transaction. */
interface ImportBatch {
  readonly deliveries: readonly object[];
  /** Moved with the deliveries; absent for all but the last portion of a page that is too large for one request. */
  readonly cursor?: Cursor;
}

/** What became of deliveries. */
export interface Written {
  readonly accepted: number;
  /** Known before, byte for byte. */
  readonly duplicates: number;
  readonly ignored: number;
  readonly deadLetters: number;
}

/** Where an import writes: a running server, or the store itself where none runs. */
export interface ImportTarget {
  cursors(): Promise<readonly Cursor[]>;
  /** Resolves once all of it is durable; when it throws, nothing of the batch is stored. */
  write(batch: ImportBatch): Promise<Written>;
  close(): Promise<void>;
}
