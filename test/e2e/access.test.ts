import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { covers, type Scope, scopes } from '../../src/domain/access.ts';
import { makeTokens } from '../support/access.ts';
import {
  githubSignature,
  newDataDir,
  removeDataDir,
  runProgram,
  startProgram,
  startServer,
  type TestServer,
  until,
} from '../support/server.ts';

/**
 * What every operation needs, said again by hand: an operation that is new has to be thought about here. `null` is open to
 * everybody, `own` proves where it comes from in its own way.
 */
const NEEDED: Readonly<Record<string, Scope | 'own' | null>> = {
  'POST /webhooks/{source}': 'own',
  'POST /webhooks/{source}/{instance}': 'own',
  'GET /healthz': null,
  'GET /readyz': null,
  'GET /metrics': 'read',
  'GET /api/v1/session': null,
  'POST /api/v1/session': null,
  'DELETE /api/v1/session': null,
  'POST /api/v1/session/links': 'admin',
  'GET /api/v1/tokens': 'admin',
  'POST /api/v1/tokens': 'admin',
  'DELETE /api/v1/tokens/{id}': 'admin',
  'GET /api/v1/spans': 'read',
  'GET /api/v1/spans/{span_id}': 'read',
  'GET /api/v1/traces': 'read',
  'GET /api/v1/traces/{trace_id}': 'read',
  'GET /api/v1/measures/durations': 'read',
  'GET /api/v1/measures/dora': 'read',
  'GET /api/v1/measures/flow': 'read',
  'GET /api/v1/measures/pull-requests': 'read',
  'GET /api/v1/measures/items': 'read',
  'GET /api/v1/traceparent': 'read',
  'GET /api/v1/stream': 'read',
  'PATCH /api/v1/verdicts/{span_id}': 'admin',
  'GET /api/v1/deliveries': 'read',
  'GET /api/v1/deliveries/{id}': 'read',
  'POST /api/v1/deliveries/{id}/replay': 'admin',
  'POST /api/v1/replays': 'admin',
  'GET /api/v1/replays': 'read',
  'GET /api/v1/replays/{id}': 'read',
  'DELETE /api/v1/replays/{id}': 'admin',
  'GET /api/v1/rules': 'read',
  'POST /api/v1/rules/checks': 'admin',
  'GET /api/v1/rules/checks': 'read',
  'GET /api/v1/rules/checks/{id}': 'read',
  'DELETE /api/v1/rules/checks/{id}': 'admin',
  'POST /api/v1/imports': 'admin',
  'GET /api/v1/imports/cursors': 'read',
  'GET /api/v1/exports': 'read',
  'POST /api/v1/exports/{name}/resend': 'admin',
  'GET /api/v1/sources': 'read',
};

interface Operation {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

const description: { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> } = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
);
const operations = new Map<string, Operation>(
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  ),
);

const BUILD = { id: '1', namespace: 'shop', type: 'build', action: 'start' };
const SECRET = 's3cret';

let server: TestServer;
let dataDir: string;
let tokens: Record<Scope, string>;
beforeAll(async () => {
  dataDir = newDataDir();
  tokens = await makeTokens(dataDir, ...scopes);
  server = await startServer(dataDir, {
    VS_HOST: '0.0.0.0',
    VS_SECRET_GITHUB: SECRET,
    VS_SECRET_CUSTOMHTTP_CI: SECRET,
  });
  await tell(tokens.ingest);
});
afterAll(async () => {
  await server.stop();
  removeDataDir(dataDir);
});

const bearer = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

