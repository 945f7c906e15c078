import type { FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessWorld } from '../../test/support/access.ts';
import type { Access } from '../access/access.ts';
import { Attempts } from '../access/attempts.ts';
import type { DoorSettings } from '../access/door.ts';
import { IDLE_MS } from '../access/sessions.ts';
import type { AccessFacts } from '../telemetry/access.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { grantOf, guard } from './guard.ts';
import { createServer } from './server.ts';
import { sessionRoutes } from './session.ts';
import { tokenRoutes } from './tokens.ts';

const OWN = { host: 'vs.example.org', 'sec-fetch-site': 'same-origin' };

let world: AccessWorld;
let access: Access;
let told: string[];
let app: FastifyInstance;
beforeEach(async () => {
  world = new AccessWorld();
  access = await world.open();
  told = [];
  app = await serve({ access: 'required' });
});
afterEach(async () => {
  await app.close();
  access.close();
  await world.close();
});

/** Only what has to do with access, and one route of each kind. */
async function serve(more: Partial<DoorSettings> = {}): Promise<FastifyInstance> {
  const settings: DoorSettings = { host: '127.0.0.1', access: 'auto', insecure: false, ...more };
  const now = () => world.now;
  const server = createServer(createTelemetry(pino({ level: 'silent' }), now));
  const note = (fact: string) => (about: unknown) => void told.push(`${fact} ${JSON.stringify(about)}`);
  const facts: AccessFacts = {
    tokenCreated: note('created'),
    tokenRevoked: note('revoked'),
    signedIn: note('signed in'),
    triedTooOften: note('too often'),
    failed: (error) => {
      throw error;
    },
  };
  const proving = { tokens: access.tokens, attempts: new Attempts(now), triedTooOften: facts.triedTooOften };
  const guarding = { ...proving, access, settings };
  guard(server, guarding);
  const baseUrl = () => 'https://vs.example.org';
  await server.register(
    async (api) => {
      await api.register(sessionRoutes({ ...guarding, facts, baseUrl }));
      await api.register(tokenRoutes({ access, facts, now }));
      api.get('/things', async (request) => ({ via: grantOf(request).via }));
      api.post('/things', async () => ({ done: true }));
    },
    { prefix: '/api/v1' },
  );
  return server;
}

const ask = (options: InjectOptions & { url: string }, to = app) =>
  to.inject({ ...options, url: `/api/v1${options.url}`, headers: { host: 'vs.example.org', ...options.headers } });

async function signIn(role: 'admin' | 'read_only' = 'admin', headers: Record<string, string> = OWN) {
  const { secret } = await access.links.create(role, 'ada');
  return ask({ method: 'POST', url: '/session', headers, payload: { once: secret } });
}

