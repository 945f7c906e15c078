import type { EpochMs } from '../domain/event.ts';
import type { IdentityId, Revision } from './contract.ts';

/**
 * What measures are computed from, as plain rows: of tens of millions of them a name for each value would cost more than the
 * values. Those of deployments, carried commits, links, commits and pushes are rows of the tables of the same name in
 * `measures/columns/schema.ts`, their values in the order of the columns there.
 */
export interface ColumnRows {
  readonly attempts: readonly AttemptRow[];
  readonly stages: readonly StageRow[];
  readonly deployments: readonly DeploymentRow[];
  readonly carried: readonly CarriedRow[];
  readonly links: readonly LinkRow[];
  readonly verdicts: readonly VerdictRow[];
  readonly commits: readonly CommitRow[];
  readonly pushed: readonly PushedRow[];
}

export type AttemptRow = readonly [
  identityId: IdentityId,
  ordinal: number,
  spanId: string,
  /** {@link import('../domain/identity.ts').identityKey} */
  key: string,
  /** An {@link import('../domain/span.ts').Attempt} as JSON, whose texts are well-formed: who reads it takes what it needs. */
  attempt: string,
];

export type StageRow = readonly [
  identityId: IdentityId,
  ordinal: number,
  number: number,
  name: string,
  category: string | null,
  startedAt: EpochMs,
  finishedAt: EpochMs | null,
];

export type DeploymentRow = readonly [identityId: IdentityId, ordinal: number, base: string, isRollback: boolean];

export type CarriedRow = readonly [identityId: IdentityId, ordinal: number, commit: string];

export type LinkRow = readonly [
  identityId: IdentityId,
  ordinal: number,
  kind: string,
  toId: IdentityId,
  toAttempt: number | null,
];

export type VerdictRow = readonly [
  identityId: IdentityId,
  ordinal: number,
  isFailure: boolean | null,
  isRework: boolean | null,
  author: string,
  reason: string,
];

export type CommitRow = readonly [
  identityId: IdentityId,
  scope: string,
  commit: string,
  authoredAt: EpochMs | null,
  committedAt: EpochMs | null,
  message: string | null,
];

export type PushedRow = readonly [
  identityId: IdentityId,
  scope: string,
  ref: string,
  commit: string,
  pushedAt: EpochMs,
];

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
