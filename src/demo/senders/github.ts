import type { EpochMs } from '../../domain/event.ts';
import type { Outbox } from '../delivery.ts';
import type { Person } from '../people.ts';
import type { Change, Commit, Draft, Outage, Repository, Verdict } from '../tools.ts';
import { type Branch, filesOf, MAIN, NOTHING } from './git.ts';

// https://docs.github.com/en/webhooks/webhook-events-and-payloads: the fields that are read, and those that somebody who
// opens a delivery looks for.

const SITE = 'https://github.example';

export function githubTime(at: EpochMs): string {
  return new Date(at).toISOString().replace('.000', '');
}

export function githubUser({ id, login }: Person): object {
  return { login, id, html_url: `${SITE}/${login}`, type: 'User', site_admin: false };
}

export class GitHubRepository implements Repository {
  readonly path: string;
  readonly url: string;
  readonly #outbox: Outbox;
  readonly #id: number;
  #head: Commit | undefined;
  #numbers = 0;

  constructor(outbox: Outbox, path: string) {
    this.path = path;
    this.url = `${SITE}/${path}`;
    this.#outbox = outbox;
    this.#id = outbox.number();
  }

  get head(): Commit {
    if (this.#head === undefined) throw new Error(`nothing was pushed to ${this.path} yet`);
    return this.#head;
  }

  get described(): object {
    const [owner = '', name = ''] = this.path.split('/');
    return {
      id: this.#id,
      name,
      full_name: this.path,
      private: true,
      owner: { login: owner, type: 'Organization' },
      html_url: this.url,
      default_branch: MAIN,
    };
  }

  begin(by: Person): void {
    const first = { sha: this.#outbox.sha(), message: 'Begin', author: by, at: this.#outbox.now, files: ['README.md'] };
    this.push({ name: MAIN, head: NOTHING }, [first], by);
    this.#head = first;
  }

  change(draft: Draft): Change {
    return new PullRequest(this, this.#outbox, draft);
  }

  outage(title: string, description: string, by: Person): Outage {
    const number = this.nextNumber();
    const opened = this.#outbox.now;
    const id = this.#outbox.number();
    const tell = (action: string, sender: Person, closed: EpochMs | null) =>
      this.post('issues', sender, {
        action,
        issue: {
          ...{ id, number, title, body: description, user: githubUser(by), html_url: `${this.url}/issues/${number}` },
          ...{ labels: [{ name: 'incident', color: 'b60205' }], assignees: [githubUser(by)], milestone: null },
          ...{ state: closed === null ? 'open' : 'closed', state_reason: closed === null ? null : 'completed' },
          ...{ created_at: githubTime(opened), updated_at: githubTime(this.#outbox.now) },
          closed_at: closed === null ? null : githubTime(closed),
        },
      });
    tell('opened', by, null);
    return { number, close: (closer) => tell('closed', closer, this.#outbox.now) };
  }

  /** Issues and pull requests share their numbers. */
  nextNumber(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  push(branch: Branch, commits: readonly Commit[], by: Person): void {
    const told = commits.map(({ sha, message, author, at, files }) => ({
      ...{ id: sha, message, timestamp: githubTime(at), url: `${this.url}/commit/${sha}`, distinct: true },
      author: { name: author.name, username: author.login },
      ...{ added: [], modified: files, removed: [] },
    }));
    this.post('push', by, {
      ...{ ref: `refs/heads/${branch.name}`, before: branch.head, after: told.at(-1)?.id },
      ...{ created: branch.head === NOTHING, deleted: false, forced: false, commits: told, head_commit: told.at(-1) },
      pusher: { name: by.login },
      repository: { ...this.described, pushed_at: this.#outbox.now / 1_000 },
    });
  }

  /** Puts the commits of a branch on the main branch, with a commit that merges them. */
  merge(commits: readonly Commit[], by: Person): void {
    this.push({ name: MAIN, head: this.head.sha }, commits, by);
    this.#head = commits.at(-1) ?? this.#head;
  }

  post(event: string, sender: Person, payload: object): void {
    const headers = {
      'user-agent': 'GitHub-Hookshot/demo',
      'x-github-event': event,
      'x-github-delivery': this.#outbox.uuid(),
      'x-github-hook-installation-target-type': 'organization',
    };
    this.#outbox.post('github', headers, { repository: this.described, sender: githubUser(sender), ...payload });
  }
}

class PullRequest implements Change {
  readonly title: string;
  readonly branch: string;
  readonly author: Person;
  readonly #repository: GitHubRepository;
  readonly #outbox: Outbox;
  readonly #draft: Draft;
  readonly #id: number;
  readonly #base: string;
  readonly #commits: Commit[] = [];
  #number = 0;
  #comments = 0;
  #opened: EpochMs = 0;
  #isDraft = false;

  constructor(repository: GitHubRepository, outbox: Outbox, draft: Draft) {
    this.#repository = repository;
    this.#outbox = outbox;
    this.#draft = draft;
    this.title = draft.title;
    this.branch = draft.branch;
    this.author = draft.author;
    this.#id = outbox.number();
    this.#base = repository.head.sha;
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
    this.#repository.push({ name: this.branch, head: this.head }, [commit], this.author);
    this.#commits.push(commit);
    if (this.#opened > 0) this.#tell('synchronize', this.author, { after: commit.sha });
  }

  open({ isDraft }: { readonly isDraft: boolean }): void {
    this.#number = this.#repository.nextNumber();
    this.#opened = this.#outbox.now;
    this.#isDraft = isDraft;
    this.#tell('opened', this.author);
  }

  markReady(): void {
    this.#isDraft = false;
    this.#tell('ready_for_review', this.author);
  }

  review(by: Person, verdict: Verdict): void {
    if (verdict !== 'approved') this.#comments += 2;
    const { number, url } = { number: this.number, url: this.#repository.url };
    const id = this.#outbox.number();
    this.#repository.post('pull_request_review', by, {
      action: 'submitted',
      review: {
        ...{ id, user: githubUser(by), body: null, commit_id: this.head, state: verdict },
        submitted_at: githubTime(this.#outbox.now),
        html_url: `${url}/pull/${number}#pullrequestreview-${id}`,
      },
      pull_request: this.#described(),
    });
  }

  merge(by: Person): void {
    const { now } = this.#outbox;
    const [owner] = this.#repository.path.split('/');
    const message = `Merge pull request #${this.number} from ${owner}/${this.branch}\n\n${this.title}`;
    const merge = { sha: this.#outbox.sha(), message, author: by, at: now, files: [] };
    this.#tell('closed', by, {}, { at: now, commit: merge.sha });
    this.#repository.merge([...this.#commits, merge], by);
  }

  abandon(by: Person): void {
    this.#tell('closed', by, {}, { at: this.#outbox.now, commit: null });
  }

  #tell(action: string, sender: Person, more: object = {}, end?: End): void {
    const commits = this.#commits.length;
    const files = new Set(this.#commits.flatMap((commit) => commit.files));
    const pull_request = {
      ...this.#described(end),
      ...{ merged: end !== undefined && end.commit !== null, commits, changed_files: files.size },
      ...{ additions: commits * 37 + (this.#id % 190), deletions: commits * 11 + (this.#id % 70) },
      ...{ comments: 0, review_comments: this.#comments },
    };
    this.#repository.post('pull_request', sender, { action, number: this.number, pull_request, ...more });
  }

  #described(end?: End): object {
    const { title, description, labels, branch, author } = this.#draft;
    const closed = end === undefined ? null : githubTime(end.at);
    return {
      ...{ id: this.#id, number: this.number, html_url: `${this.#repository.url}/pull/${this.number}` },
      ...{ title, body: description, user: githubUser(author), labels: labels.map((name) => ({ name })) },
      ...{ state: end === undefined ? 'open' : 'closed', draft: this.#isDraft, milestone: null },
      ...{ created_at: githubTime(this.#opened), updated_at: githubTime(this.#outbox.now), closed_at: closed },
      ...{ merged_at: end?.commit ? closed : null, merge_commit_sha: end?.commit ?? null },
      head: { ref: branch, sha: this.head, repo: this.#repository.described },
      base: { ref: MAIN, sha: this.#base, repo: this.#repository.described },
    };
  }
}

interface End {
  readonly at: EpochMs;
  /** What it was merged as; null where it was closed without. */
  readonly commit: string | null;
}
