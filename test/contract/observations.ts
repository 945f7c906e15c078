import { describe, expect, it } from 'vitest';
import { delivery, event, MINUTE, MONDAY, ofBuild } from '../support/events.ts';
import { type Opened, writing } from './opened.ts';

/** The law of what deliveries tell, for every store there is. */
export function observationsContract(opened: Opened): void {
  const { open } = opened;
  const { write, identify } = writing(opened);

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
      const events = await open().reader.findEvents('s-1', 10);
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
      expect(await open().reader.spanIdsOf(1)).toEqual(['s-1']);
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
      expect(await open().reader.findEvents('s-1', 9)).toEqual([{ event: start(2), deliveryIds: [2, 3] }]);
      expect(await forget(3)).toEqual([identityId]);
      expect(await open().reader.findEvents('s-1', 9)).toEqual([{ event: start(2), deliveryIds: [2] }]);
      expect(await forget(2, 3)).toEqual([identityId]);
      expect(await open().reader.findEvents('s-1', 9)).toEqual([]);
    });

    it('is the first delivery’s again when that tells it again', async () => {
      const { id: identityId } = await identify('1');
      await write((transaction) => transaction.addDeliveries([delivery('a'), delivery('b')]));
      const tell = (deliveryId: number) =>
        write((transaction) =>
          transaction.addObservations([{ identityId, deliveryId, event: event('start', 0, ofBuild('1')) }]),
        );
      expect([await tell(2), await tell(1), await tell(1)]).toEqual([['new'], ['changed'], ['known']]);
      expect(await open().reader.findEvents('s-1', 9)).toMatchObject([{ deliveryIds: [1, 2] }]);
    });
  });
}