/** As a browser keeps it. */
function cookieOf({ headers }: { headers: Record<string, unknown> }): string {
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

describe('signing in', () => {
  it('gives a cookie that no script reads and no other site has sent, and says who one is', async () => {
    const answer = await signIn();
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      required: true,
      via: 'session',
      role: 'admin',
      scopes: ['read', 'ingest', 'admin'],
      expires_at: new Date(world.now + IDLE_MS).toISOString(),
    });
    expect(answer.headers['set-cookie']).toMatch(
      /^valuestream_session=vss_\w{49}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  it('by https gives one that goes by https alone, and that nobody beside us can set', async () => {
    const answer = await signIn('admin', { ...OWN, origin: 'https://vs.example.org' });
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-valuestream_session=vss_\w{49}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect((await ask({ url: '/things', headers: { cookie: cookieOf(answer) } })).statusCode).toBe(200);
  });

  it('works once with a link, and says so the second time', async () => {
    const { secret } = await access.links.create('admin', 'ada');
    const once = () => ask({ method: 'POST', url: '/session', headers: OWN, payload: { once: secret } });
    expect((await once()).statusCode).toBe(200);
    const second = await once();
    expect([second.statusCode, second.headers['set-cookie']]).toEqual([401, undefined]);
    expect(second.json()).toMatchObject({ code: 'unauthenticated', detail: expect.stringContaining('it works once') });
  });

  it('works with a token, and not with one that lets nobody look', async () => {
    const make = async (name: string, scopes: readonly ('read' | 'ingest')[]) =>
      (await access.tokens.create({ name, scopes, expiresAt: null, createdBy: 'ada' }))?.secret;
    const by = async (token: string | undefined) =>
      ask({ method: 'POST', url: '/session', headers: OWN, payload: { token } });
    expect((await by(await make('reader', ['read']))).json()).toMatchObject({ role: 'read_only', scopes: ['read'] });
    expect((await by(await make('ci', ['ingest']))).statusCode).toBe(401);
  });

  it.each([
    [{}],
    [{ once: 'a', token: 'b' }],
    [{ once: 1 }],
    [{ once: 'a', password: 'x' }],
    [{ once: 'x'.repeat(201) }],
  ])('refuses %j, and names what is wrong', async (payload) => {
    const answer = await ask({ method: 'POST', url: '/session', headers: OWN, payload });
    expect([answer.statusCode, answer.json().errors.length]).toEqual([400, 1]);
  });

  it.each([{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { origin: 'null' }])(
    'is refused to a page with %j, so that nobody is signed in as somebody else, and the link stays good',
    async (headers) => {
      const { secret } = await access.links.create('admin', 'ada');
      const answer = await ask({ method: 'POST', url: '/session', headers, payload: { once: secret } });
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'cross_origin']);
      expect((await ask({ method: 'POST', url: '/session', headers: OWN, payload: { once: secret } })).statusCode).toBe(
        200,
      );
    },
  );

  it('is told to wait after twenty wrong links, and once in the log; a right one is let in all the same', async () => {
    const wrong = () => ask({ method: 'POST', url: '/session', headers: OWN, payload: { once: 'vso_wrong' } });
    for (let count = 0; count < 20; count += 1) expect((await wrong()).statusCode).toBe(401);
    world.now += 20_000;
    for (let count = 0; count < 3; count += 1)
      expect(await wrong()).toMatchObject({ statusCode: 429, headers: { 'retry-after': '40' } });
    expect(told).toEqual(['too often "127.0.0.1"']);
    expect((await signIn()).statusCode).toBe(200);
    world.now += 40_000;
    expect((await wrong()).statusCode).toBe(401);
  });
});

describe('a session', () => {
  it.each([
    ['admin', 200, 200],
    ['read_only', 200, 403],
  ] as const)('of the role %s: GET is %d, POST %d', async (role, get, post) => {
    const headers = { ...OWN, cookie: cookieOf(await signIn(role)) };
    expect((await ask({ url: '/things', headers })).statusCode).toBe(get);
    const posted = await ask({ method: 'POST', url: '/things', headers });
    expect(posted.statusCode).toBe(post);
    if (post === 403)
      expect(posted.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('admin') });
  });

  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ origin: 'http://vs.example.org' }, 200],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'none' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{}, 403],
  ])('changes something with %j: %d', async (headers, status) => {
    const cookie = cookieOf(await signIn());
    expect((await ask({ method: 'POST', url: '/things', headers: { cookie, ...headers } })).statusCode).toBe(status);
  });

  it('is not read by a page of another site, should a browser send its cookie', async () => {
    const cookie = cookieOf(await signIn());
    const answer = await ask({
      url: '/things',
      headers: { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'cross_origin']);
  });

  it('ends after seven days without a request', async () => {
    const cookie = cookieOf(await signIn());
    world.now += IDLE_MS - 1;
    expect((await ask({ url: '/things', headers: { cookie } })).statusCode).toBe(200);
    world.now += IDLE_MS;
    expect((await ask({ url: '/things', headers: { cookie } })).statusCode).toBe(401);
  });

  it('is over after signing out, and its cookie is taken back', async () => {
    const cookie = cookieOf(await signIn());
    const out = await ask({ method: 'DELETE', url: '/session', headers: { ...OWN, cookie } });
    expect([out.statusCode, out.body]).toEqual([204, '']);
    expect(out.headers['set-cookie']).toEqual(['valuestream_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict']);
    expect((await ask({ url: '/things', headers: { cookie } })).statusCode).toBe(401);
    expect((await ask({ url: '/session', headers: { cookie } })).json()).toMatchObject({ via: null, role: null });
  });

  it('is not signed out by a page of another site', async () => {
    const cookie = cookieOf(await signIn());
    const out = await ask({ method: 'DELETE', url: '/session', headers: { cookie, 'sec-fetch-site': 'cross-site' } });
    expect(out.statusCode).toBe(403);
    expect((await ask({ url: '/things', headers: { cookie } })).statusCode).toBe(200);
  });

  it.each([
    'valuestream_session=',
    'valuestream_session=vss_x',
    'valuestream_session=%',
    '=;;',
    'valuestream_session=%00',
  ])('that is none (%j) is answered 401', async (cookie) => {
    expect((await ask({ url: '/things', headers: { cookie } })).statusCode).toBe(401);
  });
});

describe('who am I', () => {
  it('is answered to a stranger: nobody, and that somebody has to be', async () => {
    const answer = await ask({ url: '/session' });
    expect(answer.json()).toEqual({ required: true, via: null, role: null, scopes: [], expires_at: null });
  });

  it('is answered where access is open', async () => {
    const open = await serve();
    const answer = await ask({ url: '/session', headers: { host: 'localhost:4747' } }, open);
    expect(answer.json()).toMatchObject({ required: false, via: 'open', role: 'admin' });
    expect((await ask({ url: '/session' }, open)).json()).toMatchObject({ required: true, via: null });
    await open.close();
  });

  it('is answered to a token', async () => {
    const made = await access.tokens.create({ name: 'ci', scopes: ['ingest'], expiresAt: null, createdBy: 'ada' });
    const answer = await ask({ url: '/session', headers: { authorization: `Bearer ${made?.secret}` } });
    expect(answer.json()).toEqual({ required: true, via: 'token', role: null, scopes: ['ingest'], expires_at: null });
  });
});

