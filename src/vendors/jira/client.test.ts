import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Answered } from '../../../test/support/fake-api.ts';
import { type Deployment, historyOf } from '../../../test/support/jira-api/past.ts';
import {
  badGateway,
  EMAIL,
  JiraApi,
  type JiraApiOptions,
  TOKEN,
  tooMany,
  unauthorized,
} from '../../../test/support/jira-api/server.ts';
import { PassingTime } from '../../../test/support/passing-time.ts';
import { connectJira, type Jira, type JiraOptions } from './client.ts';
import { jiraSite } from './site.ts';

let api: JiraApi;
let time: PassingTime;
beforeEach(() => {
  time = new PassingTime(Date.parse('2026-03-05T10:00:00Z'));
});
afterEach(() => api.stop());

async function serve(deployment: Deployment, options: JiraApiOptions = {}): Promise<void> {
  const { company } = historyOf({ projects: 1, issues: 0, deployment });
  api = await new JiraApi(company, { timeZone: 'Europe/Berlin', ...options }).start();
}

/** A client whose time passes at once. */
function connect(more: Partial<JiraOptions> = {}): Promise<Jira> {
  return connectJira({
    ...{ site: jiraSite(api.url), credentials: { token: TOKEN, email: EMAIL }, userAgent: 'valuestream/test' },
    ...{ maxWaitMs: 60_000, ...time.options },
    ...more,
  });
}

const me = z.object({ timeZone: z.string() });
const myself = (jira: Jira) => jira.get(me, `${jira.api}/myself`);

/** Answers the first requests for who asks so, and then the truth. */
function first(...answers: readonly (Answered | null)[]): void {
  let count = 0;
  api.mishap = ({ path }) => {
    if (!path.endsWith('/myself')) return null;
    count += 1;
    return answers[count - 1] ?? null;
  };
}

