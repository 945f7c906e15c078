/** Something that has a number in its project, as REST tells it. */
export type Item = Readonly<Record<string, unknown>> & { readonly iid?: number; readonly updated_at?: string };

interface Commit {
  readonly id: string;
  readonly parent_ids: readonly string[];
  readonly message: string;
  readonly authored_date: string;
  readonly committed_date: string;
  readonly web_url: string;
}

export interface ProjectPast {
  info: Readonly<Record<string, unknown>> & { readonly id: number; readonly path_with_namespace: string };
  /** Lists by their paths below the project: `issues`, `merge_requests`, … */
  readonly lists: Record<string, Item[]>;
  /** What stands below things of those lists: `merge_requests/7/notes`; single things by `pipelines/501`. */
  readonly details: Map<string, unknown>;
  readonly commits: Map<string, Commit>;
  /** The commit at the head of the default branch; null where there is none. */
  head: string | null;
  readonly environments: Map<number, unknown>;
  /** Of GraphQL: how many lines each merge request changes, releases, and what started a pipeline. */
  readonly sizes: Map<number, object>;
  readonly releases: object[];
  readonly upstreams: Map<number, object>;
}

export interface Company {
  readonly projects: readonly ProjectPast[];
  /** The numbers of projects by the paths that they had before. */
  readonly renamed: Map<string, number>;
}

/** One webhook's payload, as GitLab sent it when it happened. */
type Sent = Readonly<Record<string, unknown>>;

/** The same past, as an API tells it today and as webhooks told it when it happened. */
export interface History {
  readonly company: Company;
  readonly sent: readonly Sent[];
}

const START = Date.parse('2026-01-05T09:00:00Z');
const MINUTE = 60_000;
const PEOPLE = ['ada', 'bob', 'chen', 'dora'];

/** A past of so many projects with so many merge requests each: each sixth of its own kind. */
export function historyOf(projects: number, changes: number): History {
  const made = Array.from({ length: projects }, (_, index) => new Telling(index, changes).told());
  return {
    company: { projects: made.map(({ past }) => past), renamed: new Map() },
    sent: made.flatMap(({ sent }) => sent),
  };
}

/** As the API tells times, and as most webhooks do. */
const iso = (ms: number) => new Date(ms).toISOString();
const utc = (ms: number) => iso(ms).replace('T', ' ').replace('.000Z', ' UTC');
const sha = (text: string) => Buffer.from(text).toString('hex').padEnd(40, '0').slice(0, 40);
const person = (number: number) => {
  const index = number % PEOPLE.length;
  return { id: 1 + index, username: PEOPLE[index] as string, name: PEOPLE[index] as string };
};
type Person = ReturnType<typeof person>;

/** Tells the past of one project in both ways, while it happens. */
class Telling {
  readonly #index: number;
  readonly #project: { readonly id: number; readonly path_with_namespace: string; readonly web_url: string };
  readonly #sent: Sent[] = [];
  readonly #past: ProjectPast;

