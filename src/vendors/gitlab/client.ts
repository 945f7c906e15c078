import { z } from 'zod';
import { type Answer, numberIn } from '../answer.ts';
import { Patience, type PatienceOptions } from '../patience.ts';
import { withTimeout } from '../with-timeout.ts';
import { GitlabError } from './error.ts';
import type { GitlabHost } from './host.ts';
import { gitlabManners } from './limits.ts';
import { refusalOf } from './refusal.ts';

/** What a client needs. */
export interface GitlabOptions extends PatienceOptions {
  readonly host: GitlabHost;
  readonly token: string;
  /** Who asks: a product and its version. */
  readonly userAgent: string;
}

export type Query = Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;

/** One page of a list. */
interface Page<T> {
  readonly items: readonly T[];
  /** What to ask for the next one with, as GitLab says: by number or by key. Null where this is the last. */
  readonly next: Query | null;
  /** How many there are in all pages; null where GitLab does not count them, above 10,000. */
  readonly total: number | null;
}

/**
 * GitLab's API. Rate limits are waited for, what fails without reason is asked again, and whatever is refused is a
 * {@link GitlabError} that says what to do. An aborted signal ends every call with its reason.
 */
export interface Gitlab {
  readonly host: GitlabHost;
  /** One thing, by its path below `/api/v4`. A project's former path leads to it. */
  readonly one: <T>(schema: z.ZodType<T>, path: string, query?: Query) => Promise<T>;
  /** A page of a list: the first one, or the one that its `query` names. */
  readonly page: <T>(schema: z.ZodType<T>, path: string, query?: Query) => Promise<Page<T>>;
  /** All of a list, page after page. */
  readonly all: <T>(schema: z.ZodType<T>, path: string, query?: Query) => Promise<T[]>;
  /** The `data` of an answer in GraphQL. An answer with any error in it is refused as a whole. */
  readonly graphql: <T>(
    schema: z.ZodType<T>,
    query: string,
    variables: Readonly<Record<string, unknown>>,
  ) => Promise<T>;
}

/** GitLab gives up on a request after 60 seconds; something before it may take a moment more. */
const PATIENCE_MS = 75_000;

export function createGitlab(options: GitlabOptions): Gitlab {
  const { host, token, userAgent, signal } = options;
  const patience = new Patience(gitlabManners, options);
  const headers = { authorization: `Bearer ${token}`, 'user-agent': userAgent, accept: 'application/json' };

  const ask = async (url: string, what: string, init: RequestInit): Promise<Answer> => {
    const answer = await patience.ask(url, () =>
      withTimeout(signal, PATIENCE_MS, async (soon) => answerOf(await fetch(url, { ...init, signal: soon }))),
    );
    if (answer.status >= 400) throw refusalOf(answer, host, what);
    return answer;
  };
  const get = (path: string, query: Query) => {
    const search = searchOf(query);
    return ask(`${host.restUrl}/${path}${search === '' ? '' : `?${search}`}`, decodeURIComponent(path), { headers });
  };
  const page: Gitlab['page'] = async (schema, path, query = {}) => {
    const answer = await get(path, query);
    const items = read(z.array(schema), answer.data, host, path);
    return { items, next: nextOf(answer), total: numberIn(answer, 'x-total') };
  };

  return {
    host,
    page,
    one: async (schema, path, query = {}) => read(schema, (await get(path, query)).data, host, path),
    all: async (schema, path, query = {}) => {
      const all = [];
      for (let asked: Query | null = { per_page: 100, ...query }; asked !== null; ) {
        const { items, next }: Page<z.output<typeof schema>> = await page(schema, path, asked);
        all.push(...items);
        asked = next;
      }
      return all;
    },
    graphql: async (schema, query, variables) => {
      const body = JSON.stringify({ query, variables });
      const asJson = { ...headers, 'content-type': 'application/json' };
      const { data } = await ask(host.graphqlUrl, 'GraphQL', { method: 'POST', headers: asJson, body });
      const answered = read(graphqlSchema, data, host, 'GraphQL');
      const [error] = answered.errors ?? [];
      if (error === undefined) return read(schema, answered.data, host, 'GraphQL');
      throw new GitlabError('unexpected', `${host.name} cannot answer: ${error.message}`);
    },
  };
}

const graphqlSchema = z.object({
  data: z.unknown().optional(),
  errors: z.array(z.object({ message: z.string() })).nullish(),
});

/** The path of a project or a group by its number or its full path, as a part of a URL. */
export function encoded(idOrPath: string | number): string {
  return encodeURIComponent(idOrPath);
}

function searchOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'object') search.append(name, String(value));
    else for (const one of value) search.append(`${name}[]`, String(one));
  }
  return search.toString();
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: Object.fromEntries(response.headers), data: parsed(text) };
}

/** What is no JSON is a page of what stands before GitLab, or a refusal in words. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The link leads to the next page at the address that GitLab knows itself by; what is asked there is what counts. */
function nextOf({ headers }: Answer): Query | null {
  const link = /<([^<>]+)>;\s*rel="next"/.exec(String(headers.link ?? ''))?.[1];
  if (link === undefined || !URL.canParse(link)) return null;
  const search = new URL(link).searchParams;
  const names = new Set(search.keys());
  return Object.fromEntries(
    [...names].map((name) =>
      name.endsWith('[]') ? [name.slice(0, -2), search.getAll(name)] : [name, search.get(name) ?? ''],
    ),
  );
}

function read<T>(schema: z.ZodType<T>, data: unknown, { name }: GitlabHost, what: string): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = [what, ...(issue?.path ?? [])].join('.');
  throw new GitlabError('unexpected', `${name} does not answer as GitLab's API does (${where}: ${issue?.message})`);
}
