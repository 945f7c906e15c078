import { hash } from 'node:crypto';
import type { Event } from '../../src/domain/event.ts';
import { told } from './stories.ts';

/** One webhook as its sender would send it. */
export interface Sent {
  readonly source: string;
  readonly headers: Record<string, string>;
  readonly payload: object;
}

/** 2026-03-02T09:00:00Z, a Monday. */
const MONDAY = Date.UTC(2026, 2, 2, 9);
const HOUR = 3_600_000;

/** A time so many hours after Monday morning, to the second. */
const iso = (hour: number) => new Date(MONDAY + hour * HOUR).toISOString().replace('.000', '');
const epoch = (hour: number) => MONDAY + hour * HOUR;

/** A commit's sha of 40 digits by a name of it. */
const sha = (name: string) => hash('sha1', name);

export function eventsOf({ source, headers, payload }: Sent): readonly Event[] {
  return told(source, payload, headers);
}

const REPOSITORY = { id: 186_853_002, full_name: 'octo-org/api', html_url: 'https://github.com/octo-org/api' };
const ada = { login: 'ada', id: 1, type: 'User' };

function fromGitHub(event: string, payload: object): Sent {
  const headers = { 'x-github-event': event };
  return { source: 'github', headers, payload: { repository: REPOSITORY, sender: ada, ...payload } };
}

export interface Pull {
  readonly number: number;
  readonly branch: string;
  readonly head: string;
  readonly opened: number;
  readonly title?: string;
  readonly body?: string;
  readonly merged?: number;
  readonly mergeCommit?: string;
}

/** A pull request as it is at an hour. */
export function pull(action: string, hour: number, { number, branch, head, opened, ...more }: Pull): Sent {
  const { title = `Change ${number}`, body = null, merged, mergeCommit = `test-merge-${number}` } = more;
  const isMerged = merged !== undefined;
  return fromGitHub('pull_request', {
    action,
    number,
    pull_request: {
      id: 9_000 + number,
      number,
      title,
      body,
      html_url: `${REPOSITORY.html_url}/pull/${number}`,
      state: isMerged ? 'closed' : 'open',
      draft: false,
      merged: isMerged,
      merged_at: isMerged ? iso(merged) : null,
      closed_at: isMerged ? iso(merged) : null,
      created_at: iso(opened),
      updated_at: iso(hour),
      merge_commit_sha: sha(mergeCommit),
      user: ada,
      labels: [],
      head: { ref: branch, sha: sha(head), repo: REPOSITORY },
      base: { ref: 'main', sha: sha('base'), repo: REPOSITORY },
    },
  });
}

export interface Run {
  readonly id: number;
  readonly branch: string;
  readonly commit: string;
  readonly attempt?: number;
  readonly began: number;
  readonly conclusion?: string;
  readonly event?: string;
  readonly message?: string;
  readonly pulls?: readonly number[];
}

export function run(action: string, hour: number, { id, branch, commit, began, ...more }: Run): Sent {
  const { attempt = 1, conclusion = null, event = 'pull_request', message = 'work', pulls = [] } = more;
  return fromGitHub('workflow_run', {
    action,
    workflow_run: {
      id,
      name: 'CI',
      head_branch: branch,
      head_sha: sha(commit),
      head_repository: REPOSITORY,
      head_commit: { id: sha(commit), message },
      run_attempt: attempt,
      event,
      status: action === 'completed' ? 'completed' : 'in_progress',
      conclusion,
      created_at: iso(began),
      run_started_at: iso(began),
      updated_at: iso(hour),
      pull_requests: pulls.map((number) => ({ number, base: { repo: { id: REPOSITORY.id } } })),
      actor: ada,
    },
  });
}

export function job(
  hour: number,
  run_id: number,
  id: number,
  { attempt = 1, conclusion = 'success', hours = 0.1 } = {},
): Sent {
  return fromGitHub('workflow_job', {
    action: 'completed',
    workflow_job: {
      id,
      run_id,
      run_attempt: attempt,
      name: 'test',
      status: 'completed',
      conclusion,
      created_at: iso(hour - hours),
      started_at: iso(hour - hours),
      completed_at: iso(hour),
      head_sha: sha('irrelevant'),
      workflow_name: 'CI',
    },
  });
}

/** A push to a branch of these commits, the oldest first, each with its message. */
export function push(hour: number, branch: string, before: string, commits: Readonly<Record<string, string>>): Sent {
  const names = Object.keys(commits);
  const after = sha(names.at(-1) ?? before);
  const told = names.map((name) => ({
    id: sha(name),
    message: commits[name],
    timestamp: iso(hour),
    author: { name: 'Ada', username: 'ada' },
    added: [],
    modified: [`src/${name}.ts`],
    removed: [],
  }));
  return fromGitHub('push', {
    ref: `refs/heads/${branch}`,
    before: sha(before),
    after,
    forced: false,
    commits: told,
    head_commit: told.at(-1) ?? null,
    repository: { ...REPOSITORY, pushed_at: epoch(hour) / 1_000 },
  });
}

/** A deployment to production that somebody asked for, and its end. */
export function deployment(
  hour: number,
  id: number,
  commit: string,
  { state = 'success', environment = 'production' } = {},
): Sent[] {
  const deployment = {
    id,
    sha: sha(commit),
    ref: 'main',
    task: 'deploy',
    environment,
    created_at: iso(hour - 0.25),
    updated_at: iso(hour),
    creator: ada,
  };
  return [
    fromGitHub('deployment', { action: 'created', deployment, workflow_run: null }),
    fromGitHub('deployment_status', {
      action: 'created',
      deployment,
      deployment_status: { id: id * 10, state, created_at: iso(hour), creator: ada },
      workflow_run: null,
    }),
  ];
}