describe('a Jira says itself what it is', () => {
  it('a Cloud is asked by e-mail address and token, in version 3', async () => {
    await serve('cloud');
    const jira = await connect();
    expect(jira).toMatchObject({ isCloud: true, api: '/rest/api/3', url: 'https://acme.example' });
    expect(await myself(jira)).toEqual({ timeZone: 'Europe/Berlin' });
    const basic = `Basic ${Buffer.from(`${EMAIL}:${TOKEN}`).toString('base64')}`;
    expect(api.asked.map(({ headers }) => headers.authorization)).toEqual([undefined, basic]);
  });

  it('a Data Center by the token alone, in version 2, below its path, though an e-mail address is there', async () => {
    await serve('data_center', { context: '/jira' });
    const jira = await connect();
    expect(jira).toMatchObject({ isCloud: false, api: '/rest/api/2' });
    expect(await myself(jira)).toEqual({ timeZone: 'Europe/Berlin' });
    expect(api.asked.at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('one that tells nobody is a Cloud where there is an e-mail address', async () => {
    await serve('cloud', { mishap: ({ path }) => (path.endsWith('/serverInfo') ? unauthorized : null) });
    expect(await connect()).toMatchObject({ isCloud: true });
    expect(await connect({ credentials: { token: TOKEN, email: null } })).toMatchObject({ isCloud: false });
  });

  it('no token is sent to a Cloud whose account is not named', async () => {
    await serve('cloud');
    const refused = connect({ credentials: { token: TOKEN, email: null } });
    await expect(refused).rejects.toMatchObject({
      kind: 'no_token',
      message: expect.stringContaining('VS_JIRA_EMAIL'),
    });
    expect(JSON.stringify(api.asked)).not.toContain(TOKEN);
  });

  it('a page that is none of Jira is called so', async () => {
    await serve('cloud', { mishap: () => ({ status: 200, body: '<html>Welcome</html>' }) });
    await expect(connect()).rejects.toMatchObject({
      ...{ kind: 'unexpected', message: expect.stringContaining('is this the address of a Jira?') },
    });
  });
});

describe('a limit', () => {
  beforeEach(() => serve('cloud'));

  it('is waited for as long as Retry-After says, and told', async () => {
    first(tooMany(7), tooMany(3));
    expect(await myself(await connect())).toEqual({ timeZone: 'Europe/Berlin' });
    expect(time.passed).toEqual([7_000, 3_000]);
    expect(time.waits).toEqual([
      { limit: 'secondary', waitMs: 7_000 },
      { limit: 'secondary', waitMs: 3_000 },
    ]);
  });

  it('of an hour is one that is used up', async () => {
    first(tooMany(30, 'jira-quota-global-based'));
    await myself(await connect());
    expect(time.waits).toEqual([{ limit: 'primary', waitMs: 30_000 }]);
  });

  it.each([
    ['by the time at which it is over', { 'x-ratelimit-reset': '2026-03-05T10:00:20Z' }, 21_000],
    ["by Data Center's interval", { 'x-ratelimit-interval-seconds': '40', 'x-ratelimit-fillrate': '10' }, 40_000],
    ['for a while where nothing says how long', {}, 5_000],
    ['for a moment where it says 0', { 'retry-after': '0' }, 1_000],
  ])('is waited for %s', async (_, headers, waitMs) => {
    first({ status: 429, headers: { date: new Date(time.now).toUTCString(), ...headers }, body: {} });
    await myself(await connect());
    expect(time.passed).toEqual([waitMs]);
  });

  it('that is all but used up lets what comes next wait', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'retry-after': '9' };
    first({ status: 200, headers, body: { timeZone: 'UTC' } });
    const jira = await connect();
    await myself(jira);
    expect(time.passed).toEqual([]);
    await myself(jira);
    expect(time.passed).toEqual([9_000]);
  });

  it('is not waited for where it lasts too long', async () => {
    first(tooMany(3_600));
    await expect(connect({ maxWaitMs: 1_000 }).then(myself)).rejects.toMatchObject({
      ...{ kind: 'rate_limited', message: expect.stringContaining('2026-03-05 11:00:00 UTC') },
    });
  });
});

describe('what fails', () => {
  beforeEach(() => serve('data_center'));

  it('without fault is asked again', async () => {
    first(badGateway, { status: 200, cut: true }, { status: 503, headers: { 'retry-after': '20' }, body: {} });
    expect(await myself(await connect())).toEqual({ timeZone: 'Europe/Berlin' });
    expect(time.passed).toHaveLength(3);
    expect(time.passed[2]).toBe(20_000);
  });

  it('again and again is told in the end', async () => {
    api.mishap = () => badGateway;
    await expect(connect()).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('502') });
    expect(api.asked).toHaveLength(5);
  });

  it.each([
    [401, {}, { message: 'Client must be authenticated' }, 'bad_token', 'does not accept the token'],
    [403, {}, { errorMessages: ['No permission'] }, 'forbidden', 'refuses GET /rest/api/2/myself (No permission)'],
    [
      403,
      { 'x-authentication-denied-reason': 'CAPTCHA_CHALLENGE; login-url=x' },
      '',
      'bad_token',
      'sign in with a browser',
    ],
    [404, {}, { errorMessages: [], errors: { user: 'It does not exist' } }, 'not_found', 'It does not exist'],
    [400, {}, { errorMessages: ['Bad query'] }, 'unexpected', 'answered 400'],
    [200, {}, { timeZone: 7 }, 'unexpected', 'timeZone'],
    [200, {}, '<html>Log in</html>', 'unexpected', 'with a page'],
  ])('for a reason is told: %d %j %j', async (status, headers, body, kind, message) => {
    first({ status, headers, body });
    const refused = connect().then(myself);
    await expect(refused).rejects.toMatchObject({ kind, message: expect.stringContaining(message) });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining(TOKEN) });
  });

  it('may mean that there is no such thing', async () => {
    const jira = await connect();
    expect(await jira.find(me, [404], '/rest/agile/1.0/nothing')).toBeNull();
  });

  it('ends at once where it is aborted', async () => {
    const stop = new AbortController();
    const jira = await connect({ signal: stop.signal });
    api.mishap = () => {
      stop.abort(new Error('enough'));
      return badGateway;
    };
    await expect(myself(jira)).rejects.toThrow('enough');
  });
});
