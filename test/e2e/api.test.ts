import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ColumnsUnavailable } from '../../src/measures/columns/contract.ts';
import { makeTokens } from '../support/access.ts';
import { serveMeasures } from '../support/measures-server.ts';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';

interface Content {
  readonly schema: object;
}

interface Description {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly responses: Readonly<Record<string, { content?: Record<string, Content> }>> }>>
    >
  >;
}

const committed: Description = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'));

/** `GET /api/v1/spans 200`: every operation and every answer that is described. */
const described = Object.entries(committed.paths).flatMap(([path, operations]) =>
  Object.entries(operations).flatMap(([method, { responses }]) =>
    Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
  ),
);

let server: TestServer;
let dataDir: string;
/** One that wants a token of everybody. */
let guarded: TestServer;
/** Is for telling events alone, which nothing of the API needs. */
let ingestToken: string;
let readToken: string;
beforeAll(async () => {
  const guardedDir = newDataDir();
  ({ ingest: ingestToken, read: readToken } = await makeTokens(guardedDir, 'ingest', 'read'));
  dataDir = newDataDir();
  // One source with a secret, so that a signature can be missing.
  const settings = {
    VS_SECRET_GITHUB: 's3cret',
    VS_SECRET_CUSTOMHTTP_CI: 's3cret',
    // Nobody listens there: a target that is away is one to tell of.
    VS_OTLP: 'http://127.0.0.1:9',
  };
  [server, guarded] = await Promise.all([
    startServer(dataDir, settings),
    startServer(guardedDir, { VS_ACCESS: 'required' }),
  ]);
  await post('/webhooks/customhttp', { ...BUILD, action: 'start', stage: { name: 'Queue', category: 'waiting' } });
  await post('/webhooks/customhttp', { ...BUILD, action: 'transition', stage: 'Run', metadata: { agent: 'a1', n: 1 } });
  await post('/webhooks/customhttp', { ...BUILD, action: 'end', error: true, environment: 'production' });
  const deploy = { id: '2', namespace: 'shop', type: 'deploy', environment: 'production' };
  await post('/webhooks/customhttp', [
    { ...deploy, action: 'start' },
    { ...deploy, action: 'end' },
  ]);
});
afterAll(async () => {
  await guarded.stop();
  removeDataDir(guarded.dataDir);
  await server.stop();
  removeDataDir(dataDir);
});

const BUILD = { id: '1', namespace: 'shop', type: 'build', title: 'Build 1' };
const SPAN = 'vstrace-customhttp-build-shop-1';

const DEPLOY = 'vstrace-customhttp-deploy-shop-2';
const IMPORTS = '/api/v1/imports';
const IMPORT = { source: 'github', deliveries: [{ import: 'nothing known' }] };

const VERDICT = { is_failure: true, author: 'ada', reason: 'it had to be turned off' };

