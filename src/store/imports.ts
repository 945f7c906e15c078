/** Whose history is imported: a source, and which of several senders of it. */
export interface ImportOrigin {
  readonly source: string;
  readonly instance: string;
}

/** Where the import of one kind of thing of one place stands. */
export interface ImportCursor extends ImportOrigin {
  /** The place, by a name that it keeps: a repository's number. */
  readonly scope: string;
  /** `pull_requests`, `issues`, … */
  readonly resource: string;
  /** Where to go on, in the importer's own words. */
  readonly position: string;
}
