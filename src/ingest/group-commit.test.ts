import { describe, expect, it } from 'vitest';
import { delivery } from '../../test/support/events.ts';
import type { Entry, Receipt } from './append.ts';
import { GroupCommit } from './group-commit.ts';

const entryOf = (key: string, bytes = 2): Entry => ({
  delivery: delivery(key, { body: Buffer.alloc(bytes) }),
  events: [],
});
const receiptFor = ({ delivery: { key } }: Entry): Receipt => ({
  id: Number(key),
  status: 'accepted',
  reason: null,
  events: 0,
});

/** An append that waits until it is let go, and remembers its groups. */
function heldAppend() {
  const groups: string[][] = [];
  let gate = Promise.withResolvers<void>();
  return {
    groups,
    release() {
      gate.resolve();
      gate = Promise.withResolvers<void>();
    },
    append: async (entries: readonly Entry[]) => {
      groups.push(entries.map((one) => one.delivery.key));
      await gate.promise;
      return entries.map(receiptFor);
    },
  };
}

describe('group commit', () => {
  it('writes in one group what waits while another is being written', async () => {
    const held = heldAppend();
    const commits = new GroupCommit(held.append);
    const first = commits.submit(entryOf('1'));
    await new Promise(setImmediate);
    const others = ['2', '3', '4'].map((key) => commits.submit(entryOf(key)));
    expect(held.groups).toEqual([['1']]);
    held.release();
    expect(await first).toMatchObject({ id: 1 });
    await new Promise(setImmediate);
    held.release();
    expect((await Promise.all(others)).map(({ id }) => id)).toEqual([2, 3, 4]);
    expect(held.groups).toEqual([['1'], ['2', '3', '4']]);
  });

  it('bounds a group by number and by bytes, and still takes what is larger than that alone', async () => {
    const sizes: number[] = [];
    const commits = new GroupCommit(async (entries) => {
      sizes.push(entries.length);
      return entries.map(receiptFor);
    });
    const large = 9 * 1024 * 1024;
    await Promise.all([
      ...Array.from({ length: 300 }, (_, index) => commits.submit(entryOf(String(index)))),
      commits.submit(entryOf('300', large)),
      commits.submit(entryOf('301', large)),
    ]);
    expect(sizes).toEqual([256, 44, 1, 1]);
  });

  it('tells every waiter of a group that failed, and goes on with the next', async () => {
    let calls = 0;
    const commits = new GroupCommit(async (entries) => {
      calls += 1;
      if (calls === 1) throw new Error('disk full');
      return entries.map(receiptFor);
    });
    const failed = await Promise.allSettled([commits.submit(entryOf('1')), commits.submit(entryOf('2'))]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await commits.submit(entryOf('3'))).toMatchObject({ id: 3 });
  });

  it('drains: everything submitted is settled', async () => {
    const commits = new GroupCommit(async (entries) => entries.map(receiptFor));
    let settled = 0;
    for (const key of ['1', '2', '3']) void commits.submit(entryOf(key)).then(() => (settled += 1));
    await commits.drain();
    expect(settled).toBe(3);
  });
});
