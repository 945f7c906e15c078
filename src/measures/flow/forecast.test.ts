import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confidences, forecast, HORIZON_DAYS, LEAST_DAYS } from './forecast.ts';

const ask = { items: null, days: null, seed: 1 };
const past = fc
  .array(fc.integer({ min: 0, max: 6 }), { minLength: LEAST_DAYS, maxLength: 60 })
  .map((days) => [5, ...days]);
const everyConfidence = <T>(value: T) => Object.fromEntries(confidences.map((confidence) => [confidence, value]));

describe('a forecast', () => {
  it('is one answer for one seed, and another for another', async () => {
    const days = Array.from({ length: 40 }, (_, day) => (day * 7) % 5);
    const one = await forecast(days, { items: 60, days: 30, seed: 7 });
    expect(await forecast(days, { items: 60, days: 30, seed: 7 })).toEqual(one);
    expect(await forecast(days, { items: 600, days: 300, seed: 8 })).not.toEqual(
      await forecast(days, { items: 600, days: 300, seed: 7 }),
    );
  });

  it('of a constant throughput is exact', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 200 }), async (perDay, count) => {
        const days = Array.from({ length: 20 }, () => perDay);
        expect(await forecast(days, { items: count, days: count, seed: count })).toEqual({
          days: everyConfidence(Math.ceil(count / perDay)),
          items: everyConfidence(count * perDay),
        });
      }),
      { numRuns: 5 },
    );
  });

  it('never takes less time for more items, nor does less in more days, nor promises more to be surer', async () => {
    const numbers = fc.integer({ min: 0, max: 60 });
    await fc.assert(
      fc.asyncProperty(past, numbers, numbers, fc.integer(), async (days, few, more, seed) => {
        const [less, greater] = await Promise.all([
          forecast(days, { items: few, days: few, seed }),
          forecast(days, { items: few + more, days: few + more, seed }),
        ]);
        for (const confidence of confidences) {
          expect(greater?.days?.[confidence]).toBeGreaterThanOrEqual(less?.days?.[confidence] ?? Number.NaN);
          expect(greater?.items?.[confidence]).toBeGreaterThanOrEqual(less?.items?.[confidence] ?? Number.NaN);
        }
        const ordered = confidences.map((confidence) => less?.days?.[confidence] ?? 0);
        expect(ordered).toEqual(ordered.toSorted((a, b) => a - b));
      }),
      { numRuns: 5 },
    );
  });

  it('agrees with what chance has to give', async () => {
    // One item on every second day: ten of them are done in d days as surely as d coins show ten heads or more.
    const days = Array.from({ length: 20 }, (_, day) => day % 2);
    const { days: needed } = (await forecast(days, { ...ask, items: 10 })) ?? { days: null };
    expect(needed).toMatchObject({ 70: 22, 85: 25, 95: 28 });
  });

  it('says nothing where too little is known, or the end is out of sight', async () => {
    expect(await forecast([9, 9, 9], { ...ask, items: 1 })).toBeNull();
    expect(await forecast([4, ...Array(40).fill(0)], { ...ask, items: 1 })).toBeNull();
    const rarely = [...Array(99).fill(0), 5];
    expect(await forecast(rarely, { ...ask, items: HORIZON_DAYS })).toEqual({
      days: everyConfidence(null),
      items: null,
    });
  });
});
