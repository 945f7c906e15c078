import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { exportSchema, spanDetailSchema } from '../../src/api/schema.ts';
import { OtlpReceiver, partialSuccess, type ReceivedRequest, type ReceivedSpan } from '../support/otlp.ts';
import { newDataDir, removeDataDir, startProgram, startServer, type TestServer, until } from '../support/server.ts';
import { skipAloud } from '../support/skip.ts';

const NINE = Date.UTC(2026, 0, 5, 9);
const MINUTE = 60_000;

let receiver: OtlpReceiver;
let dataDir: string;
let server: TestServer | undefined;

beforeEach(async () => {
  receiver = await new OtlpReceiver().start();
  dataDir = newDataDir();
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await receiver.stop();
  removeDataDir(dataDir);
});

async function start(environment: Record<string, string> = {}): Promise<TestServer> {
  server = await startServer(dataDir, { VS_OTLP: receiver.url, VS_OTLP_WAIT_MS: '0', ...environment });
  return server;
}

/** A custom event; minutes after nine o'clock. */
function event(type: string, id: string, action: string, minute: number, more: object = {}) {
  const time = new Date(NINE + minute * MINUTE).toISOString();
  return { id, namespace: 'shop', type, action, time, ...more };
}

/** A whole build, told at once, so that it is exported once. */
function build(id: string, more: object = {}) {
  return [event('build', id, 'start', 0), event('build', id, 'end', 3, more)];
}

async function tell(...events: object[]): Promise<void> {
  const response = await fetch(`${server?.url}/webhooks/customhttp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(response.status).toBe(200);
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${server?.url}/api/v1${path}`);
  expect(response.status).toBe(200);
  return JSON.parse(await response.text());
}

/** A configuration file, in place of the environment. */
function configured(yaml: string): Record<string, string> {
  const file = join(dataDir, 'valuestream.yaml');
  writeFileSync(file, yaml);
  return { VS_OTLP: '', VS_CONFIG: file };
}

type Export = z.infer<typeof exportSchema>;

/** What the server says of its targets, once that holds. */
async function exportsOnce(holds: (first: Export) => boolean): Promise<Export> {
  for (;;) {
    const { items } = await get<{ items: Export[] }>('/exports');
    if (items[0] !== undefined && holds(items[0])) return items[0];
    // The server is asked, for nothing tells this process of what it does.
    await later(20);
  }
}

const span = (id: string) => get<z.infer<typeof spanDetailSchema>>(`/spans/${encodeURIComponent(id)}`);
const spanOf = ({ attributes }: ReceivedSpan) => attributes['valuestream.span.id'];
const nanos = (minute: number) => `${NINE + minute * MINUTE}000000`;
const spanIdOf = (id: string) => `vstrace-customhttp-build-shop-${id}`;

