import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { deliveryDetailSchema, spanDetailSchema, spanSchema } from '../../src/api/schema.ts';
import { createProgram } from '../../src/cli/program.ts';
import {
  newDataDir,
  removeDataDir,
  runProgram,
  startProgram,
  startServer,
  type TestServer,
  until,
} from '../support/server.ts';

type Span = z.infer<typeof spanSchema>;
type SpanDetail = z.infer<typeof spanDetailSchema>;

let server: TestServer;
let dataDir: string;
beforeAll(async () => {
  dataDir = newDataDir();
  server = await startServer(dataDir, { VS_SECRET_CUSTOMHTTP_CI: 'the secret of the build machines' });
});
afterAll(async () => {
  await server.stop();
  removeDataDir(dataDir);
});

const run = (args: readonly string[], environment: Record<string, string> = {}) =>
  runProgram(args, { VS_URL: server.url, ...environment });

async function ok(args: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await run(args, environment);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

async function spanOf(spanId: string): Promise<SpanDetail> {
  const response = await fetch(`${server.url}/api/v1/spans/${encodeURIComponent(spanId)}`);
  expect(response.status).toBe(200);
  return JSON.parse(await response.text());
}

async function contextOf(spanId: string): Promise<{ traceparent: string; tracestate: string }> {
  const response = await fetch(`${server.url}/api/v1/traceparent?span_id=${encodeURIComponent(spanId)}`);
  return JSON.parse(await response.text());
}

async function only(project: string): Promise<Span> {
  const response = await fetch(`${server.url}/api/v1/spans?project=${project}`);
  const { items }: { items: Span[] } = JSON.parse(await response.text());
  expect(items).toHaveLength(1);
  return items[0] as Span;
}

let projects = 0;
let project: string;
beforeEach(() => {
  projects += 1;
  project = `project-${projects}`;
});

describe('valuestream event', () => {
  it('makes a span of a start, a transition and an end, named by what start printed', async () => {
    const start = ['event', 'start', '--type', 'deploy', '--namespace', project, '--title', 'Ship it'];
    const details = [
      '--tag',
      'n=3',
      '--tag',
      'dry=true',
      '--tag',
      'v=1.2.3',
      '--commit',
      'abc',
      '--environment',
      'production',
    ];
    const spanId = await ok([...start, ...details, '--stage', 'queue', '--time', '2026-03-02T09:00:00Z']);
    expect(spanId).toMatch(new RegExp(`^vstrace-customhttp-deploy-${project}-[0-9a-f]{16}$`));
    expect(await ok(['event', 'transition', spanId, '--stage', 'roll out', '--time', '2026-03-02T09:01:00Z'])).toBe(
      spanId,
    );
    expect(await ok(['event', 'end', spanId, '--error', '--time', '2026-03-02T09:05:00Z'])).toBe(spanId);
    const span = await spanOf(spanId);
    expect(span).toMatchObject({
      title: 'Ship it',
      result: 'failure',
      is_error: true,
      duration_ms: 300_000,
      environment: 'production',
    });
    expect(span.tags).toMatchObject({ n: 3, dry: true, v: '1.2.3', 'vcs.ref.head.revision': 'abc' });
    expect(span.stages.map(({ name, duration_ms }) => [name, duration_ms])).toEqual([
      ['queue', 60_000],
      ['roll out', 240_000],
    ]);
  });

  it('is a delivery of the command line, which can be told twice and counts once', async () => {
    const spanId = await ok(['event', 'start', '--namespace', project, '--id', 'a-1']);
    expect(spanId).toBe(`vstrace-customhttp-build-${project}-a%2D1`);
    const { events } = await spanOf(spanId);
    const delivery: z.infer<typeof deliveryDetailSchema> = JSON.parse(
      await ok(['deliveries', events[0]?.delivery_ids[0] ?? '', '--json']),
    );
    expect(delivery).toMatchObject({ channel: 'cli', span_ids: [spanId] });
    expect(delivery.headers['idempotency-key']).toBe(delivery.delivery_id);
  });

  it('ends what has begun elsewhere, by type, namespace and id, and with when it began', async () => {
    const named = ['--namespace', project, '--id', '7', '--started-at', '2026-03-02T09:00:00Z'];
    const spanId = await ok(['event', 'end', ...named, '--time', '2026-03-02T09:00:30Z']);
    expect(await spanOf(spanId)).toMatchObject({ result: 'success', duration_ms: 30_000 });
  });

  it('signs with the secret of its instance', async () => {
    const start = ['event', 'start', '--namespace', project, '--instance', 'ci'];
    const refused = await run(start);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/X-VS-Signature/) });
    const spanId = await ok(start, { VS_SECRET_CUSTOMHTTP_CI: 'the secret of the build machines, another' });
    expect(await spanOf(spanId)).toMatchObject({ state: 'open' });
    expect(spanId).toContain('-ci:');
  });

  it.each([
    [['event', 'end'], /which one\? Give the span id that start printed, or --id/],
    [['event', 'end', 'vstrace-github-issue-octo-org/api-27'], /is a span of github/],
    [['event', 'end', 'nonsense'], /nonsense is no span id/],
    [['event', 'transition', 'vstrace-customhttp-build-shop-1'], /--stage/],
    [['event', 'start', '--tag', 'novalue'], /must be key=value/],
    [['event', 'start', '--url', 'nowhere'], /--url: nowhere is no URL/],
  ])('refuses %j as called wrongly', async (args, message) => {
    expect(await run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('names the field that the server refuses', async () => {
    const { code, stderr } = await run(['event', 'start', '--time', 'today', '--link', 'ftp://x']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\/time: must be an RFC 3339 time[\s\S]*\/url: must be a URL/);
  });

  it('lets a flag win over the environment', async () => {
    const environment = { VS_EVENT_NAMESPACE: `${project}-environment`, VS_EVENT_TITLE: 'Named outside' };
    const spanId = await ok(['event', 'start', '--namespace', project], environment);
    expect(await spanOf(spanId)).toMatchObject({ project, title: 'Named outside' });
  });

  it('says what to do when no server answers', async () => {
    const { code, stderr } = await run(['spans'], { VS_URL: 'http://127.0.0.1:9' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/no server answers at http:\/\/127\.0\.0\.1:9 .*valuestream serve.*VS_URL/);
  });

  it('asks a busy server again, with the same key', async () => {
    const keys: unknown[] = [];
    const busy = createServer((request, response) => {
      keys.push(request.headers['idempotency-key']);
      response.writeHead(keys.length < 3 ? 503 : 200, { 'retry-after': '0' }).end('{}');
    }).listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const address = busy.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await ok(['event', 'start'], { VS_URL: `http://127.0.0.1:${port}` });
    expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
    busy.close();
  });
});

describe('valuestream run', () => {
  const record = (...command: string[]) => ['run', '--namespace', project, '--', ...command];
  const script = (text: string) => record(process.execPath, '-e', text);

  it('passes input, output and exit code through, and records them', async () => {
    const result = await run(script('console.log("out"); console.error("err"); process.exitCode = 3'));
    expect(result).toEqual({ code: 3, signal: null, stdout: 'out\n', stderr: 'err\n' });
    const span = await only(project);
    expect(span).toMatchObject({ operation_name: 'build', state: 'finished', result: 'failure', title: 'node' });
    expect(span.tags['process.exit.code']).toBe(3);
    expect(JSON.stringify(span)).not.toContain('console.log');
  });

  it('tells what runs inside it what caused it', async () => {
    const stdout = await ok(script('console.log(process.env.VS_PARENT_SPAN_ID)'));
    const span = await only(project);
    expect(span).toMatchObject({ span_id: stdout, result: 'success', is_error: false });
  });

  it('gives it the trace context of its span where that is asked for', async () => {
    const asked = ['run', '--namespace', project, '--traceparent', '--', process.execPath, '-e'];
    const told = JSON.parse(await ok([...asked, 'console.log(JSON.stringify(process.env))']));
    const span = await only(project);
    const { traceparent, tracestate } = await contextOf(span.span_id);
    expect(told).toMatchObject({
      TRACEPARENT: traceparent,
      TRACESTATE: tracestate,
      VS_PARENT_SPAN_ID: span.span_id,
    });
    expect(span).toMatchObject({ state: 'finished', result: 'success' });
  });

  it('runs it without a trace context where the server gives none', async () => {
    const args = ['run', '--traceparent', '--patience', '0', '--', process.execPath, '-e'];
    const script = 'console.log(process.env.TRACEPARENT ?? "none"); process.exitCode = 4';
    const { code, stdout, stderr } = await run([...args, script], { VS_URL: 'http://127.0.0.1:9' });
    expect({ code, stdout }).toEqual({ code: 4, stdout: 'none\n' });
    expect(stderr).toMatch(/^valuestream: no TRACEPARENT is set: .*\nvaluestream: the result was not recorded: .*\n$/);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'hands %s on, waits, and records what the command makes of it',
    async (signal) => {
      const running = startProgram(
        script(
          `process.on('${signal}', () => { console.log('tidied'); process.exit(5); }); setInterval(() => {}, 1000); console.log('ready')`,
        ),
        { VS_URL: server.url },
      );
      await until(running, 'stdout', 'ready');
      running.child.kill(signal);
      expect(await running.ended).toMatchObject({ code: 5, signal: null, stdout: 'ready\ntidied\n' });
      expect(await only(project)).toMatchObject({ state: 'finished', is_error: true });
    },
  );

  it('ends of the signal of which its command ended, and records that too', async () => {
    const running = startProgram(script(`setInterval(() => {}, 1000); console.log('ready')`), { VS_URL: server.url });
    await until(running, 'stdout', 'ready');
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    const span = await only(project);
    expect(span.tags).toMatchObject({ 'process.exit.code': 143, 'process.exit.signal': 'SIGTERM' });
  });

  it('ends with 127 when there is no such command, and with 126 when it cannot be run', async () => {
    expect(await run(record('no-such-command'))).toMatchObject({
      code: 127,
      stderr: 'valuestream: no-such-command: not found\n',
    });
    expect(await only(project)).toMatchObject({ state: 'finished', is_error: true });
    const file = join(dataDir, 'not-executable');
    writeFileSync(file, 'text');
    expect((await run(record(file))).code).toBe(126);
  });

  it.each([
    ['away', { VS_URL: 'http://127.0.0.1:9' }],
    ['no ValueStream', { VS_URL: 'SILENT' }],
  ])('leaves the command’s result as it is when the server is %s', async (_how, environment) => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const VS_URL = environment.VS_URL.replace('SILENT', url);
    const { code, stdout, stderr } = await run(script('console.log("out"); process.exitCode = 4'), {
      VS_URL,
      VS_RUN_PATIENCE: '1',
    });
    expect({ code, stdout }).toEqual({ code: 4, stdout: 'out\n' });
    expect(stderr).toMatch(/^valuestream: the result was not recorded: .*\n$/);
    silent.closeAllConnections();
    silent.close();
  });

  it('makes a whole span of the end alone, where the start could not be told', async () => {
    const bodies: string[] = [];
    const deaf = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (body: string) => {
        if (!body.includes('"start"')) bodies.push(body);
        response.writeHead(body.includes('"start"') ? 400 : 200).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const address = deaf.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    await ok(script(''), { VS_URL: url });
    deaf.close();
    const response = await fetch(`${server.url}/webhooks/customhttp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: bodies[0] ?? '',
    });
    expect(response.status).toBe(200);
    const span = await only(project);
    expect(span).toMatchObject({ state: 'finished', title: 'node', result: 'success', anomalies: [] });
    expect(span.duration_ms).toBeGreaterThan(0);
  });
});

describe('valuestream spans and deliveries', () => {
  const start = (title: string) => ok(['event', 'start', '--namespace', project, '--title', title]);

  it('lists what the filters let through, as a table without colours in a pipe', async () => {
    const spanId = await start('A cart');
    await start('B cart');
    const stdout = await ok(['spans', '--project', project, '--search', 'a cart', '--state', 'open']);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stdout).toContain(spanId);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
    expect(stdout).not.toMatch(/\u001b/);
  });

  it('speaks to the server that listens where one would in the same environment', async () => {
    const title = `Told on ${project}`;
    await start(title);
    const { code, stdout } = await runProgram(['spans', '--search', title], { VS_PORT: new URL(server.url).port });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(title) });
  });

  it('prints one JSON document, of as many spans as are asked for', async () => {
    for (const title of ['1', '2', '3']) await start(title);
    const list = async (...flags: string[]) =>
      JSON.parse(await ok(['spans', '--project', project, '--json', ...flags]));
    expect(await list('--limit', '2')).toHaveLength(2);
    expect(await list('--all')).toHaveLength(3);
    expect(await list('--error')).toEqual([]);
  });

  it('shows one span with its stages, attempts and events', async () => {
    const spanId = await start('One of a kind');
    const stdout = await ok(['spans', spanId]);
    for (const part of ['One of a kind', 'attempts', 'events', spanId]) expect(stdout).toContain(part);
    expect(JSON.parse(await ok(['spans', spanId, '--json']))).toMatchObject({ span_id: spanId });
    expect(await run(['spans', 'vstrace-none'])).toMatchObject({
      code: 1,
      stderr: 'valuestream: there is no span called vstrace-none\n',
    });
  });

  it('lets no title give orders to the terminal', async () => {
    const title = '\u202egnp.exe';
    await start(title);
    expect(await ok(['spans', '--project', project])).not.toContain('\u202e');
  });

  it('teaches, where there is nothing to list', async () => {
    const { code, stdout, stderr } = await run(['spans', '--project', 'none']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('valuestream run --');
  });

  it('shows a delivery, and its body as it was received', async () => {
    await start('Delivered');
    const [delivery] = JSON.parse(await ok(['deliveries', '--limit', '1', '--kind', 'build.start', '--json']));
    expect(await ok(['deliveries', delivery.id])).toMatch(/"title": "Delivered"/);
    expect(JSON.parse(await ok(['deliveries', delivery.id, '--body']))).toMatchObject({ title: 'Delivered' });
    expect(await ok(['deliveries', '--source', 'customhttp', '--outcome', 'accepted', '--limit', '1'])).toContain(
      'build.start',
    );
  });

  it('follows spans as they change, only those that are asked for, and ends with the server’s stream', async () => {
    const following = startProgram(['spans', '--follow', '--project', project, '--json'], { VS_URL: server.url });
    const watching = startProgram(['spans', '--follow', '--project', project], { VS_URL: server.url });
    await until(watching, 'stderr', 'Waiting');
    // Both are connected once the server has told each of them a first change.
    let spanId = await start('Followed');
    while (!following.output.stdout.includes(spanId) || !watching.output.stdout.includes(spanId))
      spanId = await start('Followed');
    await ok(['event', 'start', '--namespace', `${project}-other`, '--title', 'Not asked for']);
    await ok(['event', 'end', spanId]);
    await until(following, 'stdout', '"finished"');
    await until(watching, 'stdout', 'success');
    const told: Span[] = following.output.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(told.filter(({ span_id }) => span_id === spanId).map(({ state }) => state)).toEqual(['open', 'finished']);
    expect(following.output.stdout).not.toContain('Not asked for');
    for (const { child, ended } of [following, watching]) {
      child.kill('SIGINT');
      await ended;
    }
  });

  it('ends quietly when the reader of its output has seen enough', async () => {
    await start('Piped');
    const main = new URL('../../src/main.ts', import.meta.url).pathname;
    const piped = spawnSync(
      'bash',
      ['-c', `"${process.execPath}" "${main}" spans --json | head -c 1; exit \${PIPESTATUS[0]}`],
      {
        env: { ...process.env, VS_URL: server.url },
        encoding: 'utf8',
      },
    );
    expect({ status: piped.status, stderr: piped.stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('valuestream measure durations', () => {
  const measure = (...args: string[]) => ['measure', 'durations', '--project', project, '--fresh', ...args];
  const march = ['--from', '2026-03-01', '--to', '2026-04-01', '--time-zone', 'Europe/Berlin'];

  /** Builds of as many minutes, the last of which fails. */
  async function builds(...minutes: number[]): Promise<void> {
    for (const [index, length] of minutes.entries()) {
      const startedAt = Date.parse('2026-03-03T09:00:00Z') + index * 3_600_000;
      const time = new Date(startedAt + length * 60_000).toISOString();
      const named = ['--type', 'build', '--namespace', project, '--id', String(index), '--time', time];
      const end = ['event', 'end', ...named, '--started-at', new Date(startedAt).toISOString()];
      await ok([...end, ...(index === minutes.length - 1 ? ['--error'] : [])]);
    }
  }

  it('tells of each week how long they took and how they ended', async () => {
    await builds(10, 20, 60);
    const lines = (await ok(measure(...march))).split('\n');
    expect(lines[0]).toBe('2026-03-01 00:00 to 2026-04-01 00:00 (Europe/Berlin)');
    expect(lines.find((line) => line.startsWith('2026-W10'))).toMatch(/3 +66\.7 % \* +20m 00s \* .* 1h 00m \*$/);
    expect(lines.find((line) => line.startsWith('total'))).toMatch(/3 +▁█▁▁▁▁ +66\.7 % \* +20m 00s \* +·█····/);
    expect(lines.at(-1)).toBe('* of fewer than five');
  });

  it('prints the answer as JSON, CSV and Markdown', async () => {
    await builds(10);
    const { total } = JSON.parse(await ok(measure(...march, '--json')));
    expect(total.numbers.duration).toMatchObject({ n: 1, p50: 600_000 });
    const [head, ...rows] = (await ok(measure(...march, '--group-by', 'project', '--csv'))).split('\r\n');
    expect(head).toBe(
      'project,period,started,finished,errors,success_ratio,n,mean_ms,min_ms,p50_ms,p75_ms,p85_ms,p90_ms,p95_ms,p99_ms,max_ms',
    );
    expect(rows[1]).toMatch(new RegExp(`^${project},2026-W10,1,1,1,0,1,600000,`));
    expect(await ok(measure(...march, '--group-by', 'project', '--markdown'))).toContain('| project | finished |');
  });

  it('teaches, where there is nothing', async () => {
    const { code, stdout, stderr } = await run(measure('--operation', 'deploy', '--since', '12w'));
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^No deploy from .* Look further back with --since 365d/);
  });

  it.each([
    [['--since', 'long'], /--since: long is no time; give one such as 90d or 12w/],
    [['--time-zone', 'Mars'], /time_zone: Mars is no time zone/],
    [['--group-by', 'colour'], /group_by/],
    [['--from', '2026-04-01', '--to', '2026-03-01'], /from: must be before/],
    [['--since', '90d', '--from', '2026-04-01'], /cannot be used with/],
  ])('refuses %j with 2', async (args, message) => {
    expect(await run(measure(...args))).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });
});

describe('valuestream measure flow and pull-requests', () => {
  const day = (offset: number) => new Date(Date.now() - offset * 86_400_000).toISOString();
  const measure = (name: string, ...args: string[]) => [
    'measure',
    name,
    '--project',
    project,
    '--fresh',
    '--time-zone',
    'UTC',
    ...args,
  ];

  /** One item done on each of the last so many days, and one that is open. */
  async function items(type: string, count: number): Promise<void> {
    const events = Array.from({ length: count }, (_, index) => {
      const done = { id: String(index), namespace: project, type, action: 'end', started_at: day(index + 2) };
      return { ...done, time: day(index + 1) };
    });
    const open = { id: 'open', namespace: project, type, action: 'start', title: 'Old one', time: day(5) };
    const answer = await fetch(`${server.url}/webhooks/customhttp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([...events, open]),
    });
    expect(answer.status).toBe(200);
  }

  it('tells what was done, what is open and when more will be done, the same for the same seed', async () => {
    await items('issue', 20);
    const flow = () => ok(measure('flow', '--forecast', '10', '--by', day(-7).slice(0, 10), '--seed', '3'));
    const told = await flow();
    expect(told).toMatch(/^total +20 /m);
    expect(told).toMatch(/^open now: 1, the oldest:\n {2}5d 00h, above p95 .*Old one/m);
    expect(told).toMatch(/^10 more done by, from \d+ done in \d+ days:\n {2}50 %: \d{4}-\d\d-\d\d · 70 %: /m);
    expect(told).toMatch(/^done by \d{4}-\d\d-\d\d at least, .*:\n {2}50 %: \d · 70 %: /m);
    expect(await flow()).toBe(told);
    expect(await ok(measure('flow', '--since', '7d', '--forecast', '10'))).toContain('is too little');
    expect(await ok(measure('flow', '--csv'))).toMatch(/^period,done,velocity_per_week,flow_time_mean_ms,/);
  });

  it('tells of pull requests, and how to switch authors on', async () => {
    await items('pull_request', 6);
    expect(await ok(measure('pull-requests'))).toMatch(/^total +6 .*100\.0 % /m);
    expect(await ok(measure('pull-requests', '--group-by', 'project', '--markdown'))).toContain('| project | merged |');
    const { total } = JSON.parse(await ok(measure('pull-requests', '--json')));
    expect(total.numbers.time_to_merge).toMatchObject({ n: 6, p50: 86_400_000 });
    expect(await run(measure('pull-requests', '--group-by', 'author'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('by_author: true'),
    });
  });

  it('teaches, where there is nothing', async () => {
    expect((await run(measure('flow'))).stderr).toContain('Issues and incidents flow');
    expect((await run(measure('pull-requests'))).stderr).toContain('--since 365d');
  });
});

describe('valuestream replay', () => {
  it('replays at the server, all or one, and tells what would change', async () => {
    await ok(['event', 'start', '--namespace', project]);
    const replay = JSON.parse(await ok(['replay', '--source', 'customhttp', '--json']));
    expect(replay).toMatchObject({ state: 'done', dry_run: false, changes: [] });
    expect(replay.deliveries.read).toBeGreaterThan(0);
    expect(await ok(['replay', '--dry-run'])).toMatch(
      /^done: \d+ of \d+ deliveries read, 0 of them[\s\S]*0 would be added/,
    );
    expect(await ok(['replay', '1'])).toMatch(/^done: 1 of 1 deliveries read/);
    expect(await run(['replay', 'nothing'])).toMatchObject({
      code: 1,
      stderr: 'valuestream: there is no delivery nothing\n',
    });
  });

  it('reads the store itself where no server runs, under the lock', async () => {
    const folder = newDataDir();
    const own = await startServer(folder);
    await ok(['event', 'start', '--namespace', project], { VS_URL: own.url });
    const replay = () => runProgram(['replay', '--data-dir', folder, '--json'], { VS_REPLAY_URL: '' });
    expect(await replay()).toMatchObject({ code: 1, stderr: expect.stringContaining('another process uses') });
    await own.stop();
    const { code, stdout, stderr } = await replay();
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'No server runs: reading the store in this process.\n' });
    expect(JSON.parse(stdout)).toMatchObject({ state: 'done', deliveries: { total: 1, read: 1, changed: 0 } });
    removeDataDir(folder);
  });
});

describe('valuestream doctor', () => {
  const statuses = async (args: readonly string[], environment: Record<string, string> = {}) => {
    const { code, stdout } = await run(['doctor', '--json', ...args], environment);
    const checks: { name: string; status: string; message: string; hint?: string }[] = JSON.parse(stdout);
    return { code, checks: new Map(checks.map((check) => [check.name, check])) };
  };

  it('finds a running server in order, with its clock and its sources', async () => {
    const { code, checks } = await statuses(['--data-dir', dataDir]);
    expect(code).toBe(0);
    for (const name of ['configuration', 'server', 'clock', 'disk', 'github'])
      expect(checks.get(name)).toMatchObject({ status: 'ok' });
    expect(checks.get('github')?.message).toContain(`${server.url}/webhooks/github`);
  });

  it('shows refused and unreadable deliveries, and what to do', async () => {
    await fetch(`${server.url}/webhooks/github`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    await run(['event', 'start', '--instance', 'ci']);
    const { code, checks } = await statuses([]);
    // The build machines are refused, and nothing of them is taken.
    expect(code).toBe(1);
    expect(checks.get('github')).toMatchObject({
      status: 'warning',
      hint: expect.stringContaining('--outcome dead_letter'),
    });
    expect(checks.get('customhttp/ci')).toMatchObject({
      status: 'failed',
      hint: expect.stringContaining('X-VS-Signature'),
    });
  });

  it('tells of each source where it posts to, its secret, when it was last heard, and the last reasons', async () => {
    const { checks } = await statuses([]);
    const message = checks.get('github')?.message ?? '';
    expect(message).toContain(`at ${server.url}/webhooks/github (secret: not_set)`);
    expect(message).toMatch(/last delivery 20\d\d-\d\d-\d\dT[\d:.]+Z/);
    expect(message).toMatch(/[1-9]\d* dead letters \(the last: .+?\)/);
    expect(checks.get('customhttp/ci')?.message).toMatch(
      /[1-9]\d* refused \(the last: the header .+\).*\/webhooks\/customhttp\/ci/,
    );
  });

  it('tells of a server that is away, a wrong setting, a foreign store and a weak secret', async () => {
    const away = { VS_URL: 'http://127.0.0.1:9' };
    expect((await statuses([], away)).checks.get('server')).toMatchObject({ status: 'warning' });
    const wrong = await statuses([], { VS_PORT: 'x' });
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.checks.get('configuration')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('VS_PORT'),
    });
    const folder = newDataDir();
    writeFileSync(
      join(folder, 'valuestream.db'),
      'a text that is long enough to be read as the header of a file\n'.repeat(9),
    );
    const broken = await statuses(['--data-dir', folder], { ...away, VS_SECRET_GITHUB: 'short' });
    expect(broken).toMatchObject({ code: 1 });
    expect(broken.checks.get('store')).toMatchObject({ status: 'failed', message: expect.stringContaining('damaged') });
    expect(broken.checks.get('secret of github')).toMatchObject({ status: 'warning' });
    removeDataDir(folder);
  });

  it('prints a line for each check', async () => {
    expect((await run(['doctor'])).stdout).toMatch(/^✓ configuration +is valid/);
  });
});

describe('valuestream completion', () => {
  let bin: string;
  beforeAll(() => {
    bin = join(dataDir, 'bin');
    mkdirSync(bin, { recursive: true });
    const main = new URL('../../src/main.ts', import.meta.url).pathname;
    writeFileSync(join(bin, 'valuestream'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
    chmodSync(join(bin, 'valuestream'), 0o755);
  });

  it('completes commands, flags and values in bash', () => {
    const complete = (line: string) => {
      const words = line.split(' ');
      // The package bash-completion defines this function, where it is installed.
      const script = `_get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=\${words[cword]}; }
        source <(valuestream completion bash)
        COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
        $(complete -p valuestream | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = spawnSync('bash', ['-c', script], {
        env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
        encoding: 'utf8',
      });
      return stdout.split('\n').map((word) => word.trim().split(/\s/)[0]);
    };
    expect(complete('valuestream de')).toContain('deliveries');
    expect(complete('valuestream demo --se')).toContain('--serve');
    expect(complete('valuestream spans --fol')).toContain('--follow');
    expect(complete('valuestream spans --state o')).toContain('open');
  });

  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const script = await ok(['completion', shell]);
    expect(script).toContain('valuestream');
    const checker = `/usr/bin/${shell}`;
    if (!existsSync(checker)) return;
    expect(spawnSync(checker, ['-n'], { input: script }).status).toBe(0);
  });
});

describe('every command', () => {
  const nothing = async () => {
    throw new Error('nothing is to be done here');
  };
  const program = createProgram({
    serve: nothing,
    replayHere: nothing,
    importHere: nothing,
    rulesHere: { read: nothing, check: nothing },
    tokensHere: nothing,
    demo: { fill: nothing, serve: nothing, secrets: nothing },
    diagnose: nothing,
  });
  const leaves = (command: Command): Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  const named = leaves(program)
    .filter((command) => !['help', 'complete'].includes(command.name()))
    .map((command) => [nameOf(command), command] as const);

  function nameOf(command: Command): string {
    return command.parent === null ? '' : `${nameOf(command.parent)} ${command.name()}`.trim();
  }

  it.each(named)('"%s" has help with an example, and an environment variable for each flag', (_name, command) => {
    let help = '';
    command.configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
    command.outputHelp();
    expect(help).toMatch(/Examples:\n {2}\$ /);
    const flags = command.options.filter(({ long }) => long !== '--help');
    expect(flags.filter(({ envVar, description }) => envVar === undefined && !/VS_[A-Z]/.test(description))).toEqual(
      [],
    );
  });

  it('refuses what it does not know with 2', async () => {
    expect((await run(['spans', '--sideways'])).code).toBe(2);
    expect((await run(['spanz'])).code).toBe(2);
    expect((await run(['run'])).code).toBe(2);
  });
});
