import { createHash } from 'node:crypto';
import type { Author, Company, PullRequest, Review } from './company.ts';

/** A moment of a timeline, in GraphQL's words. */
export interface Turn {
  readonly type: string;
  readonly createdAt: string;
  readonly actor: Author;
  readonly stateReason?: string;
  readonly previousReviewState?: string;
  readonly review?: string;
}

export interface Commit {
  readonly oid: string;
  readonly message: string;
  readonly authoredDate: string;
  readonly committedDate: string;
}

/** A commit of the main branch, with those that it stands on. */
export interface LineCommit extends Commit {
  readonly parents: readonly string[];
}

/** What of a pull request only an import asks for. */
export interface PullPast {
  readonly id: string;
  readonly branch: string;
  readonly commits: readonly Commit[];
  readonly mergeCommit: Commit | null;
  readonly turns: readonly Turn[];
  readonly reviewIds: readonly string[];
}

type Rest = Readonly<Record<string, unknown>>;

/** All that a repository has besides its pull requests, as REST tells it. */
export interface Past {
  readonly databaseId: number;
  readonly pulls: ReadonlyMap<number, PullPast>;
  readonly issues: readonly (Rest & { readonly node_id: string; readonly updated_at: string })[];
  readonly turns: ReadonlyMap<string, readonly Turn[]>;
  readonly runs: readonly (Rest & { readonly id: number })[];
  readonly attempts: ReadonlyMap<string, Rest>;
  readonly jobs: ReadonlyMap<number, readonly Rest[]>;
  readonly deployments: readonly (Rest & { readonly id: number })[];
  readonly statuses: ReadonlyMap<number, readonly Rest[]>;
  readonly releases: readonly Rest[];
  /** All commits of the main branch, none before one that it stands on; the last one is its head. */
  readonly line: LineCommit[];
}

/** One webhook as GitHub sent it when it happened. */
interface Sent {
  readonly event: string;
  readonly id: string;
  readonly body: object;
}

/** The same past, as an API tells it today and as webhooks told it when it happened. */
export interface History {
  readonly company: Company;
  readonly sent: readonly Sent[];
}

const START = Date.parse('2026-01-05T09:00:00Z');
const MINUTE = 60_000;
const PEOPLE = ['ada', 'bob', 'chen', 'dora'];

/** A past of so many repositories with so many pull requests each: a sixth is re-opened, some are drafts, some are dismissed. */
export function historyOf(repositories: number, pulls: number, seed = 1): History {
  const made = Array.from({ length: repositories }, (_, index) => repositoryPast(index, pulls, seed));
  return {
    company: { repositories: made.map(({ repository }) => repository), renamed: new Map() },
    sent: made.flatMap(({ sent }) => sent),
  };
}

const at = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
/** Alike in nothing, as those of git are: by their first characters they are looked for. */
const sha = (text: string) => createHash('sha1').update(text).digest('hex');
const user = (login: string) => ({ login, id: 1 + PEOPLE.indexOf(login), type: 'User' });
const person = (number: number) => PEOPLE[number % PEOPLE.length] as string;
const author = (login: string): Author => ({ login, kind: 'User' });

/** What every repository begins with. */
const ROOT: LineCommit = {
  ...{ oid: sha('base'), message: 'Begin', parents: [] },
  ...{ authoredDate: at(START - 60 * 60 * MINUTE), committedDate: at(START - 60 * 60 * MINUTE) },
};

/** The commit on which the main branch stood at a time. */
function headAt(line: readonly LineCommit[], ms: number): LineCommit {
  const byOid = new Map(line.map((commit) => [commit.oid, commit]));
  let head = line.at(-1);
  while (head !== undefined && Date.parse(head.committedDate) > ms) head = byOid.get(head.parents[0] ?? '');
  return head ?? ROOT;
}

