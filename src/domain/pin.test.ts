import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { event, MINUTE, MONDAY } from '../../test/support/events.ts';
import { arbitraryEvents } from '../../test/support/histories.ts';
import { fold } from './fold.ts';
import { holdersOf } from './pin.ts';

/** What is pinned when these are exported. */
const pinsOf = (attempts: ReturnType<typeof fold>['attempts']) =>
  attempts.map(({ key, finishedAt }) => ({ attemptKey: key, endedAt: finishedAt }));

const at = (minute: number) => `t:${MONDAY + minute * MINUTE}`;

describe('the pin of an attempt', () => {
  it('stays with what was exported when an earlier life becomes known that was thought to be one with it', () => {
    const exported = pinsOf(fold([event('end', 30)]).attempts);
    const known = [event('start', 0), event('end', 5), event('start', 20), event('end', 30)];
    const holders = holdersOf(exported, fold(known).attempts);
    expect([...holders.keys()]).toEqual([at(20)]);
  });

  it('stays with the life that it began with, however that goes on', () => {
    const exported = pinsOf(fold([event('start', 0), event('end', 5)]).attempts);
    const known = [event('start', -9), event('end', -3), event('start', 0), event('end', 4), event('start', 5)];
    expect([...holdersOf(exported, fold(known).attempts).keys()]).toEqual([at(0)]);
  });

  it('goes to the one in its place where both its beginning and its end have moved', () => {
    const exported = pinsOf(fold([event('start', 0), event('end', 5)]).attempts);
    expect([...holdersOf(exported, fold([event('start', 1), event('end', 6)]).attempts).keys()]).toEqual([at(1)]);
  });

  it('is nobody’s where there are fewer attempts than before', () => {
    const exported = pinsOf(fold([event('start', 0), event('end', 5), event('start', 6), event('end', 7)]).attempts);
    const holders = holdersOf(exported, fold([event('start', 0), event('end', 5)]).attempts);
    expect([...holders].map(([key, { attemptKey }]) => [key, attemptKey])).toEqual([[at(0), at(0)]]);
  });

  it('is one’s alone, and that of the attempt with its key or else its end, whatever becomes known', () => {
    const cases = fc.tuple(arbitraryEvents, fc.nat(9));
    fc.assert(
      fc.property(cases, ([events, count]) => {
        const pins = pinsOf(fold(events.slice(0, count)).attempts);
        const attempts = fold(events).attempts;
        const holders = holdersOf(pins, attempts);
        expect(new Set(holders.values()).size).toBe(holders.size);
        expect(holders.size).toBe(Math.min(pins.length, attempts.length));
        const keys = new Set(attempts.map(({ key }) => key));
        for (const pin of pins) {
          if (keys.has(pin.attemptKey)) expect(holders.get(pin.attemptKey)).toBe(pin);
          const isFree = ({ key }: { key: string }) => !pins.some(({ attemptKey }) => attemptKey === key);
          const ended = attempts.filter(
            (one) => one.finishedAt !== null && one.finishedAt === pin.endedAt && isFree(one),
          );
          const rivals = pins.filter(({ attemptKey, endedAt }) => !keys.has(attemptKey) && endedAt === pin.endedAt);
          if (!keys.has(pin.attemptKey) && ended.length === 1 && rivals.length === 1)
            expect(holders.get(ended[0]?.key ?? '')).toBe(pin);
        }
      }),
      { numRuns: 500 },
    );
  });
});
