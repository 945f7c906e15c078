import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { customBuild, post, type Reply, type Sent } from '../support/client.ts';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';

const AT_ONCE = 40;
const MIB = 1024 * 1024;
const BODY = 'x'.repeat(MIB);

let dataDir: string;
let server: TestServer;
beforeEach(async () => {
  dataDir = newDataDir();
  server = await startServer(dataDir, {
    VS_MAX_DELIVERIES_IN_FLIGHT: String(AT_ONCE),
    VS_MAX_BYTES_IN_FLIGHT: String(16 * MIB),
  });
});
afterEach(async () => {
  await server.stop();
  removeDataDir(dataDir);
});

async function sendAll(all: readonly Sent[]): Promise<(readonly [Sent, Reply])[]> {
  return Promise.all(all.map(async (sent) => [sent, await post(server.url, sent)] as const));
}

const storedKeys = async () => {
  const keys: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const response: Response = await fetch(`${server.url}/api/v1/deliveries?limit=200${cursor && `&cursor=${cursor}`}`);
    const page: { items: { delivery_id: string }[]; next_cursor: string | null } = JSON.parse(await response.text());
    keys.push(...page.items.map(({ delivery_id }) => delivery_id));
    cursor = page.next_cursor;
  }
  return keys.sort();
};

const accepted = (replies: readonly (readonly [Sent, Reply])[]) =>
  replies.flatMap(([{ key }, reply]) => (reply?.status === 200 ? [key] : []));

describe('ten times what a server takes at once', () => {
  const burst = () => Array.from({ length: 10 * AT_ONCE }, (_, n) => customBuild(n, 'start', BODY));

  it('is refused with 503 and Retry-After, loses nothing that was answered, and is taken when it is sent again', async () => {
    const first = await sendAll(burst());
    const refused = first.flatMap(([sent, reply]) => (reply?.status === 200 ? [] : [sent]));
    expect(refused.length).toBeGreaterThan(0);
    // A sender whose body is not read to its end may find the connection closed before it sees the answer.
    for (const [, reply] of first) expect([200, 503, undefined]).toContain(reply?.status);
    expect(await storedKeys()).toEqual(accepted(first).sort());

    const all = [...accepted(first)];
    for (let waiting = refused; waiting.length > 0; ) {
      const sent = await sendAll(waiting.slice(0, 8));
      const taken = accepted(sent);
      all.push(...taken);
      waiting = waiting.filter(({ key }) => !taken.includes(key));
    }
    expect(await storedKeys()).toEqual(all.sort());
    expect(all).toHaveLength(10 * AT_ONCE);
  });

  it('says when to come again', async () => {
    const answers = await Promise.all(
      burst().map(({ body }) =>
        fetch(`${server.url}/webhooks/customhttp`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        }).catch(() => null),
      ),
    );
    const refused = answers.find((answer) => answer?.status === 503);
    expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(refused?.headers.get('content-type')).toBe('application/problem+json');
    expect(await refused?.json()).toMatchObject({
      code: 'overloaded',
      detail: expect.stringContaining('send it again'),
    });
  });

  it('counts each that it refuses', async () => {
    const refusals = async () => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/valuestream_deliveries_total\{.*outcome="overloaded".*\} (\d+)/.exec(text)?.[1]);
    };
    const before = await refusals();
    const refused = (await sendAll(burst())).filter(([, reply]) => reply?.status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect((await refusals()) - before).toBeGreaterThanOrEqual(refused.length);
  });

  it('lets others be answered meanwhile', async () => {
    const sending = sendAll(burst());
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(200);
    await sending;
  });

  it.runIf(process.platform === 'linux')('costs far less memory than its bodies are large', async () => {
    const peak = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;
    const before = peak();
    const bursts = 3;
    for (let turn = 0; turn < bursts; turn += 1) await sendAll(burst());
    // What is in flight is held as bytes, as text and once more for the writer's thread; garbage waits to be collected.
    const arrived = bursts * 10 * AT_ONCE;
    expect(peak() - before).toBeLessThan(arrived / 3);
  });
});