function tell(token?: string, headers: Record<string, string> = {}, instance = ''): Promise<Response> {
  return fetch(`${server.url}/webhooks/customhttp${instance}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(token), ...headers },
    body: JSON.stringify(BUILD),
  });
}

async function ask(
  operation: string,
  token: string | undefined,
): Promise<{ status: number; challenge: string; body: string }> {
  const [method = '', path = ''] = operation.split(' ');
  const controller = new AbortController();
  const answer = await fetch(`${server.url}${path.replace(/\{\w+\}/, 'none')}`, {
    ...{ method, headers: bearer(token), signal: controller.signal },
  });
  const isStream = answer.headers.get('content-type') === 'text/event-stream';
  const body = isStream ? '' : await answer.text();
  controller.abort();
  return { status: answer.status, challenge: answer.headers.get('www-authenticate') ?? '', body };
}

const guarded = Object.entries(NEEDED).flatMap(([operation, needed]) =>
  needed === null || needed === 'own' ? [] : [[operation, needed] as const],
);
const open = Object.entries(NEEDED).flatMap(([operation, needed]) => (needed === null ? [operation] : []));

describe('every operation', () => {
  it('is thought about here', () => {
    expect([...operations.keys()].sort()).toEqual(Object.keys(NEEDED).sort());
  });

  it.each(Object.entries(NEEDED))('says in its description what it needs: %s %s', (operation, needed) => {
    const own = [{}, { token: ['ingest'] }];
    const expected = needed === null ? [] : needed === 'own' ? own : [{ token: [needed] }, { session: [needed] }];
    expect(operations.get(operation)?.security).toEqual(expected);
  });

  it.each(guarded)('without a token is 401, with a challenge: %s', async (operation) => {
    const { status, challenge, body } = await ask(operation, undefined);
    expect([status, challenge]).toEqual([401, 'Bearer realm="ValueStream"']);
    expect(JSON.parse(body)).toMatchObject({ code: 'unauthenticated', detail: expect.stringContaining('Bearer vst_') });
  });

  it.each(guarded)('with a token that is wrong is 401 or, after many, 429: %s', async (operation) => {
    const { status, challenge } = await ask(operation, `vst_${'0'.repeat(49)}`);
    expect([401, 429]).toContain(status);
    expect(challenge).toBe('Bearer realm="ValueStream", error="invalid_token"');
  });

  it.each(guarded.flatMap(([operation, needed]) => scopes.map((scope) => [operation, needed, scope] as const)))(
    '%s needs %s, and is asked with %s',
    async (operation, needed, scope) => {
      const { status, challenge, body } = await ask(operation, tokens[scope]);
      if (covers([scope], needed)) return expect([401, 403, 500]).not.toContain(status);
      expect([status, challenge]).toEqual([
        403,
        `Bearer realm="ValueStream", error="insufficient_scope", scope="${needed}"`,
      ]);
      expect(JSON.parse(body)).toMatchObject({ code: 'forbidden', detail: expect.stringContaining(`scope ${needed}`) });
    },
  );

  it.each(open)('that is open is answered without a token: %s', async (operation) => {
    expect([401, 500]).not.toContain((await ask(operation, undefined)).status);
  });

  it.each(['/api/v1/nothing', '/api/v2/spans', '/api/', '/api/v1/spans/../tokens', '/api//v1/tokens'])(
    'that there is none of is 401 to a stranger: %s',
    async (path) => {
      expect(await raw(path, { host: 'localhost' })).toMatchObject({ status: 401 });
    },
  );

  it.each(['/openapi.json', '/docs/', '/docs/measures.md', '/healthz', '/readyz'])(
    'is beside %s, which is open',
    async (path) => {
      expect((await fetch(server.url + path)).status).toBe(200);
    },
  );
});

/** As no well-behaved client asks: the path as it stands, and headers that fetch would not send. */
async function raw(
  path: string,
  headers: Record<string, string>,
  { url = server.url, method = 'GET', body = '' } = {},
) {
  const { hostname, port } = new URL(url);
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    request({ hostname, port, path, method, headers }, resolve).on('error', reject).end(body);
  });
  return { status: answer.statusCode, body: await text(answer), headers: answer.headers };
}

describe('raw bodies', () => {
  const delivery = async (token: string): Promise<{ body: string | null; body_status: string }> =>
    JSON.parse(await (await fetch(`${server.url}/api/v1/deliveries/1`, { headers: bearer(token) })).text());

  it('are shown to admins, and to nobody else', async () => {
    expect(await delivery(tokens.admin)).toMatchObject({ body: JSON.stringify(BUILD), body_status: 'shown' });
    expect(await delivery(tokens.read)).toMatchObject({ id: '1', body: null, body_status: 'withheld' });
  });

  it('are nowhere in what a reader may read', async () => {
    const body = JSON.stringify({ ...BUILD, id: 'secret', unread: 'a word that only the raw body has' });
    const headers = { 'content-type': 'application/json', ...bearer(tokens.ingest) };
    await fetch(`${server.url}/webhooks/customhttp`, { method: 'POST', headers, body });
    const reading = guarded.filter(([operation, needed]) => needed === 'read' && !operation.endsWith('/stream'));
    const answers = reading.map(async ([operation]) => {
      const path = (operation.split(' ')[1] ?? '').replace('{span_id}', 'vstrace-customhttp-build-shop-secret');
      const { status, body: answer } = await ask(
        `GET ${path.replace('{trace_id}', 'vstrace-customhttp-build-shop-secret').replace('deliveries/{id}', 'deliveries/2')}`,
        tokens.read,
      );
      expect(answer).not.toContain('a word that only the raw body has');
      return status;
    });
    expect((await Promise.all(answers)).filter((status) => status === 200).length).toBeGreaterThan(8);
  });

  it('are told by the command line to be for others', async () => {
    const run = (token: string) => runProgram(['deliveries', '1', '--body'], { VS_URL: server.url, VS_TOKEN: token });
    expect((await run(tokens.admin)).stdout).toBe(JSON.stringify(BUILD));
    expect(await run(tokens.read)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('scope admin'),
    });
  });
});

describe('an event', () => {
  it.each([
    ['ingest', 200],
    ['admin', 200],
    ['read', 403],
  ] as const)('told with a token for %s is answered %d', async (scope, status) => {
    expect((await tell(tokens[scope])).status).toBe(status);
  });

  it('that came with a token says so', async () => {
    const answer: { id: string } = JSON.parse(await (await tell(tokens.ingest)).text());
    const delivery = await fetch(`${server.url}/api/v1/deliveries/${answer.id}`, { headers: bearer(tokens.read) });
    expect(await delivery.json()).toMatchObject({ authenticity: 'api-token' });
  });

  it('is taken with a token in place of a signature, and with a signature whatever the token is for', async () => {
    const signature = { 'x-vs-signature': githubSignature(SECRET, JSON.stringify(BUILD)) };
    expect((await tell(undefined, {}, '/ci')).status).toBe(401);
    expect((await tell(tokens.ingest, {}, '/ci')).status).toBe(200);
    expect((await tell(tokens.read, signature, '/ci')).status).toBe(200);
    expect((await tell(tokens.read, {}, '/ci')).status).toBe(403);
  });

  it('of a sender that signs needs its signature, whatever token is beside it', async () => {
    const headers = { 'content-type': 'application/json', 'x-github-event': 'ping', ...bearer(tokens.admin) };
    const answer = await fetch(`${server.url}/webhooks/github`, { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(401);
  });
});

describe('a stream', () => {
  it('ends when its token is revoked, and the token is worth nothing any more', async () => {
    const made = await fetch(`${server.url}/api/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(tokens.admin) },
      body: JSON.stringify({ name: 'watcher', scopes: ['read'] }),
    });
    const { id, token }: { id: string; token: string } = JSON.parse(await made.text());
    const stream = await fetch(`${server.url}/api/v1/stream`, { headers: bearer(token) });
    const reader = stream.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    const revoked = await fetch(`${server.url}/api/v1/tokens/${id}`, {
      method: 'DELETE',
      headers: bearer(tokens.admin),
    });
    expect(revoked.status).toBe(204);
    let last = await reader?.read();
    while (last?.done === false) last = await reader?.read();
    expect(last?.done).toBe(true);
    // 429 where others have been wrong before.
    expect([401, 429]).toContain((await fetch(`${server.url}/api/v1/stream`, { headers: bearer(token) })).status);
  });
});

