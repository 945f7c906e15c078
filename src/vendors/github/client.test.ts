import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { companyOf } from '../../../test/support/github-api/company.ts';
import {
  badCredentials,
  badGateway,
  GithubApi,
  type GithubApiOptions,
  primaryLimit,
  type Route,
  secondaryLimit,
  TOKEN,
} from '../../../test/support/github-api/server.ts';
import { PassingTime } from '../../../test/support/passing-time.ts';
import type { Waiting } from '../patience.ts';
import { createGithub, type GithubOptions } from './client.ts';
import { GithubError } from './error.ts';
import { githubHost } from './host.ts';

const QUERY = `query ($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { nameWithOwner }
}`;
const answerSchema = z.object({ repository: z.object({ nameWithOwner: z.string() }) });
const EMPTY = { owner: 'octo-org', name: 'empty' };

let api: GithubApi;
afterEach(() => api.stop());

/** A server, a client of it, and a time that passes only when the client waits. */
async function setUp(options: GithubApiOptions = {}, more: Partial<GithubOptions> = {}) {
  api = await new GithubApi(companyOf(1, 3, 6), options).start();
  const time = new PassingTime();
  const { passed, waits } = time;
  const github = createGithub({
    ...{ host: githubHost(api.url), token: TOKEN, userAgent: 'valuestream/test', maxWaitMs: 3_600_000 },
    ...time.options,
    ...more,
  });
  return { github, passed, waits, ask: (variables = EMPTY) => github.graphql(answerSchema, QUERY, variables) };
}

/** The first so many requests go wrong. */
const first = (count: number, answered: ReturnType<typeof secondaryLimit>): GithubApiOptions => ({
  mishap: ({ index }) => (index < count ? answered : null),
});

const failure = (asking: Promise<unknown>): Promise<GithubError> =>
  asking.then(
    () => expect.unreachable(),
    (error) => (error instanceof GithubError ? error : expect.unreachable(String(error))),
  );

describe('GraphQL', () => {
  it('answers, with who asks told', async () => {
    const { ask } = await setUp();
    expect(await ask()).toEqual({ repository: { nameWithOwner: 'octo-org/empty' } });
    expect(api.asked[0]?.path).toBe('/api/graphql');
    expect(api.asked[0]?.headers).toMatchObject({
      authorization: `token ${TOKEN}`,
      'user-agent': expect.stringContaining('valuestream/test'),
    });
  });

  it('finds a repository by the name that it had before', async () => {
    const { ask } = await setUp();
    api.company.renamed.set('octo-org/before', 'octo-org/empty');
    expect(await ask({ owner: 'octo-org', name: 'before' })).toEqual({
      repository: { nameWithOwner: 'octo-org/empty' },
    });
  });

  it('refuses what does not answer as GitHub does', async () => {
    const { ask } = await setUp({ mishap: () => ({ status: 200, body: { data: { repository: null } } }) });
    expect(await failure(ask())).toMatchObject({ kind: 'unexpected', message: expect.stringContaining('repository') });
  });
});

describe('REST', () => {
  it('follows the pages of a list', async () => {
    const events: Route = ({ path, query }) => {
      const page = Number(query.get('page') ?? '1');
      const next = `<${api.url}${path}?per_page=2&page=${page + 1}>; rel="next"`;
      return { status: 200, body: [page * 2 - 1, page * 2], headers: page < 3 ? { link: next } : {} };
    };
    const { github } = await setUp({ routes: [events] });
    const numbers = await github.rest.paginate('GET /orgs/{org}/events', { org: 'octo-org', per_page: 2 });
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6]);
    expect(api.asked[0]?.path).toBe('/api/v3/orgs/octo-org/events');
  });

  it('says what is not there, and what the token may', async () => {
    const { github } = await setUp({ tokens: { [TOKEN]: { scopes: [] } } });
    const error = await failure(github.rest.request('GET /repos/{owner}/{repo}', { owner: 'octo-org', repo: 'x' }));
    expect(error.kind).toBe('not_found');
    expect(error.message).toContain('GET /api/v3/repos/octo-org/x');
    expect(error.message).toContain('The token has no scopes; a private repository needs repo.');
  });
});

