import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sent } from './contract.ts';
import { deliver } from './delivery.ts';

const taken: Sent = { status: 'sent', rejected: 0, reason: '' };

type Failure = Exclude<Sent, { status: 'sent' }>;
const refusal: Failure = { status: 'refused', reason: 'bad' };
/** What a destination answers that breaks over a record, or is broken. */
const breakdown: Failure = { status: 'retry', afterMs: null, reason: 'broken', suspects: true };

/** A destination that fails over these, and is away now and then; and what it has taken. */
function destination(bad: ReadonlySet<string>, isAway: () => boolean = () => false, failure = refusal) {
  const got: string[] = [];
  const sizes: number[] = [];
  let waits = 0;
  const stopping = new AbortController();
  const send = async (records: readonly string[]): Promise<Sent> => {
    if (isAway()) return { status: 'retry', afterMs: null, reason: 'away', suspects: false };
    sizes.push(records.length);
    if (records.some((record) => bad.has(record))) return failure;
    got.push(...records);
    return taken;
  };
  const waitAfter = async () => {
    waits += 1;
  };
  return {
    got,
    sizes,
    stopping,
    get waits() {
      return waits;
    },
    deliver: (records: readonly string[]) =>
      deliver(records, {
        ...{ send, signal: stopping.signal, waitAfter },
        ...{ answered: () => undefined, isWorking: async () => true },
      }),
  };
}

const records = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`);

describe('delivery', () => {
  it('gives all that is good, once and in order, and finds exactly what is bad', async () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 1_100 }), fc.array(fc.nat(1_099), { maxLength: 12 }), fc.nat(4));
    await fc.assert(
      fc.asyncProperty(cases, async ([count, positions, everyOther]) => {
        const all = records(count);
        const bad = new Set(positions.map((position) => `r${position}`));
        let asked = 0;
        const to = destination(bad, () => {
          asked += 1;
          return everyOther > 0 && asked % (everyOther + 1) === 0;
        });
        const delivered = await to.deliver(all);
        expect(to.got).toEqual(all.filter((record) => !bad.has(record)));
        expect(delivered.parked.map(({ number }) => `r${number}`)).toEqual(all.filter((record) => bad.has(record)));
        expect(Math.max(...to.sizes)).toBeLessThanOrEqual(500);
      }),
      { numRuns: 60 },
    );
  });

  it('finds what a destination breaks over, where it takes the rest', async () => {
    const cases = fc.tuple(fc.integer({ min: 2, max: 500 }), fc.array(fc.nat(499), { maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(cases, async ([count, positions]) => {
        const all = records(count);
        // One is good: where nothing is taken, nothing tells a bad record from a broken destination.
        const bad = new Set(positions.filter((position) => position !== 1).map((position) => `r${position}`));
        const to = destination(bad, () => false, breakdown);
        const delivered = await to.deliver(all);
        expect(to.got.toSorted()).toEqual(all.filter((record) => !bad.has(record)).toSorted());
        const parked = delivered.parked.map(({ number }) => `r${number}`);
        expect(parked?.toSorted()).toEqual(all.filter((record) => bad.has(record)).toSorted());
      }),
      { numRuns: 40 },
    );
  });

  it('gives nothing up while a destination that is broken takes nothing', async () => {
    const all = records(6);
    const to: ReturnType<typeof destination> = destination(
      new Set(all),
      () => {
        if (to.waits >= 1_000) to.stopping.abort();
        return false;
      },
      breakdown,
    );
    expect((await to.deliver(all)).unsent.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(to.waits).toBe(1_000);
    expect(to.got).toEqual([]);
  });

  it('gives nothing up for a destination that refuses everything, whatever is sent', async () => {
    const all = records(100);
    const stopping = new AbortController();
    let waits = 0;
    const delivered = await deliver(all, {
      send: async () => refusal,
      signal: stopping.signal,
      isWorking: async () => false,
      answered: () => undefined,
      waitAfter: async ({ reason }) => {
        expect(reason).toBe('bad');
        waits += 1;
        if (waits === 1_000) stopping.abort();
      },
    });
    expect(delivered.unsent).toHaveLength(100);
  });

  it('asks about twice for each halving, to find one among five hundred', async () => {
    const to = destination(new Set(['r321']));
    await to.deliver(records(500));
    expect(to.sizes.length).toBeLessThanOrEqual(2 * 9 + 1);
  });

  it('goes on for as long as the destination is away, and ends when it is told to', async () => {
    const to = destination(new Set(), () => {
      if (to.waits >= 1_000) to.stopping.abort();
      return true;
    });
    expect(await to.deliver(records(3))).toMatchObject({ unsent: [0, 1, 2], parked: [] });
    expect(to.waits).toBe(1_000);
  });
});
