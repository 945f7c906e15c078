import { type Answered, type Arrived, FakeApi, type Mishap, nextLink, numberedPage, ok, overIn } from '../fake-api.ts';
import { answerGraphql } from './graphql.ts';
import type { Company, Item, ProjectPast } from './past.ts';

export interface GitlabApiOptions {
  /** The scopes of those tokens that may ask. */
  readonly tokens?: Readonly<Record<string, readonly string[]>>;
  readonly mishap?: Mishap<Arrived>;
  /** How many things of a list are counted, as GitLab stops at 10,000. */
  readonly countsUpTo?: number;
}

/** A token that may read everything. */
export const TOKEN = 'glpat-everything';

/** By which it knows itself, whatever it is asked at. */
const ADDRESS = 'https://gitlab.example.com/api';

/** A server that speaks GitLab's API as https://docs.gitlab.com/api/rest/ describes it, at a host of its own. */
export class GitlabApi extends FakeApi<Arrived> {
  readonly company: Company;
  readonly #options: GitlabApiOptions;

  constructor(company: Company, options: GitlabApiOptions = {}) {
    super(options.mishap);
    this.company = company;
    this.#options = options;
  }

  /** Its path below `/api`. */
  protected read(arrived: Arrived): Arrived {
    return { ...arrived, path: arrived.path.replace(/^\/api\//, '') };
  }

  protected async truth(asked: Arrived): Promise<Answered> {
    const token = /^Bearer (.+)$/.exec(asked.headers.authorization ?? '')?.[1] ?? '';
    const scopes = (this.#options.tokens ?? { [TOKEN]: ['read_api'] })[token];
    if (scopes === undefined) return unauthorized;
    if (!scopes.includes('read_api') && !scopes.includes('api')) return insufficientScope;
    return asked.path === 'graphql' ? ok(await answerGraphql(this.company, asked.body)) : this.#rest(asked);
  }

  #rest(asked: Arrived): Answered {
    const [version, kind = '', id = '', ...below] = asked.path.split('/').map(decodeURIComponent);
    if (version !== 'v4') return notFound('');
    if (kind === 'groups') return this.#groups(id, below, asked);
    if (kind === 'users') return this.#ofNamespace(id, asked);
    if (kind !== 'projects') return notFound('');
    if (id === '') return this.#byKey(asked);
    const project = this.company.projects.find(({ info }) => [String(info.id), info.path_with_namespace].includes(id));
    const renamed = this.company.renamed.get(id);
    if (renamed !== undefined) {
      const location = `${this.url}/api/v4/projects/${renamed}`;
      return { status: 301, headers: { location }, body: `This resource has been moved permanently to ${location}` };
    }
    if (project === undefined) return notFound('Project ');
    if (below.length === 0) return ok(withStatistics(project, asked));
    return this.#below(project, below, asked);
  }

  #groups(id: string, below: readonly string[], asked: Arrived): Answered {
    const paths = [...new Set(this.company.projects.map(({ info }) => groupOf(info.path_with_namespace)))];
    const groups = paths.filter((path) => path !== 'ada').map((full_path) => ({ full_path }));
    if (id === '') return this.#list(groups, asked);
    if (!groups.some(({ full_path }) => `${full_path}/`.startsWith(`${id}/`)) || below[0] !== 'projects')
      return notFound('Group ');
    return this.#ofNamespace(id, asked);
  }

  #ofNamespace(namespace: string, asked: Arrived): Answered {
    const infos = this.company.projects.map(({ info }) => info);
    const own = infos.filter(({ path_with_namespace }) => path_with_namespace.startsWith(`${namespace}/`));
    return own.length === 0 ? notFound('User ') : this.#list(own, asked);
  }

