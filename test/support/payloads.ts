import type { Event } from '../../src/domain/event.ts';
import { told } from './stories.ts';

// Small payloads as the senders shape them, each told as the events of one delivery.

type Telling = readonly Event[];

/** A time of March 2026. */
export const at = (day: number, hour: number, minute = 0) =>
  new Date(Date.UTC(2026, 2, day, hour, minute)).toISOString().replace('.000', '');

const later = (time: string, minutes: number) =>
  new Date(Date.parse(time) + minutes * 60_000).toISOString().replace('.000', '');

/** A commit that can be told apart by its name in a test, also by its first characters. */
export const sha = (name: string) => Buffer.from(name).toString('hex').padEnd(40, '0');

const ada = { login: 'ada', id: 1, type: 'User' };

export const repositoryOf = (id: number, full_name: string) => ({
  id,
  full_name,
  html_url: `https://github.com/${full_name}`,
});

export const api = repositoryOf(4711, 'octo-org/api');

type Repository = typeof api;

interface Inside {
  readonly repository?: Repository;
}

function github(event: string, { repository = api, ...payload }: Inside & Record<string, unknown>): Telling {
  return told('github', { repository, sender: ada, ...payload }, { 'x-github-event': event });
}

interface Pull extends Inside {
  /** The commit and the branch that it asks to merge, in its own repository or a fork. */
  readonly head: string;
  readonly branch?: string;
  readonly from?: Repository;
  readonly [field: string]: unknown;
}

/** Opened at a time, from which a later one of the same pull request must not differ. */
export function opened(number: number, created_at: string, pull: Pull): Telling {
  return pullRequest('opened', number, created_at, { created_at, ...pull });
}

/** Merged at a time as this commit; `created_at` as it was opened. */
export function merged(
  number: number,
  merged_at: string,
  merge: string,
  pull: Pull & { readonly created_at: string },
): Telling {
  const end = { state: 'closed', merged: true, merged_at, closed_at: merged_at, merge_commit_sha: sha(merge) };
  return pullRequest('closed', number, merged_at, { ...pull, ...end });
}

export function pullRequest(
  action: string,
  number: number,
  updated_at: string,
  { repository = api, head, branch = `work-${number}`, from = repository, ...more }: Pull,
): Telling {
  return github('pull_request', {
    action,
    repository,
    pull_request: {
      id: 90_000 + number,
      number,
      title: `Change ${number}`,
      state: 'open',
      user: ada,
      updated_at,
      head: { ref: branch, sha: sha(head), repo: from },
      base: { ref: 'main', repo: repository },
      ...more,
    },
  });
}

interface Run extends Inside {
  readonly head: string;
  readonly branch?: string;
  readonly from?: Repository;
  readonly event?: string;
  readonly message?: string;
  /** Pull requests of its own repository, as GitHub tells them: none of a fork. */
  readonly of?: readonly number[];
  readonly attempt?: number;
  readonly more?: object;
}

/** A run of ten minutes that succeeded. */
export function run(id: number, time: string, told: Run): Telling {
  const { repository = api, head, branch = 'main', from = repository, of = [], attempt = 1 } = told;
  return github('workflow_run', {
    action: 'completed',
    repository,
    workflow_run: {
      id,
      name: 'Checks',
      event: told.event ?? 'push',
      status: 'completed',
      conclusion: 'success',
      run_attempt: attempt,
      created_at: time,
      run_started_at: time,
      updated_at: later(time, 10),
      head_branch: branch,
      head_sha: sha(head),
      head_repository: { id: from.id },
      head_commit: { message: told.message ?? head, author: { name: 'Ada' } },
      pull_requests: of.map((number) => ({ number, base: { repo: { id: repository.id } } })),
      actor: ada,
      ...told.more,
    },
  });
}

/** A job of a run, of its first attempt. */
export function job(id: number, time: string, run_id: number, { repository }: Inside = {}): Telling {
  return github('workflow_job', {
    action: 'completed',
    ...(repository === undefined ? {} : { repository }),
    workflow_job: {
      id,
      run_id,
      run_attempt: 1,
      name: 'test',
      status: 'completed',
      conclusion: 'success',
      created_at: time,
      started_at: time,
      completed_at: later(time, 5),
    },
  });
}

/** What another tool says of a commit. */
export function status(id: number, created_at: string, name: string, { repository }: Inside = {}): Telling {
  return github('status', {
    ...(repository === undefined ? {} : { repository }),
    id,
    sha: sha(name),
    context: 'lint',
    state: 'success',
    created_at,
  });
}

interface Pushed {
  readonly message?: string;
  readonly paths?: readonly string[];
  readonly author?: string;
}

/** A push of these commits, the oldest first, to a branch or a tag. */
export function push(
  ref: string,
  time: string,
  before: string,
  commits: Readonly<Record<string, Pushed>>,
  { repository = api, after = Object.keys(commits).at(-1) ?? before }: Inside & { readonly after?: string } = {},
): Telling {
  return github('push', {
    repository: { ...repository, pushed_at: Date.parse(time) / 1_000 } as Repository,
    ref,
    before: before === '' ? '0'.repeat(40) : sha(before),
    after: sha(after),
    forced: false,
    head_commit: { id: sha(after) },
    commits: Object.entries(commits).map(([name, { message = name, paths = [], author = 'ada' }]) => ({
      id: sha(name),
      message,
      timestamp: time,
      author: { name: author, username: author },
      modified: paths,
    })),
  });
}

