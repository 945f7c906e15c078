import { anyOf } from '../rules/condition.ts';
import { isNotFound } from '../vendors/error.ts';
import type { Github } from '../vendors/github/client.ts';
import { GithubError } from '../vendors/github/error.ts';
import { isPattern, there } from '../vendors/names.ts';
import type { Repository } from './journal.ts';
import {
  type FoundRepository,
  ONE_REPOSITORY,
  ORGANIZATIONS,
  oneRepositorySchema,
  organizationsSchema,
  REPOSITORIES,
  repositoriesSchema,
} from './queries.ts';
import { githubStates, type Question } from './question.ts';

/** Finds what a question names: repositories by name, by former name, or by pattern. */
export class RepositoryFinder {
  readonly #github: Github;
  readonly #states: readonly string[];
  /** Hears of a repository that is called otherwise today. */
  readonly #onRenamed: (asked: string, today: string) => void;
  readonly #lists = new Map<string, Promise<readonly FoundRepository[]>>();

  constructor(github: Github, { state }: Pick<Question, 'state'>, onRenamed: (asked: string, today: string) => void) {
    this.#github = github;
    this.#states = githubStates(state);
    this.#onRenamed = onRenamed;
  }

  /**
   * The repositories of a question, each once, by owner and name. Throws a {@link GithubError} (`not_found`) where a name or a
   * pattern finds none.
   */
  async find({ orgs, repos }: Pick<Question, 'orgs' | 'repos'>): Promise<Repository[]> {
    const owners = (await Promise.all(orgs.map((org) => this.#ownersOf(org)))).flat();
    const found = new Map<string, Repository>();
    for (const repo of repos.length === 0 ? ['*'] : repos)
      for (const one of await this.#named(repo, owners)) found.set(one.id, repositoryOf(one));
    const key = ({ owner, name }: Repository) => `${owner}/${name}`.toLowerCase();
    return [...found.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  async #ownersOf(org: string): Promise<string[]> {
    if (!isPattern(org)) return [org];
    const all = await everyPage(async (after) => {
      const { viewer } = await this.#github.graphql(organizationsSchema, ORGANIZATIONS, { after });
      return viewer.organizations;
    });
    const logins = all.map(({ login }) => login);
    const matching = logins.filter(anyOf(org));
    if (matching.length > 0) return matching;
    throw new GithubError('not_found', `no organization of this token is ${org}; ${there(logins)}`);
  }

  /** Of those owners that have it; an owner in the name itself is the only one. */
  async #named(repo: string, owners: readonly string[]): Promise<FoundRepository[]> {
    const [name = '', owner] = repo.split('/').reverse();
    const asked = owner === undefined ? owners : [owner];
    if (isPattern(name)) return this.#matching(name, asked);
    const found = await Promise.allSettled(asked.map((one) => this.#one(one, name)));
    const there = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = found.find((one) => one.status === 'rejected');
    if (failed !== undefined && !(isNotFound(failed.reason) && there.length > 0)) throw failed.reason;
    return there;
  }

  async #one(owner: string, name: string): Promise<FoundRepository> {
    const asked = { owner, name, states: this.#states };
    const { repository } = await this.#github.graphql(oneRepositorySchema, ONE_REPOSITORY, asked);
    const today = `${repository.owner.login}/${repository.name}`;
    if (today.toLowerCase() !== `${owner}/${name}`.toLowerCase()) this.#onRenamed(`${owner}/${name}`, today);
    return repository;
  }

  async #matching(pattern: string, owners: readonly string[]): Promise<FoundRepository[]> {
    const all = (await Promise.all(owners.map((owner) => this.#allOf(owner)))).flat();
    const matches = anyOf(pattern);
    const matching = all.filter(({ name }) => matches(name));
    if (matching.length > 0) return matching;
    const names = all.map(({ name }) => name);
    throw new GithubError('not_found', `no repository of ${owners.join(', ')} is ${pattern}; ${there(names)}`);
  }

  #allOf(owner: string): Promise<readonly FoundRepository[]> {
    const listed = this.#lists.get(owner) ?? this.#list(owner);
    this.#lists.set(owner, listed);
    return listed;
  }

  #list(owner: string): Promise<readonly FoundRepository[]> {
    return everyPage(async (after) => {
      const asked = { owner, after, states: this.#states };
      const { repositoryOwner } = await this.#github.graphql(repositoriesSchema, REPOSITORIES, asked);
      if (repositoryOwner !== null) return repositoryOwner.repositories;
      const { name } = this.#github.host;
      throw new GithubError('not_found', `${name} has no organization or user ${owner}, or none for this token`);
    });
  }
}

function repositoryOf({ id, owner, name, pullRequests }: FoundRepository): Repository {
  return { id, owner: owner.login, name, total: pullRequests.totalCount };
}

interface PageOf<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** All of a list, page after page. */
export async function everyPage<T>(
  read: (after: string | null) => Promise<PageOf<T>>,
  from: string | null = null,
): Promise<T[]> {
  const all: T[] = [];
  for (let after = from; ; ) {
    const { nodes, pageInfo } = await read(after);
    all.push(...nodes);
    if (!pageInfo.hasNextPage) return all;
    after = pageInfo.endCursor;
  }
}