function repositoryPast(index: number, count: number, seed: number) {
  const databaseId = 1_000 + index;
  const name = `service-${String(index).padStart(2, '0')}`;
  const full = `octo-org/${name}`;
  const repository = { id: databaseId, full_name: full, html_url: `https://github.example.com/${full}` };
  const sent: Sent[] = [];
  const send = (event: string, body: object) =>
    sent.push({ event, id: `${name}-${sent.length}`, body: { repository, ...body } });
  const pulls = new Map<number, PullPast>();
  const told: PullRequest[] = [];
  const line: LineCommit[] = count === 0 ? [] : [ROOT];
  for (let number = 1; number <= count; number += 1) {
    const { pull, past } = pullPast({ number, repository, seed, send, line });
    told.push(pull);
    pulls.set(number, past);
  }
  const rest = restPast({ repository, count, send, line });
  const past: Past = { databaseId, pulls, line, ...rest };
  return {
    repository: {
      ...{ id: `R_${databaseId}`, owner: 'octo-org', name, isPrivate: false, isArchived: false, isFork: false },
      pullRequests: told,
      past,
    },
    sent,
  };
}

interface Telling {
  readonly repository: { readonly id: number; readonly full_name: string; readonly html_url: string };
  readonly line: LineCommit[];
  readonly send: (event: string, body: object) => void;
}

function pullPast({
  number,
  repository,
  seed,
  send,
  line,
}: Telling & { readonly number: number; readonly seed: number }) {
  const kind = (number + seed) % 6;
  const begin = START + number * 7 * 60 * MINUTE;
  const [by, reviewer] = [person(number), person(number + 1)];
  const branch = `feature/${number}`;
  const url = `${repository.html_url}/pull/${number}`;
  const commits = [0, 1].map((index) => ({
    oid: sha(`${repository.id}-${number}-${index}`),
    message: `Work ${index} of ${number}`,
    authoredDate: at(begin - (690 - index) * MINUTE),
    committedDate: at(begin - (650 - index) * MINUTE),
  }));
  const ended = begin + 300 * MINUTE;
  const landed = landing(commits, { repository, line, number, ended });
  const mergeCommit = landed.at(-1) as LineCommit;
  const turns: Turn[] = [];
  const reviews: Review[] = [];
  const reviewIds: string[] = [];
  let state = { state: 'open', draft: kind === 1, merged: false, closed_at: null, merged_at: null } as Record<
    string,
    unknown
  >;
  const now = (ms: number, more: Record<string, unknown> = {}) => {
    state = { ...state, ...more, updated_at: at(ms) };
    return {
      ...{ id: 5_000_000_000 + repository.id * 1_000 + number, number, title: `Change ${number}`, body: 'Why.' },
      ...{ html_url: url, created_at: at(begin), user: user(by), labels: [], milestone: null },
      head: { ref: branch, sha: commits[1]?.oid, repo: repository },
      base: { ref: 'main', sha: sha('base'), repo: repository },
      merge_commit_sha: state.merged === true ? mergeCommit.oid : null,
      ...state,
    };
  };
  const size = { additions: 10 + number, deletions: number, changed_files: 2, commits: 2 };
  const pull = (action: string, ms: number, who: string, more: Record<string, unknown> = {}) =>
    send('pull_request', {
      action,
      pull_request: { ...now(ms, more), ...size, comments: 1, review_comments: 2 * reviews.length },
      sender: user(who),
    });
  const turn = (type: string, ms: number, who: string, more: Partial<Turn> = {}) =>
    turns.push({ type, createdAt: at(ms), actor: author(who), ...more });
  const review = (verdict: Review['state'], ms: number) => {
    const id = 6_000_000_000 + repository.id * 100_000 + number * 10 + reviews.length;
    reviews.push({ author: author(reviewer), state: verdict, submittedAt: at(ms), comments: 2 });
    reviewIds.push(String(id));
    const body = { id, state: verdict.toLowerCase(), submitted_at: at(ms), user: user(reviewer) };
    send('pull_request_review', {
      action: 'submitted',
      review: body,
      pull_request: now(ms),
      sender: user(reviewer),
    });
    return body;
  };
  pull('opened', begin, by);
  if (kind === 1) {
    pull('ready_for_review', begin + 30 * MINUTE, by, { draft: false });
    turn('ReadyForReviewEvent', begin + 30 * MINUTE, by);
  }
  const asked = review('CHANGES_REQUESTED', begin + 60 * MINUTE);
  if (kind === 2) {
    send('pull_request_review', {
      action: 'dismissed',
      review: { ...asked, state: 'dismissed' },
      pull_request: now(begin + 70 * MINUTE),
      sender: user(by),
    });
    turn('ReviewDismissedEvent', begin + 70 * MINUTE, by, {
      previousReviewState: 'CHANGES_REQUESTED',
      review: String(asked.id),
    });
    reviews[0] = { ...(reviews[0] as Review), state: 'DISMISSED' };
  }
  if (kind === 3) {
    pull('closed', begin + 80 * MINUTE, by, { state: 'closed', closed_at: at(begin + 80 * MINUTE) });
    turn('ClosedEvent', begin + 80 * MINUTE, by);
    pull('reopened', begin + 100 * MINUTE, by, { state: 'open', closed_at: null });
    turn('ReopenedEvent', begin + 100 * MINUTE, by);
  }
  if (kind === 5) pull('edited', begin + 61 * MINUTE, by);
  else review('APPROVED', begin + 200 * MINUTE);
  const isMerged = kind < 4;
  if (kind !== 5) {
    const end = { state: 'closed', closed_at: at(ended), merged: isMerged, merged_at: isMerged ? at(ended) : null };
    pull('closed', ended, reviewer, end);
    turn('ClosedEvent', ended, reviewer);
  }
  if (isMerged) sendPush(landed, { repository, send, line, number, by: reviewer });
  const last = now(Date.parse(String(state.updated_at)));
  const graphql: PullRequest = {
    ...{ number, title: last.title, state: kind === 5 ? 'OPEN' : isMerged ? 'MERGED' : 'CLOSED' },
    ...{ isDraft: state.draft === true, author: author(by), createdAt: at(begin), updatedAt: String(state.updated_at) },
    ...{ closedAt: kind === 5 ? null : at(ended), mergedAt: isMerged ? at(ended) : null },
    ...{ additions: size.additions, deletions: size.deletions, changedFiles: 2, comments: 1, reviews },
  };
  return {
    pull: graphql,
    past: { id: String(last.id), branch, commits, mergeCommit: isMerged ? mergeCommit : null, turns, reviewIds },
  };
}

