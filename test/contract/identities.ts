import { describe, expect, it } from 'vitest';
import { emptyTail, fold } from '../../src/domain/fold.ts';
import { delivery, event, MINUTE, MONDAY, ofBuild } from '../support/events.ts';
import { keyOf, type Opened, writing } from './opened.ts';

/** The law of identities and their names, for every store there is. */
export function identitiesContract(opened: Opened): void {
  const { open } = opened;
  const { write, identify, save } = writing(opened);

  describe('identities and names', () => {
    it('lists identities in the order in which they were first heard of', async () => {
      expect(await open().reader.measureIdentities()).toEqual({ count: 0, newest: 0 });
      for (const id of ['b', 'a', 'c']) await identify(id);
      expect(await open().reader.measureIdentities()).toEqual({ count: 3, newest: 3 });
      const listed = async (after: number, limit: number) =>
        (await open().reader.listIdentities(after, limit)).map(({ id, key }) => [id, key]);
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
      const lookUp = (name: string, at?: number) => open().reader.lookUpName(name, at === undefined ? {} : { at });
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
      expect((await open().reader.findSpan('s-1'))?.names).toEqual([{ name: 'n', validFrom: 100 }]);
    });

    it('resolves an ambiguous name within the owner that asks, and otherwise says which spans it fits', async () => {
      for (const [id, project] of [
        ['1', 'acme/api'],
        ['2', 'globex/api'],
      ] as const) {
        const identity = await identify(id);
        await write((transaction) => transaction.addNames([{ name: 'api-27', identityId: identity.id, validFrom: 0 }]));
        await save(identity.id, fold([event('start', 0, { name: { scope: project, id } })]).attempts);
      }
      expect(await open().reader.lookUpName('api-27', { owner: 'globex' })).toEqual({ found: 'one', spanId: 's-2' });
      const several = { found: 'several', spanIds: ['s-1', 's-2'] };
      expect(await open().reader.lookUpName('api-27', {})).toEqual(several);
      expect(await open().reader.lookUpName('api-27', { owner: 'initech' })).toEqual(several);
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
      expect(await open().reader.findHistories([keyOf('1'), 'unknown'])).toEqual(new Map([[keyOf('1'), expected]]));
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
      expect(await open().reader.findSpan('s-1')).toMatchObject({
        revision: 1,
        names: [{ name: 'new', validFrom: 2 }],
      });
      const found = await write((transaction) => transaction.findIdentities([keyOf('1')]));
      expect(found.get(keyOf('1'))?.tail.count).toBe(3);
    });
  });
}