describe('what a backend gets', () => {
  it('is the whole trace of a change, with the times of its source', async () => {
    await start();
    await tell(
      event('issue', 'PAY-1', 'start', 0, { title: 'Pay by invoice', stage: { name: 'To do', category: 'waiting' } }),
      event('issue', 'PAY-1', 'intermediary', 5, { metadata: { note: 'looked at' } }),
      event('issue', 'PAY-1', 'transition', 10, { stage: { name: 'Doing', category: 'active' } }),
      event('issue', 'PAY-1', 'end', 60),
      event('build', '7', 'start', 20, { parent_id: 'vstrace-customhttp-issue-shop-PAY%2D1', branch: 'pay-1' }),
      event('build', '7', 'end', 25, { error: true, metadata: { agent: 'a1' } }),
    );
    await receiver.untilTaken(2);
    const issue = receiver.named('issue');
    const build = receiver.named('BUILD');
    expect(issue).toMatchObject({
      parentSpanId: '',
      kind: 1,
      start: nanos(0),
      end: nanos(60),
      status: 0,
      attributes: {
        'valuestream.span.id': 'vstrace-customhttp-issue-shop-PAY%2D1',
        'valuestream.title': 'Pay by invoice',
        'valuestream.result': 'success',
      },
      resource: {
        'service.name': 'valuestream',
        'service.namespace': 'customhttp',
        'host.name': 'valuestream',
        'valuestream.source.name': 'customhttp',
      },
      schemaUrls: ['https://opentelemetry.io/schemas/1.44.0', 'https://opentelemetry.io/schemas/1.44.0'],
    });
    expect(issue.attributes).not.toHaveProperty('error.type');
    expect(
      issue.events.map(({ name, time, attributes }) => [name, time, attributes['valuestream.stage.name']]),
    ).toEqual([
      ['stage', nanos(0), 'To do'],
      ['intermediary', nanos(5), undefined],
      ['stage', nanos(10), 'Doing'],
    ]);
    expect(build).toMatchObject({
      traceId: issue.traceId,
      parentSpanId: issue.spanId,
      kind: 2,
      start: nanos(20),
      end: nanos(25),
      status: 2,
      attributes: {
        'error.type': 'failure',
        'cicd.pipeline.result': 'failure',
        'vcs.ref.head.name': 'pay-1',
        'valuestream.parent.span.id': 'vstrace-customhttp-issue-shop-PAY%2D1',
        agent: 'a1',
      },
    });
    expect((await span(spanIdOf('7'))).otel).toEqual({ trace_id: build.traceId, span_id: build.spanId });
  });

  it('is never more than 32 attributes, and says how many there were', async () => {
    await start();
    const metadata = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`tag${index}`, index]));
    await tell(...build('1', { metadata }));
    await receiver.untilTaken(1);
    expect(Object.keys(receiver.named('BUILD').attributes)).toHaveLength(32);
  });

  it('is not what is open', async () => {
    await start();
    await tell(event('build', 'open', 'start', 0), ...build('1'));
    await receiver.untilTaken(1);
    await exportsOnce(({ behind }) => behind === 0);
    expect(receiver.taken.map(spanOf)).toEqual([spanIdOf('1')]);
  });

  it('is told of what is open where it is asked for: by a child of no length, under an id of its own', async () => {
    await start(configured(`exports: { otlp: [{ endpoint: "${receiver.url}", pending_spans: true }] }`));
    await tell(event('build', '1', 'start', 0));
    await receiver.untilTaken(1);
    await tell(event('build', '1', 'end', 3));
    await receiver.untilTaken(2);
    const [pending, done] = receiver.taken;
    expect(pending).toMatchObject({
      name: 'BUILD (pending)',
      start: nanos(0),
      end: nanos(0),
      traceId: done?.traceId,
      parentSpanId: done?.spanId,
      attributes: { 'valuestream.span.state': 'pending', 'valuestream.span.id': spanIdOf('1') },
    });
    expect(pending?.spanId).not.toBe(done?.spanId);
    expect(done).toMatchObject({ name: 'BUILD', parentSpanId: '', start: nanos(0), end: nanos(3) });
  });

  it('is in mode staged a trace for each piece of work, with its stages as soon as they end', async () => {
    await start({ VS_OTLP_MODE: 'staged' });
    const waiting = { stage: { name: 'To do', category: 'waiting' } };
    const working = { stage: { name: 'Doing', category: 'active' } };
    await tell(event('issue', '1', 'start', 0, waiting), event('issue', '1', 'transition', 10, working));
    await receiver.untilTaken(1);
    const cause = { parent_id: 'vstrace-customhttp-issue-shop-1' };
    await tell(
      event('pipeline', '2', 'start', 20, cause),
      event('build', '3', 'start', 20, { parent_id: 'vstrace-customhttp-pipeline-shop-2' }),
      event('build', '3', 'end', 24),
      event('pipeline', '2', 'end', 25),
    );
    await receiver.untilTaken(3);
    await tell(event('issue', '1', 'end', 60));
    await receiver.untilTaken(5);
    const [todo, doing] = receiver.taken.filter(({ name }) => name === 'issue stage');
    const [issue, pipeline, job] = ['issue', 'RUN', 'BUILD'].map((name) => receiver.named(name));
    expect(todo).toMatchObject({
      traceId: issue?.traceId,
      parentSpanId: issue?.spanId,
      start: nanos(0),
      end: nanos(10),
      attributes: { 'valuestream.stage.name': 'To do', 'valuestream.stage.category': 'waiting' },
    });
    expect(doing).toMatchObject({ parentSpanId: issue?.spanId, start: nanos(10), end: nanos(60) });
    expect(issue?.events).toEqual([]);
    expect(pipeline?.traceId).not.toBe(issue?.traceId);
    expect(pipeline?.parentSpanId).toBe('');
    expect(pipeline?.links).toMatchObject([
      {
        traceId: issue?.traceId,
        spanId: issue?.spanId,
        attributes: { 'valuestream.link.kind': 'caused_by', 'valuestream.link.certainty': 'certain' },
      },
    ]);
    expect(job).toMatchObject({ traceId: pipeline?.traceId, parentSpanId: pipeline?.spanId });
  });

  it('is sent compressed and with the headers that OpenTelemetry’s variables name', async () => {
    await start({
      VS_OTLP: '',
      OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/collector/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=general,x-team=shop%20one',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-api-key=special',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    });
    await tell(...build('1'));
    await receiver.untilTaken(1);
    expect(receiver.requests[0]).toMatchObject({
      path: '/collector/v1/traces',
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
        'x-api-key': 'special',
        'x-team': 'shop one',
      },
    });
  });
});