  constructor(index: number, changes: number) {
    this.#index = index;
    const path = `shop/web/service-${String(index).padStart(2, '0')}`;
    this.#project = {
      id: 1_000 + index,
      path_with_namespace: path,
      web_url: `https://gitlab.example.com/${path}`,
    };
    this.#past = {
      info: {
        ...this.#project,
        issues_access_level: 'enabled',
        builds_access_level: 'enabled',
        default_branch: 'main',
      },
      lists: { issues: [], merge_requests: [], pipelines: [], deployments: [], releases: [] },
      ...{
        details: new Map(),
        commits: new Map(),
        head: null,
        environments: new Map([[9, { id: 9, tier: 'production' }]]),
      },
      ...{ sizes: new Map(), releases: [], upstreams: new Map() },
    };
    if (changes > 0) this.push([this.commit(sha(`${this.#project.id} root`), [], 'Begin', START)], person(0));
    for (let number = 1; number <= changes; number += 1) new Change(this, number).happens();
    for (let number = 1; number <= Math.ceil(changes / 2); number += 1) {
      this.#issue(number);
      this.#pipeline(number);
      this.#deployment(number);
      this.#release(number);
    }
  }

  told() {
    return { past: this.#past, sent: this.#sent };
  }

  get past(): ProjectPast {
    return this.#past;
  }

  get project() {
    return this.#project;
  }

  send(kind: string, body: object): void {
    this.#sent.push({ object_kind: kind, ...body, project: this.#project });
  }

  /** A number that no other project has. */
  number(of: number): number {
    return this.#index * 100_000 + of;
  }

  /** Adds a commit to the repository. */
  commit(id: string, parent_ids: readonly string[], message: string, authored: number, committed = authored): Commit {
    const commit = {
      ...{ id, parent_ids, title: message, message, author_name: 'ada', committer_name: 'ada' },
      ...{ authored_date: iso(authored), committed_date: iso(committed) },
      web_url: `${this.#project.web_url}/-/commit/${id}`,
    };
    this.#past.commits.set(id, commit);
    return commit;
  }

  /** Moves the main branch to a commit, and tells what it brought. */
  push(commits: readonly Commit[], by: Person): void {
    const after = commits.at(-1)?.id ?? '';
    this.send('push', {
      ...{ ref: 'refs/heads/main', before: this.#past.head ?? '0'.repeat(40), after, checkout_sha: after },
      ...{ user_username: by.username, total_commits_count: commits.length, project_id: this.#project.id },
      commits: commits.map(({ id, message, committed_date, web_url: url }) => ({
        ...{ id, message, timestamp: committed_date, url, author: { name: 'ada' } },
        ...{ added: ['a.ts'], modified: [], removed: [] },
      })),
    });
    this.#past.head = after;
  }

  #issue(iid: number): void {
    const begin = START + iid * 5 * 60 * MINUTE;
    const by = person(iid);
    const states: object[] = [];
    let now = { state: 'opened', updated: begin, closed: null as number | null };
    const common = { id: this.number(20_000 + iid), iid, title: `Trouble ${iid}`, description: 'It does not work.' };
    const url = `${this.#project.web_url}/-/issues/${iid}`;
    const tell = (action: string, at: number, more: Partial<typeof now>) => {
      now = { ...now, ...more, updated: at };
      const { state, closed } = now;
      const times = { created_at: utc(begin), updated_at: utc(at), closed_at: closed === null ? null : utc(closed) };
      const attributes = { ...common, url, type: 'Issue', severity: 'unknown', state, action, ...times };
      this.send('issue', { user: by, labels: [{ title: 'bug' }], object_attributes: attributes });
      if (action !== 'open')
        states.push({
          id: states.length,
          state: state === 'closed' ? 'closed' : 'reopened',
          created_at: iso(at),
          user: by,
        });
    };
    tell('open', begin, {});
    tell('close', begin + 100 * MINUTE, { state: 'closed', closed: begin + 100 * MINUTE });
    if (iid % 2 === 0) {
      tell('reopen', begin + 150 * MINUTE, { state: 'opened', closed: null });
      tell('close', begin + 220 * MINUTE, { state: 'closed', closed: begin + 220 * MINUTE });
    }
    const { state, updated, closed } = now;
    this.#past.lists.issues?.push({
      ...{ ...common, web_url: url, issue_type: 'issue', severity: 'UNKNOWN', state, labels: ['bug'], author: by },
      ...{ created_at: iso(begin), updated_at: iso(updated), closed_at: closed === null ? null : iso(closed) },
      ...{ milestone: null, moved_to_id: null, _links: { closed_as_duplicate_of: null }, subscribed: false },
    });
    this.#past.details.set(`issues/${iid}/resource_state_events`, states);
  }

  /** Each third is retried: its tests failed, and succeed an hour later. */
  #pipeline(number: number): void {
    const id = this.number(500 + number);
    const begin = START + number * 4 * 60 * MINUTE;
    const user = person(number);
    const head = sha(`${this.#project.id}-${number}-m`);
    const url = `${this.#project.web_url}/-/pipelines/${id}`;
    const commit = { id: head, title: `Work of ${number}`, message: `Work of ${number}`, author_name: 'ada' };
    const common = { id, name: 'Checks', ref: 'main', tag: false, sha: head, source: 'push' };
    const isRetried = number % 3 === 0;
    const jobs: object[] = [];
    const builds: object[] = [];
    const job = (name: string, status: string, at: number) => {
      const job = { id: id * 10 + jobs.length, name, stage: 'test', status, ref: 'main', allow_failure: false };
      const times = [at, at + 20_000, at + 5 * MINUTE];
      const [created, started, finished] = times.map(iso);
      const failure_reason = status === 'failed' ? 'script_failure' : undefined;
      const retries = jobs.filter((one) => (one as { name: string }).name === name).length;
      const api = { ...job, failure_reason, created_at: created, started_at: started, finished_at: finished };
      jobs.push({ ...api, web_url: `${this.#project.web_url}/-/jobs/${job.id}`, user, commit, runner: null });
      builds.push({ id: job.id, created_at: utc(at), started_at: utc(at + 20_000) });
      this.send('build', {
        ...{ build_id: job.id, build_name: name, build_stage: 'test', build_status: status, ref: 'main', sha: head },
        ...{ build_created_at: utc(at), build_started_at: utc(at + 20_000), build_finished_at: utc(at + 5 * MINUTE) },
        ...{ build_allow_failure: false, build_failure_reason: failure_reason, retries_count: retries },
        ...{ pipeline_id: id, project_id: this.#project.id, commit: { name: 'Checks' }, user, runner: null },
      });
    };
    const told = { url, created_at: utc(begin), queued_duration: 20 };
    const tell = (status: string, finished: number | null) =>
      this.send('pipeline', {
        user,
        object_attributes: { ...common, ...told, status, finished_at: finished === null ? null : utc(finished) },
        ...{ commit: { ...commit, author: { name: 'ada' } }, builds: [...builds], merge_request: null },
      });
    job('lint', 'success', begin);
    job('test', isRetried ? 'failed' : 'success', begin);
    let finished = begin + 5 * MINUTE;
    tell(isRetried ? 'failed' : 'success', finished);
    if (isRetried) {
      const again = begin + 65 * MINUTE;
      builds.push({ created_at: utc(again), started_at: null });
      tell('pending', finished);
      job('test', 'success', again);
      finished = again + 5 * MINUTE;
      tell('success', finished);
    }
    const listed = { ...common, iid: number, status: 'success', web_url: url };
    const times = { created_at: iso(begin), updated_at: iso(finished), finished_at: iso(finished) };
    this.#past.lists.pipelines?.push({ ...listed, ...times });
    this.#past.details.set(`pipelines/${id}`, {
      ...{ ...listed, ...times, started_at: iso(begin + 20_000), queued_duration: 20, user, coverage: null },
    });
    this.#past.details.set(`pipelines/${id}/jobs`, jobs.toReversed());
  }

  #deployment(number: number): void {
    const id = this.number(700 + number);
    const begin = START + number * 4 * 60 * MINUTE + 10 * MINUTE;
    const end = begin + 4 * MINUTE;
    const user = person(number);
    const head = sha(`${this.#project.id}-${number}-m`);
    const deployable = this.number(500 + number) * 10;
    const url = `${this.#project.web_url}/-/jobs/${deployable}`;
    const tell = (status: string, at: number) =>
      this.send('deployment', {
        ...{ status, status_changed_at: utc(at).replace('UTC', '+0000'), deployment_id: id, user },
        ...{ deployable_id: deployable, deployable_url: url, environment: 'production', ref: 'main' },
        environment_tier: 'production',
        ...{ short_sha: head.slice(0, 8), commit_url: `${this.#project.web_url}/-/commit/${head}` },
      });
    tell('running', begin);
    tell('success', end);
    this.#past.lists.deployments?.push({
      ...{
        id,
        iid: number,
        status: 'success',
        ref: 'main',
        sha: head,
        user,
        environment: { id: 9, name: 'production' },
      },
      ...{ created_at: iso(begin - MINUTE), updated_at: iso(end) },
      deployable: { id: deployable, name: 'ship', web_url: url, started_at: iso(begin), finished_at: iso(end) },
    });
  }

  #release(number: number): void {
    const id = this.number(800 + number);
    const at = START + number * 9 * 60 * MINUTE;
    const tag = `v1.${number}.0`;
    const url = `${this.#project.web_url}/-/releases/${tag}`;
    const commit = { id: sha(`${this.#project.id}-${number}-m`) };
    const times = { created_at: utc(at), released_at: utc(at) };
    this.send('release', { id, action: 'create', tag, name: `Version ${number}`, url, ...times, commit });
    const seconds = iso(at).replace('.000Z', 'Z');
    this.#past.releases.push({
      ...{ id: `gid://gitlab/Release/${id}`, tagName: tag, name: `Version ${number}`, links: { selfUrl: url } },
      ...{ createdAt: seconds, releasedAt: seconds, commit: { sha: commit.id } },
    });
    this.#past.lists.releases?.push({ tag_name: tag });
  }
}

