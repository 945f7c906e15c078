import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { deliverySchema, replaySchema, spanDetailSchema, spanSchema } from '../../src/api/schema.ts';
import { githubExamples } from '../support/github-examples.ts';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';

type Replay = z.infer<typeof replaySchema>;

const ROOT = new URL('../../', import.meta.url).pathname;

/** The program with one line of a mapping changed, in a folder of its own. */
function changedProgram(folder: string, file: string, from: string, to: string): string {
  cpSync(join(ROOT, 'src'), join(folder, 'src'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const text = readFileSync(join(folder, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not hold the line that this test changes`);
  writeFileSync(join(folder, file), text.replace(from, to));
  return join(folder, 'src', 'main.ts');
}

let folder: string;
let changed: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'valuestream-replay-'));
  // A failing end of the deploys of one namespace was a failure; with this mapping it is an error.
  changed = changedProgram(
    folder,
    'src/sources/customhttp/read.ts',
    "result: error === true ? 'failure' : 'success'",
    "result: error === true ? (type === 'deploy' ? 'error' : 'failure') : 'success'",
  );
  const read = join(folder, 'src/sources/customhttp/read.ts');
  const text = readFileSync(read, 'utf8');
  writeFileSync(
    read,
    text.replace('function outcomeOf({ action, error }', 'function outcomeOf({ action, error, type }'),
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let dataDir: string;
beforeEach(() => {
  dataDir = newDataDir();
});
afterEach(() => {
  removeDataDir(dataDir);
});

async function call<T>(server: TestServer, method: string, path: string, body?: unknown) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const value: T = JSON.parse(await response.text());
  return { status: response.status, value };
}

async function post(server: TestServer, events: unknown, source = 'customhttp', headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}/webhooks/${source}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(events),
  });
  expect(response.status).toBe(200);
}

const build = (id: string, type: string, action: string, minute: number, more: object = {}) => ({
  id,
  namespace: 'shop',
  type,
  action,
  time: new Date(Date.UTC(2026, 2, 2, 9, minute)).toISOString(),
  ...more,
});

/** A morning: two builds and two deploys of which one each fails, and GitHub's own examples. */
async function fill(server: TestServer): Promise<void> {
  for (const type of ['build', 'deploy']) {
    await post(server, build('1', type, 'start', 0, { title: `${type} 1` }));
    await post(server, build('2', type, 'start', 1));
    await post(server, [build('1', type, 'end', 5), build('2', type, 'end', 6, { error: true })]);
  }
  for (const { name, examples } of githubExamples) {
    if (!['issues', 'pull_request', 'pull_request_review', 'ping', 'star'].includes(name)) continue;
    for (const [index, payload] of examples.entries())
      await post(server, payload, 'github', { 'x-github-event': name, 'x-github-delivery': `${name}-${index}` });
  }
}

async function finished(server: TestServer, replay: Replay): Promise<Replay> {
  let { value } = await call<Replay>(server, 'GET', `/api/v1/replays/${replay.id}`);
  while (value.state === 'running') value = (await call<Replay>(server, 'GET', `/api/v1/replays/${replay.id}`)).value;
  return value;
}

async function replay(server: TestServer, request: object = {}): Promise<Replay> {
  const { status, value } = await call<Replay>(server, 'POST', '/api/v1/replays', request);
  expect(status).toBe(202);
  return finished(server, value);
}

/** Everything the API tells of spans and deliveries. */
async function everything(server: TestServer) {
  const spans: z.infer<typeof spanDetailSchema>[] = [];
  for (const { span_id } of await all<z.infer<typeof spanSchema>>(server, '/api/v1/spans')) {
    const { value } = await call<z.infer<typeof spanDetailSchema>>(
      server,
      'GET',
      `/api/v1/spans/${encodeURIComponent(span_id)}`,
    );
    spans.push(value);
  }
  const deliveries = await all<z.infer<typeof deliverySchema>>(server, '/api/v1/deliveries');
  return { spans: spans.sort((a, b) => (a.span_id < b.span_id ? -1 : 1)), deliveries };
}

async function all<T>(server: TestServer, path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { value } = await call<{ items: T[]; next_cursor: string | null }>(
      server,
      'GET',
      `${path}?limit=200${query}`,
    );
    items.push(...value.items);
    cursor = value.next_cursor;
  }
  return items;
}

const FAILED_DEPLOY = 'vstrace-customhttp-deploy-shop-2';
const onlyTheFailedDeploy = {
  spans: { added: 0, changed: 1, removed: 0, complete: true },
  changes: [
    {
      span_id: FAILED_DEPLOY,
      change: 'changed',
      differences: [{ attempt: 1, field: 'result', before: 'failure', after: 'error' }],
    },
  ],
};

describe('a replay', () => {
  it('changes nothing when the mapping is the same, however often', async () => {
    const server = await startServer(dataDir);
    await fill(server);
    const before = await everything(server);
    for (let turn = 0; turn < 2; turn += 1) {
      const { state, deliveries, changes } = await replay(server);
      expect({ state, changes }).toEqual({ state: 'done', changes: [] });
      expect(deliveries).toEqual({ ...deliveries, read: before.deliveries.length, changed: 0, without_body: 0 });
    }
    expect(await everything(server)).toEqual(before);
    await server.stop();
  });

  it('changes exactly the spans of which a changed mapping says something else, as its dry run foretold', async () => {
    const first = await startServer(dataDir);
    await fill(first);
    const before = await everything(first);
    await first.stop();

    const second = await startServer(dataDir, {}, changed);
    expect(await replay(second, { dry_run: true })).toMatchObject({ dry_run: true, ...onlyTheFailedDeploy });
    expect(await everything(second)).toEqual(before);
    expect(await replay(second)).toMatchObject({ dry_run: false, state: 'done', ...onlyTheFailedDeploy });
    const after = await everything(second);
    expect(after.deliveries).toEqual(before.deliveries);
    const differing = after.spans.filter((span, index) => JSON.stringify(span) !== JSON.stringify(before.spans[index]));
    expect(differing.map(({ span_id, result }) => [span_id, result])).toEqual([[FAILED_DEPLOY, 'error']]);
    expect(await replay(second)).toMatchObject({ deliveries: { changed: 0 }, changes: [] });
    await second.stop();
  });

  it('reads one delivery again, and only that', async () => {
    const first = await startServer(dataDir);
    await fill(first);
    const { deliveries } = await everything(first);
    await first.stop();
    const second = await startServer(dataDir, {}, changed);
    const ends = deliveries.filter(({ kind }) => kind === 'batch').map(({ id }) => id);
    const [ofDeploys, ofBuilds] = ends;
    const again = (id: string | undefined, query = '') =>
      call<Replay>(second, 'POST', `/api/v1/deliveries/${id}/replay${query}`);
    expect(await again(ofBuilds)).toMatchObject({ status: 200, value: { state: 'done', changes: [] } });
    expect((await again(ofDeploys, '?dry_run=true')).value).toMatchObject({ dry_run: true, ...onlyTheFailedDeploy });
    expect((await again(ofDeploys)).value).toMatchObject({ dry_run: false, ...onlyTheFailedDeploy });
    expect((await again(ofDeploys)).value).toMatchObject({ deliveries: { read: 1, changed: 0 }, changes: [] });
    expect(await again('no-such-delivery')).toMatchObject({ status: 404 });
    await second.stop();
  });

  it('reads only the deliveries that are asked for', async () => {
    const server = await startServer(dataDir);
    await fill(server);
    expect((await replay(server, { source: 'customhttp' })).deliveries).toMatchObject({ total: 6, read: 6 });
    const pings = githubExamples.find(({ name }) => name === 'ping')?.examples.length;
    const { deliveries } = await replay(server, { outcome: 'ignored', source: 'github', kind: 'ping' });
    expect(deliveries).toMatchObject({ total: pings, read: pings });
    expect((await replay(server, { from: '2100-01-01T00:00:00Z' })).deliveries).toMatchObject({ total: 0, read: 0 });
    const wrong = await call<{ detail: string }>(server, 'POST', '/api/v1/replays', { sauce: 'github', from: 'today' });
    expect(wrong).toMatchObject({
      status: 400,
      value: { detail: expect.stringMatching(/sauce[\s\S]*from|from[\s\S]*sauce/) },
    });
    await server.stop();
  });
});

describe('a long replay', () => {
  const DELIVERIES = 1_500;

  /** Many failed deploys, so that with the changed mapping there is something to write for each. */
  async function fillMany(server: TestServer): Promise<void> {
    const waiting = Array.from({ length: DELIVERIES }, (_, index) => String(index));
    const sender = async () => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
        await post(server, [build(id, 'deploy', 'start', 0), build(id, 'deploy', 'end', 1, { error: true })]);
    };
    await Promise.all(Array.from({ length: 16 }, sender));
  }

  const started = async (server: TestServer) => {
    const { value } = await call<Replay>(server, 'POST', '/api/v1/replays', {});
    let seen = value;
    while (seen.state === 'running' && seen.deliveries.changed === 0)
      seen = (await call<Replay>(server, 'GET', `/api/v1/replays/${value.id}`)).value;
    expect(seen).toMatchObject({ state: 'running', deliveries: { total: DELIVERIES } });
    return seen;
  };

  const results = async (server: TestServer) => {
    const spans = await all<z.infer<typeof spanSchema>>(server, '/api/v1/spans');
    return Map.groupBy(spans, ({ result }) => String(result));
  };

  it('ends in the same state after it was killed and started again', async () => {
    const first = await startServer(dataDir);
    await fillMany(first);
    await first.stop();
    const second = await startServer(dataDir, {}, changed);
    await started(second);
    await second.stop('SIGKILL');

    const third = await startServer(dataDir, {}, changed);
    expect([...(await results(third)).keys()].sort()).toEqual(['error', 'failure']);
    expect(await replay(third)).toMatchObject({ state: 'done' });
    expect([...(await results(third))].map(([result, spans]) => [result, spans.length])).toEqual([
      ['error', DELIVERIES],
    ]);
    expect(await replay(third)).toMatchObject({ deliveries: { changed: 0 } });
    await third.stop();
  });

  it('lets the server receive and serve, refuses a second one, and can be cancelled', async () => {
    const first = await startServer(dataDir);
    await fillMany(first);
    await first.stop();
    const second = await startServer(dataDir, {}, changed);
    const running = await started(second);
    await post(second, build('new', 'build', 'start', 0));
    expect(await call(second, 'GET', '/api/v1/spans/vstrace-customhttp-build-shop-new')).toMatchObject({ status: 200 });
    expect(await call(second, 'POST', '/api/v1/replays', {})).toMatchObject({
      status: 409,
      value: { detail: expect.stringContaining(running.id) },
    });
    expect(await call(second, 'DELETE', `/api/v1/replays/${running.id}`)).toMatchObject({ status: 200 });
    expect(await finished(second, running)).toMatchObject({ state: 'cancelled' });
    const { value } = await call<{ items: Replay[] }>(second, 'GET', '/api/v1/replays');
    expect(value.items.map(({ id, state }) => [id, state])).toEqual([[running.id, 'cancelled']]);
    await second.stop();
  });

  it('does not hold up a server that is told to stop', async () => {
    const first = await startServer(dataDir);
    await fillMany(first);
    await first.stop();
    const second = await startServer(dataDir, {}, changed);
    await started(second);
    expect(await second.stop()).toMatchObject({ code: 0, signal: null });
  });
});