describe('a server on this machine alone', () => {
  let local: TestServer;
  let folder: string;
  let readToken: string;
  beforeAll(async () => {
    folder = newDataDir();
    ({ read: readToken } = await makeTokens(folder, 'read'));
    local = await startServer(folder);
  });
  afterAll(async () => {
    await local.stop();
    removeDataDir(folder);
  });

  const at = (path: string, headers: Record<string, string>, more: { method?: string; body?: string } = {}) =>
    raw(path, headers, { url: local.url, ...more });

  it('needs no token, also where there are some', async () => {
    expect((await fetch(`${local.url}/api/v1/tokens`)).status).toBe(200);
    expect((await fetch(`${local.url}/api/v1/tokens`, { headers: bearer(readToken) })).status).toBe(403);
  });

  it.each(['/api/v1/spans', '/api/v1/deliveries/1', '/api/v1/tokens', '/api/v1/stream', '/metrics'])(
    'gives %s to no page of a stranger: under a name of its own, from another site, through a proxy',
    async (path) => {
      const rebound = await at(path, { host: 'evil.example' });
      expect([rebound.status, JSON.parse(rebound.body).code]).toEqual([403, 'wrong_host']);
      const foreign = await at(path, {
        host: 'localhost',
        origin: 'https://evil.example',
        'sec-fetch-site': 'cross-site',
      });
      expect([foreign.status, JSON.parse(foreign.body).code]).toEqual([403, 'cross_origin']);
      const neighbour = await at(path, {
        host: 'localhost',
        'sec-fetch-site': 'same-site',
        'sec-fetch-mode': 'no-cors',
      });
      expect([neighbour.status, JSON.parse(neighbour.body).code]).toEqual([403, 'cross_origin']);
      const proxied = await at(path, { host: 'localhost', 'x-forwarded-for': '127.0.0.1' });
      expect([proxied.status, JSON.parse(proxied.body).code]).toEqual([401, 'unauthenticated']);
    },
  );

  it('lets no page read an answer, or embed it', async () => {
    const { headers } = await at('/api/v1/spans', { host: 'localhost', origin: 'http://localhost' });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });

  it.each([
    { host: 'evil.example', origin: 'http://evil.example' },
    { host: 'localhost', origin: 'https://evil.example' },
    { host: 'localhost', origin: 'null' },
    { host: 'localhost', 'sec-fetch-site': 'cross-site' },
    { host: 'localhost', 'sec-fetch-site': 'same-site' },
  ])('lets no page of a stranger change anything, or tell events: %j', async (headers: Record<string, string>) => {
    expect((await at('/api/v1/replays', headers, { method: 'POST' })).status).toBe(403);
    // A page can send a body without a content type, which is read as JSON.
    const event = JSON.stringify({ ...BUILD, namespace: 'forged' });
    expect((await at('/webhooks/customhttp', headers, { method: 'POST', body: event })).status).toBe(401);
    expect((await at('/api/v1/spans?project=forged', { host: 'localhost' })).body).toContain('"items":[]');
  });

  it('takes unsigned events from this machine, and not through a proxy on it', async () => {
    const event = JSON.stringify(BUILD);
    const send = (headers: Record<string, string>) =>
      at('/webhooks/customhttp', headers, { method: 'POST', body: event });
    expect((await send({ host: 'localhost' })).status).toBe(200);
    const proxied = await send({ host: 'localhost', 'x-forwarded-for': '127.0.0.1' });
    expect([proxied.status, JSON.parse(proxied.body).detail]).toEqual([401, expect.stringContaining('proxy')]);
  });

  it('wants a token or a session of everybody where it is told so', async () => {
    const strictDir = newDataDir();
    const strict = startProgram(['serve', '--port', '0', '--data-dir', strictDir, '--access', 'required']);
    await until(strict, 'stdout', '/api/v1/spans');
    const url = /listening on (http:\S+)/.exec(strict.output.stdout)?.[1] ?? '';
    expect((await fetch(`${url}/api/v1/spans`)).status).toBe(401);
    const [, once] = /\/login#once=(vso_\w{49})/.exec(strict.output.stdout) ?? [];
    const origin = url;
    const answer = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ once }),
    });
    expect(answer.status).toBe(200);
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await fetch(`${url}/api/v1/tokens`, { headers: { cookie } })).status).toBe(200);
    strict.child.kill('SIGTERM');
    const { stderr } = await strict.ended;
    expect(stderr).toContain('somebody has signed in');
    expect(stderr).not.toContain(once);
    expect(stderr).not.toContain(cookie.split('=')[1]);
    const again = await startServer(strictDir, { VS_ACCESS: 'required' });
    expect((await fetch(`${again.url}/api/v1/tokens`, { headers: { cookie } })).status).toBe(200);
    const { stdout } = await again.stop();
    expect(stdout).not.toContain('#once=');
    removeDataDir(strictDir);
  });
});

