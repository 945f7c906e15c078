import { z } from 'zod';
import type { Answer } from '../answer.ts';
import { Patience, type PatienceOptions } from '../patience.ts';
import { withTimeout } from '../with-timeout.ts';
import { authorizationOf, type Credentials } from './credentials.ts';
import { JiraError } from './error.ts';
import { jiraManners } from './limits.ts';
import { refusalOf } from './refusal.ts';
import type { JiraSite } from './site.ts';

/** What a client needs. */
export interface JiraOptions extends PatienceOptions {
  readonly site: JiraSite;
  readonly credentials: Credentials;
  /** Who asks: a product and its version. */
  readonly userAgent: string;
}

/** A Data Center may search for long. */
const PATIENCE_MS = 120_000;

type Query = Readonly<Record<string, string | number>>;

/** One request. */
interface Asking {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly authorization: string | null;
}

/**
 * Jira's REST API, of Cloud or of Data Center. Rate limits are waited for, what fails without reason is asked again, and
 * whatever is refused is a {@link JiraError} that says what to do. An aborted signal ends every call with its reason.
 */
export interface Jira {
  readonly name: string;
  readonly isCloud: boolean;
  /** Where people find it, without a slash at the end. */
  readonly url: string;
  /** The platform's API, in the version that this Jira has: `/rest/api/3`, of Data Center `/rest/api/2`. */
  readonly api: string;
  readonly get: <T>(schema: z.ZodType<T>, path: string, query?: Query) => Promise<T>;
  /** The same; null where it answers with a status that means that there is no such thing here. */
  readonly find: <T>(schema: z.ZodType<T>, none: readonly number[], path: string, query?: Query) => Promise<T | null>;
  readonly post: <T>(schema: z.ZodType<T>, path: string, body: object) => Promise<T>;
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-server-info/ */
const infoSchema = z.object({ baseUrl: z.string().nullish(), deploymentType: z.string().nullish() });
const INFO = '/rest/api/2/serverInfo';
/** Where nobody is told anything who has not said who they are. */
const NOT_TOLD = [401, 403, 404];

/** A Jira that has said what it is. Throws a {@link JiraError}, also where the credentials are none for such a Jira. */
export async function connectJira(options: JiraOptions): Promise<Jira> {
  const { site, credentials } = options;
  const asked = new Asker(options);
  // A token is not sent before it is known in which form: several wrong ones lock an account.
  const authorization = site.isCloud ? authorizationOf(credentials, true) : null;
  const info = await asked.ask(infoSchema, NOT_TOLD, { method: 'GET', path: INFO, authorization });
  const isCloud = site.isCloud || isCloudBy(info?.deploymentType, credentials);
  return new Connected(asked, {
    name: site.name,
    isCloud,
    url: (info?.baseUrl ?? site.url).replace(/\/+$/, ''),
    authorization: authorizationOf(credentials, isCloud),
  });
}

/** A Jira that does not say which one it is: only Cloud needs an e-mail address. */
function isCloudBy(deploymentType: string | null | undefined, { email }: Credentials): boolean {
  return deploymentType ? deploymentType === 'Cloud' : email !== null;
}

class Connected implements Jira {
  readonly name: string;
  readonly isCloud: boolean;
  readonly url: string;
  readonly api: string;
  readonly #asker: Asker;
  readonly #authorization: string;

  constructor(
    asker: Asker,
    { name, isCloud, url, authorization }: Pick<Jira, 'name' | 'isCloud' | 'url'> & { readonly authorization: string },
  ) {
    this.#asker = asker;
    this.#authorization = authorization;
    this.name = name;
    this.isCloud = isCloud;
    this.url = url;
    this.api = isCloud ? '/rest/api/3' : '/rest/api/2';
  }

  get: Jira['get'] = async (schema, path, query = {}) =>
    this.#asker.read(schema, { method: 'GET', path: withQuery(path, query), authorization: this.#authorization });

  find: Jira['find'] = async (schema, none, path, query = {}) =>
    this.#asker.ask(schema, none, { method: 'GET', path: withQuery(path, query), authorization: this.#authorization });

  post: Jira['post'] = async (schema, path, body) =>
    this.#asker.read(schema, { method: 'POST', path, body, authorization: this.#authorization });
}

function withQuery(path: string, query: Query): string {
  const texts = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const text = new URLSearchParams(texts).toString();
  return text === '' ? path : `${path}?${text}`;
}

class Asker {
  readonly #options: JiraOptions;
  readonly #patience: Patience;

  constructor(options: JiraOptions) {
    this.#options = options;
    this.#patience = new Patience(jiraManners, options);
  }

  async read<T>(schema: z.ZodType<T>, asking: Asking): Promise<T> {
    return this.#readAs(schema, asking, await this.#answerTo(asking, []));
  }

  /** Null where it answers with one of these statuses. */
  async ask<T>(schema: z.ZodType<T>, none: readonly number[], asking: Asking): Promise<T | null> {
    const answer = await this.#answerTo(asking, none);
    return none.includes(answer.status) ? null : this.#readAs(schema, asking, answer);
  }

  async #answerTo(asking: Asking, none: readonly number[]): Promise<Answer> {
    const { site, signal } = this.#options;
    const url = `${site.url}${asking.path}`;
    const answer = await this.#patience.ask(url, () =>
      withTimeout(signal, PATIENCE_MS, (soon) => this.#attempt(url, asking, soon)),
    );
    if (answer.status >= 400 && !none.includes(answer.status)) throw refusalOf(answer, site.name, whatOf(asking));
    return answer;
  }

  async #attempt(url: string, { method, body, authorization }: Asking, signal: AbortSignal): Promise<Answer> {
    const headers = {
      accept: 'application/json',
      'user-agent': this.#options.userAgent,
      ...(authorization === null ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await fetch(url, {
      method,
      headers,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: Object.fromEntries(response.headers), data: parsed(text) };
  }

  #readAs<T>(schema: z.ZodType<T>, asking: Asking, { data }: Answer): T {
    const { name } = this.#options.site;
    const what = whatOf(asking);
    if (typeof data === 'string')
      throw new JiraError('unexpected', `${name} answers ${what} with a page: is this the address of a Jira?`);
    const read = schema.safeParse(data);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const where = `${issue?.path.join('.')}: ${issue?.message}`;
    throw new JiraError('unexpected', `${name} does not answer ${what} as Jira's REST API does (${where})`);
  }
}

/** The text itself where it is no JSON. Pictures of people are most of an answer, and nobody's business. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (key, value) => (key === 'avatarUrls' ? undefined : value));
  } catch {
    return text;
  }
}

function whatOf({ method, path }: Asking): string {
  return `${method} ${path.replace(/\?.*$/, '')}`;
}