export function issue(
  action: string,
  hour: number,
  number: number,
  { opened = hour, labels = [] as string[], title = `Issue ${number}`, body = null as string | null } = {},
): Sent {
  const isClosed = action === 'closed';
  return fromGitHub('issues', {
    action,
    issue: {
      id: 5_000 + number,
      number,
      title,
      body,
      html_url: `${REPOSITORY.html_url}/issues/${number}`,
      state: isClosed ? 'closed' : 'open',
      state_reason: isClosed ? 'completed' : null,
      created_at: iso(opened),
      updated_at: iso(hour),
      closed_at: isClosed ? iso(hour) : null,
      labels: labels.map((name) => ({ name })),
      user: ada,
    },
  });
}

const STATUSES = {
  todo: ['10001', 'To Do', 'new'],
  progress: ['3', 'In Progress', 'indeterminate'],
  done: ['10002', 'Done', 'done'],
} as const;

/** An issue of Jira as it is at an hour; `from` where its status has just changed. */
export function ticket(
  hour: number,
  key: string,
  status: keyof typeof STATUSES,
  {
    from,
    opened = hour,
    summary = `Ticket ${key}`,
  }: { from?: keyof typeof STATUSES; opened?: number; summary?: string } = {},
): Sent {
  const [id, name, category] = STATUSES[status];
  const number = Number(key.split('-').at(-1));
  const time = (at: number) => iso(at).replace('Z', '.000+0000');
  const items = from === undefined ? [] : [{ field: 'status', fieldId: 'status', from: STATUSES[from][0], to: id }];
  return {
    source: 'jira',
    headers: {},
    payload: {
      webhookEvent: from === undefined ? 'jira:issue_created' : 'jira:issue_updated',
      timestamp: epoch(hour),
      user: { accountId: 'a', displayName: 'Ada' },
      issue: {
        id: String(10_000 + number),
        key,
        self: `https://acme.atlassian.net/rest/api/2/issue/${number}`,
        fields: {
          summary,
          created: time(opened),
          updated: time(hour),
          status: { id, name, statusCategory: { key: category } },
          issuetype: { name: 'Story' },
          ...(status === 'done' ? { resolution: { name: 'Done' }, resolutiondate: time(hour) } : {}),
        },
      },
      changelog: { id: `${number}${hour}`, items },
    },
  };
}

/** A build of Jenkins: its start, with its parameters, and its end, which has none. */
export function jenkins(
  hour: number,
  fullJobName: string,
  number: number,
  { parameters = null as Record<string, string> | null, commit = null as string | null, hours = 0.5 } = {},
): Sent[] {
  const buildUrl = `job/${fullJobName.replaceAll('/', '/job/')}/${number}/`;
  const common = { ciUrl: 'https://jenkins.example/', fullJobName, number, buildUrl };
  const scmInfo =
    commit === null ? null : { url: `${REPOSITORY.html_url}.git`, branch: 'origin/main', commit: sha(commit) };
  const began = epoch(hour - hours);
  return [
    { ...common, result: 'INPROGRESS', startTime: began, endTime: null, duration: 0, parameters, scmInfo: null },
    {
      ...common,
      result: 'SUCCESS',
      startTime: null,
      endTime: epoch(hour),
      duration: hours * HOUR,
      parameters: null,
      scmInfo,
    },
  ].map((payload) => ({ source: 'jenkins', headers: {}, payload }));
}

const cache = { number: 42, branch: 'pay-12-cache-prices', head: 'h1', opened: 26, title: 'Cache prices' };
const fix = { number: 43, branch: 'mend-cache', head: 'h2', opened: 51, body: 'Fixes #99' };
/** A change from its ticket to production without any markup, the incident that came of it, and what mended that. */
export const story: readonly Sent[] = [
  push(0, 'main', 'root', { m0: 'Begin' }),
  ...deployment(1, 8, 'm0'),
  ticket(2, 'PAY-12', 'todo'),
  ticket(25, 'PAY-12', 'progress', { from: 'todo', opened: 2 }),
  push(25.5, 'pay-12-cache-prices', 'm0', { h1: 'Cache' }),
  pull('opened', 26, cache),
  run('in_progress', 26.1, { id: 1001, branch: cache.branch, commit: 'h1', began: 26.05, pulls: [42] }),
  job(26.4, 1001, 501, { conclusion: 'failure' }),
  run('completed', 26.5, { id: 1001, branch: cache.branch, commit: 'h1', began: 26.05, conclusion: 'failure' }),
  run('in_progress', 27.1, { id: 1001, branch: cache.branch, commit: 'h1', began: 27, attempt: 2 }),
  job(27.4, 1001, 502, { attempt: 2 }),
  run('completed', 27.5, {
    id: 1001,
    branch: cache.branch,
    commit: 'h1',
    began: 27,
    attempt: 2,
    conclusion: 'success',
  }),
  pull('closed', 46, { ...cache, merged: 46, mergeCommit: 'm1' }),
  push(46, 'main', 'm0', { m1: 'Cache prices (#42)' }),
  ...jenkins(47, 'team/api', 17, { commit: 'm1' }),
  ...deployment(48, 9, 'm1'),
  ticket(48.5, 'PAY-12', 'done', { from: 'progress', opened: 2 }),
  issue('opened', 50, 99, { labels: ['incident'] }),
  pull('opened', 51, fix),
  pull('closed', 52, { ...fix, merged: 52, mergeCommit: 'm2' }),
  push(52, 'main', 'm1', { m2: 'Mend the cache (#43)' }),
  ...deployment(53, 10, 'm2'),
  issue('closed', 53.5, 99, { opened: 50, labels: ['incident'] }),
];
