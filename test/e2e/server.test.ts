import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type {
  deliveryDetailSchema,
  deliverySchema,
  sourceSchema,
  spanDetailSchema,
  spanSchema,
} from '../../src/api/schema.ts';
import { sources } from '../../src/sources/registry.ts';
import { SECRET as CLIENT_SECRET, customBuild, post, pullRequest } from '../support/client.ts';
import { githubExamples } from '../support/github-examples.ts';
import {
  githubSignature,
  newDataDir,
  removeDataDir,
  runProgram,
  startServer,
  type TestServer,
} from '../support/server.ts';

const SECRET = 's3cret';
const KINDS = ['issues', 'pull_request', 'pull_request_review', 'ping', 'star', 'fork', 'push', 'release', 'watch'];

type Span = z.infer<typeof spanSchema>;
type SpanDetail = z.infer<typeof spanDetailSchema>;
type Delivery = z.infer<typeof deliverySchema>;
type DeliveryDetail = z.infer<typeof deliveryDetailSchema>;

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

/** What a sender is answered: a receipt or problem details. */
interface Answer {
  readonly status: string | number;
  readonly id?: string;
  readonly delivery_id?: string;
  readonly reason?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

let dataDir: string;
beforeEach(() => {
  dataDir = newDataDir();
});
afterEach(() => {
  removeDataDir(dataDir);
});

let posted = 0;

async function postGithub(server: TestServer, event: string, payload: unknown, headers: Record<string, string> = {}) {
  posted += 1;
  const body = JSON.stringify(payload);
  const response = await fetch(`${server.url}/webhooks/github`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': `00000000-0000-4000-8000-${String(posted).padStart(12, '0')}`,
      'x-hub-signature-256': githubSignature(SECRET, body),
      ...headers,
    },
    body,
  });
  const answer: Answer = JSON.parse(await response.text());
  return { status: response.status, answer };
}

async function getJson<T>(server: TestServer, path: string): Promise<T> {
  const response = await fetch(`${server.url}${path}`);
  expect(response.status).toBe(200);
  return JSON.parse(await response.text());
}