/** What a pull request adds to the main branch: a third is squashed, a third merged, a third rebased. */
function landing(
  commits: readonly Commit[],
  { repository, line, number, ended }: Pick<Telling, 'repository' | 'line'> & { number: number; ended: number },
): LineCommit[] {
  const head = line.at(-1)?.oid ?? '';
  const merge = { oid: sha(`${repository.id}-${number}-m`), authoredDate: at(ended), committedDate: at(ended) };
  switch (number % 3) {
    case 0:
      return [{ ...merge, message: `Work of ${number} (#${number})`, parents: [head] }];
    case 1: {
      const { oid: base } = headAt(line, Date.parse(commits[0]?.committedDate ?? ''));
      const own = commits.map((commit, index) => ({ ...commit, parents: [commits[index - 1]?.oid ?? base] }));
      const message = `Merge pull request #${number} from octo-org/feature/${number}`;
      return [...own, { ...merge, message, parents: [head, commits.at(-1)?.oid ?? ''] }];
    }
    default: {
      const [first, last] = commits as [Commit, Commit];
      const rebased = { ...first, oid: sha(`${repository.id}-${number}-r`), committedDate: at(ended), parents: [head] };
      return [rebased, { ...last, ...merge, authoredDate: last.authoredDate, parents: [rebased.oid] }];
    }
  }
}