interface Now {
  readonly state: 'opened' | 'closed' | 'merged';
  readonly draft: boolean;
  readonly merged: number | null;
  readonly closed: number | null;
}

/** A merge request, as it happens. */
class Change {
  readonly #telling: Telling;
  readonly #iid: number;
  readonly #begin: number;
  readonly #by: Person;
  readonly #reviewer: Person;
  readonly #commits: readonly Commit[];
  readonly #notes: object[] = [];
  readonly #states: object[] = [];
  #now: Now;
  #updated: number;

  constructor(telling: Telling, iid: number) {
    this.#telling = telling;
    this.#iid = iid;
    this.#begin = START + iid * 7 * 60 * MINUTE;
    this.#by = person(iid);
    this.#reviewer = person(iid + 1);
    this.#now = { state: 'opened', draft: this.#kind === 0 || this.#kind === 5, merged: null, closed: null };
    this.#updated = this.#begin;
    const { id } = telling.project;
    const [first, second] = [0, 1].map((index) => sha(`${id}-${iid}-${index}`)) as [string, string];
    const at = (minutes: number) => this.#begin - minutes * MINUTE;
    this.#commits = [
      telling.commit(first, [telling.past.head ?? ''], `Work 0 of ${iid}`, at(90), at(50)),
      telling.commit(second, [first], `Work 1 of ${iid}`, at(89), at(49)),
    ];
  }

  get #kind(): number {
    return this.#iid % 6;
  }

  happens(): void {
    const at = (minutes: number) => this.#begin + minutes * MINUTE;
    this.#act('open', at(0), this.#by);
    if (this.#kind === 0) {
      this.#act('update', at(30), this.#by, { draft: false }, { draft: { previous: true, current: false } });
      this.#note(at(30), this.#by, 'marked this merge request as **ready**');
    }
    if (this.#kind !== 5) this.#comment(at(60));
    if (this.#kind === 1) {
      this.#approve('approved', at(70));
      this.#approve('unapproved', at(75));
    }
    if (this.#kind === 2) {
      this.#act('close', at(80), this.#by, { state: 'closed', closed: at(80) });
      this.#act('reopen', at(100), this.#by, { state: 'opened', closed: null });
    }
    if (this.#kind < 3) this.#approve('approved', at(200));
    if (this.#kind < 3) this.#merge(at(300));
    if (this.#kind === 3) this.#act('close', at(300), this.#by, { state: 'closed', closed: at(300) });
    this.#tellApi();
  }

  get #mergeSha(): string {
    return sha(`${this.#telling.project.id}-${this.#iid}-m`);
  }

  get #common() {
    const { id: project } = this.#telling.project;
    return {
      ...{ id: this.#telling.number(30_000 + this.#iid), iid: this.#iid, title: `Change ${this.#iid}` },
      ...{ description: 'Why.', source_branch: `feature/${this.#iid}`, target_branch: 'main' },
      ...{ source_project_id: project, target_project_id: project, state: this.#now.state, draft: this.#now.draft },
      merge_commit_sha: this.#now.state === 'merged' ? this.#mergeSha : null,
    };
  }

  get #attributes() {
    return {
      ...{ ...this.#common, url: this.#url, author_id: this.#by.id, last_commit: { id: this.#commits[1]?.id } },
      ...{ created_at: utc(this.#begin), updated_at: utc(this.#updated), milestone_id: null },
    };
  }

  get #url(): string {
    return `${this.#telling.project.web_url}/-/merge_requests/${this.#iid}`;
  }

  #act(action: string, at: number, user: Person, more: Partial<Now> = {}, changes: object = {}): void {
    this.#now = { ...this.#now, ...more };
    this.#updated = at;
    const object_attributes = { ...this.#attributes, action };
    this.#telling.send('merge_request', { user, labels: [], object_attributes, changes });
    const state = { close: 'closed', reopen: 'reopened', merge: 'merged' }[action];
    if (state !== undefined) this.#states.push({ id: this.#states.length, state, created_at: iso(at), user });
  }

  #approve(action: string, at: number): void {
    this.#act(action, at, this.#reviewer);
    this.#note(at, this.#reviewer, `${action} this merge request`);
  }

  #note(at: number, author: Person, body: string, system = true): number {
    const id = this.#telling.number(this.#iid * 100 + this.#notes.length);
    this.#notes.push({ id, system, body, author, created_at: iso(at), noteable_type: 'MergeRequest' });
    return id;
  }

  #comment(at: number): void {
    this.#updated = at;
    const id = this.#note(at, this.#reviewer, 'Is that so?', false);
    const author_id = this.#reviewer.id;
    const note = { id, noteable_type: 'MergeRequest', system: false, action: 'create', author_id, created_at: utc(at) };
    const merge_request = this.#attributes;
    this.#telling.send('note', { user: this.#reviewer, object_attributes: note, merge_request });
  }

  #merge(at: number): void {
    this.#act('merge', at, this.#reviewer, { state: 'merged', merged: at });
    const parents = [this.#telling.past.head ?? '', this.#commits[1]?.id ?? ''];
    const merge = this.#telling.commit(this.#mergeSha, parents, `Work of ${this.#iid}`, at);
    this.#telling.push([...this.#commits, merge], this.#reviewer);
  }

  #tellApi(): void {
    const { merged, closed } = this.#now;
    const { past } = this.#telling;
    const path = `merge_requests/${this.#iid}`;
    const comments = this.#kind === 5 ? 0 : 1;
    past.lists.merge_requests?.push({
      ...{ ...this.#common, web_url: this.#url, sha: this.#commits[1]?.id, author: this.#by, labels: [] },
      ...{ created_at: iso(this.#begin), updated_at: iso(this.#updated), squash_commit_sha: null },
      ...{ merged_at: merged === null ? null : iso(merged), closed_at: closed === null ? null : iso(closed) },
      ...{ milestone: null, user_notes_count: comments, merge_status: 'can_be_merged' },
    });
    past.details.set(`${path}/notes`, this.#notes);
    past.details.set(`${path}/commits`, this.#commits.toReversed());
    past.details.set(`${path}/resource_state_events`, this.#states);
    past.details.set(`${path}/approvals`, { approved: true, approved_by: [] });
    past.sizes.set(this.#iid, { additions: 10 + this.#iid, deletions: this.#iid, changes: 10, fileCount: 2 });
  }
}