async function allItems<T>(server: TestServer, path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: Page<T> = await getJson(server, `${path}?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

describe('the server, as its users start it', () => {
  it("makes spans with the source's own times of GitHub's webhooks, and has all of them after SIGKILL", async () => {
    const first = await startServer(dataDir, { VS_SECRET_GITHUB: `old, ${SECRET}` });
    const answered: Answer[] = [];
    for (const { name, examples: payloads } of githubExamples) {
      if (!KINDS.includes(name)) continue;
      for (const payload of payloads) {
        const { status, answer } = await postGithub(first, name, payload);
        expect(status, `${name}: ${JSON.stringify(answer)}`).toBe(200);
        expect(answer.status).not.toBe('dead_letter');
        answered.push(answer);
      }
    }
    await first.stop('SIGKILL');

    const second = await startServer(dataDir);
    const deliveries = await allItems<Delivery>(second, '/api/v1/deliveries');
    expect(deliveries.map(({ delivery_id }) => delivery_id)).toEqual(
      answered.map(({ delivery_id }) => delivery_id).toReversed(),
    );
    const issue = await getJson<SpanDetail>(second, '/api/v1/spans/vstrace-github-issue-Codertocat%2FHello-World-1');
    expect(issue).toMatchObject({ operation_name: 'issue', project: 'Codertocat/Hello-World', state: 'finished' });
    expect(issue.attempts.length).toBeGreaterThan(0);
    const pull = await getJson<SpanDetail>(
      second,
      '/api/v1/spans/vstrace-github-pull_request-Codertocat/Hello-World-2',
    );
    expect(pull.attempts[0]).toMatchObject({
      started_at: '2019-05-15T15:20:33.000Z',
      title: 'Update the README with new information.',
    });
    await second.stop();
  });

  it('answers what is in flight when it is told to stop, ends with 0, and then nothing is lost', async () => {
    const server = await startServer(dataDir);
    const body = JSON.stringify({ id: '1', namespace: 'demo', type: 'build', action: 'start' });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `POST /webhooks/customhttp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    // The request is under way once a later one on another connection was answered.
    await getJson(server, '/healthz');
    const stopped = server.stop('SIGTERM');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.write(body);
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await stopped).toMatchObject({ code: 0, signal: null });

    const again = await startServer(dataDir);
    expect(await allItems(again, '/api/v1/spans')).toHaveLength(1);
    await again.stop();
  });

  it('loses nothing that it answers while it is told to stop under load', async () => {
    const server = await startServer(dataDir, { VS_SECRET_GITHUB: CLIENT_SECRET });
    const waiting = Array.from({ length: 1_000 }, (_, n) => (n % 2 === 0 ? pullRequest : customBuild)(n, 'start'));
    const answered: string[] = [];
    const unanswered: string[] = [];
    let stopped: ReturnType<TestServer['stop']> | undefined;
    const sender = async () => {
      for (let sent = waiting.pop(); sent !== undefined; sent = waiting.pop()) {
        const reply = await post(server.url, sent);
        (reply?.status === 200 ? answered : unanswered).push(sent.key);
        if (answered.length > 100) stopped ??= server.stop('SIGTERM');
      }
    };
    await Promise.all(Array.from({ length: 16 }, sender));
    expect(await stopped).toMatchObject({ code: 0, signal: null });
    expect(unanswered.length).toBeGreaterThan(0);

    const again = await startServer(dataDir);
    const stored = (await allItems<Delivery>(again, '/api/v1/deliveries')).map(({ delivery_id }) => delivery_id);
    expect(answered.filter((key) => !stored.includes(key))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
    await again.stop();
  });

  it('ends in order when it is told twice to terminate', async () => {
    const server = await startServer(dataDir);
    const stopped = server.stop('SIGTERM');
    void server.stop('SIGTERM');
    expect(await stopped).toMatchObject({ code: 0, signal: null, stderr: expect.stringContaining('"stopped"') });
  });

  it('stops in time although a sender never ends its body', async () => {
    const server = await startServer(dataDir);
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /webhooks/customhttp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n{');
    await getJson(server, '/healthz');
    expect(await server.stop('SIGTERM')).toMatchObject({ code: 0, stderr: expect.stringContaining('are cut') });
    socket.destroy();
  });

  it('serves others while 200 connections stand half open', async () => {
    const server = await startServer(dataDir);
    const port = Number(new URL(server.url).port);
    const sockets = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        socket.write('POST /webhooks/customhttp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{');
        return socket;
      }),
    );
    expect(await getJson(server, '/readyz')).toEqual({ status: 'ready' });
    for (const n of [1, 2, 3]) expect(await post(server.url, customBuild(n, 'start'))).toMatchObject({ status: 200 });
    for (const socket of sockets) socket.destroy();
    await server.stop();
  });

  it('prints what to do next, says nothing of payloads or secrets, and logs JSON when nobody watches', async () => {
    const server = await startServer(dataDir, { VS_SECRET_GITHUB: SECRET, VS_LOG_LEVEL: 'trace' });
    await postGithub(server, 'ping', { zen: 'Keep it logically awesome.' });
    await postGithub(server, 'ping', { zen: 'Keep it logically awesome.' }, { 'x-hub-signature-256': 'sha256=00' });
    const { stdout, stderr } = await server.stop();
    expect(stdout).toContain(`${server.url}/webhooks/github`);
    expect(stdout).toContain('curl');
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ msg }) => msg)).toContain('stopped');
    expect(stdout + stderr).not.toMatch(/s3cret|logically awesome/);
  });
});