describe('a secondary rate limit', () => {
  it('is waited for as long as it asks, and told', async () => {
    const { ask, passed, waits } = await setUp(first(2, secondaryLimit(30)));
    await ask();
    expect(passed).toEqual([30_000, 30_000]);
    expect(waits).toEqual([30_000, 30_000].map((waitMs) => ({ limit: 'secondary', waitMs })));
  });

  it('is waited for longer each time where it does not say for how long', async () => {
    const { ask, passed } = await setUp(first(3, secondaryLimit()));
    await ask();
    expect(passed).toEqual([60_000, 120_000, 240_000]);
  });

  it('is recognised where it comes as an answer of GraphQL', async () => {
    const { body } = secondaryLimit();
    const { ask, passed } = await setUp(first(1, { status: 200, body: { errors: [body] } }));
    await ask();
    expect(passed).toEqual([60_000]);
  });

  it('is one wait, told once, for all requests that meet it', async () => {
    const waits: Waiting[] = [];
    const waiting: (() => void)[] = [];
    // Time passes once all four wait.
    const pass = () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length < 4) return;
        now += 30_000;
        for (const go of waiting) go();
      });
    let now = Date.now();
    const more = { pass, now: () => now, onWait: (one: Waiting) => waits.push(one) };
    const { ask } = await setUp(first(4, secondaryLimit(30)), more);
    await Promise.all([ask(), ask(), ask(), ask()]);
    expect(waits).toEqual([{ limit: 'secondary', waitMs: 30_000 }]);
    expect(api.asked).toHaveLength(8);
  });

  it('is given up on after ten refusals', async () => {
    const { ask } = await setUp(first(99, secondaryLimit(1)));
    expect((await failure(ask())).kind).toBe('rate_limited');
    expect(api.asked).toHaveLength(11);
  });
});

describe('the primary rate limit', () => {
  it.each(['RATE_LIMITED', 'RATE_LIMIT'])('is waited for until there is more (%s)', async (type) => {
    const { ask, passed, waits } = await setUp(first(1, primaryLimit(900, type)));
    await ask();
    expect(passed).toHaveLength(1);
    expect(passed[0]).toBeGreaterThan(899_000);
    expect(passed[0]).toBeLessThanOrEqual(902_000);
    expect(waits[0]?.limit).toBe('primary');
  });

  it('goes by the clock of GitHub, not by ours', async () => {
    const { headers, ...limited } = primaryLimit(0);
    const theirs = {
      date: 'Wed, 04 Mar 2020 09:00:00 GMT',
      'x-ratelimit-reset': String(Date.UTC(2020, 2, 4, 9, 5) / 1_000),
    };
    const { ask, passed } = await setUp(first(1, { ...limited, headers: { ...headers, ...theirs } }));
    await ask();
    expect(passed).toEqual([301_000]);
  });

  it('is not run into: what used it up is answered, and what comes next waits', async () => {
    const { ask, passed } = await setUp({ points: 1 });
    await ask();
    expect(passed).toEqual([]);
    api.mishap = () => ({ status: 200, body: { data: { repository: { nameWithOwner: 'octo-org/empty' } } } });
    await ask();
    expect(passed).toHaveLength(1);
    expect(api.asked).toHaveLength(2);
  });

  it('is an error at once where it lasts longer than is waited for, and says until when', async () => {
    const { ask, passed, waits } = await setUp(first(1, primaryLimit(1_800)), { maxWaitMs: 600_000 });
    const error = await failure(ask());
    expect(error.kind).toBe('rate_limited');
    expect(error.message).toMatch(/^the rate limit of this token is used up until \d{4}-.+ UTC, in 3[01] minutes$/);
    expect(error.retryAt).toBeGreaterThan(Date.now() + 1_700_000);
    expect({ passed, waits }).toEqual({ passed: [], waits: [] });
  });

  it('of GraphQL is none of REST', async () => {
    const { ask, github, passed } = await setUp({ points: 1, routes: [() => ({ status: 200, body: [] })] });
    await ask();
    api.mishap = () => ({ status: 200, body: [] });
    await github.rest.request('GET /user');
    expect(passed).toEqual([]);
  });
});

