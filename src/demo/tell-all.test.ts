import { expect, it } from 'vitest';
import { tellAll } from './tell-all.ts';

const deliveries = Array.from({ length: 20 }, (_, at) => ({ source: 'jira', at, headers: {}, body: String(at) }));

it('begins in order, counts what becomes of each, and has no more under way than it may', async () => {
  const begun: number[] = [];
  const counts: number[] = [];
  let underWay = 0;
  const outcomes = await tellAll(deliveries, {
    atOnce: 3,
    tell: async ({ at }) => {
      begun.push(at);
      underWay += 1;
      expect(underWay).toBeLessThanOrEqual(3);
      await new Promise(setImmediate);
      underWay -= 1;
      return at % 4 === 0 ? 'duplicate' : 'accepted';
    },
    told: (count) => counts.push(count),
  });
  expect(begun).toEqual(deliveries.map(({ at }) => at));
  expect(counts).toEqual(begun.map((at) => at + 1));
  expect(outcomes).toEqual({ duplicate: 5, accepted: 15 });
});

it('begins nothing after a failure, and throws that when nothing is under way', async () => {
  const ended: number[] = [];
  const telling = tellAll(deliveries, {
    atOnce: 4,
    tell: async ({ at }) => {
      if (at === 1) throw new Error('refused');
      await new Promise(setImmediate);
      ended.push(at);
      return 'accepted';
    },
    told: () => undefined,
  });
  await expect(telling).rejects.toThrow('refused');
  expect(ended).toEqual([0, 2, 3]);
});