describe('the command line', () => {
  it.each([
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
    [['--help'], 0, /serve/],
    [['serve', '--help'], 0, /Examples:[\s\S]*VS_SECRET_GITHUB=/],
  ])('answers %j', async (args, code, stdout) => {
    const result = await runProgram(args);
    expect(result).toMatchObject({ code, stderr: '' });
    expect(result.stdout).toMatch(stdout);
  });

  it.each([
    [['serve', '--port', 'x'], {}, 2, /--port: /],
    [['serve', '--config', '/nowhere.yaml'], {}, 2, /cannot be read/],
    [['serve'], { VS_HOST: '0.0.0.0' }, 2, /refusing to listen on 0\.0\.0\.0.*token create.*--insecure/],
    [['serve', '--sideways'], {}, 2, /unknown option/],
    [['sirve'], {}, 2, /unknown command/],
  ])('refuses %j with %o', async (args, environment, code, stderr) => {
    const result = await runProgram(args, { VS_DATA_DIR: dataDir, ...environment });
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(stderr);
  });

  it('says which port is taken, and how to choose another', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const result = await runProgram(['serve', '--port', port, '--data-dir', dataDir]);
    expect(result).toMatchObject({ code: 1 });
    expect(result.stderr).toMatch(/EADDRINUSE.*--port/);
    other.close();
  });

  it('refuses a data folder that another server uses, and takes it once that was killed', async () => {
    const first = await startServer(dataDir);
    const second = await runProgram(['serve', '--port', '0', '--data-dir', dataDir]);
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(/another process uses .*a server is running on it/);
    await first.stop('SIGKILL');
    await (await startServer(dataDir)).stop();
  });

  it('listens elsewhere when it is told that this is insecure', async () => {
    const server = await startServer(dataDir, { VS_HOST: '0.0.0.0', VS_INSECURE: 'true' });
    expect((await server.stop()).code).toBe(0);
  });
});

