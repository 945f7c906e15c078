import { setTimeout as later } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { exportSchema, spanDetailSchema } from '../../src/api/schema.ts';
import { OtlpReceiver } from '../support/otlp.ts';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';

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

type Export = z.infer<typeof exportSchema>;

/** What the server says of its targets, once that holds. */
async function exportsOnce(holds: (first: Export) => boolean): Promise<Export> {
  for (;;) {
    const { items } = await get<{ items: Export[] }>('/exports');
    if (items[0] !== undefined && holds(items[0])) return items[0];
    await later(20);
  }
}

const span = (id: string) => get<z.infer<typeof spanDetailSchema>>(`/spans/${encodeURIComponent(id)}`);
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

  it('is not what is open, unless asked for: then a child of no length under an id of its own', async () => {
    await start();
    await tell(event('build', 'open', 'start', 0), ...build('1'));
    await receiver.untilTaken(1);
    await exportsOnce(({ behind }) => behind === 0);
    expect(receiver.taken.map(({ attributes }) => attributes['valuestream.span.id'])).toEqual([spanIdOf('1')]);
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