const OPENSSL = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!OPENSSL && skipAloud('OTLP over TLS: openssl, which makes the certificates, is not there'))(
  'a backend that wants certificates',
  () => {
    /** A key with a certificate that is its own authority. */
    function certificate(name: string) {
      const [key, cert] = [join(dataDir, `${name}.key`), join(dataDir, `${name}.pem`)];
      const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
      const args = [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ];
      const made = spawnSync('openssl', [...args, ...subject, '-keyout', key, '-out', cert]);
      expect(made.status).toBe(0);
      return { key, cert };
    }

    it('is shown ours, and trusted by the authority that we were given', async () => {
      const [its, ours] = [certificate('receiver'), certificate('valuestream')];
      const read = (file: string) => readFileSync(file, 'utf8');
      const secure = await new OtlpReceiver({
        key: read(its.key),
        cert: read(its.cert),
        ca: read(ours.cert),
        requestCert: true,
      }).start();
      await start({
        VS_OTLP: secure.url,
        OTEL_EXPORTER_OTLP_CERTIFICATE: its.cert,
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: ours.cert,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: ours.key,
      });
      await tell(...build('1'));
      await secure.untilTaken(1);
      expect(secure.url).toMatch(/^https:/);
      await server?.stop();
      await start({ VS_OTLP: secure.url });
      await tell(...build('2'));
      const { last_error } = await exportsOnce(({ state }) => state === 'retrying');
      expect(last_error?.message).toContain('certificate');
      expect(secure.taken.map(spanOf)).toEqual([spanIdOf('1')]);
      await server?.stop();
      await secure.stop();
    });
  },
);

