import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyTail, fold } from '../../src/domain/fold.ts';
import type { FoldedAttempt } from '../../src/domain/span.ts';
import { type Store, StoreError, type StoreReader, type Transaction } from '../../src/store/contract.ts';
import { delivery, event, MINUTE, MONDAY, ofBuild } from '../support/events.ts';
import { unlinked } from '../support/unlinked.ts';
import { columnsContract } from './columns.ts';
import { exportContract } from './exports.ts';

export interface OpenStore {
  readonly store: Store;
  readonly reader: StoreReader;
  /** Closes both, and opens them again on the same data. */
  reopen(): Promise<OpenStore>;
  /** Closes both and removes the data. */
  discard(): Promise<void>;
}

/** The law of `Store` and `StoreReader`, for every store there is. */
export function storeContract(name: string, openNew: () => Promise<OpenStore>): void {
  describe(`${name} keeps the store contract`, () => {
    let open: OpenStore;
    beforeEach(async () => {
      open = await openNew();
    });
    afterEach(async () => {
      await open.discard();
    });
    const write = <T>(work: (transaction: Transaction) => Promise<T>) => open.store.write(work);

    const identify = (id: string) =>
      write(async (transaction) => {
        const [identity] = await transaction.addIdentities([
          { key: keyOf(id), spanId: `s-${id}`, otherwise: `o-${id}` },
        ]);
        if (identity === undefined) throw new Error('no identity was added');
        return identity;
      });

    const save = (identityId: number, attempts: readonly FoldedAttempt[]) =>
      write((transaction) => transaction.saveFolds([{ identityId, whole: true, attempts, tail: emptyTail }]));

    describe('transactions', () => {
      it('keeps nothing of a transaction that throws, and throws its error on', async () => {
        const failure = new Error('interpreted wrongly');
        const failing = write(async (transaction) => {
          await transaction.addDeliveries([delivery('a')]);
          throw failure;
        });
        await expect(failing).rejects.toBe(failure);
        expect(await open.reader.countDeliveries()).toEqual([]);
      });

      it('goes on after a transaction that threw', async () => {
        await expect(write(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
        expect(await write((transaction) => transaction.addDeliveries([delivery('a')]))).toEqual([
          { id: 1, before: null },
        ]);
      });

      it('lets a second transaction wait for the first', async () => {
        const order: string[] = [];
        const gate = Promise.withResolvers<void>();
        const first = write(async () => {
          order.push('first begins');
          await gate.promise;
          order.push('first ends');
        });
        const second = write(async () => {
          order.push('second begins');
        });
        gate.resolve();
        await Promise.all([first, second]);
        expect(order).toEqual(['first begins', 'first ends', 'second begins']);
      });

      it('has everything again after it is closed and opened', async () => {
        await write((transaction) => transaction.addDeliveries([delivery('a')]));
        open = await open.reopen();
        expect(await open.reader.findDelivery(1)).toMatchObject({ key: 'a' });
      });
    });

    describe('deliveries', () => {
      it('adds a delivery once, and finds it when it comes again', async () => {
        const add = () => write((transaction) => transaction.addDeliveries([delivery('a', { outcome: 'ignored' })]));
        expect(await add()).toEqual([{ id: 1, before: null }]);
        expect(await add()).toEqual([{ id: 1, before: 'ignored' }]);
        expect(await open.reader.countDeliveries()).toMatchObject([{ outcome: 'ignored', count: 1 }]);
      });

      it('finds the first of two with one key in one batch', async () => {
        const added = await write((transaction) => transaction.addDeliveries([delivery('a'), delivery('a')]));
        expect(added).toEqual([
          { id: 1, before: null },
          { id: 1, before: 'accepted' },
        ]);
      });

      it('tells deliveries of other sources and instances with the same key apart', async () => {
        const added = await write((transaction) =>
          transaction.addDeliveries([
            delivery('a'),
            delivery('a', { instance: 'ghe' }),
            delivery('a', { source: 'github' }),
          ]),
        );
        expect(added.map(({ id }) => id)).toEqual([1, 2, 3]);
        const byKey = await open.reader.findDeliveriesByKey('a');
        expect(byKey.map(({ source, instance }) => `${source}/${instance}`)).toEqual([
          'customhttp/',
          'customhttp/ghe',
          'github/',
        ]);
      });

      it.each([0, 1, 127, 128, 100_000])('gives back a body of %i bytes as it was received', async (size) => {
        const body = Buffer.from(Array.from({ length: size }, (_, index) => (index * 7) % 256));
        await write((transaction) => transaction.addDeliveries([delivery('a', { body })]));
        expect(Buffer.from((await open.reader.readBody(1)) ?? [])).toEqual(body);
        expect(await open.reader.findDelivery(1)).toMatchObject({ bodyBytes: size });
      });

      it('settles a delivery with a new outcome, and counts it there instead', async () => {
        const dead = delivery('a', { outcome: 'dead_letter', reason: 'unreadable', events: 0 });
        await write((transaction) => transaction.addDeliveries([dead]));
        const settlement = { id: 1, kind: 'build.start', outcome: 'accepted', reason: null, events: 1 } as const;
        await write((transaction) => transaction.settleDeliveries([settlement]));
        expect(await open.reader.findDelivery(1)).toMatchObject(settlement);
        const counts = await open.reader.countDeliveries();
        expect(counts.map(({ outcome, count }) => [outcome, count])).toEqual([
          ['accepted', 1],
          ['dead_letter', 0],
        ]);
      });

      it('keeps no body where none is to be kept', async () => {
        await write((transaction) => transaction.addDeliveries([delivery('a', { body: null })]));
        expect(await open.reader.readBody(1)).toBeNull();
        expect(await open.reader.findDelivery(1)).toMatchObject({ key: 'a', bodyBytes: 0 });
      });

      it('counts what came in each hour, and which was the last of each outcome', async () => {
        const at = (hour: number) => MONDAY + hour * 60 * MINUTE;
        const dead = { outcome: 'dead_letter', reason: 'unreadable', events: 0 } as const;
        await write((transaction) =>
          transaction.addDeliveries([
            delivery('a', { receivedAt: at(0) }),
            delivery('b', { receivedAt: at(2) }),
            delivery('c', { receivedAt: at(2), ...dead }),
            delivery('d', { receivedAt: at(2) }),
          ]),
        );
        const hours = async (from: number) =>
          (await open.reader.countDeliveriesByHour(from)).map(({ hour, outcome, count }) => [
            hour - MONDAY / (60 * MINUTE),
            outcome,
            count,
          ]);
        const last = async () =>
          (await open.reader.countDeliveries()).map(({ outcome, lastDeliveryId }) => [outcome, lastDeliveryId]);
        expect(await hours(at(1))).toEqual([
          [2, 'accepted', 2],
          [2, 'dead_letter', 1],
        ]);
        expect(await hours(0)).toHaveLength(3);
        expect(await last()).toEqual([
          ['accepted', 4],
          ['dead_letter', 3],
        ]);
        const settlement = { id: 3, kind: 'build.start', outcome: 'accepted', reason: null, events: 1 } as const;
        await write((transaction) => transaction.settleDeliveries([settlement]));
        expect(await hours(at(1))).toEqual([[2, 'accepted', 3]]);
      });

      it('lists the latest first, by page and by filter', async () => {
        const added = Array.from({ length: 5 }, (_, index) =>
          delivery(`d${index}`, { outcome: index % 2 === 0 ? 'accepted' : 'ignored', kind: `k${index}` }),
        );
        await write((transaction) => transaction.addDeliveries(added));
        const first = await open.reader.listDeliveries({}, { limit: 2 });
        expect(first.items.map(({ key }) => key)).toEqual(['d4', 'd3']);
        const second = await open.reader.listDeliveries({}, { limit: 3, cursor: first.next ?? '' });
        expect(second.items.map(({ key }) => key)).toEqual(['d2', 'd1', 'd0']);
        expect(second.next).toBeNull();
        const ignored = await open.reader.listDeliveries({ outcome: 'ignored' }, { limit: 9 });
        expect(ignored.items.map(({ key }) => key)).toEqual(['d3', 'd1']);
        const byKind = await open.reader.listDeliveries(
          { kind: 'k2', source: 'customhttp', instance: '' },
          { limit: 9 },
        );
        expect(byKind.items.map(({ key }) => key)).toEqual(['d2']);
      });

      it('refuses a cursor that it did not give out', async () => {
        const listing = open.reader.listDeliveries({}, { limit: 2, cursor: 'made-up' });
        await expect(listing).rejects.toSatisfy((error) => error instanceof StoreError && error.code === 'bad_cursor');
      });
    });

    describe('deliveries to be read again', () => {
      const add = (...bodies: readonly number[]) =>
        write((transaction) =>
          transaction.addDeliveries(
            bodies.map((size, index) =>
              delivery(`d${index + 1}`, { body: Buffer.alloc(size, 'x'), receivedAt: MONDAY + index }),
            ),
          ),
        );
      const all = { filter: {}, after: 0, upTo: 99, limit: 99, bytes: 1_000_000 };
      const idsOf = async (request: Partial<typeof all> & { filter?: object }) =>
        (await open.reader.listRecorded({ ...all, ...request })).map(({ delivery: { id } }) => id);

      it('counts those that a filter finds, and knows the newest', async () => {
        await add(1, 1, 1);
        expect(await open.reader.measureDeliveries({})).toEqual({ count: 3, newest: 3 });
        expect(await open.reader.measureDeliveries({ to: MONDAY + 2 })).toEqual({ count: 2, newest: 2 });
        expect(await open.reader.measureDeliveries({ source: 'github' })).toEqual({ count: 0, newest: 0 });
      });

      it('gives them oldest first, between two ids, by filter, up to a number and up to a size', async () => {
        await add(10, 20, 500, 30);
        expect(await idsOf({})).toEqual([1, 2, 3, 4]);
        expect(await idsOf({ after: 1, upTo: 3 })).toEqual([2, 3]);
        expect(await idsOf({ filter: { from: MONDAY + 1, to: MONDAY + 3 } })).toEqual([2, 3]);
        expect(await idsOf({ limit: 2 })).toEqual([1, 2]);
        expect(await idsOf({ bytes: 30 })).toEqual([1, 2]);
        expect(await idsOf({ after: 2, bytes: 30 })).toEqual([3]);
      });

      it('gives each with its body and the events that it told, first or again', async () => {
        const { id: identityId } = await identify('1');
        await add(3, 4);
        const told = event('start', 0, ofBuild('1'));
        for (const deliveryId of [1, 2])
          await write((transaction) => transaction.addObservations([{ identityId, deliveryId, event: told }]));
        const recorded = await open.reader.findRecorded([2, 1, 7]);
        expect(recorded.map(({ delivery: { key }, body, told }) => [key, body?.byteLength, told])).toEqual([
          ['d2', 4, [told]],
          ['d1', 3, [told]],
        ]);
      });
    });

    describe('what is taken back', () => {
      it('goes where no other delivery told it, and is the next one’s where another did', async () => {
        const { id: identityId } = await identify('1');
        const received = (index: number) => MONDAY + index * MINUTE;
        const deliveries = [1, 2, 3].map((index) => delivery(`d${index}`, { receivedAt: received(index) }));
        await write((transaction) => transaction.addDeliveries(deliveries));
        const start = (index: number) => event('start', 0, { ...ofBuild('1'), receivedAt: received(index) });
        const end = event('end', 5, { ...ofBuild('1'), receivedAt: received(1) });
        await write((transaction) =>
          transaction.addObservations([
            { identityId, deliveryId: 1, event: start(1) },
            { identityId, deliveryId: 1, event: end },
            { identityId, deliveryId: 2, event: start(2) },
            { identityId, deliveryId: 3, event: start(3) },
          ]),
        );
        const forget = (...ids: number[]) => write((transaction) => transaction.forgetTold(ids));
        expect(await forget(1)).toEqual([identityId]);
        expect(await open.reader.findEvents('s-1', 9)).toEqual([{ event: start(2), deliveryIds: [2, 3] }]);
        expect(await forget(3)).toEqual([identityId]);
        expect(await open.reader.findEvents('s-1', 9)).toEqual([{ event: start(2), deliveryIds: [2] }]);
        expect(await forget(2, 3)).toEqual([identityId]);
        expect(await open.reader.findEvents('s-1', 9)).toEqual([]);
      });

      it('is the first delivery’s again when that tells it again', async () => {
        const { id: identityId } = await identify('1');
        await write((transaction) => transaction.addDeliveries([delivery('a'), delivery('b')]));
        const tell = (deliveryId: number) =>
          write((transaction) =>
            transaction.addObservations([{ identityId, deliveryId, event: event('start', 0, ofBuild('1')) }]),
          );
        expect([await tell(2), await tell(1), await tell(1)]).toEqual([['new'], ['changed'], ['known']]);
        expect(await open.reader.findEvents('s-1', 9)).toMatchObject([{ deliveryIds: [1, 2] }]);
      });
    });

    describe('the history of an identity', () => {
      it('has its attempts, what was observed by whom, and when each teller was written', async () => {
        const one = await identify('1');
        const two = await identify('2');
        await write((transaction) => transaction.addDeliveries([delivery('a'), delivery('b')]));
        const start = event('start', 0, ofBuild('1'));
        const other = event('end', 7, ofBuild('2'));
        await write((transaction) =>
          transaction.addObservations([
            { identityId: one.id, deliveryId: 1, event: start },
            { identityId: two.id, deliveryId: 1, event: other },
            { identityId: one.id, deliveryId: 2, event: start },
          ]),
        );
        const { attempts } = fold([start]);
        await save(one.id, attempts);
        const expected = {
          spanId: 's-1',
          attempts,
          observed: [{ event: start, deliveryIds: [1, 2] }],
          writtenAt: new Map([
            [1, MONDAY + 7 * MINUTE],
            [2, MONDAY],
          ]),
        };
        expect(await open.reader.findHistories([keyOf('1'), 'unknown'])).toEqual(new Map([[keyOf('1'), expected]]));
        const inTransaction = await write((transaction) => transaction.findHistories([one.id]));
        expect(inTransaction).toEqual(new Map([[one.id, expected]]));
      });

      it('can be given other names, and another tail without a new revision', async () => {
        const { id } = await identify('1');
        await save(id, []);
        await write(async (transaction) => {
          await transaction.addNames([{ name: 'old', identityId: id, validFrom: 1 }]);
          await transaction.replaceNames(id, [{ name: 'new', validFrom: 2 }]);
          await transaction.saveTails([{ identityId: id, tail: { ...emptyTail, count: 3 } }]);
        });
        expect(await open.reader.findSpan('s-1')).toMatchObject({
          revision: 1,
          names: [{ name: 'new', validFrom: 2 }],
        });
        const found = await write((transaction) => transaction.findIdentities([keyOf('1')]));
        expect(found.get(keyOf('1'))?.tail.count).toBe(3);
      });
    });

    describe('what is remembered', () => {
      it('is the last text of each name, and is there after a restart', async () => {
        expect(await open.reader.recall('rules')).toBeNull();
        await write((transaction) => transaction.remember('rules', 'one'));
        await write((transaction) => transaction.remember('rules', 'two'));
        open = await open.reopen();
        expect([await open.reader.recall('rules'), await open.reader.recall('other')]).toEqual(['two', null]);
      });
    });

    describe('identities and names', () => {
      it('lists identities in the order in which they were first heard of', async () => {
        expect(await open.reader.measureIdentities()).toEqual({ count: 0, newest: 0 });
        for (const id of ['b', 'a', 'c']) await identify(id);
        expect(await open.reader.measureIdentities()).toEqual({ count: 3, newest: 3 });
        const listed = async (after: number, limit: number) =>
          (await open.reader.listIdentities(after, limit)).map(({ id, key }) => [id, key]);
        expect(await listed(0, 2)).toEqual([
          [1, keyOf('b')],
          [2, keyOf('a')],
        ]);
        expect(await listed(2, 2)).toEqual([[3, keyOf('c')]]);
        expect(await listed(3, 2)).toEqual([]);
      });

      it('finds an identity by its key, with its span id and tail, and only known ones', async () => {
        const added = await identify('1');
        const found = await write((transaction) => transaction.findIdentities([keyOf('1'), keyOf('2')]));
        expect([...found]).toEqual([[keyOf('1'), added]]);
      });

      it('takes the other span id where the wanted one is held by another identity', async () => {
        const added = await write((transaction) =>
          transaction.addIdentities([
            { key: keyOf('1'), spanId: 'same', otherwise: 'other-1' },
            { key: keyOf('2'), spanId: 'same', otherwise: 'other-2' },
          ]),
        );
        expect(added.map(({ spanId }) => spanId)).toEqual(['same', 'other-2']);
      });

      it('follows a name to its span from the time on at which it was used, until the next name', async () => {
        const { id } = await identify('1');
        await write((transaction) =>
          transaction.addNames([
            { name: 'old', identityId: id, validFrom: 100 },
            { name: 'new', identityId: id, validFrom: 200 },
          ]),
        );
        const lookUp = (name: string, at?: number) => open.reader.lookUpName(name, at === undefined ? {} : { at });
        expect(await lookUp('old')).toEqual({ found: 'one', spanId: 's-1' });
        expect(await lookUp('old', 199)).toEqual({ found: 'one', spanId: 's-1' });
        expect(await lookUp('old', 200)).toEqual({ found: 'none' });
        expect(await lookUp('new', 199)).toEqual({ found: 'none' });
        expect(await lookUp('new', 200)).toEqual({ found: 'one', spanId: 's-1' });
        expect(await lookUp('never', 200)).toEqual({ found: 'none' });
      });

      it('keeps the earliest time of a name', async () => {
        const { id } = await identify('1');
        for (const validFrom of [200, 100, 300])
          await write((transaction) => transaction.addNames([{ name: 'n', identityId: id, validFrom }]));
        expect((await open.reader.findSpan('s-1'))?.names).toEqual([{ name: 'n', validFrom: 100 }]);
      });

      it('resolves an ambiguous name within the owner that asks, and otherwise says which spans it fits', async () => {
        for (const [id, project] of [
          ['1', 'acme/api'],
          ['2', 'globex/api'],
        ] as const) {
          const identity = await identify(id);
          await write((transaction) =>
            transaction.addNames([{ name: 'api-27', identityId: identity.id, validFrom: 0 }]),
          );
          await save(identity.id, fold([event('start', 0, { name: { scope: project, id } })]).attempts);
        }
        expect(await open.reader.lookUpName('api-27', { owner: 'globex' })).toEqual({ found: 'one', spanId: 's-2' });
        const several = { found: 'several', spanIds: ['s-1', 's-2'] };
        expect(await open.reader.lookUpName('api-27', {})).toEqual(several);
        expect(await open.reader.lookUpName('api-27', { owner: 'initech' })).toEqual(several);
      });
    });

    describe('observations', () => {
      it('tells a new fact, the same again, and the same fact told in another way', async () => {
        const { id: identityId } = await identify('1');
        await write((transaction) => transaction.addDeliveries([delivery('a'), delivery('b'), delivery('c')]));
        const start = event('start', 0, { title: 'one' });
        const novelties = await write((transaction) =>
          transaction.addObservations([
            { identityId, deliveryId: 1, event: start },
            { identityId, deliveryId: 2, event: { ...start, receivedAt: start.receivedAt + MINUTE } },
            { identityId, deliveryId: 3, event: { ...start, title: 'two' } },
          ]),
        );
        expect(novelties).toEqual(['new', 'known', 'changed']);
        const events = await open.reader.findEvents('s-1', 10);
        expect(events.map(({ event: { title }, deliveryIds }) => [title, deliveryIds])).toEqual([
          ['one', [1, 2]],
          ['two', [3]],
        ]);
      });

      it('gives an observation back as it was, with its identity', async () => {
        const { id: identityId } = await identify('1');
        await write((transaction) => transaction.addDeliveries([delivery('a')]));
        const told = event('start', 0, {
          ...ofBuild('1'),
          stage: { key: 'q', name: 'Queue', category: 'waiting' },
          tags: { 'vcs.change.id': '7', flaky: true, gone: null },
          facts: { labels: ['a', 'b'] },
          wants: [{ type: 'span', scope: '', value: 'vstrace-x' }],
        });
        await write((transaction) => transaction.addObservations([{ identityId, deliveryId: 1, event: told }]));
        const found = await write((transaction) => transaction.findObservations([identityId]));
        expect([...found]).toEqual([[identityId, [told]]]);
        expect(await open.reader.spanIdsOf(1)).toEqual(['s-1']);
      });
    });

    describe('spans', () => {
      const life = fold([
        event('start', 0, { title: 'Ship the Cart', stage: { key: 'q', name: 'Queue' } }),
        event('transition', 1, { stage: { key: 'r', name: 'Run' } }),
        event('end', 5, { result: 'failure', tags: { 'deployment.environment.name': 'production' } }),
        event('start', 9),
      ]).attempts;

      it('gives back all attempts with their stages', async () => {
        const { id } = await identify('1');
        await save(id, life);
        expect(unlinked((await open.reader.findSpan('s-1'))?.attempts)).toEqual(life);
        expect(await open.reader.findSpan('s-2')).toBeNull();
      });

      it('replaces everything of an identity by a whole fold', async () => {
        const { id } = await identify('1');
        await save(id, life);
        const after = fold([event('start', 3)]).attempts;
        await save(id, after);
        expect(unlinked((await open.reader.findSpan('s-1'))?.attempts)).toEqual(after);
        expect((await open.reader.listStages({}, { limit: 9 })).items).toEqual([]);
      });

      it('changes only what a step changes', async () => {
        const { id } = await identify('1');
        await save(id, life);
        const [first, second] = life;
        if (first === undefined || second === undefined) throw new Error('two lives were folded');
        const { stages, ...attempt } = first;
        const lastStage = { key: 'd', name: 'Done', category: null, startedAt: MONDAY, finishedAt: null };
        const change = { attempt: { ...attempt, title: 'Renamed' }, stagesFrom: 1, stages: [lastStage] };
        await write((transaction) =>
          transaction.saveFolds([{ identityId: id, whole: false, changes: [change], tail: emptyTail }]),
        );
        expect(unlinked((await open.reader.findSpan('s-1'))?.attempts)).toEqual([
          { ...first, title: 'Renamed', stages: [stages[0], lastStage] },
          second,
        ]);
      });

      it('lists them latest first, page by page, each once', async () => {
        for (const minute of [1, 2, 2, 2, 3]) {
          const { id } = await identify(`${minute}-${Math.random()}`);
          await save(id, fold([event('start', minute)]).attempts);
        }
        const seen: (number | null)[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const page: Awaited<ReturnType<StoreReader['listSpans']>> = await open.reader.listSpans(
            {},
            { limit: 2, ...(cursor === '' ? {} : { cursor }) },
          );
          seen.push(...page.items.map(({ attempt }) => attempt.startedAt));
          cursor = page.next;
        }
        expect(seen).toEqual([3, 2, 2, 2, 1].map((minute) => MONDAY + minute * MINUTE));
      });

      it.each([
        [{ operation: 'build' }, 2],
        [{ operation: 'deploy' }, 0],
        [{ source: 'customhttp', project: 'shop' }, 2],
        [{ project: 'other' }, 0],
        [{ team: 'any' }, 0],
        [{ environment: 'production' }, 1],
        [{ state: 'open' }, 1],
        [{ state: 'finished', isError: true, result: 'failure' }, 1],
        [{ isError: false }, 1],
        [{ from: MONDAY + MINUTE }, 1],
        [{ to: MONDAY + MINUTE }, 1],
        [{ q: 'the CART' }, 1],
        [{ q: 'S-1' }, 2],
        [{ q: '%' }, 0],
      ] as const)('filters by %o', async (filter, count) => {
        const { id } = await identify('1');
        await save(id, life);
        expect((await open.reader.listSpans(filter, { limit: 9 })).items).toHaveLength(count);
      });

      it('lists stages as items of their own, with the span they are part of', async () => {
        const { id } = await identify('1');
        await save(id, life);
        const { items } = await open.reader.listStages({ state: 'finished' }, { limit: 9 });
        expect(items.map(({ number, stage, span }) => [number, stage.name, span.spanId])).toEqual([
          [2, 'Run', 's-1'],
          [1, 'Queue', 's-1'],
        ]);
      });
    });

    describe('what spans there are', () => {
      it('is told by their kinds, the most frequent first, from a time on', async () => {
        const environment = {
          tags: { 'deployment.environment.name': 'prod', 'valuestream.environment.tier': 'production' },
        };
        await save((await identify('1')).id, fold([event('start', 0), event('end', 1)]).attempts);
        await save((await identify('2')).id, fold([event('start', 5), event('end', 6)]).attempts);
        await save(
          (await identify('3')).id,
          fold([event('start', 5, { ...environment, operation: 'deploy' })]).attempts,
        );
        const build = { source: 'customhttp', operation: 'build', project: 'shop', environment: null, tier: null };
        expect(await open.reader.tallySpans(0, 10)).toEqual([
          { ...build, result: 'unknown', count: 2 },
          { ...build, operation: 'deploy', environment: 'prod', tier: 'production', result: null, count: 1 },
        ]);
        expect(await open.reader.tallySpans(MONDAY + MINUTE, 1)).toMatchObject([{ operation: 'build', count: 1 }]);
      });

      it('and by their stages', async () => {
        const stage = (name: string, minute: number) =>
          event('transition', minute, { key: name, stage: { key: name, name, category: 'active' } });
        await save((await identify('1')).id, fold([event('start', 0), stage('Run', 0), stage('Check', 1)]).attempts);
        await save((await identify('2')).id, fold([event('start', 5), stage('Run', 5)]).attempts);
        const build = { source: 'customhttp', operation: 'build', category: 'active' };
        expect(await open.reader.tallyStages(0, 10)).toEqual([
          { ...build, stage: 'Run', count: 2 },
          { ...build, stage: 'Check', count: 1 },
        ]);
        expect(await open.reader.tallyStages(MONDAY + MINUTE, 10)).toEqual([{ ...build, stage: 'Run', count: 1 }]);
      });

      it('and how many of them are open, since when', async () => {
        for (const [id, minute] of [
          ['1', 7],
          ['2', 3],
        ] as const)
          await save((await identify(id)).id, fold([event('start', minute)]).attempts);
        await save((await identify('3')).id, fold([event('start', 1), event('end', 6)]).attempts);
        expect(await open.reader.tallyOpen()).toEqual([
          { source: 'customhttp', operation: 'build', project: 'shop', count: 2, oldestStartedAt: MONDAY + 3 * MINUTE },
        ]);
      });
    });

    describe('exports', () => {
      const reopen = async () => {
        open = await open.reopen();
      };
      exportContract({ open: () => open, reopen, identify });
    });

    describe('columns', () => {
      columnsContract(
        () => open,
        async () => {
          open = await open.reopen();
        },
      );
    });

    describe('the change feed', () => {
      it('gives every change a later revision, and each identity once at its newest', async () => {
        const one = await identify('1');
        const two = await identify('2');
        expect(await open.reader.latestRevision()).toBe(0);
        await save(one.id, fold([event('start', 0)]).attempts);
        await save(two.id, fold([event('start', 0)]).attempts);
        const [first, second] = await open.reader.changesAfter(0, 10);
        expect([first?.spanId, second?.spanId]).toEqual(['s-1', 's-2']);
        expect(await open.reader.latestRevision()).toBe(second?.revision);
        await save(one.id, fold([event('start', 1)]).attempts);
        const after = await open.reader.changesAfter(second?.revision ?? 0, 10);
        expect(after.map(({ spanId, attempts }) => [spanId, attempts.length])).toEqual([['s-1', 1]]);
        expect((await open.reader.changesAfter(0, 10)).map(({ spanId }) => spanId)).toEqual(['s-2', 's-1']);
      });

      it('keeps a tombstone of an identity that has no attempt left', async () => {
        const { id } = await identify('1');
        await save(id, fold([event('start', 0)]).attempts);
        await save(id, []);
        open = await open.reopen();
        expect(await open.reader.changesAfter(0, 10)).toMatchObject([{ spanId: 's-1', attempts: [] }]);
      });

      it('tells since when an attempt is there, and since when it is finished, however it is folded again', async () => {
        const { id } = await identify('1');
        const since = async () => {
          const [change] = await open.reader.changesAfter(0, 10);
          return change?.attempts.map((attempt) => [attempt.since.known, attempt.since.finished]);
        };
        await save(id, fold([event('start', 1)]).attempts);
        expect(await since()).toEqual([[1, null]]);
        await save(id, fold([event('start', 1), event('end', 2)]).attempts);
        expect(await since()).toEqual([[1, 2]]);
        // A late start moves its beginning, and so its key.
        await save(id, fold([event('start', 0), event('start', 1), event('end', 2)]).attempts);
        expect(await since()).toEqual([[1, 2]]);
        await save(id, fold([event('start', 0), event('end', 2), event('start', 3)]).attempts);
        open = await open.reopen();
        expect(await since()).toEqual([
          [1, 2],
          [4, null],
        ]);
      });

      it('can be read in parts', async () => {
        for (const id of ['1', '2', '3']) await save((await identify(id)).id, []);
        const first = await open.reader.changesAfter(0, 2);
        const rest = await open.reader.changesAfter(first.at(-1)?.revision ?? 0, 2);
        expect([...first, ...rest].map(({ spanId }) => spanId)).toEqual(['s-1', 's-2', 's-3']);
      });
    });
  });
}

function keyOf(id: string): string {
  return ['customhttp', '', 'build', 'shop', id].join('\u001f');
}
