import type { EpochMs } from '../domain/event.ts';
import type { Person } from './people.ts';

// What teams do with their tools, whichever these are; the tools themselves are in senders/.

export interface Commit {
  readonly sha: string;
  readonly message: string;
  readonly author: Person;
  readonly at: EpochMs;
  readonly files: readonly string[];
}

export interface Draft {
  readonly title: string;
  readonly description: string;
  readonly branch: string;
  readonly author: Person;
  readonly labels: readonly string[];
}

export type Verdict = 'approved' | 'changes_requested' | 'commented';

/** A pull request, or a merge request: a branch that is to be merged. */
export interface Change {
  readonly number: number;
  readonly title: string;
  readonly branch: string;
  readonly author: Person;
  /** The newest commit of its branch. */
  readonly head: string;
  /** A commit on its branch, pushed now; written a while before. */
  push(message: string, writtenAt: EpochMs): void;
  open(as: { readonly isDraft: boolean }): void;
  markReady(): void;
  review(by: Person, verdict: Verdict): void;
  merge(by: Person): void;
  abandon(by: Person): void;
}

/** An incident, with the number by which a change says that it mends it. */
export interface Outage {
  readonly number: number;
  close(by: Person): void;
}

/** A repository on GitHub or GitLab. */
export interface Repository {
  readonly path: string;
  /** The newest commit of the main branch. */
  readonly head: Commit;
  /** The first commits, as the webhook is switched on. */
  begin(by: Person): void;
  change(draft: Draft): Change;
  /** Opens an incident in its list of issues. */
  outage(title: string, description: string, by: Person): Outage;
}

export type Outcome = 'success' | 'failure';

/** What a machine does, step by step: yields how long the next step takes, in milliseconds. */
export type Steps<T> = Generator<number, T, void>;

/** Checks changes, and deploys. */
export interface Pipelines {
  /** Checks the head of a change: `isFlaky` fails at first, and succeeds when it is run again. */
  check(change: Change, by: Person, how: { readonly isFlaky: boolean; readonly ms: number }): Steps<void>;
  /** Checks what is on the main branch. */
  checkMain(commit: Commit, by: Person, ms: number): Steps<void>;
  /** Deploys a commit of the main branch; of `null` nobody tells which. */
  deploy(commit: Commit | null, by: Person, how: { readonly outcome: Outcome; readonly ms: number }): Steps<void>;
}

export type Status = 'To Do' | 'In Progress' | 'In Review' | 'Done';

/** A ticket, on a board of Jira or in the issues of a repository. */
export interface Ticket {
  /** `CHK-12`, or `#12`. */
  readonly key: string;
  readonly title: string;
  readonly type: string;
  readonly spanId: string;
  /** The beginning of a branch by which its tool finds it. */
  readonly branchPrefix: string;
  /** What a description says of it. */
  readonly reference: string;
  move(to: Status, by: Person): void;
  drop(by: Person): void;
}

export interface Tracker {
  ticket(title: string, type: string, by: Person): Ticket;
}