describe('a token in the header', () => {
  it.each([
    ['Basic YTpi', 'no bearer token'],
    ['Bearer', 'no bearer token'],
    ['Bearer ghp_0123', 'begin with vst_'],
    [`Bearer vst_${'0'.repeat(49)}`, 'missing or mistyped'],
    ['Bearer vst_short', 'missing or mistyped'],
  ])('that is wrong (%s) is told what is wrong with it', async (authorization, detail) => {
    const answer = await ask({ url: '/things', headers: { authorization } });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="ValueStream", error="invalid_token"');
    expect(answer.json()).toMatchObject({ code: 'unauthenticated', detail: expect.stringContaining(detail) });
  });

  it('is not let in with a session’s cookie beside it that would be', async () => {
    const cookie = cookieOf(await signIn());
    const answer = await ask({ url: '/things', headers: { cookie, authorization: 'Bearer vst_wrong' } });
    expect(answer.statusCode).toBe(401);
  });

  it('binds where access is open, too', async () => {
    const open = await serve();
    const made = await access.tokens.create({ name: 'reader', scopes: ['read'], expiresAt: null, createdBy: 'ada' });
    const headers = { host: 'localhost', authorization: `Bearer ${made?.secret}` };
    expect((await ask({ url: '/things', headers }, open)).json()).toEqual({ via: 'token' });
    expect((await ask({ method: 'POST', url: '/things', headers }, open)).statusCode).toBe(403);
    await open.close();
  });

  it('needs no name of ours, and may come from any page: no browser sends it by itself', async () => {
    const made = await access.tokens.create({ name: 'ci', scopes: ['admin'], expiresAt: null, createdBy: 'ada' });
    const headers = { host: 'evil.example', origin: 'https://evil.example', authorization: `bearer ${made?.secret}` };
    expect((await ask({ method: 'POST', url: '/things', headers })).statusCode).toBe(200);
  });
});

describe('tokens', () => {
  it('are made, listed and revoked by who may, and every step is noted without a secret', async () => {
    const headers = { ...OWN, cookie: cookieOf(await signIn()) };
    const expires_at = new Date(world.now + 60_000).toISOString();
    const payload = { name: ' ci ', scopes: ['ingest', 'read', 'read'], expires_at };
    const made = await ask({ method: 'POST', url: '/tokens', headers, payload });
    expect(made.statusCode).toBe(201);
    const { token, ...rest } = made.json();
    expect(rest).toMatchObject({ name: 'ci', scopes: ['read', 'ingest'], expires_at, created_by: expect.any(String) });
    expect((await ask({ url: '/tokens', headers })).json()).toEqual({ items: [rest] });
    expect((await ask({ method: 'DELETE', url: `/tokens/${rest.id}`, headers })).statusCode).toBe(204);
    expect((await ask({ method: 'DELETE', url: `/tokens/${rest.id}`, headers })).statusCode).toBe(404);
    expect((await ask({ url: '/tokens', headers })).json()).toEqual({ items: [] });
    expect(told.map((fact) => fact.split(' {')[0])).toEqual([
      expect.stringContaining('signed in'),
      'created',
      'revoked',
    ]);
    expect(told.join()).not.toContain(token.slice(4, 20));
  });

  it.each([
    [{ name: '', scopes: ['read'] }, 'name'],
    [{ name: 'two\nlines', scopes: ['read'] }, 'name'],
    [{ name: 'ci\u202E', scopes: ['read'] }, 'name'],
    [{ name: 'ci', scopes: [] }, 'scopes'],
    [{ name: 'ci', scopes: ['everything'] }, 'scopes/0'],
    [{ name: 'ci', scopes: ['read'], expires_at: 'tomorrow' }, 'expires_at'],
    [{ name: 'ci', scopes: ['read'], expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: 'ci', scopes: ['read'], expires: '2030-01-01T00:00:00Z' }, 'expires'],
  ])('are not made of %j: %s is named', async (payload, field) => {
    const headers = { ...OWN, cookie: cookieOf(await signIn()) };
    const answer = await ask({ method: 'POST', url: '/tokens', headers, payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ pointer: field }]);
    expect(access.tokens.list()).toEqual([]);
  });

  it('are for admins alone, their list too', async () => {
    const headers = { ...OWN, cookie: cookieOf(await signIn('read_only')) };
    expect((await ask({ url: '/tokens', headers })).statusCode).toBe(403);
  });
});

describe('a link to sign in with', () => {
  it('keeps its secret behind the #, where no log and no Referer sees it', async () => {
    const headers = { ...OWN, cookie: cookieOf(await signIn()) };
    const made = await ask({ method: 'POST', url: '/session/links', headers, payload: { role: 'read_only' } });
    const { url, role } = made.json();
    expect([made.statusCode, role]).toEqual([201, 'read_only']);
    expect(url).toMatch(/^https:\/\/vs\.example\.org\/login#once=vso_\w{49}$/);
    const once = url.split('=').at(-1);
    const answer = await ask({ method: 'POST', url: '/session', headers: OWN, payload: { once } });
    expect(answer.json()).toMatchObject({ role: 'read_only' });
  });
});