describe('what a sender is answered', () => {
  let server: TestServer;
  let folder: string;
  beforeAll(async () => {
    folder = newDataDir();
    server = await startServer(folder, { VS_SECRET_GITHUB: SECRET });
  });
  afterAll(async () => {
    await server.stop();
    removeDataDir(folder);
  });

  const post = async (path: string, body: string | Buffer, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}/webhooks/${path}`, { method: 'POST', headers, body });
    const answer: Answer = JSON.parse(await response.text());
    return { status: response.status, type: response.headers.get('content-type'), body: answer };
  };
  const json = { 'content-type': 'application/json' };
  const start = { id: '1', namespace: 'demo', type: 'build', action: 'start' };

  it('accepts an event, and finds its repetition', async () => {
    const send = () => post('customhttp', JSON.stringify(start), { ...json, 'idempotency-key': 'once' });
    expect(await send()).toMatchObject({ status: 200, body: { status: 'accepted', delivery_id: 'once', events: 1 } });
    expect(await send()).toMatchObject({ status: 200, body: { status: 'duplicate', delivery_id: 'once' } });
  });

  it('takes the same bytes again where nothing says that they are a repetition', async () => {
    const nightly = JSON.stringify({ ...start, id: 'nightly' });
    const first = await post('customhttp', nightly, json);
    const second = await post('customhttp', nightly, json);
    expect([first.body.status, second.body.status]).toEqual(['accepted', 'accepted']);
    expect(first.body.delivery_id).not.toBe(second.body.delivery_id);
  });

  it('finds a repetition by its bytes where every event carries a time', async () => {
    const timed = JSON.stringify([{ ...start, id: 't', time: '2026-03-02T09:00:00Z' }]);
    expect((await post('customhttp', timed, json)).body.status).toBe('accepted');
    expect((await post('customhttp', timed, json)).body.status).toBe('duplicate');
  });

  it('ignores a ping, with a reason', async () => {
    const { status, answer } = await postGithub(server, 'ping', { zen: 'x' });
    expect([status, answer.status, typeof answer.reason]).toEqual([200, 'ignored', 'string']);
  });

  it('keeps what it cannot read as a dead letter, with a reason', async () => {
    const { status, answer } = await postGithub(server, 'issues', { action: 'opened', issue: 'none' });
    expect([status, answer.status, typeof answer.reason]).toEqual([200, 'dead_letter', 'string']);
    const listed = await getJson<Page<Delivery>>(server, '/api/v1/deliveries?outcome=dead_letter');
    expect(listed.items[0]).toMatchObject({ delivery_id: answer.delivery_id, reason: answer.reason });
  });

  it("reads GitHub's form encoding, signed over the form", async () => {
    const form = new URLSearchParams({ payload: JSON.stringify({ zen: 'a+b & c' }) }).toString();
    const answered = await post('github', form, {
      'content-type': 'application/x-www-form-urlencoded',
      'x-github-event': 'ping',
      'x-github-delivery': 'form-1',
      'x-hub-signature-256': githubSignature(SECRET, form),
    });
    expect(answered).toMatchObject({ status: 200, body: { status: 'ignored' } });
  });

  it.each([
    ['400 for what is not JSON', 'customhttp', '{', json, 400],
    ['400 for nothing', 'customhttp', '', json, 400],
    ['400 for JSON that nests too deep', 'customhttp', '['.repeat(65) + ']'.repeat(65), json, 400],
    ['401 without a signature', 'github', '{}', json, 401],
    ['401 for another signature', 'github', '{}', { ...json, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }, 401],
    ['404 for an unknown source', 'gitpub', '{}', json, 404],
    ['404 for an instance without a secret of its own', 'github/ghe', '{}', json, 404],
    ['404 for an instance that cannot be', 'customhttp/UPPER', '{}', json, 404],
    ['415 for another content type', 'customhttp', '{}', { 'content-type': 'text/plain' }, 415],
  ])('answers %s', async (_name, path, body, headers, status) => {
    const answered = await post(path, body, headers);
    expect(answered).toMatchObject({ status, type: 'application/problem+json', body: { status } });
    expect(answered.body.detail).toMatch(/\w/);
  });

  it('answers 413 when more than 25 MiB arrive, also in parts', async () => {
    const large = Buffer.alloc(25 * 1024 * 1024 + 1, 0x20);
    // Node may see the connection end while it still sends; the answer is what counts.
    const status = await post('customhttp', large, json).then(
      (answered) => answered.status,
      (error) => error.cause?.code,
    );
    expect([413, 'EPIPE', 'ECONNRESET', 'UND_ERR_SOCKET']).toContain(status);
    const after = await getJson<Page<Delivery>>(server, '/api/v1/deliveries?source=customhttp&limit=200');
    expect(after.items.every(({ body_bytes }) => body_bytes < 1_000)).toBe(true);
  });

  it('takes 25 MiB', async () => {
    const body = JSON.stringify({ ...start, id: 'large', metadata: {} }).replace(
      '{}',
      `{${' '.repeat(25 * 1024 * 1024 - 200)}}`,
    );
    expect((await post('customhttp', body, json)).status).toBe(200);
  }, 60_000);

  it('names every wrong field of a custom event, and takes none of its batch', async () => {
    const answered = await post(
      'customhttp',
      JSON.stringify([start, { ...start, id: 'b' }, { ...start, action: 'begin' }]),
      json,
    );
    expect(answered).toMatchObject({ status: 422, type: 'application/problem+json' });
    expect(answered.body.errors?.map(({ pointer }) => pointer)).toEqual(['/2/action']);
    const found = await fetch(`${server.url}/api/v1/spans/vstrace-customhttp-build-demo-b`);
    expect(found.status).toBe(404);
  });

  it('answers HEAD with 200 and other methods with 405', async () => {
    const status = async (method: string) => (await fetch(`${server.url}/webhooks/github`, { method })).status;
    expect([await status('HEAD'), await status('GET'), await status('PUT'), await status('DELETE')]).toEqual([
      200, 405, 405, 405,
    ]);
  });

  it.each([
    ['/api/v1/spans?limit=0', 400],
    ['/api/v1/spans?limit=201', 400],
    ['/api/v1/spans?from=yesterday', 400],
    ['/api/v1/spans?state=done', 400],
    ['/api/v1/spans?cursor=made-up', 400],
    ['/api/v1/spans/vstrace-none', 404],
    ['/api/v1/deliveries/0', 404],
    ['/api/v1/nothing', 404],
    ['/%E0%A4%A', 400],
  ])('answers GET %s with %i as problem details', async (path, status) => {
    const response = await fetch(server.url + path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status });
  });

  it('shows each source with its URL, its secret state and what came', async () => {
    const { items } = await getJson<Page<z.infer<typeof sourceSchema>>>(server, '/api/v1/sources');
    expect(items.map(({ id, instance, url }) => [id, instance, url])).toEqual(
      sources.map(({ id }) => [id, '', `${server.url}/webhooks/${id}`]),
    );
    const custom = items.find(({ id }) => id === 'customhttp');
    const github = items.find(({ id }) => id === 'github');
    expect([custom?.secret, github?.secret]).toEqual(['not_set', 'set']);
    expect(github?.refused.count).toBeGreaterThan(0);
    expect(custom?.deliveries.accepted).toBeGreaterThan(0);
  });

  it('shows a delivery with its raw body and its spans, by our number and by the id of its sender', async () => {
    const body = JSON.stringify({ ...start, id: 'shown' });
    const { body: answer } = await post('customhttp', body, { ...json, 'webhook-id': 'msg_1' });
    const expected = {
      id: answer.id,
      body,
      authenticity: 'unsigned',
      span_ids: ['vstrace-customhttp-build-demo-shown'],
    };
    expect(await getJson<DeliveryDetail>(server, `/api/v1/deliveries/${answer.id}`)).toMatchObject(expected);
    expect(await getJson<DeliveryDetail>(server, '/api/v1/deliveries/msg_1')).toMatchObject(expected);
  });

  it('finds a span by the branch that mentions it', async () => {
    await post('customhttp', JSON.stringify({ ...start, id: '42' }), json);
    const branch = encodeURIComponent('feature/vstrace-customhttp-build-demo-42/my-work');
    const span = await getJson<SpanDetail>(server, `/api/v1/spans/${branch}`);
    expect(span.span_id).toBe('vstrace-customhttp-build-demo-42');
  });

  it('shows a span with its attempts, stages and events, and each stage under an id of its own', async () => {
    const at = (minute: number) => `2026-03-02T09:0${minute}:00Z`;
    const story = [
      { ...start, id: 's', time: at(0), stage: 'queue' },
      { ...start, id: 's', time: at(2), action: 'transition', stage: 'run' },
      { ...start, id: 's', time: at(5), action: 'end', error: true },
    ];
    await post('customhttp', JSON.stringify(story), json);
    const span = await getJson<SpanDetail>(server, '/api/v1/spans/vstrace-customhttp-build-demo-s');
    expect(span).toMatchObject({
      state: 'finished',
      result: 'failure',
      is_error: true,
      duration_ms: 300_000,
      stages: [
        { name: 'queue', duration_ms: 120_000 },
        { name: 'run', duration_ms: 180_000 },
      ],
    });
    expect(span.events.map(({ state }) => state)).toEqual(['start', 'transition', 'end']);
    const stage = await getJson(server, '/api/v1/spans/vstrace-customhttp-build-demo-s~1.2');
    expect(stage).toMatchObject({
      operation_name: 'stage',
      title: 'run',
      parent_span_id: span.span_id,
      duration_ms: 180_000,
    });
    const stages = await getJson<Page<Span>>(server, '/api/v1/spans?operation=stage&q=demo-s');
    expect(stages.items.map(({ title }) => title)).toEqual(['run', 'queue']);
  });
});