/** What has landed on the main branch, as its push tells it. */
function sendPush(
  landed: readonly LineCommit[],
  { repository, send, line, by }: Telling & { readonly number: number; readonly by: string },
): void {
  const { oid: before } = line.at(-1) as LineCommit;
  line.push(...landed);
  const { oid: after, committedDate } = landed.at(-1) as LineCommit;
  const commits = landed.map(({ oid, message, authoredDate }) => ({
    ...{ id: oid, message, timestamp: authoredDate, url: `${repository.html_url}/commit/${oid}` },
    ...{ author: { name: 'ada' }, added: [`src/${oid}.ts`], modified: [], removed: [] },
  }));
  send('push', {
    ...{ ref: 'refs/heads/main', before, after, forced: false, head_commit: { id: after }, commits, sender: user(by) },
    repository: { ...repository, pushed_at: Date.parse(committedDate) / 1_000 },
  });
}

function restPast({
  repository,
  count,
  send,
  line,
}: Telling & { readonly count: number }): Omit<Past, 'databaseId' | 'pulls' | 'line'> {
  const issues: (Rest & { node_id: string; updated_at: string })[] = [];
  const turns = new Map<string, readonly Turn[]>();
  const runs: (Rest & { id: number })[] = [];
  const attempts = new Map<string, Rest>();
  const jobs = new Map<number, Rest[]>();
  const deployments: (Rest & { id: number })[] = [];
  const statuses = new Map<number, Rest[]>();
  const releases: Rest[] = [];
  for (let index = 1; index <= Math.ceil(count / 2); index += 1) {
    const begin = START + index * 5 * 60 * MINUTE;
    const number = 10_000 + index;
    const node = `I_${repository.id}_${number}`;
    const timeline: Turn[] = [];
    let issue = {
      ...{ node_id: node, number, title: `Trouble ${index}`, body: 'It does not work.', state: 'open' },
      ...{
        state_reason: null as string | null,
        created_at: at(begin),
        updated_at: at(begin),
        closed_at: null as string | null,
      },
      ...{ html_url: `${repository.html_url}/issues/${number}`, user: user(person(index)), labels: [{ name: 'bug' }] },
      ...{ milestone: null, type: { name: 'Bug' } },
    };
    const tell = (action: string, ms: number, more: Partial<typeof issue>) => {
      issue = { ...issue, ...more, updated_at: at(ms) };
      send('issues', { action, issue, sender: user(person(index)) });
    };
    const close = (ms: number) => {
      tell('closed', ms, { state: 'closed', state_reason: 'completed', closed_at: at(ms) });
      const stateReason = 'COMPLETED';
      timeline.push({ type: 'ClosedEvent', createdAt: at(ms), actor: author(person(index)), stateReason });
    };
    tell('opened', begin, {});
    close(begin + 100 * MINUTE);
    if (index % 2 === 0) {
      tell('reopened', begin + 150 * MINUTE, { state: 'open', state_reason: 'reopened', closed_at: null });
      timeline.push({ type: 'ReopenedEvent', createdAt: at(begin + 150 * MINUTE), actor: author(person(index)) });
      close(begin + 220 * MINUTE);
    }
    issues.push(issue);
    turns.set(node, timeline);
    runPast({ repository, index, send, line, runs, attempts, jobs });
    deploymentPast({ repository, index, send, line, deployments, statuses });
    const release = {
      ...{ id: 900 + index, tag_name: `v1.${index}.0`, name: `Version ${index}`, draft: false, prerelease: false },
      ...{ target_commitish: 'main', created_at: at(begin), published_at: at(begin + MINUTE), author: user('ada') },
      html_url: `${repository.html_url}/releases/tag/v1.${index}.0`,
    };
    releases.unshift(release);
    send('release', { action: 'published', release, sender: user('ada') });
  }
  return { issues, turns, runs, attempts, jobs, deployments, statuses, releases };
}

