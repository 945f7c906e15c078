import { Temporal } from 'temporal-polyfill';
import { type Answered, type Arrived, FakeApi, type Mishap, ok } from '../fake-api.ts';
import type { Company, ToldIssue } from './past.ts';

interface Asked extends Omit<Arrived, 'body'> {
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked at by what is expected of them
  readonly body: any;
}

export const TOKEN = 'ATATT3x';
export const EMAIL = 'ada@acme.example';

export interface JiraApiOptions {
  /** That of the profile of who asks. */
  readonly timeZone?: string | null;
  readonly mishap?: Mishap<Asked>;
  /** The ids of projects that the account may see; all where it is not given. */
  readonly visible?: readonly string[];
  /** The most that a search gives at one time. */
  readonly most?: number;
  /** Whether a page's token is the number of those before it, as nobody promises that it is not. */
  readonly countsPages?: boolean;
  /** Below which path it stands, as Data Centers may. */
  readonly context?: string;
}

/**
 * A server that speaks Jira's REST API as documented, of Cloud (version 3) or of Data Center (version 2): searches by JQL in
 * the time zone of who asks, lists in pages, boards and sprints.
 */
export class JiraApi extends FakeApi<Asked> {
  readonly company: Company;
  readonly #options: JiraApiOptions;

  constructor(company: Company, options: JiraApiOptions = {}) {
    super(options.mishap);
    this.company = company;
    this.#options = options;
  }

  override get url(): string {
    return super.url + this.#context;
  }