function judge(spanId: string, more: object = {}): Promise<Response> {
  return fetch(`${server.url}/api/v1/verdicts/${spanId}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...VERDICT, ...more }),
  });
}

const get = (path: string) => fetch(`${server.url}${path}`);
const post = (path: string, body?: unknown, contentType = 'application/json') =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': contentType }, body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

let withoutStore: Promise<readonly Response[]> | undefined;

/**
 * The answers of a server that cannot write: another program holds the store's lock. All asked at one time, for each
 * waits until the server gives up waiting.
 */
async function unavailable(index: 0 | 1 | 2 | 3 | 4): Promise<Response | undefined> {
  withoutStore ??= whileLocked(() => {
    const start = { ...BUILD, action: 'start' };
    return Promise.all([
      post('/webhooks/customhttp', start),
      post('/webhooks/customhttp/other', start),
      get('/readyz'),
      judge(DEPLOY),
      post(IMPORTS, { ...IMPORT, deliveries: [{ import: 'another' }] }),
    ]);
  });
  return (await withoutStore)[index];
}

async function whileLocked<T>(work: () => Promise<T>): Promise<T> {
  const database = new Sqlite(join(dataDir, 'valuestream.db'));
  database.exec('BEGIN IMMEDIATE');
  try {
    return await work();
  } finally {
    database.exec('ROLLBACK');
    database.close();
  }
}

type Scenario = () => Promise<Response | undefined>;

/** Declares more than may be sent; the answer comes before the body. */
async function declareTooMuch(path: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'content-length': String(26 * 1024 * 1024) };
  const sending = request(`${server.url}${path}`, { method: 'POST', headers });
  sending.flushHeaders();
  const [answer] = await once(sending, 'response');
  const body = await text(answer);
  sending.destroy();
  return new Response(body, { status: answer.statusCode, headers: answer.headers });
}

/** A text as JSON, which is how this file reads answers. */
async function metrics(): Promise<Response> {
  const answer = await get('/metrics');
  return new Response(JSON.stringify(await answer.text()), { status: answer.status, headers: answer.headers });
}

/** What a stream begins with, as JSON. */
async function firstOfStream(): Promise<Response> {
  const controller = new AbortController();
  const stream = await fetch(`${server.url}/api/v1/stream`, { signal: controller.signal });
  const { value } = (await stream.body?.getReader().read()) ?? {};
  controller.abort();
  return new Response(JSON.stringify(Buffer.from(value ?? '').toString()), { headers: stream.headers });
}

/** What is answered while columns are being made, which is over too soon here to be seen. */
async function preparing(path: string): Promise<Response> {
  const making = { read: () => Promise.reject(new ColumnsUnavailable(0.4)), close: async () => undefined };
  const app = await serveMeasures(making);
  const { statusCode, headers, body } = await app.inject({ method: 'GET', url: path });
  await app.close();
  return new Response(body, { status: statusCode, headers: { 'content-type': String(headers['content-type']) } });
}

/** Opens streams until one is refused. */
async function crowdedStream(): Promise<Response> {
  const controller = new AbortController();
  let answer: Response;
  do answer = await fetch(`${server.url}/api/v1/stream`, { signal: controller.signal });
  while (answer.ok);
  const body = await answer.text();
  controller.abort();
  return new Response(body, { status: answer.status, headers: answer.headers });
}

/** Lets more wait for a span that never comes than may; the one too many is answered first. */
async function crowdedWait(): Promise<Response> {
  const controller = new AbortController();
  const wait = () =>
    fetch(`${server.url}/api/v1/traceparent?span_id=vstrace-none&wait_ms=30000`, { signal: controller.signal });
  const answer = await Promise.race(Array.from({ length: 101 }, wait));
  const body = await answer.text();
  controller.abort();
  return new Response(body, { status: answer.status, headers: answer.headers });
}

/** A replay that has just begun; it ends by itself. */
async function startReplay(): Promise<Response> {
  let answer = await post('/api/v1/replays', {});
  while (answer.status === 409) answer = await post('/api/v1/replays', {});
  return answer;
}

/** A check of rules that has just begun; so short a one ends by itself. */
async function startRuleCheck(body: object | undefined = { rules: { bots: ['ada'] } }): Promise<Response> {
  let answer = await post('/api/v1/rules/checks', body);
  while (answer.status === 409) answer = await post('/api/v1/rules/checks', body);
  return answer;
}

const ruleCheckId = async () => ((await (await startRuleCheck()).json()) as { id: string }).id;

const replayId = async () => ((await (await startReplay()).json()) as { id: string }).id;

function asGuarded(method: string, path: string, token?: string): Promise<Response> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${guarded.url}${path}`, { method, headers });
}

/** Whatever needs a scope, asked without a token, and with one that is for something else. */
const refusals = Object.fromEntries(
  described.flatMap((operation): [string, Scenario][] => {
    const [method = '', path = '', status = ''] = operation.split(' ');
    const example = path.replace(/\{\w+\}/, 'none');
    if (status === '401') return [[operation, () => asGuarded(method, example)]];
    return status === '403' ? [[operation, () => asGuarded(method, example, ingestToken)]] : [];
  }),
);

