import type { EpochMs } from '../domain/event.ts';
import type { IdentityId, Revision } from './contract.ts';

/**
 * What measures are computed from: rows of tables, each table as one text. There are tens of millions of rows, and to hand over
 * each value by itself would cost more than all else.
 */
export type ColumnRows = {
  /** Of those tables of which there are rows. */
  readonly [T in ListedTable]?: ListsOf<T>;
} & {
  /**
   * Of each row of `attempts`, in their order, an {@link import('../domain/span.ts').Attempt} as JSON, from which whoever reads it takes
   * what it needs; with a {@link BETWEEN_DETAILS} between two.
   */
  readonly details?: string;
};

/** In JSON it never stands by itself. */
export const BETWEEN_DETAILS = '\u001e';

/**
 * Rows of a table as JSON: of each column of {@link ListedRows} the list of its values, `{"identity_id":[7,7],"ordinal":[1,2]}`,
 * with the rows in the same order in all of them. As in `details`, texts are well-formed.
 */
export type ListsOf<T extends ListedTable> = string & { readonly table?: T };

export type ListedTable = keyof ListedRows;

/**
 * The tables that come as lists, and the columns of each; those of all but `attempts` and `pull_requests` are explained in
 * `measures/columns/schema.ts`.
 */
export interface ListedRows {
  readonly attempts: {
    readonly identity_id: IdentityId;
    readonly ordinal: number;
    readonly span_id: string;
    readonly source: string;
  };
  /** Once more those attempts that are pull requests. */
  readonly pull_requests: {
    readonly identity_id: IdentityId;
    readonly ordinal: number;
    /** {@link import('../domain/identity.ts').identityKey} */
    readonly key: string;
    /** As in {@link ColumnRows.details}. */
    readonly details: string;
  };
  readonly stages: {
    readonly identity_id: IdentityId;
    readonly ordinal: number;
    readonly number: number;
    readonly name: string;
    readonly category: string | null;
    readonly started_at: EpochMs;
    readonly finished_at: EpochMs | null;
  };
  readonly deployments: {
    readonly identity_id: IdentityId;
    readonly ordinal: number;
    readonly base: string;
    readonly is_rollback: boolean;
  };
  readonly carried: { readonly identity_id: IdentityId; readonly ordinal: number; readonly commit_sha: string };
  readonly links: {
    readonly identity_id: IdentityId;
    readonly ordinal: number;
    readonly kind: string;
    readonly to_id: IdentityId;
    readonly to_attempt: number | null;
  };
  readonly verdicts: {
    readonly identity_id: IdentityId;
    readonly ordinal: number;
    readonly is_failure: boolean | null;
    readonly is_rework: boolean | null;
    readonly author: string;
    readonly reason: string;
  };
  readonly commits: {
    readonly identity_id: IdentityId;
    readonly scope: string;
    readonly commit_sha: string;
    readonly authored_at: EpochMs | null;
    readonly committed_at: EpochMs | null;
    readonly message: string | null;
  };
  readonly pushed: {
    readonly identity_id: IdentityId;
    readonly scope: string;
    readonly ref: string;
    readonly commit_sha: string;
    readonly pushed_at: EpochMs;
  };
}

export interface ColumnsRequest {
  readonly after: Revision;
  /** At most so many identities. */
  readonly limit: number;
}

/** All rows of the identities that have changed, each as it is now; of one that is no longer there are none. */
export interface ColumnsPortion {
  /** How far this leads: the last revision of it, or `after` where there is nothing. */
  readonly through: Revision;
  /** How far all that is known leads. */
  readonly latest: Revision;
  /** All whose attempts these are, with all that belongs to attempts. */
  readonly spans: readonly IdentityId[];
  /** All whose commits or pushes these are. Nobody has both: what is no span has no attempt. */
  readonly told: readonly IdentityId[];
  readonly rows: ColumnRows;
}

/** Reads what a copy in columns is made of. Part of a reader. */
export interface ColumnsReader {
  /** What has changed after a revision, in order; of one snapshot. */
  readColumns(request: ColumnsRequest): Promise<ColumnsPortion>;
  /** The newest revision that {@link readColumns} leads to; with those of what is no span, which the change feed leaves out. */
  latestColumnsRevision(): Promise<Revision>;
  /** Tells this store from every other one; drawn by chance when it was made. */
  storeId(): Promise<string>;
}
