import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { delivery, entry, event, MINUTE, MONDAY, ofBuild } from '../../test/support/events.ts';
import { unlinked } from '../../test/support/unlinked.ts';
import { append } from '../../test/support/without-rules.ts';
import type { Event } from '../domain/event.ts';
import { fold } from '../domain/fold.ts';
import { type Store, StoreError, type StoreReader, type Transaction } from '../store/contract.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { Entry } from './append.ts';

const SPAN = 'vstrace-customhttp-build-shop-web%2D7';

let folder: string;
let store: Store;
let reader: StoreReader;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'valuestream-'));
  store = openSqliteStore(folder);
  reader = openSqliteReader(folder);
});
afterEach(async () => {
  await reader.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** The store, with some of a transaction's operations replaced. */
function storeWith(change: (transaction: Transaction) => Partial<Transaction>): Store {
  return {
    write: (work) =>
      store.write((transaction) => {
        const changed = change(transaction);
        const proxy = new Proxy(transaction, {
          get: (target, name) => Reflect.get(changed, name) ?? boundTo(target, name),
        });
        return work(proxy);
      }),
    close: () => store.close(),
  };
}

function boundTo(target: Transaction, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === 'function' ? value.bind(target) : value;
}

const attemptsOf = async (spanId = SPAN) => (await reader.findSpan(spanId))?.attempts;

describe('appending', () => {
  it('makes a span of a start and an end that come in two deliveries', async () => {
    await append(store, [entry(event('start', 0, { title: 'Build 7' }))]);
    await append(store, [entry(event('end', 5, { result: 'success' }))]);
    expect(await attemptsOf()).toMatchObject([
      { title: 'Build 7', state: 'finished', startedAt: MONDAY, finishedAt: MONDAY + 5 * MINUTE, result: 'success' },
    ]);
  });

  it('answers each delivery of a group in its order', async () => {
    const ignored = { delivery: delivery('i', { outcome: 'ignored', reason: 'a ping', events: 0 }), events: [] };
    const accepted = entry(event('start', 0));
    const receipts = await append(store, [ignored, accepted, accepted]);
    expect(receipts).toEqual([
      { id: 1, status: 'ignored', reason: 'a ping', events: 0 },
      { id: 2, status: 'accepted', reason: null, events: 1 },
      { id: 2, status: 'duplicate', reason: null, events: 0 },
    ]);
  });

  it('changes nothing for a duplicate, whatever it tells', async () => {
    const first = entry(event('start', 0));
    await append(store, [first]);
    const before = await reader.changesAfter(0, 10);
    await append(store, [{ ...first, events: [event('end', 1)] }]);
    expect(await reader.changesAfter(0, 10)).toEqual(before);
  });

  it('notes a fact that another delivery told already, and gives no new revision for it', async () => {
    await append(store, [entry(event('start', 0))]);
    const before = await reader.changesAfter(0, 10);
    await append(store, [entry(event('start', 0, { receivedAt: MONDAY + 9 * MINUTE }))]);
    expect(await reader.changesAfter(0, 10)).toEqual(before);
    expect((await reader.findEvents(SPAN, 10)).map(({ deliveryIds }) => deliveryIds)).toEqual([[1, 2]]);
  });

  it('folds the whole history again when a late event comes', async () => {
    await append(store, [entry(event('end', 5, { result: 'success' }))]);
    expect(await attemptsOf()).toMatchObject([{ startedAt: null, anomalies: ['end_without_start'] }]);
    await append(store, [entry(event('start', 0))]);
    expect(await attemptsOf()).toMatchObject([{ startedAt: MONDAY, anomalies: [] }]);
  });

  it('merges a fact that is told in another way', async () => {
    await append(store, [entry(event('start', 0, { title: 'Old', observedAt: MONDAY }))]);
    await append(store, [entry(event('start', 0, { title: 'New', observedAt: MONDAY + 1 }))]);
    expect(await attemptsOf()).toMatchObject([{ title: 'New' }]);
  });

  it('reads a dead letter again when it is redelivered, and leaves it when it is still dead', async () => {
    const dead = { delivery: delivery('x', { outcome: 'dead_letter', reason: 'unreadable', events: 0 }), events: [] };
    expect(await append(store, [dead])).toMatchObject([{ status: 'dead_letter' }]);
    expect(await append(store, [dead])).toMatchObject([{ status: 'duplicate' }]);
    const mended = { delivery: delivery('x'), events: [event('start', 0)] };
    expect(await append(store, [mended])).toEqual([{ id: 1, status: 'accepted', reason: null, events: 1 }]);
    expect(await reader.findDelivery(1)).toMatchObject({ outcome: 'accepted', reason: null, events: 1 });
    expect(await attemptsOf()).toHaveLength(1);
  });

  it('keeps a delivery whose fold fails as a dead letter, and takes the rest of its group', async () => {
    const poisoned = storeWith((transaction) => ({
      saveFolds: async (writes) => {
        for (const write of writes) {
          const attempts = write.whole ? write.attempts : write.changes.map((change) => change.attempt);
          if (attempts.some(({ title }) => title === 'poison')) throw new TypeError('it cannot be folded');
        }
        await transaction.saveFolds(writes);
      },
    }));
    const receipts = await append(poisoned, [
      entry(event('start', 0)),
      entry(event('start', 0, { ...ofBuild('8'), title: 'poison' })),
      entry(event('start', 0, ofBuild('9'))),
    ]);
    expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'dead_letter', 'accepted']);
    expect(receipts[1]?.reason).toBe('its events could not be folded: it cannot be folded');
    expect(await reader.readBody(2)).not.toBeNull();
    expect((await reader.listSpans({}, { limit: 9 })).items).toHaveLength(2);
  });

  it('stores nothing of a group that the store cannot take', async () => {
    const full = storeWith(() => ({
      saveFolds: async () => {
        throw new StoreError('unavailable', 'disk full');
      },
    }));
    await expect(append(full, [entry(event('start', 0)), entry(event('end', 1))])).rejects.toThrow('disk full');
    expect(await reader.countDeliveries()).toEqual([]);
  });
});

