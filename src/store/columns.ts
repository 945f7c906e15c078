import type { EpochMs } from '../domain/event.ts';
import type { IdentityId, Revision } from './contract.ts';

/**
 * What measures are computed from, as rows of the tables of `measures/columns/schema.ts`, their values in the order of the
 * columns there: of tens of millions of them a name for each value would cost more than the values.
 */
export interface ColumnRows {
  readonly spans: readonly SpanRow[];
  readonly stages: readonly StageRow[];
  readonly pull_requests: readonly PullRequestRow[];
  readonly deployments: readonly DeploymentRow[];
  readonly carried: readonly CarriedRow[];
  readonly links: readonly LinkRow[];
  readonly verdicts: readonly VerdictRow[];
  readonly commits: readonly CommitRow[];
  readonly pushed: readonly PushedRow[];
}

/** The tables whose rows belong to spans, and those of what is told without being a span: each has identities of its own. */
export const spanTables = [
  'spans',
  'stages',
  'pull_requests',
  'deployments',
  'carried',
  'links',
  'verdicts',
] as const satisfies readonly (keyof ColumnRows)[];
export const toldTables = ['commits', 'pushed'] as const satisfies readonly (keyof ColumnRows)[];

export type SpanRow = readonly [
  identityId: IdentityId,
  ordinal: number,
  spanId: string,
  source: string,
  operation: string,
  project: string,
  team: string | null,
  service: string,
  environment: string | null,
  tier: string | null,
  isOpen: boolean,
  result: string | null,
  isError: boolean,
  startedAt: EpochMs | null,
  finishedAt: EpochMs | null,
  title: string | null,
  type: string | null,
  labels: readonly string[],
  author: string | null,
  authorIsBot: boolean | null,
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

export type PullRequestRow = readonly [
  identityId: IdentityId,
  ordinal: number,
  scope: string,
  headBranch: string | null,
  isFork: boolean | null,
  additions: number | null,
  deletions: number | null,
  changedFiles: number | null,
  commits: number | null,
  comments: number | null,
];

export type DeploymentRow = readonly [
  identityId: IdentityId,
  ordinal: number,
  service: string,
  environment: string,
  isProduction: boolean,
  finishedAt: EpochMs,
  commit: string | null,
  scope: string | null,
  base: string,
  isRollback: boolean,
];

export type CarriedRow = readonly [identityId: IdentityId, ordinal: number, scope: string, commit: string];

export type LinkRow = readonly [
  identityId: IdentityId,
  ordinal: number,
  kind: string,
  toId: IdentityId,
  toAttempt: number | null,
  certainty: string,
  isParent: boolean,
];

export type VerdictRow = readonly [
  identityId: IdentityId,
  ordinal: number,
  isFailure: boolean | null,
  isRework: boolean | null,
  author: string,
  reason: string,
  saidAt: EpochMs,
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
  /** Those whose rows in {@link spanTables} these replace, and in {@link toldTables}. */
  readonly spans: readonly IdentityId[];
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
