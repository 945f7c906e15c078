import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OtlpReceiver } from '../../../test/support/otlp.ts';
import { otlpExporter } from './index.ts';
import { kinds, type SpanRecord } from './record.ts';

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await new OtlpReceiver().start();
});
afterEach(() => receiver.stop());

async function send(records: readonly SpanRecord[], headers: Record<string, string> = {}) {
  const exporter = otlpExporter({
    ...{ url: `${receiver.url}/v1/traces`, headers, compression: 'none', timeoutMs: 10_000, tls: {} },
    ...{ mode: 'whole', pendingSpans: false, serviceName: 'valuestream' },
  });
  const texts = records.map((record) => JSON.stringify(record));
  const sent = await exporter.send(texts, new AbortController().signal);
  exporter.close();
  return sent;
}

const sendNothing = () => send([]);

const record: SpanRecord = {
  ...{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentSpanId: null, name: 'BUILD', kind: kinds.server },
  ...{ startedAt: 1_000, finishedAt: 2_000, isError: false, attributes: {}, droppedAttributes: 0 },
  ...{ events: [], droppedEvents: 0, links: [], droppedLinks: 0 },
  resource: { 'service.name': 'valuestream', 'service.namespace': 'github' },
  scope: { version: '0.0.1', schemaUrl: 'https://opentelemetry.io/schemas/1.0.0' },
};

describe('a request', () => {
  it('says of each span which version made it, and not which one sends it', async () => {
    await send([record, { ...record, spanId: 'c'.repeat(16), scope: { ...record.scope, version: '0.0.2' } }]);
    expect(receiver.taken.map(({ spanId, version, schemaUrls }) => [spanId[0], version, schemaUrls])).toEqual([
      ['b', '0.0.1', Array(2).fill(record.scope.schemaUrl)],
      ['c', '0.0.2', Array(2).fill(record.scope.schemaUrl)],
    ]);
  });

  it('has spans of several sources, each with its resource', async () => {
    const other = { ...record, spanId: 'c'.repeat(16), resource: { ...record.resource, 'service.namespace': 'jira' } };
    await send([record, other, { ...record, spanId: 'd'.repeat(16) }]);
    expect(receiver.requests).toHaveLength(1);
    const namespaces = receiver.taken.map(({ spanId, resource }) => [spanId[0], resource['service.namespace']]);
    expect(new Map(namespaces.map(([id, name]) => [id, name]))).toEqual(
      new Map([
        ['b', 'github'],
        ['c', 'jira'],
        ['d', 'github'],
      ]),
    );
  });

  it('says what sends it, unless a header of the target does', async () => {
    await send([record]);
    expect(receiver.requests[0]?.headers['user-agent']).toMatch(/^ValueStream-OTLP-Exporter-JavaScript\/\d+\.\d+\.\d+/);
    await send([record], { 'User-Agent': 'shop' });
    expect(receiver.requests[1]?.headers['user-agent']).toBe('shop');
  });
});

describe('an answer of a backend', () => {
  it.each([
    [401, false],
    [429, false],
    [500, true],
    [501, true],
    [502, false],
    [503, false],
    [504, false],
  ])('%i means that it is asked again, and that a span may be why: %s', async (status, suspects) => {
    receiver.answering = (_, response) => {
      response.writeHead(status).end();
      return true;
    };
    expect(await sendNothing()).toMatchObject({ status: 'retry', suspects });
  });

  it('that does not come has nothing to do with what was sent', async () => {
    await receiver.stop();
    expect(await sendNothing()).toMatchObject({ status: 'retry', suspects: false });
    await receiver.start();
  });

  it('to a message of no spans tells that it takes spans', async () => {
    expect(await sendNothing()).toMatchObject({ status: 'sent' });
  });
});
