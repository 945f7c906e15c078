import { type Answered, type Arrived, FakeApi, type Mishap, overIn } from '../fake-api.ts';
import type { Company } from './company.ts';
import { answerGraphql, type Viewer } from './schema.ts';

export interface Asked extends Arrived {
  /** Of GraphQL: its variables. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A part of the REST API: answers what is its own, null what is not. */
export type Route = (asked: Asked, viewer: Viewer, company: Company) => Answered | null;

export interface GithubApiOptions {
  /** Those that may ask, by their tokens. */
  readonly tokens?: Readonly<Record<string, Viewer>>;
  readonly routes?: readonly Route[];
  readonly mishap?: Mishap<Asked>;
  /** How many points of the primary limit there are before it is used up. */
  readonly points?: number;
}

/** A token that may see everything. */
export const TOKEN = 'ghp_everything';
const EVERYTHING: Viewer = { scopes: ['repo', 'read:org'] };

/** A server that speaks GitHub's API, at a host of its own: GraphQL by GitHub's schema, and REST by the routes it is given. */
export class GithubApi extends FakeApi<Asked> {
  readonly company: Company;
  /** What is left of the primary limit; undefined where there is none. */
  points: number | undefined;
  readonly #options: GithubApiOptions;

  constructor(company: Company, options: GithubApiOptions = {}) {
    super(options.mishap);
    this.company = company;
    this.#options = options;
    this.points = options.points;
  }

  protected read(arrived: Arrived): Asked {
    const isGraphql = arrived.path === '/api/graphql';
    return { ...arrived, variables: isGraphql ? (JSON.parse(arrived.body).variables ?? {}) : {} };
  }

  protected async truth(asked: Asked): Promise<Answered> {
    const viewer = this.#viewerOf(asked);
    if (viewer === null) return badCredentials;
    const limits = this.#limits();
    if (limits === null) return this.#usedUp(asked);
    const answered = await this.#told(asked, viewer);
    const scopes = viewer.scopes === null ? {} : { 'x-oauth-scopes': viewer.scopes.join(', ') };
    return { ...answered, headers: { ...scopes, ...limits, ...answered.headers } };
  }

  #viewerOf({ headers }: Asked): Viewer | null {
    const token = /^(?:token|bearer) (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    return (this.#options.tokens ?? { [TOKEN]: EVERYTHING })[token] ?? null;
  }

  /** Null where nothing is left. */
  #limits(): Record<string, string> | null {
    if (this.points === undefined) return {};
    if (this.points === 0) return null;
    this.points -= 1;
    return this.#limitHeaders();
  }

  #limitHeaders(): Record<string, string> {
    return {
      ...overIn(1_800, 'x-ratelimit-reset'),
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': String(this.points),
      'x-ratelimit-resource': 'graphql',
    };
  }

  #usedUp({ path }: Asked): Answered {
    const message = 'API rate limit exceeded for user ID 1.';
    const body = path === '/api/graphql' ? { errors: [{ type: 'RATE_LIMITED', message }] } : { message };
    return { status: path === '/api/graphql' ? 200 : 403, headers: this.#limitHeaders(), body };
  }

  async #told(asked: Asked, viewer: Viewer): Promise<Answered> {
    if (asked.path === '/api/graphql' && asked.method === 'POST')
      return { status: 200, body: await answerGraphql(this.company, viewer, JSON.parse(asked.body)) };
    for (const route of this.#options.routes ?? []) {
      const answered = route(asked, viewer, this.company);
      if (answered !== null) return answered;
    }
    return { status: 404, body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest' } };
  }
}

export const badCredentials: Answered = {
  status: 401,
  body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest' },
};

/** GitHub asks to slow down; without seconds it does not say for how long. */
export function secondaryLimit(seconds?: number): Answered {
  return {
    status: 403,
    headers: seconds === undefined ? {} : { 'retry-after': String(seconds) },
    body: {
      message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      documentation_url: 'https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api',
    },
  };
}

/** The primary limit is used up, and so many seconds are left until there is more. */
export function primaryLimit(seconds: number, type = 'RATE_LIMITED'): Answered {
  return {
    status: 200,
    headers: { ...overIn(seconds, 'x-ratelimit-reset'), 'x-ratelimit-remaining': '0' },
    body: { errors: [{ type, message: 'API rate limit exceeded for user ID 1.' }] },
  };
}

/** GitHub has given up on a request, or is down. */
export const badGateway: Answered = { status: 502, body: '<html><title>Unicorn!</title></html>' };
