import { z } from 'zod';
import { anyOf } from '../../rules/condition.ts';
import { isNotFound } from '../../vendors/error.ts';
import { encoded, type Gitlab } from '../../vendors/gitlab/client.ts';
import { GitlabError } from '../../vendors/gitlab/error.ts';
import { isPattern, there } from '../../vendors/names.ts';
import { type Project, projectSchema } from './project.ts';

/** What is asked for by name. */
export interface Named {
  /** Groups or users by their paths (`shop`, `shop/web`), or patterns of groups. With all that is below them. */
  readonly groups: readonly string[];
  /** Projects by their paths (`shop/web/cart`, or `cart` of those groups), or patterns; empty for all of the groups. */
  readonly projects: readonly string[];
}

const groupSchema = z.object({ full_path: z.string() });

/** Finds projects by name, by former name, or by pattern. */
export class ProjectFinder {
  readonly #gitlab: Gitlab;
  readonly #onRenamed: (asked: string, today: string) => void;
  readonly #lists = new Map<string, Promise<readonly Project[]>>();

  constructor(gitlab: Gitlab, onRenamed: (asked: string, today: string) => void) {
    this.#gitlab = gitlab;
    this.#onRenamed = onRenamed;
  }

  /** Each project once, by its path. Throws a {@link GitlabError} (`not_found`) where a name or a pattern finds none. */
  async find({ groups, projects }: Named): Promise<Project[]> {
    const paths = (await Promise.all(groups.map((group) => this.#pathsOf(group)))).flat();
    const found = new Map<number, Project>();
    for (const asked of projects.length === 0 ? ['*'] : projects)
      for (const project of await this.#named(asked, paths)) found.set(project.id, project);
    return [...found.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  async #pathsOf(group: string): Promise<string[]> {
    if (!isPattern(group)) return [group];
    const keyset = { pagination: 'keyset', order_by: 'name', sort: 'asc', all_available: false };
    const all = (await this.#gitlab.all(groupSchema, 'groups', keyset)).map(({ full_path }) => full_path);
    const matching = all.filter(anyOf(group));
    if (matching.length > 0) return matching;
    throw new GitlabError('not_found', `no group of this token is ${group}; ${there(all)}`);
  }

  /** A whole path is that of one project; any other name is of the groups that were asked for. */
  async #named(asked: string, groups: readonly string[]): Promise<readonly Project[]> {
    if (asked.includes('/'))
      return isPattern(asked) ? this.#matching(asked, [groupIn(asked)]) : [await this.#one(asked)];
    return this.#matching(asked, groups.length === 0 ? [''] : groups);
  }

  async #one(path: string): Promise<Project> {
    const project = await this.#gitlab.one(projectSchema, `projects/${encoded(path)}`);
    const today = project.path_with_namespace;
    if (today.toLowerCase() !== path.toLowerCase()) this.#onRenamed(path, today);
    return project;
  }

  async #matching(pattern: string, groups: readonly string[]): Promise<readonly Project[]> {
    const all = (await Promise.all(groups.map((group) => this.#allOf(group)))).flat();
    const matches = anyOf(pattern);
    const isWhole = pattern.includes('/');
    const matching = all.filter(({ path_with_namespace: path }) => matches(isWhole ? path : lastOf(path)));
    if (matching.length > 0) return matching;
    const names = all.map(({ path_with_namespace }) => path_with_namespace);
    const where = groups.join(', ') === '' ? '' : ` of ${groups.join(', ')}`;
    throw new GitlabError('not_found', `no project${where} is ${pattern}; ${there(names)}`);
  }

  #allOf(group: string): Promise<readonly Project[]> {
    const listed = this.#lists.get(group) ?? this.#list(group);
    this.#lists.set(group, listed);
    return listed;
  }

  /** The projects of a group and of the groups in it, of a user, or those that the token's owner is a member of. */
  async #list(group: string): Promise<readonly Project[]> {
    const byKey = { pagination: 'keyset', order_by: 'id', sort: 'asc' };
    if (group === '') return this.#gitlab.all(projectSchema, 'projects', { membership: true, ...byKey });
    try {
      const all = { include_subgroups: true, with_shared: false, order_by: 'id', sort: 'asc' };
      return await this.#gitlab.all(projectSchema, `groups/${encoded(group)}/projects`, all);
    } catch (error) {
      if (!isNotFound(error) || group.includes('/')) throw error;
      return await this.#listOfUser(group, error);
    }
  }

  async #listOfUser(name: string, noGroup: unknown): Promise<readonly Project[]> {
    try {
      return await this.#gitlab.all(projectSchema, `users/${encoded(name)}/projects`);
    } catch (error) {
      throw isNotFound(error) ? noGroup : error;
    }
  }
}

function keyOf({ path_with_namespace }: Project): string {
  return path_with_namespace.toLowerCase();
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The group that a pattern of whole paths begins with: `shop` of `shop/pay-*`. */
function groupIn(pattern: string): string {
  const before = pattern.slice(0, pattern.search(/[*?]/));
  return before.slice(0, Math.max(0, before.lastIndexOf('/')));
}