describe('what was exported', () => {
  it('stays as it was when its span changes, and the change is shown', async () => {
    await start();
    await tell(...build('1', { title: 'Before' }));
    await receiver.untilTaken(1);
    await tell({ ...event('build', '1', 'end', 3), title: 'Later', error: true });
    await exportsOnce(({ changed_after_export }) => changed_after_export === 1);
    expect(await span(spanIdOf('1'))).toMatchObject({ title: 'Later', anomalies: ['changed_after_export'] });
    await tell(...build('2'));
    await receiver.untilTaken(2);
    expect(receiver.taken.map(spanOf)).toEqual([spanIdOf('1'), spanIdOf('2')]);
  });

  it('gets a link from its cause where that becomes known later, for its trace cannot change', async () => {
    await start();
    await tell(...build('1', { parent_id: 'vstrace-customhttp-issue-shop-2' }));
    await receiver.untilTaken(1);
    await tell(event('issue', '2', 'start', -9), event('issue', '2', 'end', 20));
    await receiver.untilTaken(2);
    const [first, cause] = [receiver.named('BUILD'), receiver.named('issue')];
    expect(first.parentSpanId).toBe('');
    expect(cause.traceId).not.toBe(first.traceId);
    const attributes = { 'valuestream.link.kind': 'caused', 'valuestream.link.span.id': spanIdOf('1') };
    expect(cause.links).toEqual([{ traceId: first.traceId, spanId: first.spanId, attributes }]);
    await exportsOnce(({ changed_after_export }) => changed_after_export === 1);
  });

  it('decides on the trace of what caused it, however late that ends and whatever turns out to have caused that', async () => {
    await start();
    const change = 'vstrace-customhttp-change-shop-2';
    await tell(event('change', '2', 'start', -9), ...build('1', { parent_id: change }));
    await receiver.untilTaken(1);
    await tell(
      event('issue', '3', 'start', -20),
      event('change', '2', 'end', 30, { parent_id: 'vstrace-customhttp-issue-shop-3' }),
    );
    await receiver.untilTaken(2);
    const [first, cause] = [receiver.named('BUILD'), receiver.named('change')];
    expect(first).toMatchObject({ traceId: cause.traceId, parentSpanId: cause.spanId });
    expect(cause.parentSpanId).toBe('');
    expect(cause.links).toMatchObject([{ attributes: { 'valuestream.link.kind': 'late_parent' } }]);
    // The issue is open: its ids are given out already.
    const { otel } = await span('vstrace-customhttp-issue-shop-3');
    expect(otel).toEqual({ trace_id: cause.links[0]?.traceId, span_id: cause.links[0]?.spanId });
  });

  it('has the ids that a job was given before, though its cause became known after that', async () => {
    await start();
    await tell(event('build', '1', 'start', 0));
    const { otel } = await get<{ otel: object }>(`/traceparent?span_id=${spanIdOf('1')}`);
    const cause = 'vstrace-customhttp-issue-shop-2';
    await tell(event('issue', '2', 'start', -9), event('build', '1', 'end', 3, { parent_id: cause }));
    await receiver.untilTaken(1);
    const build = receiver.named('BUILD');
    expect(otel).toEqual({ trace_id: build.traceId, span_id: build.spanId });
    expect(build.parentSpanId).toBe('');
    expect(build.links).toMatchObject([
      { attributes: { 'valuestream.link.kind': 'late_parent', 'valuestream.link.span.id': cause } },
    ]);
  });

  it('is not sent again after a restart, and what came meanwhile follows', async () => {
    await start();
    await tell(...build('1'));
    await receiver.untilTaken(1);
    await exportsOnce(({ exported }) => exported === 1);
    await server?.stop();
    await start();
    await tell(...build('2'));
    await receiver.untilTaken(2);
    expect(receiver.taken.map(spanOf)).toEqual([spanIdOf('1'), spanIdOf('2')]);
  });

  it('goes to each target that a flag names', async () => {
    const other = await new OtlpReceiver().start();
    const flags = ['--otlp', receiver.url, '--otlp', other.url, '--otlp-wait-ms', '0'];
    const program = startProgram(['serve', '--port', '0', '--data-dir', dataDir, ...flags]);
    await until(program, 'stdout', 'listening on http');
    const url = /listening on (http:\S+)/.exec(program.output.stdout)?.[1] ?? '';
    server = { url, dataDir, pid: program.child.pid ?? 0, stop: () => program.ended };
    await tell(...build('1'));
    await Promise.all([receiver.untilTaken(1), other.untilTaken(1)]);
    expect(other.named('BUILD').bytes).toBe(receiver.named('BUILD').bytes);
    program.child.kill('SIGTERM');
    await program.ended;
    await other.stop();
  });

  it('has one position for each target: one that is away holds up no other', async () => {
    const away = await new OtlpReceiver().start();
    await away.stop();
    await start(
      configured(
        `exports: { otlp: [{ endpoint: "${receiver.url}", name: here }, { endpoint: "${away.url}", name: away }] }`,
      ),
    );
    await tell(...build('1'));
    await receiver.untilTaken(1);
    await away.start();
    await away.untilTaken(1);
    expect(away.named('BUILD').bytes).toBe(receiver.named('BUILD').bytes);
    await exportsOnce(({ name, exported }) => name === 'away' && exported === 1);
    const { items } = await get<{ items: Export[] }>('/exports');
    expect(items.map(({ name, exported, url }) => [name, exported, url])).toEqual([
      ['away', 1, `${away.url}/v1/traces`],
      ['here', 1, `${receiver.url}/v1/traces`],
    ]);
    await server?.stop();
    await away.stop();
  });
});

