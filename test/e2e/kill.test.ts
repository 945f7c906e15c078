import { expect, it } from 'vitest';
import type { z } from 'zod';
import type { deliverySchema, sourceSchema, spanDetailSchema } from '../../src/api/schema.ts';
import { customBuild, post, pullRequest, SECRET, type Sent } from '../support/client.ts';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';

const ROUNDS = Number(process.env.VALUESTREAM_KILL_ROUNDS ?? '20');
const SEED = Number(process.env.VALUESTREAM_KILL_SEED ?? Date.now() % 1_000_000);
const CLIENTS = 12;

/** A small generator of numbers (mulberry32), so that a failing run can be repeated by its seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function get<T>({ url }: TestServer, path: string): Promise<T> {
  const response = await fetch(url + path);
  expect(response.status).toBe(200);
  return JSON.parse(await response.text());
}

async function allDeliveries(server: TestServer): Promise<z.infer<typeof deliverySchema>[]> {
  const items: z.infer<typeof deliverySchema>[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page: { items: typeof items; next_cursor: string | null } = await get(
      server,
      `/api/v1/deliveries?limit=200${query}`,
    );
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

/** What a client has been told: kept outside the server, as a sender keeps it. */
class Ledger {
  readonly answered = new Map<string, Sent>();
  readonly unanswered = new Map<string, Sent>();

  note(sent: Sent, isAnswered: boolean): void {
    if (!isAnswered) this.unanswered.set(sent.key, sent);
    else {
      this.unanswered.delete(sent.key);
      this.answered.set(sent.key, sent);
    }
  }
}

/** Posts from a list until it is empty or the server is gone. */
async function load(server: TestServer, waiting: Sent[], ledger: Ledger, onAnswer: () => void): Promise<void> {
  for (let sent = waiting.pop(); sent !== undefined; sent = waiting.pop()) {
    const reply = await post(server.url, sent);
    if (reply !== null && reply.status !== 200) throw new Error(`answered ${reply.status}`);
    ledger.note(sent, reply !== null);
    if (reply === null) return;
    onAnswer();
  }
}

it(`has everything once that it answered for, killed in ${ROUNDS} rounds (seed ${SEED})`, async () => {
  const next = random(SEED);
  const dataDir = newDataDir();
  const environment = { VS_SECRET_GITHUB: SECRET };
  const ledger = new Ledger();
  let operations = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await startServer(dataDir, environment);
    // As a sender does: what was not answered is sent again, and now and then what was.
    const again = [...ledger.unanswered.values()];
    const repeated = [...ledger.answered.values()].filter(() => next() < 0.02);
    for (const sent of repeated)
      expect(await post(server.url, sent)).toMatchObject({ status: 200, body: { status: 'duplicate' } });
    const fresh = Array.from({ length: 60 }, () => {
      operations += 1;
      const make = operations % 2 === 0 ? pullRequest : customBuild;
      return [make(operations, 'end'), make(operations, 'start')];
    }).flat();
    const waiting = [...fresh, ...again];
    const killAfter = Math.floor(next() * waiting.length);
    let answers = 0;
    let killed: Promise<unknown> | undefined;
    const onAnswer = () => {
      answers += 1;
      if (answers > killAfter) killed ??= server.stop('SIGKILL');
    };
    await Promise.all(Array.from({ length: CLIENTS }, () => load(server, waiting, ledger, onAnswer)));
    // What was never sent in this round is sent in the next one.
    for (const sent of waiting) ledger.note(sent, false);
    await (killed ?? server.stop('SIGKILL'));
  }

  const server = await startServer(dataDir, environment);
  await load(server, [...ledger.unanswered.values()], ledger, () => undefined);
  expect(ledger.unanswered.size).toBe(0);

  const deliveries = await allDeliveries(server);
  expect(deliveries.map(({ delivery_id }) => delivery_id).sort()).toEqual([...ledger.answered.keys()].sort());
  expect(deliveries.filter(({ outcome }) => outcome !== 'accepted')).toEqual([]);
  const numbers = new Map(deliveries.map(({ id, delivery_id }) => [delivery_id, id]));

  for (const [spanId, told] of Map.groupBy(ledger.answered.values(), (sent) => sent.spanId)) {
    const span = await get<z.infer<typeof spanDetailSchema>>(server, `/api/v1/spans/${encodeURIComponent(spanId)}`);
    const timeOf = (action: Sent['action']) => {
      const sent = told.find((one) => one.action === action);
      return sent === undefined ? null : new Date(sent.at).toISOString();
    };
    expect(span).toMatchObject({ state: 'finished', started_at: timeOf('start'), finished_at: timeOf('end') });
    expect(span.attempts).toHaveLength(1);
    const tellers = new Set(span.events.flatMap(({ delivery_ids }) => delivery_ids));
    expect([...tellers].sort()).toEqual(told.map(({ key }) => numbers.get(key)).sort());
    for (const { delivery_ids } of span.events) expect(new Set(delivery_ids).size).toBe(delivery_ids.length);
  }
  const { items } = await get<{ items: z.infer<typeof sourceSchema>[] }>(server, '/api/v1/sources');
  for (const { id, deliveries: counts } of items) {
    const own = [...ledger.answered.values()].filter(({ source }) => source === id).length;
    expect(counts).toEqual({ accepted: own, ignored: 0, dead_letter: 0 });
  }
  await server.stop();
  removeDataDir(dataDir);
}, 600_000);