interface RunTelling extends Telling {
  readonly index: number;
  readonly runs: (Rest & { id: number })[];
  readonly attempts: Map<string, Rest>;
  readonly jobs: Map<number, Rest[]>;
}

/** Each third run is run again. */
function runPast({ repository, index, send, runs, attempts, jobs }: RunTelling): void {
  const id = repository.id * 1_000 + index;
  const created = START + index * 5 * 60 * MINUTE;
  const head = sha(`${repository.id}-${index}-m`);
  const tries = index % 3 === 0 ? 2 : 1;
  let run: (Rest & { id: number }) | null = null;
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const began = created + (attempt - 1) * 60 * MINUTE;
    const common = {
      ...{ id, name: 'CI', display_title: `Work of ${index}`, path: '.github/workflows/ci.yml', event: 'push' },
      ...{
        run_attempt: attempt,
        created_at: at(created),
        run_started_at: at(began),
        head_branch: 'main',
        head_sha: head,
      },
      ...{ html_url: `${repository.html_url}/actions/runs/${id}`, head_repository: { id: repository.id } },
      ...{ head_commit: { message: `Work of ${index}`, author: { name: 'ada' } }, pull_requests: [] },
      ...{ actor: user('ada'), triggering_actor: user('ada'), conclusion: null as string | null },
    };
    const tell = (action: string, ms: number, more: object) => {
      run = { ...common, ...more, updated_at: at(ms) };
      send('workflow_run', { action, workflow_run: run, sender: user('ada') });
    };
    tell('requested', began, { status: 'queued' });
    const job = {
      ...{ id: id * 10 + attempt, run_id: id, run_attempt: attempt, name: 'test', workflow_name: 'CI' },
      ...{ created_at: at(began), started_at: at(began + MINUTE), completed_at: at(began + 9 * MINUTE) },
      ...{ status: 'completed', conclusion: attempt < tries ? 'failure' : 'success', labels: ['ubuntu-latest'] },
      ...{ html_url: `${repository.html_url}/actions/runs/${id}/job/${id * 10 + attempt}` },
      ...{ runner_name: 'runner 1', head_branch: 'main', head_sha: head },
    };
    send('workflow_job', { action: 'completed', workflow_job: job, sender: user('ada') });
    jobs.set(id, [...(jobs.get(id) ?? []), job]);
    tell('completed', began + 10 * MINUTE, { status: 'completed', conclusion: job.conclusion });
    if (attempt < tries && run !== null) attempts.set(`${id}#${attempt}`, run);
  }
  if (run !== null) runs.unshift(run);
}

interface DeploymentTelling extends Telling {
  readonly index: number;
  readonly deployments: (Rest & { id: number })[];
  readonly statuses: Map<number, Rest[]>;
}

/** What the main branch stands on each second time that something may have landed on it. */
function deploymentPast({ repository, index, send, line, deployments, statuses }: DeploymentTelling): void {
  const id = repository.id * 1_000 + 500 + index;
  const created = START + (index * 14 + 6) * 60 * MINUTE;
  const deployment = {
    ...{ id, sha: headAt(line, created).oid, ref: 'main', task: 'deploy', environment: 'production' },
    ...{ production_environment: true, transient_environment: false, created_at: at(created), creator: user('ada') },
    updated_at: at(created + 5 * MINUTE),
  };
  send('deployment', { action: 'created', deployment, sender: user('ada') });
  const told = ['in_progress', 'success'].map((state, step) => ({
    ...{ id: id * 10 + step, state, created_at: at(created + (1 + step * 4) * MINUTE), creator: user('ada') },
    ...{ log_url: `${repository.html_url}/actions/runs/${repository.id * 1_000 + index}/job/1`, target_url: '' },
  }));
  for (const status of told)
    send('deployment_status', { action: 'created', deployment, deployment_status: status, sender: user('ada') });
  deployments.unshift(deployment);
  statuses.set(id, told.toReversed());
}