const json = (method: string, path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const FOREIGN = { origin: 'https://evil.example' };

async function signIn(): Promise<Response> {
  const { url }: { url: string } = JSON.parse(await (await json('POST', '/api/v1/session/links', {})).text());
  return json('POST', '/api/v1/session', { once: url.split('once=').at(-1) });
}

/** Wrong until one is told to wait. */
async function tooManyLinks(): Promise<Response> {
  const wrong = () => json('POST', '/api/v1/session', { once: 'vso_wrong' });
  let answer = await wrong();
  while (answer.status === 401) answer = await wrong();
  return answer;
}

let tokens = 0;

function makeAnotherToken(): Promise<Response> {
  tokens += 1;
  return json('POST', '/api/v1/tokens', { name: `token ${tokens}`, scopes: ['read'] });
}

async function revokeOne(): Promise<Response> {
  const { id }: { id: string } = JSON.parse(await (await makeAnotherToken()).text());
  return fetch(`${server.url}/api/v1/tokens/${id}`, { method: 'DELETE' });
}

function webhookScenarios(path: string, url: string, protectedUrl: string): Record<string, Scenario> {
  return {
    [`POST ${path} 200`]: () => post(url, { ...BUILD, action: 'start' }),
    [`POST ${path} 400`]: () => post(url, '{'),
    [`POST ${path} 401`]: () => post(protectedUrl, {}),
    [`POST ${path} 403`]: () => asGuarded('POST', url, readToken),
    [`POST ${path} 404`]: () => post(url.replace('customhttp', 'nowhere'), {}),
    [`POST ${path} 413`]: () => declareTooMuch(url),
    [`POST ${path} 415`]: () => post(url, 'a=1', 'application/x-www-form-urlencoded'),
    [`POST ${path} 422`]: () => post(url, { ...BUILD, action: 'explode' }),
    [`POST ${path} 503`]: () => unavailable(url.endsWith('other') ? 1 : 0),
  };
}

/** A request for every answer that is described; one that is missing here fails below. */
const scenarios: Record<string, Scenario> = {
  ...refusals,
  'GET /api/v1/session 200': () => get('/api/v1/session'),
  'GET /api/v1/session 401': () => asGuarded('GET', '/api/v1/session', 'vst_wrong'),
  'POST /api/v1/session 200': signIn,
  'POST /api/v1/session 400': () => json('POST', '/api/v1/session', {}),
  'POST /api/v1/session 401': () => json('POST', '/api/v1/session', { once: 'vso_wrong' }),
  'POST /api/v1/session 403': () => json('POST', '/api/v1/session', { once: 'vso_wrong' }, FOREIGN),
  'POST /api/v1/session 429': tooManyLinks,
  'DELETE /api/v1/session 204': () => fetch(`${server.url}/api/v1/session`, { method: 'DELETE' }),
  'DELETE /api/v1/session 403': () => fetch(`${server.url}/api/v1/session`, { method: 'DELETE', headers: FOREIGN }),
  'POST /api/v1/session/links 201': () => json('POST', '/api/v1/session/links', {}),
  'POST /api/v1/session/links 400': () => json('POST', '/api/v1/session/links', { role: 'owner' }),
  'GET /api/v1/tokens 200': () => get('/api/v1/tokens'),
  'POST /api/v1/tokens 201': makeAnotherToken,
  'POST /api/v1/tokens 400': () => json('POST', '/api/v1/tokens', { name: 'x', scopes: [] }),
  'DELETE /api/v1/tokens/{id} 204': revokeOne,
  'DELETE /api/v1/tokens/{id} 404': () => fetch(`${server.url}/api/v1/tokens/none`, { method: 'DELETE' }),
  ...webhookScenarios('/webhooks/{source}', '/webhooks/customhttp', '/webhooks/github'),
  ...webhookScenarios('/webhooks/{source}/{instance}', '/webhooks/customhttp/other', '/webhooks/customhttp/ci'),
  'GET /healthz 200': () => get('/healthz'),
  'GET /readyz 200': () => get('/readyz'),
  'GET /readyz 503': () => unavailable(2),
  'GET /metrics 200': metrics,
  'GET /api/v1/spans 200': () => get('/api/v1/spans'),
  'GET /api/v1/spans 400': () => get('/api/v1/spans?limit=0&from=today'),
  'GET /api/v1/spans/{span_id} 200': () => get(`/api/v1/spans/${SPAN}`),
  'GET /api/v1/spans/{span_id} 404': () => get('/api/v1/spans/vstrace-none'),
  'GET /api/v1/traces 200': () => get('/api/v1/traces'),
  'GET /api/v1/traces 400': () => get('/api/v1/traces?limit=0'),
  'GET /api/v1/traces/{trace_id} 200': () => get(`/api/v1/traces/${SPAN}`),
  'GET /api/v1/traces/{trace_id} 404': () => get('/api/v1/traces/vstrace-none'),
  'GET /api/v1/measures/durations 200': () =>
    get('/api/v1/measures/durations?fresh=true&per=week&group_by=team,project&compare=previous'),
  'GET /api/v1/measures/durations 400': () => get('/api/v1/measures/durations?time_zone=Mars'),
  'GET /api/v1/measures/durations 503': () => preparing('/api/v1/measures/durations'),
  'GET /api/v1/measures/dora 200': () =>
    get('/api/v1/measures/dora?fresh=true&per=week&compare=previous&blend=true&lead_time_from=authored'),
  'GET /api/v1/measures/dora 400': () => get('/api/v1/measures/dora?lead_time_from=yesterday'),
  'GET /api/v1/measures/dora 503': () => preparing('/api/v1/measures/dora'),
  'PATCH /api/v1/verdicts/{span_id} 200': () => judge(DEPLOY),
  'PATCH /api/v1/verdicts/{span_id} 400': () => judge(DEPLOY, { author: '' }),
  'PATCH /api/v1/verdicts/{span_id} 404': () => judge('vstrace-none'),
  'PATCH /api/v1/verdicts/{span_id} 422': () => judge(SPAN),
  'PATCH /api/v1/verdicts/{span_id} 503': () => unavailable(3),
  'GET /api/v1/measures/flow 200': () =>
    get('/api/v1/measures/flow?fresh=true&per=week&group_by=type&compare=previous&forecast=5&by=2030-01-01'),
  'GET /api/v1/measures/flow 400': () => get('/api/v1/measures/flow?by=2020-01-01'),
  'GET /api/v1/measures/flow 503': () => preparing('/api/v1/measures/flow'),
  'GET /api/v1/measures/pull-requests 200': () =>
    get('/api/v1/measures/pull-requests?fresh=true&per=week&group_by=project&compare=previous&bots=true'),
  'GET /api/v1/measures/pull-requests 400': () => get('/api/v1/measures/pull-requests?group_by=author'),
  'GET /api/v1/measures/pull-requests 503': () => preparing('/api/v1/measures/pull-requests'),
  'GET /api/v1/measures/items 200': () => get('/api/v1/measures/items?measure=stage_duration&fresh=true'),
  'GET /api/v1/measures/items 400': () => get('/api/v1/measures/items?measure=duration&cursor=none'),
  'GET /api/v1/measures/items 503': () => preparing('/api/v1/measures/items?measure=duration'),
  'GET /api/v1/traceparent 200': () => get(`/api/v1/traceparent?span_id=${SPAN}`),
  'GET /api/v1/traceparent 400': () => get('/api/v1/traceparent?wait_ms=60000'),
  'GET /api/v1/traceparent 404': () => get(`/api/v1/traceparent?span_id=${SPAN}&attempt=9`),
  'GET /api/v1/traceparent 503': crowdedWait,
  'GET /api/v1/stream 200': firstOfStream,
  'GET /api/v1/stream 400': () => get('/api/v1/stream?state=done'),
  'GET /api/v1/stream 503': crowdedStream,
  'GET /api/v1/deliveries 200': () => get('/api/v1/deliveries'),
  'GET /api/v1/deliveries 400': () => get('/api/v1/deliveries?outcome=lost'),
  'GET /api/v1/deliveries/{id} 200': () => get('/api/v1/deliveries/1'),
  'GET /api/v1/deliveries/{id} 404': () => get('/api/v1/deliveries/none'),
  'POST /api/v1/deliveries/{id}/replay 200': () => post('/api/v1/deliveries/1/replay'),
  'POST /api/v1/deliveries/{id}/replay 400': () => post('/api/v1/deliveries/1/replay?dry_run=perhaps'),
  'POST /api/v1/deliveries/{id}/replay 404': () => post('/api/v1/deliveries/none/replay'),
  'GET /api/v1/sources 200': () => get('/api/v1/sources'),
  'POST /api/v1/imports 200': () => post(IMPORTS, IMPORT),
  'POST /api/v1/imports 400': () => post(IMPORTS, { ...IMPORT, deliveries: [{}] }),
  'POST /api/v1/imports 404': () => post(IMPORTS, { ...IMPORT, source: 'nobody' }),
  'POST /api/v1/imports 413': () => declareTooMuch(IMPORTS),
  'POST /api/v1/imports 415': () => post(IMPORTS, 'a=1', 'application/x-www-form-urlencoded'),
  'POST /api/v1/imports 503': () => unavailable(4),
  'GET /api/v1/imports/cursors 200': () => get('/api/v1/imports/cursors?source=github'),
  'GET /api/v1/imports/cursors 400': () => get('/api/v1/imports/cursors'),
  'GET /api/v1/exports 200': () => get('/api/v1/exports'),
  'POST /api/v1/exports/{name}/resend 202': async () => {
    const { items }: { items: { name: string }[] } = JSON.parse(await (await get('/api/v1/exports')).text());
    return await post(`/api/v1/exports/${encodeURIComponent(items[0]?.name ?? '')}/resend`);
  },
  'POST /api/v1/exports/{name}/resend 404': () => post('/api/v1/exports/none/resend'),
  'POST /api/v1/exports/{name}/resend 409': () => {
    const database = new Sqlite(join(dataDir, 'valuestream.db'));
    database.exec("INSERT INTO export_targets (name, position) VALUES ('gone', 0)");
    database.close();
    return post('/api/v1/exports/gone/resend');
  },
  'POST /api/v1/replays 202': startReplay,
  'POST /api/v1/replays 400': () => post('/api/v1/replays', { sauce: 'github' }),
  'POST /api/v1/replays 409': async () => {
    const answers = await Promise.all([post('/api/v1/replays', {}), post('/api/v1/replays', {})]);
    return answers.find(({ status }) => status === 409) ?? answers[0];
  },
  'GET /api/v1/replays 200': () => get('/api/v1/replays'),
  'GET /api/v1/replays/{id} 200': async () => get(`/api/v1/replays/${await replayId()}`),
  'GET /api/v1/replays/{id} 404': () => get('/api/v1/replays/none'),
  'DELETE /api/v1/replays/{id} 200': async () =>
    fetch(`${server.url}/api/v1/replays/${await replayId()}`, { method: 'DELETE' }),
  'GET /api/v1/rules 200': () => get('/api/v1/rules'),
  'POST /api/v1/rules/checks 202': () => startRuleCheck(undefined),
  'POST /api/v1/rules/checks 400': () => post('/api/v1/rules/checks', { rules: { deploys: [{ when: {} }] } }),
  'POST /api/v1/rules/checks 409': async () => {
    const answers = await Promise.all([post('/api/v1/rules/checks', {}), post('/api/v1/rules/checks', {})]);
    return answers.find(({ status }) => status === 409) ?? answers[0];
  },
  'GET /api/v1/rules/checks 200': () => get('/api/v1/rules/checks'),
  'GET /api/v1/rules/checks/{id} 200': async () => get(`/api/v1/rules/checks/${await ruleCheckId()}`),
  'GET /api/v1/rules/checks/{id} 404': () => get('/api/v1/rules/checks/none'),
  'DELETE /api/v1/rules/checks/{id} 200': async () =>
    fetch(`${server.url}/api/v1/rules/checks/${await ruleCheckId()}`, { method: 'DELETE' }),
  'DELETE /api/v1/rules/checks/{id} 404': () => fetch(`${server.url}/api/v1/rules/checks/none`, { method: 'DELETE' }),
  'DELETE /api/v1/replays/{id} 404': () => fetch(`${server.url}/api/v1/replays/none`, { method: 'DELETE' }),
};

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(committed, 'openapi.json');

/** What the description says of a body that comes with this status and media type. */
function validatorFor(operation: string, mediaType: string) {
  const [method = '', path = '', status = ''] = operation.split(' ');
  const steps = ['paths', path, method.toLowerCase(), 'responses', status, 'content', mediaType, 'schema'];
  const pointer = steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  return ajv.compile({ $ref: `openapi.json#/${pointer}` });
}

describe("the API's description", () => {
  it('is the one that is committed (npm run openapi writes it anew)', async () => {
    expect(await (await get('/openapi.json')).json()).toEqual(committed);
  });

  it('leads to where each measure is defined', async () => {
    const answer = await get('/api/v1/measures/durations?fresh=true');
    const { definitions }: { definitions: Record<string, { docs: string }> } = JSON.parse(await answer.text());
    const [path = '', anchor = ''] = definitions.duration?.docs.split('#') ?? [];
    const page = await get(path);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect((await page.text()).toLowerCase()).toContain(`# ${anchor}`);
  });

  it('has a scenario for every answer, and none that is not described', () => {
    expect(Object.keys(scenarios).sort()).toEqual(described.toSorted());
  });

  it.each(described)('holds for %s', async (operation) => {
    const answer = await scenarios[operation]?.();
    expect(answer?.status).toBe(Number(operation.split(' ').at(-1)));
    if (answer?.status === 204) return expect(await answer.text()).toBe('');
    const mediaType = answer?.headers.get('content-type')?.split(';')[0] ?? '';
    const validate = validatorFor(operation, mediaType);
    validate(await answer?.json());
    expect(validate.errors ?? []).toEqual([]);
  });

  it('is shown on a page that loads nothing from elsewhere', async () => {
    const page = await get('/docs/');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const html = await page.text();
    expect(html).toContain('<title>ValueStream API</title>');
    expect(html.match(/(?:src|href)="(?!\.\/|\/)[^"]*"/g)).toBeNull();
  });
});
