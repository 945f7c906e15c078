import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/store/contract.ts';
import { delivery, event, MINUTE, MONDAY, ofBuild } from '../support/events.ts';
import { type Opened, writing } from './opened.ts';

/** The law of deliveries, for every store there is. */
export function deliveriesContract(opened: Opened): void {
  const { open } = opened;
  const { write, identify } = writing(opened);

  describe('deliveries', () => {
    it('adds a delivery once, and finds it when it comes again', async () => {
      const add = () => write((transaction) => transaction.addDeliveries([delivery('a', { outcome: 'ignored' })]));
      expect(await add()).toEqual([{ id: 1, before: null }]);
      expect(await add()).toEqual([{ id: 1, before: 'ignored' }]);
      expect(await open().reader.countDeliveries()).toMatchObject([{ outcome: 'ignored', count: 1 }]);
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
      const byKey = await open().reader.findDeliveriesByKey('a');
      expect(byKey.map(({ source, instance }) => `${source}/${instance}`)).toEqual([
        'customhttp/',
        'customhttp/ghe',
        'github/',
      ]);
    });

    it.each([0, 1, 127, 128, 100_000])('gives back a body of %i bytes as it was received', async (size) => {
      const body = Buffer.from(Array.from({ length: size }, (_, index) => (index * 7) % 256));
      await write((transaction) => transaction.addDeliveries([delivery('a', { body })]));
      expect(Buffer.from((await open().reader.readBody(1)) ?? [])).toEqual(body);
      expect(await open().reader.findDelivery(1)).toMatchObject({ bodyBytes: size });
    });

    it('settles a delivery with a new outcome, and counts it there instead', async () => {
      const dead = delivery('a', { outcome: 'dead_letter', reason: 'unreadable', events: 0 });
      await write((transaction) => transaction.addDeliveries([dead]));
      const settlement = { id: 1, kind: 'build.start', outcome: 'accepted', reason: null, events: 1 } as const;
      await write((transaction) => transaction.settleDeliveries([settlement]));
      expect(await open().reader.findDelivery(1)).toMatchObject(settlement);
      const counts = await open().reader.countDeliveries();
      expect(counts.map(({ outcome, count }) => [outcome, count])).toEqual([
        ['accepted', 1],
        ['dead_letter', 0],
      ]);
    });

    it('keeps no body where none is to be kept', async () => {
      await write((transaction) => transaction.addDeliveries([delivery('a', { body: null })]));
      expect(await open().reader.readBody(1)).toBeNull();
      expect(await open().reader.findDelivery(1)).toMatchObject({ key: 'a', bodyBytes: 0 });
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
        (await open().reader.countDeliveriesByHour(from)).map(({ hour, outcome, count }) => [
          hour - MONDAY / (60 * MINUTE),
          outcome,
          count,
        ]);
      const last = async () =>
        (await open().reader.countDeliveries()).map(({ outcome, lastDeliveryId }) => [outcome, lastDeliveryId]);
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
      const first = await open().reader.listDeliveries({}, { limit: 2 });
      expect(first.items.map(({ key }) => key)).toEqual(['d4', 'd3']);
      const second = await open().reader.listDeliveries({}, { limit: 3, cursor: first.next ?? '' });
      expect(second.items.map(({ key }) => key)).toEqual(['d2', 'd1', 'd0']);
      expect(second.next).toBeNull();
      const ignored = await open().reader.listDeliveries({ outcome: 'ignored' }, { limit: 9 });
      expect(ignored.items.map(({ key }) => key)).toEqual(['d3', 'd1']);
      const byKind = await open().reader.listDeliveries(
        { kind: 'k2', source: 'customhttp', instance: '' },
        { limit: 9 },
      );
      expect(byKind.items.map(({ key }) => key)).toEqual(['d2']);
    });

    it('refuses a cursor that it did not give out', async () => {
      const listing = open().reader.listDeliveries({}, { limit: 2, cursor: 'made-up' });
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
      (await open().reader.listRecorded({ ...all, ...request })).map(({ delivery: { id } }) => id);

    it('counts those that a filter finds, and knows the newest', async () => {
      await add(1, 1, 1);
      expect(await open().reader.measureDeliveries({})).toEqual({ count: 3, newest: 3 });
      expect(await open().reader.measureDeliveries({ to: MONDAY + 2 })).toEqual({ count: 2, newest: 2 });
      expect(await open().reader.measureDeliveries({ source: 'github' })).toEqual({ count: 0, newest: 0 });
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
      const recorded = await open().reader.findRecorded([2, 1, 7]);
      expect(recorded.map(({ delivery: { key }, body, told }) => [key, body?.byteLength, told])).toEqual([
        ['d2', 4, [told]],
        ['d1', 3, [told]],
      ]);
    });
  });
}