describe('names', () => {
  const inRepo = (scope: string, minute: number): Event =>
    event('start', minute, { name: { scope, id: '27' }, aliases: ['vstrace-customhttp-build-api-27'] });

  it('keeps the span id of the first time it was seen, and follows every later name', async () => {
    await append(store, [entry(inRepo('acme/api', 0))]);
    await append(store, [entry(inRepo('acme/gateway', 5))]);
    const span = await reader.findSpan('vstrace-customhttp-build-acme/api-27');
    expect(span?.attempts).toMatchObject([{ project: 'acme/gateway' }]);
    const found = { found: 'one', spanId: span?.spanId };
    expect(await reader.lookUpName('vstrace-customhttp-build-acme/gateway-27', {})).toEqual(found);
    expect(await reader.lookUpName('vstrace-customhttp-build-api-27', {})).toEqual(found);
  });

  it('tells a repository that was made anew under its old name from the first one', async () => {
    await append(store, [entry(inRepo('acme/api', 0))]);
    const anew = { ...inRepo('acme/api', 1), identity: { ...event('start', 0).identity, scope: '186853002' } };
    await append(store, [entry(anew)]);
    const { items } = await reader.listSpans({}, { limit: 9 });
    expect(items.map(({ spanId }) => spanId)).toEqual([
      'vstrace-customhttp-build-acme/api%3A186853002-27',
      'vstrace-customhttp-build-acme/api-27',
    ]);
  });
});

describe('the cost of an event', () => {
  const readsOf = async (entries: readonly Entry[]) => {
    let reads = 0;
    const counting = storeWith((transaction) => ({
      findObservations: (ids) => {
        reads += 1;
        return transaction.findObservations(ids);
      },
    }));
    for (const one of entries) await append(counting, [one]);
    return reads;
  };
  const stages = ['a', 'b', 'c'].map((key) => ({ key, name: key }));
  const history = Array.from({ length: 200 }, (_, index) => {
    const stage = stages[index % stages.length];
    return index === 0 ? event('start', 0) : event('transition', index, stage === undefined ? {} : { stage });
  });

  it('does not read what the span has seen, however much that is, while events come in order', async () => {
    expect(await readsOf(history.map((one) => entry(one)))).toBe(0);
    expect(unlinked(await attemptsOf())).toEqual(fold(history).attempts);
  });

  it('reads the history once for a late event', async () => {
    await readsOf(history.map((one) => entry(one)));
    expect(await readsOf([entry(event('intermediary', 17.5))])).toBe(1);
    expect(await readsOf([entry(event('intermediary', 500))])).toBe(0);
  });
});

describe('any order and any grouping', () => {
  const events = [
    event('start', 0, { title: 'Build', stage: { key: 'q', name: 'Queue', category: 'waiting' } }),
    event('transition', 2, { stage: { key: 'r', name: 'Run', category: 'active' }, tags: { agent: 'a1' } }),
    event('intermediary', 3, { tags: { agent: null, coverage: 81 } }),
    event('end', 5, { result: 'failure', startedAt: MONDAY }),
    event('start', 8, { reopens: true }),
    event('end', 9, { result: 'success' }),
    event('start', 1, { ...ofBuild('8'), title: 'Another' }),
    event('end', 4, { ...ofBuild('8'), result: 'success' }),
  ];

  it('gives the same spans', async () => {
    const expected = {
      [SPAN]: fold(events.filter(({ identity }) => identity.id === 'web-7')).attempts,
      'vstrace-customhttp-build-shop-8': fold(events.filter(({ identity }) => identity.id === '8')).attempts,
    };
    const shuffled = fc.shuffledSubarray([...events, ...events.slice(0, 3)], { minLength: events.length + 3 });
    const groupSizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(shuffled, groupSizes, async (order, sizes) => {
        const fresh = mkdtempSync(join(tmpdir(), 'valuestream-'));
        const own = openSqliteStore(fresh);
        const ownReader = openSqliteReader(fresh);
        const waiting = order.map((one) => entry(one));
        for (let turn = 0; waiting.length > 0; turn += 1)
          await append(own, waiting.splice(0, sizes[turn % sizes.length] ?? 1));
        for (const [spanId, attempts] of Object.entries(expected))
          expect(unlinked((await ownReader.findSpan(spanId))?.attempts)).toEqual(attempts);
        await ownReader.close();
        await own.close();
        rmSync(fresh, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });
});