  get #context(): string {
    return this.#options.context ?? '';
  }

  get #isCloud(): boolean {
    return this.company.deployment === 'cloud';
  }

  /** What is asked elsewhere than below its context has no path here. */
  protected read({ path, body, ...arrived }: Arrived): Asked {
    const below = path.startsWith(this.#context) ? path.slice(this.#context.length) : '';
    return { ...arrived, path: below, body: body === '' ? null : JSON.parse(body) };
  }

  protected truth(asked: Asked): Answered {
    if (asked.path === '/rest/api/2/serverInfo') return ok(this.#info());
    const expected = this.#isCloud ? `Basic ${Buffer.from(`${EMAIL}:${TOKEN}`).toString('base64')}` : `Bearer ${TOKEN}`;
    if (asked.headers.authorization !== expected) return unauthorized;
    return this.#told(asked) ?? { status: 404, body: `<html>Oops, you've found a dead link: ${asked.path}</html>` };
  }

  #info() {
    const deploymentType = this.#isCloud ? 'Cloud' : 'Server';
    return { baseUrl: 'https://acme.example', version: '9.12.0', deploymentType, serverTitle: 'Jira' };
  }

  #told(asked: Asked): Answered | null {
    const [, api, rest = ''] = /^(\/rest\/(?:api\/[23]|agile\/1\.0))\/(.+)$/.exec(asked.path) ?? [];
    if (api === '/rest/agile/1.0') return this.#agile(rest, asked);
    if (api !== (this.#isCloud ? '/rest/api/3' : '/rest/api/2')) return null;
    const route = `${asked.method} ${rest.replaceAll(/\/[A-Z0-9]*\d+/g, '/ID')}`;
    const id = /\/([A-Z0-9]*\d+)/.exec(rest)?.[1] ?? '';
    return this.#routes[route]?.(asked, id) ?? null;
  }

  /** Of the platform's API. */
  readonly #routes: Readonly<Record<string, (asked: Asked, id: string) => Answered | null>> = {
    'GET myself': () => ok({ displayName: 'Ada', timeZone: this.#options.timeZone ?? undefined }),
    'GET status': () => ok(this.company.statuses),
    'GET field': () => ok(this.company.fields),
    'GET project/search': (asked) => (this.#isCloud ? page(asked, this.#projects) : null),
    'GET project': () => (this.#isCloud ? null : ok(this.#projects)),
    'GET project/ID': (_, id) => this.#project(id),
    'GET project/ID/version': (asked, id) => page(asked, this.company.versions.get(id) ?? []),
    'GET issue/ID/changelog': (asked, id) =>
      page(asked, this.company.issues.find((issue) => issue.id === id)?.histories ?? [], true, 25),
    'POST search/jql': (asked) => (this.#isCloud ? this.#searchCloud(asked) : null),
    'POST search/approximate-count': (asked) => (this.#isCloud ? ok({ count: this.#found(asked).length }) : null),
    'POST search': (asked) => (this.#isCloud ? removed : this.#search(asked)),
  };

  get #projects() {
    const { visible } = this.#options;
    const self = `${this.url}/rest/api/2/project/`;
    return this.company.projects
      .filter(({ id }) => visible?.includes(id) ?? true)
      .map(({ id, key }) => ({ id, key, name: `Project ${key}`, self: self + id }));
  }

  #project(asked: string): Answered {
    const named = this.company.projects.find(({ id, key, oldKeys }) => [id, key, ...oldKeys].includes(asked));
    const body = this.#projects.find(({ id }) => id === named?.id);
    if (body !== undefined) return ok(body);
    return { status: 404, body: { errorMessages: [`No project could be found with key '${asked}'.`], errors: {} } };
  }

  #agile(rest: string, asked: Asked): Answered | null {
    if (rest === 'board') {
      const project = asked.query.get('projectKeyOrId');
      return page(
        asked,
        this.company.boards.filter(({ projectId }) => projectId === project),
        false,
      );
    }
    const board = /^board\/(\d+)\/sprint$/.exec(rest)?.[1];
    if (board === undefined) return null;
    const sprints = this.company.sprints.get(Number(board));
    if (sprints !== undefined) return page(asked, sprints, false);
    return { status: 400, body: { errorMessages: ['The board does not support sprints'], errors: {} } };
  }

  /** By JQL, which knows minutes, in the zone of who asks. */
  #found({ body }: Asked): readonly ToldIssue[] {
    const { project, from, order } = JQL.exec(body.jql)?.groups ?? {};
    if (project === undefined) throw new Error(`the test knows no ${body.jql}`);
    const zone = this.#options.timeZone ?? 'Pacific/Kiritimati';
    const since = from === undefined ? 0 : Temporal.PlainDateTime.from(from).toZonedDateTime(zone).epochMilliseconds;
    const found = this.company.issues.filter(
      ({ projectId, fields }) => projectId === project && Date.parse(fields.updated) >= since,
    );
    return order === undefined ? found : found.toSorted(byUpdate);
  }

  #shown({ id, key, fields, histories }: ToldIssue, { body }: Asked): unknown {
    const wanted = Object.entries(fields).filter(([name]) => body.fields.includes(name));
    const shown = Object.fromEntries(
      wanted.map(([name, value]) => [name, this.#isCloud ? asDocument(name, value) : value]),
    );
    const self = `${this.url}/rest/api/${this.#isCloud ? 3 : 2}/issue/${id}`;
    // Cloud tells the 40 latest changes, the latest first; Data Center all of them, the first one first.
    const told = this.#isCloud ? histories.toReversed().slice(0, 40) : histories;
    const changelog = { startAt: 0, maxResults: told.length, total: told.length, histories: told };
    return { expand: 'operations,changelog', id, key, self, fields: shown, changelog };
  }

  #searchCloud(asked: Asked): Answered {
    const { nextPageToken, maxResults } = asked.body;
    const after = nextPageToken === undefined ? null : JSON.parse(Buffer.from(nextPageToken, 'base64').toString());
    const found = this.#found(asked);
    const isBefore = (issue: ToldIssue, index: number) =>
      after !== null && (this.#options.countsPages === true ? index < after.count : byUpdate(after, issue) >= 0);
    const left = found.filter((issue, index) => !isBefore(issue, index));
    const issues = left.slice(0, Math.min(maxResults, this.#options.most ?? 100));
    const last = issues.at(-1);
    const isLast = issues.length === left.length;
    const count = found.length - left.length + issues.length;
    const token = { key: last?.key, fields: { updated: last?.fields.updated }, count };
    const more = isLast ? {} : { nextPageToken: Buffer.from(JSON.stringify(token)).toString('base64') };
    return ok({ issues: issues.map((issue) => this.#shown(issue, asked)), isLast, ...more });
  }

  #search(asked: Asked): Answered {
    const { startAt = 0 } = asked.body;
    const maxResults = Math.min(asked.body.maxResults, this.#options.most ?? 1_000);
    const found = this.#found(asked);
    const issues = found.slice(startAt, startAt + maxResults).map((issue) => this.#shown(issue, asked));
    return ok({ expand: 'names,schema', startAt, maxResults, total: found.length, issues });
  }
}

const JQL =
  /^project = (?<project>\d+)(?: AND updated >= "(?<from>\d{4}-\d\d-\d\d \d\d:\d\d)")?(?<order> ORDER BY updated ASC, key ASC)?$/;

type Placed = Pick<ToldIssue, 'key'> & { readonly fields: { readonly updated: string } };

function byUpdate(a: Placed, b: Placed): number {
  return Date.parse(a.fields.updated) - Date.parse(b.fields.updated) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

/** Version 3 tells texts as trees. */
function asDocument(name: string, value: unknown): unknown {
  if (name !== 'description' || typeof value !== 'string') return value;
  return { type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text: value }] }] };
}

function page({ query }: Asked, items: readonly unknown[], isCounted = true, most = 100): Answered {
  const startAt = Number(query.get('startAt') ?? 0);
  const maxResults = Math.min(Number(query.get('maxResults') ?? 50), most);
  const values = items.slice(startAt, startAt + maxResults);
  const isLast = startAt + values.length >= items.length;
  return ok({ maxResults, startAt, isLast, ...(isCounted ? { total: items.length } : {}), values });
}

const removed: Answered = { status: 410, body: { errorMessages: ['The requested API has been removed.'] } };

export const unauthorized: Answered = {
  status: 401,
  headers: { 'www-authenticate': 'OAuth realm="https%3A%2F%2Facme.example"' },
  body: { message: 'Client must be authenticated to access this resource.', 'status-code': 401 },
};

/** Jira asks to slow down, for so many seconds. */
export function tooMany(seconds: number, reason = 'jira-burst-based'): Answered {
  const headers = { 'retry-after': String(seconds), 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '0' };
  return {
    status: 429,
    headers: { ...headers, 'ratelimit-reason': reason },
    body: { errorMessages: ['Rate limit exceeded'] },
  };
}

/** Something before Jira has given up on a request. */
export const badGateway: Answered = { status: 502, body: '<html><title>502 Bad Gateway</title></html>' };
