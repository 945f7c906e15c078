import { EventSourceParserStream } from 'eventsource-parser/stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { spanSchema } from '../../src/api/schema.ts';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';

let dataDir: string;
let server: TestServer;
beforeEach(async () => {
  dataDir = newDataDir();
  server = await startServer(dataDir);
});
afterEach(async () => {
  await server.stop();
  removeDataDir(dataDir);
});

async function tell(id: string, action: 'start' | 'end', more: object = {}): Promise<void> {
  const event = { id, namespace: 'shop', type: 'build', action, ...more };
  const response = await fetch(`${server.url}/webhooks/customhttp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
  expect(response.status).toBe(200);
}

/** What a stream tells, one by one; begins once the server listens for changes. */
async function open(query = '', headers: Record<string, string> = {}) {
  const { body } = await fetch(`${server.url}/api/v1/stream${query}`, { headers });
  if (body === null) throw new Error('the stream has no body');
  const [first, second] = body.tee();
  await first.getReader().read();
  const reader = second.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
  return {
    next: async () => {
      const { value } = await reader.read();
      const span: z.infer<typeof spanSchema> = JSON.parse(value?.data ?? 'null');
      return { id: value?.id ?? '', event: value?.event, told: `${span?.span_id} ${span?.state}` };
    },
    cancel: () => reader.cancel(),
  };
}

const SPAN = 'vstrace-customhttp-build-shop';

describe('the stream of changes', () => {
  it('tells each change in its order, as it happens', async () => {
    const stream = await open();
    await tell('1', 'start');
    expect(await stream.next()).toMatchObject({ event: 'span', told: `${SPAN}-1 open` });
    await tell('1', 'end');
    expect(await stream.next()).toMatchObject({ told: `${SPAN}-1 finished` });
    await tell('2', 'start');
    expect(await stream.next()).toMatchObject({ told: `${SPAN}-2 open` });
    await stream.cancel();
  });

  it('goes on after what was seen last, and so misses nothing', async () => {
    const stream = await open();
    await tell('1', 'start');
    const seen = await stream.next();
    await stream.cancel();
    await tell('2', 'start');
    await tell('1', 'end');
    const again = await open('', { 'last-event-id': seen.id });
    expect([(await again.next()).told, (await again.next()).told]).toEqual([`${SPAN}-2 open`, `${SPAN}-1 finished`]);
    await again.cancel();
  });

  it.each([
    ['?state=finished', `${SPAN}-1 finished`],
    ['?q=SHOP-2', `${SPAN}-2 open`],
    ['?is_error=true', `${SPAN}-3 finished`],
    ['?environment=production&result=failure', `${SPAN}-3 finished`],
    ['?from=2100-01-01T00:00:00Z', `${SPAN}-4 open`],
  ])('leaves out what %s does not ask for', async (query, told) => {
    const stream = await open(query);
    await tell('1', 'start');
    await tell('1', 'end');
    await tell('2', 'start');
    await tell('3', 'end', { error: true, environment: 'production' });
    await tell('4', 'start', { time: '2100-01-01T00:00:00Z' });
    expect((await stream.next()).told).toBe(told);
    await stream.cancel();
  });

  it('does not hold up a server that is told to stop', async () => {
    await Promise.all(Array.from({ length: 20 }, () => open()));
    expect(await server.stop()).toMatchObject({
      code: 0,
      signal: null,
      stderr: expect.not.stringContaining('are cut'),
    });
  });
});
