import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OtlpReceiver } from '../support/otlp.ts';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';

let dataDir: string;
let receiver: OtlpReceiver;
let server: TestServer;
beforeEach(async () => {
  dataDir = newDataDir();
  receiver = await new OtlpReceiver().start();
});
afterEach(async () => {
  await server.stop();
  await receiver.stop();
  removeDataDir(dataDir);
});

const minute = (at: number) => new Date(Date.UTC(2026, 10, 2, 9, at)).toISOString();

async function tell(type: string, id: string, more: object = {}): Promise<void> {
  const event = { namespace: 'shop', type, id, ...more };
  const events = [
    { ...event, action: 'start', time: minute(0), stage: { name: 'run', category: 'active' } },
    { ...event, action: 'end', time: minute(type === 'build' ? 3 : 40) },
  ];
  const answer = await fetch(`${server.url}/webhooks/customhttp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(answer.status).toBe(200);
}

/** The exemplars of all durations, each once. */
async function exemplars(): Promise<{ readonly trace_id: string; readonly span_id: string }[]> {
  const answer = await fetch(`${server.url}/metrics`, { headers: { accept: 'application/openmetrics-text' } });
  const found = (await answer.text()).matchAll(/# \{trace_id="(\w+)",span_id="(\w+)"\}/g);
  const unique = new Set([...found].map(([, trace, span]) => `${trace} ${span}`));
  return [...unique].map((both) => {
    const [trace_id = '', span_id = ''] = both.split(' ');
    return { trace_id, span_id };
  });
}

describe.each(['whole', 'staged'])('exemplars, with a backend in mode %s', (mode) => {
  it('lead to spans that the backend has, also of a build whose cause came after it', async () => {
    server = await startServer(dataDir, { VS_OTLP: receiver.url, VS_OTLP_MODE: mode, VS_OTLP_WAIT_MS: '1000' });
    await tell('build', 'b-1', { parent_id: 'vstrace-customhttp-pull_request-shop-p-1' });
    await tell('pull_request', 'p-1', { parent_id: 'vstrace-customhttp-issue-shop-i-1' });
    await tell('issue', 'i-1');
    await tell('deploy', 'd-1', { parent_id: 'vstrace-customhttp-pull_request-shop-p-1', environment: 'production' });
    await receiver.until(() =>
      ['BUILD', 'pull_request', 'issue', 'deploy production'].every((name) =>
        receiver.taken.some((span) => span.name === name),
      ),
    );
    const shown = await exemplars();
    expect(shown.length).toBeGreaterThanOrEqual(3);
    const had = receiver.taken.map(({ traceId, spanId }) => ({ trace_id: traceId, span_id: spanId }));
    for (const exemplar of shown) expect(had).toContainEqual(exemplar);
  });

  it('are not shown before it is sure in which trace a span is', async () => {
    server = await startServer(dataDir, { VS_OTLP: receiver.url, VS_OTLP_MODE: mode, VS_OTLP_WAIT_MS: '600000' });
    await tell('build', 'b-1');
    await tell('issue', 'i-1');
    expect(await exemplars()).toEqual([]);
  });
});

describe('exemplars, without any backend', () => {
  it('are none: there is no trace that they could lead to', async () => {
    server = await startServer(dataDir);
    await tell('build', 'b-1');
    expect(await exemplars()).toEqual([]);
  });
});
