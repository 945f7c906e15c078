import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Answered } from '../../../test/support/fake-api.ts';
import { historyOf } from '../../../test/support/gitlab-api/past.ts';
import {
  badGateway,
  GitlabApi,
  type GitlabApiOptions,
  TOKEN,
  tooMany,
} from '../../../test/support/gitlab-api/server.ts';
import { PassingTime } from '../../../test/support/passing-time.ts';
import { createGitlab, type GitlabOptions } from './client.ts';
import { GitlabError } from './error.ts';
import { gitlabHost } from './host.ts';

let api: GitlabApi;
afterEach(() => api.stop());

const projectSchema = z.object({ path_with_namespace: z.string() });

/** A server, a client of it, and a time that passes only when the client waits. */
async function setUp(options: GitlabApiOptions = {}, more: Partial<GitlabOptions> = {}) {
  api = await new GitlabApi(historyOf(3, 0).company, options).start();
  const time = new PassingTime();
  const { passed, waits } = time;
  const gitlab = createGitlab({
    ...{ host: gitlabHost(api.url), token: TOKEN, userAgent: 'valuestream/test', maxWaitMs: 3_600_000 },
    ...time.options,
    ...more,
  });
  const ask = () => gitlab.one(projectSchema, 'projects/1000');
  return { gitlab, passed, waits, ask };
}

/** The first so many requests go wrong. */
const first = (count: number, answered: Answered): GitlabApiOptions => ({
  mishap: ({ index }) => (index < count ? answered : null),
});
const always = (answered: Answered): GitlabApiOptions => ({ mishap: () => answered });

const failure = (asking: Promise<unknown>): Promise<GitlabError> =>
  asking.then(
    () => expect.unreachable(),
    (error) => (error instanceof GitlabError ? error : expect.unreachable(String(error))),
  );

describe('a request', () => {
  it('is answered, with who asks told', async () => {
    const { ask } = await setUp();
    expect(await ask()).toEqual({ path_with_namespace: 'shop/web/service-00' });
    expect(api.asked[0]?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'user-agent': 'valuestream/test' });
  });

  it('for a project by its former path is led to it', async () => {
    const { gitlab } = await setUp();
    api.company.renamed.set('shop/before', 1_001);
    const found = await gitlab.one(projectSchema, 'projects/shop%2Fbefore');
    expect(found).toEqual({ path_with_namespace: 'shop/web/service-01' });
  });

  it('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const { ask } = await setUp({ mishap: () => new Promise(() => undefined) }, { signal: stop.signal });
    const asking = ask();
    stop.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
  });
});

describe('a list', () => {
  it('is followed by key and by page number, with what was asked', async () => {
    const { gitlab } = await setUp();
    const keyset = { pagination: 'keyset', order_by: 'id', sort: 'asc', per_page: 2 };
    expect(await gitlab.all(projectSchema, 'projects', keyset)).toHaveLength(3);
    expect(api.asked.at(-1)?.query.toString()).toContain('id_after=1001');
    expect(await gitlab.all(projectSchema, 'groups/shop/projects', { per_page: 1 })).toHaveLength(3);
    expect(api.asked.at(-1)?.query.get('page')).toBe('3');
  });

  it('is asked at the host that was given, whatever GitLab calls itself', async () => {
    const { gitlab } = await setUp();
    await gitlab.all(projectSchema, 'groups/shop/projects', { per_page: 2 });
    expect(api.asked).toHaveLength(2);
  });

  it('tells how long it is, where GitLab counts it', async () => {
    const { gitlab } = await setUp({ countsUpTo: 2 });
    expect(await gitlab.page(projectSchema, 'groups/shop/projects')).toMatchObject({ total: null, next: null });
    expect(await gitlab.page(z.unknown(), 'projects/1000/issues')).toMatchObject({ total: 0, items: [] });
  });
});