  /** Keyset pagination: https://docs.gitlab.com/api/rest/#keyset-based-pagination */
  #byKey({ query }: Arrived): Answered {
    const size = Number(query.get('per_page') ?? 20);
    const after = Number(query.get('id_after') ?? 0);
    const infos = this.company.projects.map(({ info }) => info).filter(({ id }) => id > after);
    const page = infos.slice(0, size);
    const last = page.at(-1);
    if (infos.length === page.length || last === undefined) return ok(page);
    return { ...ok(page), headers: nextLink(`${ADDRESS}/v4/projects`, query, 'id_after', last.id) };
  }

  #below(project: ProjectPast, below: readonly string[], asked: Arrived): Answered {
    const [kind = '', id, detail] = below;
    if (kind === 'repository') return this.#repository(project, id ?? '', detail, asked);
    if (kind === 'environments') return found(project.environments.get(Number(id)), 'Environment ');
    const items = project.lists[kind];
    if (items === undefined) return notFound('');
    if (id === undefined) return this.#list(changed(items, asked.query), asked);
    const key = kind === 'pipelines' ? 'id' : 'iid';
    const item = items.find((one) => String(one[key]) === id);
    if (item === undefined) return notFound('');
    if (detail === undefined) return ok(project.details.get(`${kind}/${id}`) ?? item);
    const more = project.details.get(`${kind}/${id}/${detail}`) ?? [];
    return Array.isArray(more) ? this.#list(more, asked) : ok(more);
  }

  #repository({ commits, head }: ProjectPast, kind: string, name: string | undefined, asked: Arrived): Answered {
    if (kind === 'branches') return found(head === null ? undefined : { name, commit: { id: head } }, 'Branch ');
    if (name !== undefined) return found(commits.get(name), 'Commit ');
    const all = behind(commits, asked.query.get('ref_name') ?? '');
    return this.#list(all, asked);
  }

  /** Offset pagination: https://docs.gitlab.com/api/rest/#offset-based-pagination */
  #list(items: readonly unknown[], { path, query }: Arrived): Answered {
    const { shown, headers } = numberedPage(items, query, 20, `${ADDRESS}/${path}`);
    const total = items.length <= (this.#options.countsUpTo ?? 10_000) ? { 'x-total': String(items.length) } : {};
    return { ...ok(shown), headers: { ...total, ...headers } };
  }
}

/** What a list is asked for: by when things were last changed, or by their numbers. */
function changed(items: readonly Item[], query: URLSearchParams): readonly Item[] {
  const after = Date.parse(query.get('updated_after') ?? '1970-01-01T00:00:00Z');
  const iids = query.getAll('iids[]');
  const found = items
    .filter(({ updated_at }) => updated_at === undefined || Date.parse(updated_at) >= after)
    .filter(({ iid }) => iids.length === 0 || iids.includes(String(iid)));
  if (query.get('order_by') !== 'updated_at') return found;
  return found.toSorted((a, b) => ((a.updated_at ?? '') < (b.updated_at ?? '') ? -1 : 1));
}

/** All that a commit stands on, and itself, by when it was committed, the latest first. */
function behind(commits: ProjectPast['commits'], head: string) {
  const found = new Set<string>();
  const next = [head];
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    const commit = commits.get(id);
    if (commit === undefined || found.has(id)) continue;
    found.add(id);
    next.push(...commit.parent_ids);
  }
  return [...found]
    .flatMap((id) => commits.get(id) ?? [])
    .sort((a, b) => (a.committed_date < b.committed_date ? 1 : -1));
}

/** https://docs.gitlab.com/api/projects/#get-a-single-project */
function withStatistics({ info, commits, head }: ProjectPast, { query }: Arrived): object {
  if (query.get('statistics') !== 'true') return info;
  return { ...info, statistics: { commit_count: behind(commits, head ?? '').length } };
}

function groupOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function found(body: unknown, what: string): Answered {
  return body === undefined ? notFound(what) : ok(body);
}

const notFound = (what: string): Answered => ({ status: 404, body: { message: `404 ${what}Not Found` } });

const unauthorized: Answered = { status: 401, body: { message: '401 Unauthorized' } };

const insufficientScope: Answered = {
  status: 403,
  body: {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: 'api read_api',
  },
};

/** https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers */
export function tooMany(seconds: number): Answered {
  return {
    status: 429,
    headers: {
      ...overIn(seconds, 'ratelimit-reset'),
      'ratelimit-limit': '60',
      'ratelimit-name': 'throttle_authenticated_api',
      'ratelimit-observed': '61',
      'ratelimit-remaining': '0',
      'retry-after': String(seconds),
    },
    body: 'Retry later\n',
  };
}

/** GitLab is down, or what stands before it. */
export const badGateway: Answered = { status: 502, body: 'GitLab is not responding' };