describe('a backend', () => {
  const IDS = ['1', '2', '3', '4', '5', '6', '7'];
  const ALL = IDS.map(spanIdOf);
  const builds = IDS.flatMap((id) => build(id));

  it('that is away gets everything once it is back, in order and once', async () => {
    await receiver.stop();
    await start();
    await tell(...builds);
    const { last_error, behind } = await exportsOnce(({ state }) => state === 'retrying');
    expect(last_error?.message).toContain('ECONNREFUSED');
    expect(behind).toBe(IDS.length);
    await receiver.start();
    await receiver.untilTaken(IDS.length);
    await exportsOnce((target) => target.behind === 0 && target.state === 'waiting');
    expect(receiver.taken.map(spanOf)).toEqual(ALL);
  });

  it('that does not answer in time is asked again, with the same bytes', async () => {
    receiver.answering = () => receiver.requests.length === 1;
    await start({ OTEL_EXPORTER_OTLP_TIMEOUT: '300' });
    await tell(...builds);
    await receiver.untilTaken(IDS.length);
    const [first, second] = receiver.requests.map(({ spans }) => spans.map(({ bytes }) => bytes));
    expect(second).toEqual(first);
    const { last_error } = await exportsOnce(({ exported }) => exported === IDS.length);
    expect(last_error?.message).toBe('no answer within 300 ms');
  });

  it('that asks for time is given it', async () => {
    receiver.answering = (_, response) => {
      if (receiver.requests.length > 1) return false;
      response.writeHead(429, { 'retry-after': '3' }).end();
      return true;
    };
    await start();
    await tell(...builds);
    const { last_error, next_attempt_at } = await exportsOnce(({ state }) => state === 'retrying');
    expect(last_error?.message).toBe('it answered 429');
    expect(Date.parse(next_attempt_at ?? '') - Date.parse(last_error?.at ?? '')).toBeGreaterThanOrEqual(3_000);
    await receiver.untilTaken(IDS.length);
    expect(receiver.requests).toHaveLength(2);
  });

  it.each([401, 500, 503])('that answers %i takes nothing for good, and loses nothing', async (status) => {
    receiver.answering = (_, response) => {
      if (receiver.requests.length > 1) return false;
      response.writeHead(status).end('come back later');
      return true;
    };
    await start();
    await tell(...builds);
    await receiver.untilTaken(IDS.length);
    const target = await exportsOnce(({ exported }) => exported === IDS.length);
    expect(target).toMatchObject({
      parked: { count: 0 },
      last_error: { message: `it answered ${status}: come back later` },
    });
  });

  it('that refuses one span for good gets all others once, and the one is parked where it can be seen', async () => {
    const isBad = (request: ReceivedRequest) => request.spans.some((one) => spanOf(one) === spanIdOf('3'));
    receiver.answering = (request, response) => {
      if (!isBad(request)) return false;
      response.writeHead(400, { 'content-type': 'text/plain' }).end('a span is too old');
      return true;
    };
    await start();
    await tell(...builds);
    await receiver.untilTaken(IDS.length - 1);
    const target = await exportsOnce(({ parked }) => parked.count === 1);
    expect(receiver.taken.map(spanOf)).toEqual(ALL.filter((id) => id !== spanIdOf('3')));
    expect(target).toMatchObject({ exported: IDS.length - 1, behind: 0 });
    expect(target.parked.latest).toMatchObject([
      { span_id: spanIdOf('3'), reason: 'it answered 400: a span is too old' },
    ]);
  });

  it('that refuses everything, as what is no tracing backend does, has nothing parked', async () => {
    receiver.answering = (_, response) => {
      response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.');
      return true;
    };
    await start();
    await tell(...builds);
    const target = await exportsOnce(({ state }) => state === 'retrying');
    expect(target).toMatchObject({ exported: 0, parked: { count: 0 }, behind: IDS.length, last_success_at: null });
    expect(target.last_error?.message).toContain('HTTPS server');
    receiver.answering = () => false;
    await receiver.untilTaken(IDS.length);
    expect(receiver.taken.map(spanOf)).toEqual(ALL);
  });

  it('that was mended gets what it had refused, when it is asked for', async () => {
    let isMended = false;
    receiver.answering = (request, response) => {
      if (isMended || !request.spans.some((one) => spanOf(one) === spanIdOf('3'))) return false;
      response.writeHead(400).end('a span is too old');
      return true;
    };
    await start();
    await tell(...builds);
    const { name } = await exportsOnce(({ parked }) => parked.count === 1);
    const resend = () => fetch(`${server?.url}/api/v1/exports/${encodeURIComponent(name)}/resend`, { method: 'POST' });
    expect((await resend()).status).toBe(202);
    const refused = () =>
      receiver.requests.filter(({ spans }) => spans.length === 1 && spans.map(spanOf)[0] === spanIdOf('3'));
    await exportsOnce(({ parked, state }) => parked.count === 1 && state === 'waiting' && refused().length >= 2);
    isMended = true;
    expect((await resend()).status).toBe(202);
    const target = await exportsOnce(({ exported }) => exported === IDS.length);
    expect(target.parked).toEqual({ count: 0, latest: [] });
    expect(new Set(receiver.taken.map(spanOf))).toEqual(new Set(ALL));
    expect(new Set(refused().map(({ spans }) => spans[0]?.bytes)).size).toBe(1);
  });

  it('that drops some of what it took is not asked again, and what it dropped is counted', async () => {
    receiver.answering = ({ spans }, response) => {
      receiver.taken.push(...spans);
      response.writeHead(200).end(partialSuccess(2, 'too old'));
      return true;
    };
    await start();
    await tell(...builds);
    const target = await exportsOnce(({ exported }) => exported === IDS.length);
    expect(target).toMatchObject({ rejected: 2, parked: { count: 0 }, last_error: { message: 'too old' } });
    expect(receiver.requests).toHaveLength(1);
  });

  it('that drops all of what it took has these parked', async () => {
    receiver.answering = ({ spans }, response) => {
      response.writeHead(200).end(partialSuccess(spans.length, 'too old'));
      return true;
    };
    await start();
    await tell(...builds);
    const target = await exportsOnce(({ parked }) => parked.count === IDS.length);
    expect(target).toMatchObject({ exported: 0, rejected: 0 });
    expect(new Set(target.parked.latest.map(({ span_id }) => span_id))).toEqual(new Set(ALL));
  });
});

