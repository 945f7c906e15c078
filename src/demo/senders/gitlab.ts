import type { EpochMs } from '../../domain/event.ts';
import { demoSpanId, type Outbox } from '../delivery.ts';
import type { Person } from '../people.ts';
import type { Change, Commit, Draft, Outage, Repository, Status, Ticket, Tracker, Verdict } from '../tools.ts';
import { type Branch, filesOf, MAIN, NOTHING } from './git.ts';

// https://docs.gitlab.com/user/project/integrations/webhook_events/

const SITE = 'https://gitlab.example';

export function gitlabTime(at: EpochMs): string {
  return new Date(at).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
}

export function gitlabUser({ id, login, name }: Person): object {
  return { id, username: login, name };
}

/** A project with its repository, merge requests and issues. */
export class GitLabProject implements Repository, Tracker {
  readonly path: string;
  readonly url: string;
  readonly id: number;
  readonly #outbox: Outbox;
  #head: Commit | undefined;
  #changes = 0;
  #issues = 0;

  constructor(outbox: Outbox, path: string) {
    this.path = path;
    this.url = `${SITE}/${path}`;
    this.#outbox = outbox;
    this.id = outbox.number();
  }

  get head(): Commit {
    if (this.#head === undefined) throw new Error(`nothing was pushed to ${this.path} yet`);
    return this.#head;
  }

  get described(): object {
    const name = this.path.slice(this.path.lastIndexOf('/') + 1);
    const ways = { path_with_namespace: this.path, web_url: this.url, default_branch: MAIN };
    return { id: this.id, name, ...ways };
  }

  begin(by: Person): void {
    const first = { sha: this.#outbox.sha(), message: 'Begin', author: by, at: this.#outbox.now, files: ['README.md'] };
    this.push({ name: MAIN, head: NOTHING }, [first], by);
    this.#head = first;
  }

  change(draft: Draft): Change {
    return new MergeRequest(this, this.#outbox, draft);
  }

  nextChange(): number {
    this.#changes += 1;
    return this.#changes;
  }

  outage(title: string, description: string, by: Person): Outage {
    return this.#issue({ title, description, type: 'Incident', labels: ['severity::2'], by });
  }

  ticket(title: string, type: string, by: Person): Ticket {
    const labels = [`type::${type.toLowerCase()}`];
    const issue = this.#issue({ title, description: '', type: 'Issue', labels, by });
    return {
      ...{ key: `#${issue.number}`, title, type, branchPrefix: String(issue.number) },
      spanId: demoSpanId('gitlab', 'issue', this.path, String(issue.number)),
      reference: `Closes #${issue.number}`,
      move: (to, who) => issue.move(to, who),
      drop: (who) => issue.close(who),
    };
  }

  #issue({ title, description, type, labels, by }: NewIssue): Outage & Pick<Ticket, 'move'> {
    this.#issues += 1;
    const iid = this.#issues;
    const id = this.#outbox.number();
    const opened = this.#outbox.now;
    const own = type === 'Incident' ? `issues/incident/${iid}` : `issues/${iid}`;
    const tell = (action: string, user: Person, all: readonly string[]) => {
      const isClosed = action === 'close';
      this.post('Issue Hook', {
        ...{ object_kind: 'issue', event_type: 'issue', user: gitlabUser(user), project: this.described },
        labels: all.map((label) => ({ title: label })),
        object_attributes: {
          ...{ id, iid, title, description, type, action, state: isClosed ? 'closed' : 'opened' },
          ...{ url: `${this.url}/-/${own}`, author_id: by.id, milestone_id: null, project_id: this.id },
          ...{ created_at: gitlabTime(opened), updated_at: gitlabTime(this.#outbox.now) },
          closed_at: isClosed ? gitlabTime(this.#outbox.now) : null,
        },
      });
    };
    tell('open', by, labels);
    const move = (to: Status, who: Person) => {
      if (to === 'Done') tell('close', who, labels);
      else tell('update', who, [...labels, `workflow::${to.toLowerCase()}`]);
    };
    return { number: iid, move, close: (who) => tell('close', who, labels) };
  }

  push(branch: Branch, commits: readonly Commit[], by: Person): void {
    const told = commits.map(({ sha, message, author, at, files }) => ({
      ...{ id: sha, message, timestamp: new Date(at).toISOString(), url: `${this.url}/-/commit/${sha}` },
      author: { name: author.name },
      ...{ added: [], modified: files, removed: [] },
    }));
    const after = told.at(-1)?.id;
    this.post('Push Hook', {
      ...{ object_kind: 'push', event_name: 'push', ref: `refs/heads/${branch.name}`, before: branch.head, after },
      ...{ checkout_sha: after, user_username: by.login, user_name: by.name, project_id: this.id },
      ...{ project: this.described, commits: told, total_commits_count: told.length },
    });
  }

  /** Puts the commits of a branch on the main branch, with a commit that merges them. */
  merge(commits: readonly Commit[], by: Person): void {
    this.push({ name: MAIN, head: this.head.sha }, commits, by);
    this.#head = commits.at(-1) ?? this.#head;
  }

  post(event: string, payload: object): void {
    const headers = { 'user-agent': 'GitLab/demo', 'x-gitlab-event': event, 'idempotency-key': this.#outbox.uuid() };
    this.#outbox.post('gitlab', headers, payload);
  }
}

interface NewIssue {
  readonly title: string;
  readonly description: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly by: Person;
}

class MergeRequest implements Change {
  readonly title: string;
  readonly branch: string;
  readonly author: Person;
  readonly #project: GitLabProject;
  readonly #outbox: Outbox;
  readonly #draft: Draft;
  readonly #id: number;
  readonly #commits: Commit[] = [];
  #number = 0;
  #opened: EpochMs = 0;
  #isDraft = false;

  constructor(project: GitLabProject, outbox: Outbox, draft: Draft) {
    this.#project = project;
    this.#outbox = outbox;
    this.#draft = draft;
    this.title = draft.title;
    this.branch = draft.branch;
    this.author = draft.author;
    this.#id = outbox.number();
  }

  /** It has none before it is opened. */
  get number(): number {
    return this.#number;
  }

  get head(): string {
    return this.#commits.at(-1)?.sha ?? NOTHING;
  }

  push(message: string, writtenAt: EpochMs): void {
    const files = filesOf(this.title, this.#commits.length);
    const commit = { sha: this.#outbox.sha(), message, author: this.author, at: writtenAt, files };
    const before = this.head;
    this.#project.push({ name: this.branch, head: before }, [commit], this.author);
    this.#commits.push(commit);
    if (this.#opened > 0) this.#tell('update', 'opened', this.author, { oldrev: before });
  }

  open({ isDraft }: { readonly isDraft: boolean }): void {
    this.#number = this.#project.nextChange();
    this.#opened = this.#outbox.now;
    this.#isDraft = isDraft;
    this.#tell('open', 'opened', this.author);
  }

  markReady(): void {
    this.#isDraft = false;
    const changes = { draft: { previous: true, current: false } };
    this.#tell('update', 'opened', this.author, {}, changes);
  }

  review(by: Person, verdict: Verdict): void {
    if (verdict === 'approved') {
      this.#tell('approved', 'opened', by);
      return;
    }
    const id = this.#outbox.number();
    const note = 'Could this be simpler?';
    this.#project.post('Note Hook', {
      ...{ object_kind: 'note', event_type: 'note', user: gitlabUser(by), project: this.#project.described },
      object_attributes: {
        ...{ id, note, noteable_type: 'MergeRequest', action: 'create', system: false, author_id: by.id },
        ...{ created_at: gitlabTime(this.#outbox.now), updated_at: gitlabTime(this.#outbox.now) },
        url: `${this.#project.url}/-/merge_requests/${this.number}#note_${id}`,
      },
      merge_request: this.#described('opened'),
    });
  }

  merge(by: Person): void {
    const { path } = this.#project;
    const message = `Merge branch '${this.branch}' into 'main'\n\n${this.title}\n\nSee merge request ${path}!${this.number}`;
    const merge = { sha: this.#outbox.sha(), message, author: by, at: this.#outbox.now, files: [] };
    this.#tell('merge', 'merged', by, { merge_commit_sha: merge.sha, merged_at: gitlabTime(this.#outbox.now) });
    this.#project.merge([...this.#commits, merge], by);
  }

  abandon(by: Person): void {
    this.#tell('close', 'closed', by);
  }

  #tell(action: string, state: string, by: Person, more: object = {}, changes: object = {}): void {
    this.#project.post('Merge Request Hook', {
      ...{ object_kind: 'merge_request', event_type: 'merge_request', user: gitlabUser(by) },
      ...{ project: this.#project.described, labels: this.#draft.labels.map((title) => ({ title })) },
      object_attributes: { ...this.#described(state), action, ...more },
      changes,
    });
  }

  #described(state: string): object {
    const { title, description, branch, author } = this.#draft;
    return {
      ...{ id: this.#id, iid: this.number, title: this.#isDraft ? `Draft: ${title}` : title, description, state },
      ...{ url: `${this.#project.url}/-/merge_requests/${this.number}`, draft: this.#isDraft, author_id: author.id },
      ...{ source_branch: branch, target_branch: MAIN, milestone_id: null },
      ...{ source_project_id: this.#project.id, target_project_id: this.#project.id },
      ...{ created_at: gitlabTime(this.#opened), updated_at: gitlabTime(this.#outbox.now) },
      last_commit: { id: this.head, message: this.#commits.at(-1)?.message },
    };
  }
}