describe('what fails without reason', () => {
  it.each([
    ['a bad gateway', badGateway],
    ['a connection that is cut', { status: 200, cut: true }],
    [
      'a query that GitHub gave up on',
      {
        status: 200,
        body: {
          errors: [{ message: 'Something went wrong while executing your query. This may be the result of a timeout' }],
        },
      },
    ],
  ])('is asked again, later each time: %s', async (_, answered) => {
    const { ask, passed, waits } = await setUp(first(3, answered));
    await ask();
    expect(passed).toHaveLength(3);
    const [one = 0, two = 0, three = 0] = passed;
    expect(one).toBeGreaterThanOrEqual(500);
    expect(two).toBeGreaterThanOrEqual(1_000);
    expect(three).toBeGreaterThanOrEqual(2_000);
    expect(three).toBeLessThanOrEqual(4_000);
    expect(waits).toEqual([]);
  });

  it('is given up on after five times, with what was said', async () => {
    const { ask } = await setUp(first(99, badGateway));
    expect(await failure(ask())).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('502') });
    expect(api.asked).toHaveLength(5);
  });

  it('says so where nothing listens', async () => {
    const { ask } = await setUp();
    await api.stop();
    expect(await failure(ask())).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    await api.start();
  });
});

describe('a token', () => {
  it('that is wrong is not tried twice', async () => {
    const { ask } = await setUp({ mishap: () => badCredentials });
    const error = await failure(ask());
    expect(error).toMatchObject({ kind: 'bad_token', message: expect.stringContaining('does not accept the token') });
    expect(error.message).not.toContain(TOKEN);
    expect(api.asked).toHaveLength(1);
  });

  it('without the scope for a private repository learns which it has and which it needs', async () => {
    const { ask } = await setUp({ tokens: { [TOKEN]: { scopes: ['gist'] } } });
    const error = await failure(ask({ owner: 'octo-org', name: 'service-02' }));
    expect(error.kind).toBe('not_found');
    expect(error.message).toContain('The token has the scopes gist; a private repository needs repo.');
  });

  it('with permissions instead of scopes is told what to permit', async () => {
    const { ask } = await setUp({ tokens: { [TOKEN]: { scopes: null } } });
    const error = await failure(ask({ owner: 'octo-org', name: 'nothing' }));
    expect(error.message).toContain('Let the token read this repository');
  });

  it.each([
    [
      'by a header',
      { status: 403, headers: { 'x-github-sso': 'required; url=https://github.com/orgs/octo-org/sso?x=1' }, body: {} },
      /single sign-on: authorize the token at https:\/\/github\.com\/orgs\/octo-org\/sso\?x=1/,
    ],
    [
      'by GraphQL',
      {
        status: 200,
        body: { errors: [{ type: 'FORBIDDEN', message: 'Resource protected by organization SAML enforcement.' }] },
      },
      /single sign-on/,
    ],
    [
      'for a permission',
      {
        status: 403,
        headers: { 'x-accepted-github-permissions': 'pull_requests=read' },
        body: { message: 'Resource not accessible by personal access token' },
      },
      /needs the permission pull_requests=read/,
    ],
  ])('that is refused %s learns what to do', async (_, answered, message) => {
    const { ask } = await setUp({ mishap: () => answered });
    const error = await failure(ask());
    expect(error.kind).toBe('forbidden');
    expect(error.message).toMatch(message);
  });
});

describe('a signal', () => {
  it('ends a request that is under way', async () => {
    const stop = new AbortController();
    const { ask } = await setUp({}, { signal: stop.signal });
    api.mishap = () => {
      stop.abort(new Error('stopped by a person'));
      return new Promise(() => {});
    };
    await expect(ask()).rejects.toThrow('stopped by a person');
  });

  it('ends a wait of half an hour', async () => {
    const stop = new AbortController();
    const onWait = () => stop.abort(new Error('stopped by a person'));
    const { ask } = await setUp(first(1, primaryLimit(1_800)), { signal: stop.signal, onWait, pass: undefined });
    await expect(ask()).rejects.toThrow('stopped by a person');
  });
});