describe('a server that is killed', () => {
  it('in the middle of an export sends the same bytes again, whatever has changed meanwhile', async () => {
    const held = Promise.withResolvers<void>();
    receiver.answering = () => {
      if (receiver.requests.length > 1) return false;
      held.resolve();
      return true;
    };
    await start();
    await tell(...build('1', { title: 'Before' }), ...build('2'));
    await held.promise;
    await tell({ ...event('build', '1', 'end', 3), title: 'Later', error: true });
    await server?.stop('SIGKILL');
    await start();
    await receiver.untilTaken(2);
    const [first, second] = receiver.requests.map(({ spans }) => spans.map(({ bytes }) => bytes));
    expect(first).toHaveLength(2);
    expect(second).toEqual(first);
    await exportsOnce(({ changed_after_export }) => changed_after_export === 1);
    expect(receiver.requests).toHaveLength(2);
  });

  it('again and again loses nothing, and what comes twice is the same', async () => {
    const ROUNDS = 6;
    const PER_ROUND = 40;
    let hold = 0;
    let reached = Promise.withResolvers<void>();
    receiver.answering = ({ spans }, response) => {
      hold -= 1;
      if (hold !== 0) return false;
      // It has them; the answer comes at the moment of the kill, or never.
      receiver.taken.push(...spans);
      if (round % 3 === 0) response.writeHead(200).end();
      reached.resolve();
      return true;
    };
    let round = 0;
    for (; round < ROUNDS; round += 1) {
      hold = 1 + (round % 2);
      reached = Promise.withResolvers();
      await start();
      for (let index = 0; index < PER_ROUND; index += 1) await tell(...build(`${round}.${index}`));
      await reached.promise;
      await server?.stop('SIGKILL');
    }
    hold = 0;
    await start();
    const all = Array.from({ length: ROUNDS * PER_ROUND }, (_, index) =>
      spanIdOf(`${Math.floor(index / PER_ROUND)}.${index % PER_ROUND}`),
    );
    await exportsOnce(({ exported, behind }) => exported === all.length && behind === 0);
    const bytes = Map.groupBy(receiver.taken, spanOf);
    expect([...bytes.keys()].sort()).toEqual(all.toSorted());
    for (const copies of bytes.values()) expect(new Set(copies.map((one) => one.bytes)).size).toBe(1);
    // Else nothing was tried.
    expect([...bytes.values()].filter((copies) => copies.length > 1).length).toBeGreaterThanOrEqual(ROUNDS / 2);
  }, 120_000);
});

describe('a server that is told to stop', () => {
  it('waits for the answer to what is under way, and sends nothing twice', async () => {
    const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    receiver.answering = async () => {
      held.resolve();
      await release.promise;
      return false;
    };
    await start();
    await tell(...build('1'));
    await held.promise;
    const stopped = server?.stop();
    release.resolve();
    await stopped;
    await start();
    await exportsOnce(({ exported, behind }) => exported === 1 && behind === 0);
    expect(receiver.requests).toHaveLength(1);
  });
});