describe('a server that others reach', () => {
  it.each([
    ['--host', '0.0.0.0'],
    ['--host', '::'],
    ['--public-url', 'https://valuestream.example.org'],
  ])('does not start with %s %s without a token, and leaves the store free', async (flag, value) => {
    const folder = newDataDir();
    const refused = await runProgram(['serve', '--port', '0', '--data-dir', folder, flag, value]);
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('token create admin') });
    await (await startServer(folder)).stop();
    removeDataDir(folder);
  });

  it('says where people reach it, behind a proxy', async () => {
    const folder = newDataDir();
    const { admin: token } = await makeTokens(folder, 'admin');
    const behind = await startServer(folder, { VS_PUBLIC_URL: 'https://vs.example.org/' });
    const at = (path: string, method: string) =>
      fetch(behind.url + path, {
        method,
        headers: { ...bearer(token), 'content-type': 'application/json' },
        ...(method === 'GET' ? {} : { body: '{}' }),
      });
    expect((await fetch(`${behind.url}/api/v1/spans`)).status).toBe(401);
    expect(await (await at('/api/v1/sources', 'GET')).text()).toContain(
      '"url":"https://vs.example.org/webhooks/github"',
    );
    expect(await (await at('/api/v1/session/links', 'POST')).text()).toContain(
      '"url":"https://vs.example.org/login#once=',
    );
    await behind.stop();
    removeDataDir(folder);
  });
});