interface Deployed extends Inside {
  readonly environment?: string;
  readonly of?: string;
  readonly by?: number;
}

/** A deployment of five minutes that succeeded. */
export function deployed(id: number, time: string, head: string, told: Deployed = {}): Telling {
  const { repository = api, environment = 'production', by } = told;
  return github('deployment_status', {
    action: 'created',
    repository,
    deployment: { id, sha: sha(head), ref: 'main', task: 'deploy', environment, created_at: time, creator: ada },
    deployment_status: { id: id * 10, state: 'success', created_at: later(time, 5) },
    ...(by === undefined ? {} : { workflow_run: { id: by, run_attempt: 1 } }),
  });
}

export function issue(action: string, number: number, time: string, more: Inside & Record<string, unknown> = {}) {
  const { repository = api, changes, ...fields } = more;
  return github('issues', {
    action,
    repository,
    issue: {
      number,
      title: `Issue ${number}`,
      state: 'open',
      user: ada,
      created_at: time,
      updated_at: time,
      ...fields,
    },
    ...(changes === undefined ? {} : { changes }),
  });
}

/** A merge queue has made a commit for a pull request, on top of another one. */
export function queued(number: number, head: string, base: string): Telling {
  const head_ref = `refs/heads/${queueBranch(number, base)}`;
  return github('merge_group', { action: 'checks_requested', merge_group: { head_sha: sha(head), head_ref } });
}

export const queueBranch = (number: number, base: string) => `gh-readonly-queue/main/pr-${number}-${sha(base)}`;

const projectOf = (id: number, path_with_namespace: string) => ({
  id,
  path_with_namespace,
  web_url: `https://gitlab.com/${path_with_namespace}`,
});

export const cart = projectOf(30, 'shop/web/cart');
export const price = projectOf(31, 'shop/web/price');

type Project = typeof cart;

/** Of GitLab; the time of what happened is `updated_at`. */
export function mergeRequest(
  action: string,
  iid: number,
  updated_at: string,
  {
    project = cart,
    head,
    ...more
  }: { readonly project?: Project; readonly head: string; readonly [f: string]: unknown },
): Telling {
  return told('gitlab', {
    object_kind: 'merge_request',
    user: { id: 1, username: 'ada' },
    project,
    object_attributes: {
      id: 7_000 + iid,
      iid,
      action,
      state: 'opened',
      title: `Change ${iid}`,
      created_at: updated_at,
      updated_at,
      source_branch: `work-${iid}`,
      target_branch: 'main',
      source_project_id: project.id,
      author_id: 1,
      last_commit: { id: sha(head) },
      ...more,
    },
  });
}

/** A pipeline of GitLab that took ten minutes and succeeded. */
export function pipeline(
  id: number,
  created_at: string,
  attributes: { readonly head: string; readonly ref: string; readonly [field: string]: unknown },
  more: object = {},
): Telling {
  const { head, ...rest } = attributes;
  return told('gitlab', {
    object_kind: 'pipeline',
    user: { id: 1, username: 'ada' },
    project: cart,
    object_attributes: {
      id,
      status: 'success',
      tag: false,
      source: 'push',
      sha: sha(head),
      created_at,
      finished_at: later(created_at, 10),
      ...rest,
    },
    ...more,
  });
}

/** A deployment of GitLab that tells its commit by the first eight characters alone. */
export function shortDeployment(deployment_id: number, time: string, head: string, project: Project = cart): Telling {
  return told('gitlab', {
    object_kind: 'deployment',
    status: 'success',
    status_changed_at: time,
    deployment_id,
    environment: 'production',
    short_sha: sha(head).slice(0, 8),
    project,
    user: { id: 1, username: 'ada' },
  });
}

/** An issue of GitLab. */
export function gitlabIssue(iid: number, created_at: string, more: object = {}): Telling {
  return told('gitlab', {
    object_kind: 'issue',
    user: { id: 1, username: 'ada' },
    project: cart,
    object_attributes: {
      id: 2_000 + iid,
      iid,
      action: 'open',
      state: 'opened',
      title: `Issue ${iid}`,
      created_at,
      updated_at: created_at,
      ...more,
    },
  });
}

/** A ticket as Jira shows it after a change; its number in Jira stays when it gets another key. */
export function ticket(id: number, key: string, time: string, items: readonly object[] = []): Telling {
  return told('jira', {
    webhookEvent: items.length === 0 ? 'jira:issue_created' : 'jira:issue_updated',
    timestamp: Date.parse(time),
    user: { accountId: 'a', displayName: 'Ada' },
    issue: {
      id: String(id),
      key,
      self: `https://acme.atlassian.net/rest/api/2/issue/${id}`,
      fields: {
        summary: `Ticket ${id}`,
        created: at(2, 8),
        updated: time,
        status: { id: '3', name: 'In Progress', statusCategory: { key: 'indeterminate' } },
        issuetype: { name: 'Story' },
      },
    },
    changelog: { id: `${id}-${Date.parse(time)}`, items },
  });
}
