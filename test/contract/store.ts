import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { delivery } from '../support/events.ts';
import { accessContract } from './access.ts';
import { columnsContract } from './columns.ts';
import { deliveriesContract } from './deliveries.ts';
import { exportContract } from './exports.ts';
import { identitiesContract } from './identities.ts';
import { observationsContract } from './observations.ts';
import { type Opened, type OpenStore, writing } from './opened.ts';
import { spansContract } from './spans.ts';

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
    const reopen = async () => {
      open = await open.reopen();
    };
    const opened: Opened = { open: () => open, reopen };
    const { write } = writing(opened);

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
        await reopen();
        expect(await open.reader.findDelivery(1)).toMatchObject({ key: 'a' });
      });
    });

    describe('what is remembered', () => {
      it('is the last text of each name, and is there after a restart', async () => {
        expect(await open.reader.recall('rules')).toBeNull();
        await write((transaction) => transaction.remember('rules', 'one'));
        await write((transaction) => transaction.remember('rules', 'two'));
        await reopen();
        expect([await open.reader.recall('rules'), await open.reader.recall('other')]).toEqual(['two', null]);
      });
    });

    describe('where imports stand', () => {
      const cursor = (resource: string, position: string, instance = '') => ({
        ...{ source: 'github', instance, scope: '1000', resource, position },
      });

      it('is the last position of each, by its origin, and is there after a restart', async () => {
        await write((transaction) => transaction.moveImportCursor(cursor('issues', 'one')));
        await write((transaction) => transaction.moveImportCursor(cursor('issues', 'two')));
        await write((transaction) => transaction.moveImportCursor(cursor('issues', 'elsewhere', 'ghe')));
        await write((transaction) => transaction.moveImportCursor(cursor('deployments', 'three')));
        await reopen();
        const found = await open.reader.listImportCursors({ source: 'github', instance: '' });
        expect(found).toEqual([cursor('deployments', 'three'), cursor('issues', 'two')]);
      });

      it('does not move with what is not stored', async () => {
        const failing = write(async (transaction) => {
          await transaction.moveImportCursor(cursor('issues', 'one'));
          throw new Error('the disk is full');
        });
        await expect(failing).rejects.toThrow('the disk is full');
        expect(await open.reader.listImportCursors({ source: 'github', instance: '' })).toEqual([]);
      });
    });

    deliveriesContract(opened);
    identitiesContract(opened);
    observationsContract(opened);
    spansContract(opened);
    describe('exports', () => exportContract(opened));
    describe('access', () => accessContract(opened));
    describe('columns', () => columnsContract(opened));
  });
}