describe('valuestream token', () => {
  let folder: string;
  let secured: TestServer;
  let admin: string;
  beforeEach(async () => {
    folder = newDataDir();
    ({ admin } = await makeTokens(folder, 'admin'));
    secured = await startServer(folder, { VS_ACCESS: 'required' });
  });
  afterEach(async () => {
    await secured.stop();
    removeDataDir(folder);
  });

  const run = (args: readonly string[], environment: Record<string, string> = {}) =>
    runProgram(['token', ...args], { VS_URL: secured.url, VS_TOKEN: admin, ...environment });

  it('makes a token that is shown once, lists and revokes it', async () => {
    const made = await run(['create', 'ci', '--scope', 'ingest,read', '--expires', '90d']);
    expect(made).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^vst_\w{49}\n$/),
      stderr: expect.stringContaining('once'),
    });
    const token = made.stdout.trim();
    const listed = await run(['list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { name: 'admin', created_by: 'a test' },
      { name: 'ci', scopes: ['read', 'ingest'], created_by: 'token admin', is_expired: false },
    ]);
    expect(listed.stdout).not.toContain(token);
    expect((await run(['list'])).stdout).toMatch(/ci +read,ingest +token admin/);
    expect((await runProgram(['spans'], { VS_URL: secured.url, VS_TOKEN: token })).code).toBe(0);
    expect(await run(['revoke', 'ci'])).toMatchObject({ code: 0, stdout: 'The token ci is worth nothing any more.\n' });
    expect(await runProgram(['spans'], { VS_URL: secured.url, VS_TOKEN: token })).toMatchObject({
      code: 1,
      stdout: '',
    });
    expect(await run(['revoke', 'ci'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no token ci'),
    });
  });

  it('prints a link that signs in, for reading only where it is told so', async () => {
    const { stdout } = await run(['link', '--read-only']);
    const [url = '', once] = stdout.trim().split('#once=');
    expect(url).toBe(`${secured.url}/login`);
    const answer = await fetch(`${secured.url}/api/v1/session`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ once }) },
    });
    expect(await answer.json()).toMatchObject({ role: 'read_only' });
  });

  it.each([
    [['create', 'admin'], 1, /there is a token admin already/],
    [['create', 'x', '--scope', 'all'], 2, /the scopes are read, ingest, admin/],
    [['create', 'x', '--expires', 'soon'], 2, /90d/],
    [['create', 'x', '--expires', '2020-01-01T00:00:00Z'], 1, /expires_at: this time is over already/],
    [['create', 'two\nlines'], 1, /name: must be one line/],
  ])('refuses %j', async (args, code, stderr) => {
    const refused = await run(args);
    expect(refused).toMatchObject({ code, stdout: '' });
    expect(refused.stderr).toMatch(stderr);
  });

  it('is told what to do without a token, with a wrong one, and with one for something else', async () => {
    expect((await run(['list'], { VS_TOKEN: '' })).stderr).toMatch(
      /Bearer vst_[\s\S]*VS_TOKEN or --token-file[\s\S]*token create/,
    );
    expect((await run(['list'], { VS_TOKEN: 'vst_wrong' })).stderr).toMatch(/missing or mistyped/);
    const reader = (await run(['create', 'reader'])).stdout.trim();
    expect(await run(['list'], { VS_TOKEN: reader })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('scope admin'),
    });
  });

  it('reads the token from a file', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, `${admin}\n`);
    expect((await run(['list', '--token-file', file], { VS_TOKEN: '' })).code).toBe(0);
    expect((await run(['list'], { VS_TOKEN: '', VS_TOKEN_FILE: file })).code).toBe(0);
    expect(await run(['list', '--token-file', '/nowhere'], { VS_TOKEN: '' })).toMatchObject({ code: 2 });
  });

  it('uses the store itself where no server runs, and the server finds what it made', async () => {
    await secured.stop();
    const made = await runProgram(['token', 'create', 'offline'], { VS_DATA_DIR: folder });
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('No server runs') });
    secured = await startServer(folder, { VS_ACCESS: 'required' });
    expect((await fetch(`${secured.url}/api/v1/spans`, { headers: bearer(made.stdout.trim()) })).status).toBe(200);
  });
});

