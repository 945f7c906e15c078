import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { event } from '../../test/support/events.ts';
import { arbitraryEvents, arbitraryObservations } from '../../test/support/histories.ts';
import { naiveFold, naiveMerge } from '../../test/support/naive-fold.ts';
import type { Event } from './event.ts';
import { emptyTail, type FoldStep, fold, foldOnto, type Tail } from './fold.ts';
import { merge } from './merge.ts';
import { durationMs, type FoldedAttempt } from './span.ts';

const RUNS = { numRuns: 3_000 };

const mergeAll = (observations: readonly Event[]) =>
  [...Map.groupBy(observations, ({ key }) => key).values()].map(merge);

const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });

function apply(attempts: readonly FoldedAttempt[], { changes }: FoldStep): FoldedAttempt[] {
  const after = [...attempts];
  for (const { attempt, stagesFrom, stages } of changes) {
    const index = after.findIndex(({ key }) => key === attempt.key);
    const before = after[index]?.stages ?? [];
    const changed = { ...attempt, stages: [...before.slice(0, stagesFrom), ...stages] };
    if (index === -1) after.push(changed);
    else after[index] = changed;
  }
  return after;
}

const throughJson = (tail: Tail): Tail => JSON.parse(JSON.stringify(tail));

describe('the fold', () => {
  it('agrees with the naive one', () => {
    fc.assert(
      fc.property(arbitraryEvents, (events) => {
        expect(fold(events).attempts).toEqual(naiveFold(events));
      }),
      RUNS,
    );
  });

  it('gives the same for any permutation', () => {
    fc.assert(
      fc.property(
        arbitraryEvents.chain((events) => fc.tuple(fc.constant(events), shuffled(events))),
        ([events, other]) => {
          expect(fold(other)).toEqual(fold(events));
        },
      ),
      RUNS,
    );
  });

  it('gives the same for any order, repetition and grouping of observations from several channels', () => {
    const arrivals = arbitraryObservations.chain((all) => fc.tuple(fc.constant(all), shuffled([...all, ...all])));
    fc.assert(
      fc.property(arrivals, fc.nat(), ([all, again], cut) => {
        const first = again.slice(0, cut % again.length);
        const grouped = [...first, ...again.slice(first.length), ...first];
        expect(fold(mergeAll(grouped))).toEqual(fold(mergeAll(all)));
      }),
      RUNS,
    );
  });

  it('folds one event onto the stored state as it folds all', () => {
    const arrivals = fc.tuple(arbitraryEvents, fc.boolean()).map(([events, isInOrder]) => {
      return isInOrder ? events.toSorted((a, b) => a.occurredAt - b.occurredAt) : events;
    });
    fc.assert(
      fc.property(arrivals, (events) => {
        let tail = emptyTail;
        let attempts: readonly FoldedAttempt[] = [];
        events.forEach((one, index) => {
          const all = fold(events.slice(0, index + 1));
          const step = foldOnto(throughJson(tail), one);
          attempts = step === null ? all.attempts : apply(attempts, step);
          tail = step === null ? all.tail : step.tail;
          expect(attempts).toEqual(all.attempts);
          expect(tail).toEqual(all.tail);
        });
      }),
      RUNS,
    );
  });

  it('never needs the history while plain events come in order, and its tail does not grow', () => {
    const stages = ['a', 'b', 'c', 'd', 'e'].map((key) => ({ key, name: key }));
    let tail = emptyTail;
    for (let minute = 0; minute < 2_000; minute += 1) {
      const stage = stages[minute % stages.length];
      const step = foldOnto(tail, event(minute === 0 ? 'start' : 'transition', minute, stage && { stage }));
      expect(step).not.toBeNull();
      tail = step?.tail ?? tail;
    }
    expect(JSON.stringify(tail).length).toBeLessThan(4_000);
  });

  it('has stages that tile their attempt without gap or overlap, or none', () => {
    fc.assert(
      fc.property(arbitraryEvents, (events) => {
        for (const { startedAt, finishedAt, state, stages } of fold(events).attempts) {
          if (stages.length === 0) continue;
          expect(stages[0]?.startedAt).toBe(startedAt);
          expect(stages.at(-1)?.finishedAt).toBe(state === 'open' ? null : finishedAt);
          stages.slice(1).forEach((stage, index) => {
            expect(stage.startedAt).toBe(stages[index]?.finishedAt);
            expect(stage.key).not.toBe(stages[index]?.key);
          });
        }
      }),
      RUNS,
    );
  });

  it('has no negative duration, ever', () => {
    fc.assert(
      fc.property(arbitraryEvents, (events) => {
        for (const attempt of fold(events).attempts) {
          const durations = [attempt, ...attempt.stages].map(durationMs);
          expect(durations.every((duration) => duration === null || duration >= 0)).toBe(true);
          for (const { startedAt, finishedAt } of attempt.stages)
            expect(finishedAt === null || finishedAt >= startedAt).toBe(true);
        }
      }),
      RUNS,
    );
  });
});

describe('merging observations of one fact', () => {
  const ofOneFact = arbitraryObservations.map((all) => all.map((one) => ({ ...one, key: 'k' })));

  it('agrees with the naive one', () => {
    fc.assert(
      fc.property(ofOneFact, (observations) => {
        expect(merge(observations)).toEqual(naiveMerge(observations));
      }),
      RUNS,
    );
  });

  it('does not depend on order or repetition', () => {
    const arrivals = ofOneFact.chain((all) => fc.tuple(fc.constant(all), shuffled([...all, ...all])));
    fc.assert(
      fc.property(arrivals, ([all, again]) => {
        expect(merge(again)).toEqual(merge(all));
      }),
      RUNS,
    );
  });

  it('wants at least one', () => {
    expect(() => merge([])).toThrow(RangeError);
  });
});