describe('a limit', () => {
  it('is waited for as long as GitLab says, and told once', async () => {
    const { ask, passed, waits } = await setUp(first(1, tooMany(40)));
    await ask();
    expect(passed).toHaveLength(1);
    expect(passed[0]).toBeGreaterThanOrEqual(40_000);
    expect(passed[0]).toBeLessThan(43_000);
    expect(waits).toEqual([{ limit: 'primary', waitMs: passed[0] }]);
  });

  it('that says only when to come again is waited for as well', async () => {
    const limited = { status: 429, headers: { 'retry-after': '7' }, body: 'Retry later\n' };
    const { ask, passed, waits } = await setUp(first(1, limited));
    await ask();
    expect(passed).toEqual([7_000]);
    expect(waits).toEqual([{ limit: 'secondary', waitMs: 7_000 }]);
  });

  it('that says nothing is waited for longer each time', async () => {
    const { ask, passed } = await setUp(first(2, { status: 429, body: 'Retry later\n' }));
    await ask();
    expect(passed).toEqual([60_000, 120_000]);
  });

  it('that is used up by an answer is waited for before the next request', async () => {
    const { ask, passed } = await setUp({
      mishap: ({ index }) => {
        const reset = String(Math.floor(Date.now() / 1_000) + 20);
        const headers = { 'ratelimit-remaining': '0', 'ratelimit-reset': reset };
        return index === 0 ? { status: 200, headers, body: { path_with_namespace: 'a' } } : null;
      },
    });
    await ask();
    expect(passed).toEqual([]);
    await ask();
    expect(passed).toHaveLength(1);
    expect(passed[0]).toBeGreaterThan(18_000);
  });

  it('that lasts too long ends it at once, and says until when', async () => {
    const { ask, passed } = await setUp(always(tooMany(1_800)), { maxWaitMs: 60_000 });
    const error = await failure(ask());
    expect(error).toMatchObject({ kind: 'rate_limited', message: expect.stringContaining('rate limit') });
    expect(error.retryAt).toBeGreaterThan(Date.now());
    expect(passed).toEqual([]);
  });
});

describe('a server that stumbles', () => {
  it('is asked again, later each time', async () => {
    const { ask, passed } = await setUp(first(3, badGateway));
    await ask();
    expect(passed).toHaveLength(3);
    expect(passed[2]).toBeGreaterThan(passed[0] ?? 0);
  });

  it('is given up after five times', async () => {
    const { ask } = await setUp(always(badGateway));
    expect(await failure(ask())).toMatchObject({
      ...{ kind: 'unavailable', message: expect.stringContaining('answers 502, asked 5 times') },
    });
  });

  it('is missed where there is none', async () => {
    const { gitlab } = await setUp();
    await api.stop();
    expect(await failure(gitlab.one(projectSchema, 'projects/1'))).toMatchObject({
      ...{ kind: 'unavailable', message: expect.stringMatching(/does not answer \(connect ECONNREFUSED/) },
    });
    await api.start();
  });
});

describe('a refusal says what to do', () => {
  it('of a token that is none', async () => {
    const { ask } = await setUp({}, { token: 'glpat-wrong' });
    expect(await failure(ask())).toMatchObject({
      ...{ kind: 'bad_token', message: expect.stringContaining('does not accept the token (401 Unauthorized)') },
    });
  });

  it('of a token without its scope', async () => {
    const { ask } = await setUp({ tokens: { [TOKEN]: ['read_user'] } });
    expect(await failure(ask())).toMatchObject({
      ...{ kind: 'forbidden', message: expect.stringContaining('The token needs the scope read_api') },
    });
  });

  it('of somebody who may not', async () => {
    const { ask } = await setUp(always({ status: 403, body: { message: '403 Forbidden' } }));
    expect(await failure(ask())).toMatchObject({
      ...{ kind: 'forbidden', message: expect.stringContaining('role Reporter') },
    });
  });

  it('of what is not there, or not to be seen', async () => {
    const { gitlab } = await setUp();
    expect(await failure(gitlab.one(projectSchema, 'projects/shop%2Fnone'))).toMatchObject({
      ...{ kind: 'not_found', message: expect.stringContaining('has no projects/shop/none (404 Project Not Found)') },
    });
  });

  it.each([
    ['a page of something else', '<html>Sign in</html>'],
    ['another shape', { path: 'a' }],
  ])('of %s', async (_, body) => {
    const { ask } = await setUp(always({ status: 200, body }));
    expect(await failure(ask())).toMatchObject({
      ...{ kind: 'unexpected', message: expect.stringContaining("does not answer as GitLab's API does") },
    });
  });

  it('of GraphQL, with what it says', async () => {
    const { gitlab } = await setUp();
    expect(await failure(gitlab.graphql(z.unknown(), '{ nothing }', {}))).toMatchObject({
      ...{ kind: 'unexpected', message: expect.stringContaining('Cannot query field "nothing"') },
    });
  });
});