describe('valuestream doctor', () => {
  interface Check {
    readonly name: string;
    readonly status: string;
    readonly message: string;
  }
  const doctor = async (environment: Record<string, string>): Promise<Check[]> =>
    JSON.parse((await runProgram(['doctor', '--json'], { VS_DATA_DIR: dataDir, ...environment })).stdout);
  const access = (checks: readonly Check[]) => checks.find(({ name }) => name === 'access');

  it('says how access stands, as far as its token may know', async () => {
    const to = { VS_URL: server.url };
    expect(access(await doctor(to))).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('wants a token'),
    });
    const byAdmin = await doctor({ ...to, VS_TOKEN: tokens.admin });
    expect(access(byAdmin)).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('everybody needs a token'),
    });
    expect(byAdmin.map(({ name }) => name)).toContain('github');
    expect(access(await doctor({ ...to, VS_TOKEN: 'vst_wrong' }))).toMatchObject({ status: 'failed' });
  });

  it('says that its token is wrong also where too many have been', async () => {
    const wrong = { authorization: 'Bearer vst_wrong' };
    const tried = await Promise.all(
      Array.from({ length: 21 }, () => fetch(`${server.url}/api/v1/spans`, { headers: wrong })),
    );
    expect(tried.map(({ status }) => status)).toContain(429);
    const checks = await doctor({ VS_URL: server.url, VS_TOKEN: 'vst_wrong' });
    expect(access(checks)).toMatchObject({ status: 'failed', message: expect.stringContaining('too many') });
    expect(checks.find(({ name }) => name === 'server')).toMatchObject({ status: 'ok' });
  });

  it('says without a server whether one would start', async () => {
    const folder = newDataDir();
    // Nothing listens at port 1.
    const nowhere = { VS_URL: 'http://127.0.0.1:1', VS_DATA_DIR: folder };
    expect(access(await doctor(nowhere))).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('on this machine'),
    });
    const elsewhere = { ...nowhere, VS_HOST: '0.0.0.0' };
    expect(access(await doctor(elsewhere))).toMatchObject({ status: 'failed' });
    await makeTokens(folder, 'admin');
    expect(access(await doctor(elsewhere))).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('is 1 to use'),
    });
    expect(access(await doctor({ ...elsewhere, VS_INSECURE: 'true' }))).toMatchObject({ status: 'warning' });
    removeDataDir(folder);
  });
});
