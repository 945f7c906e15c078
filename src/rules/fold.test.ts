import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryEvents } from '../../test/support/histories.ts';
import type { Event } from '../domain/event.ts';
import { emptyTail, foldOnto } from '../domain/fold.ts';
import { foldByRules, foldOntoByRules } from './fold.ts';
import { Ruling } from './ruling.ts';
import { rulesSchema } from './schema.ts';

/** Rules that meddle with every stage of the arbitrary histories, and with their labels. */
const ruling = new Ruling({
  rules: rulesSchema.parse({
    stages: [
      { when: { status: 'A' }, category: 'done' },
      { when: { status: 'B', label: 'x' }, category: 'waiting', name: 'A' },
      { when: { label: 'y' }, category: 'active' },
      { when: { label: 'z' }, category: 'done' },
    ],
    incidents: [{ when: { label: 'x' } }],
    deploys: [{ when: { label: 'y' }, environment: 'live' }],
  }),
  teams: [{ name: 'Shop', projects: ['shop'], people: [] }],
});

const labelled = arbitraryEvents.chain((events) =>
  fc.array(fc.subarray(['x', 'y', 'z']), { minLength: events.length, maxLength: events.length }).map((labels) =>
    events.map(
      (event, index): Event => ({
        ...event,
        facts: { ...event.facts, is_open: index % 3 !== 0, labels: labels[index] ?? [] },
      }),
    ),
  ),
);

const shuffled = (events: readonly Event[]) =>
  fc.shuffledSubarray([...events], { minLength: events.length, maxLength: events.length });

const RUNS = { numRuns: 500 };

describe('the fold by rules', () => {
  it('gives the same for any order and repetition', () => {
    const arrivals = labelled.chain((all) => fc.tuple(fc.constant(all), shuffled([...all, ...all])));
    fc.assert(
      fc.property(arrivals, ([all, again]) => {
        expect(foldByRules(again, ruling)).toEqual(foldByRules(all, ruling));
      }),
      RUNS,
    );
  });

  it('folds one event onto the stored state as it folds all', () => {
    fc.assert(
      fc.property(labelled, (events) => {
        const inTime = events.toSorted((a, b) => a.occurredAt - b.occurredAt);
        inTime.forEach((event, index) => {
          const before = foldByRules(inTime.slice(0, index), ruling);
          const step = foldOntoByRules(before.tail, event, ruling);
          if (step === null) return;
          const all = foldByRules(inTime.slice(0, index + 1), ruling);
          expect(step.tail).toEqual(all.tail);
          for (const { attempt } of step.changes) {
            const { stages: _apart, ...expected } = all.attempts.find(({ key }) => key === attempt.key) ?? {};
            expect(attempt).toEqual(expected);
          }
        });
      }),
      RUNS,
    );
  });

  it('decides nothing into the tail but stages, so that rules are never applied twice', () => {
    fc.assert(
      fc.property(labelled, (events) => {
        const [first] = events;
        if (first === undefined) return;
        expect(foldOntoByRules(emptyTail, first, ruling)?.tail).toEqual(foldOnto(emptyTail, ruling.event(first))?.tail);
      }),
      RUNS,
    );
  });
});
