import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { event, MINUTE, MONDAY } from '../../test/support/events.ts';
import { arbitraryEvents } from '../../test/support/histories.ts';
import { joinChanges, spanChange } from './difference.ts';
import { foldHistory } from './history.ts';

const attemptsOf = (...events: Parameters<typeof foldHistory>[0]) => foldHistory(events).attempts;

describe('the difference between two folds of one span', () => {
  const before = attemptsOf(event('start', 0, { title: 'One' }));

  it('is nothing between equal attempts', () => {
    expect(spanChange('s', before, structuredClone(before))).toBeNull();
    expect(spanChange('s', [], [])).toBeNull();
  });

  it('names each field, with what it was and what it is', () => {
    const after = attemptsOf(event('start', 0, { title: 'One' }), event('end', 5, { result: 'success' }));
    expect(spanChange('s', before, after)).toEqual({
      spanId: 's',
      change: 'changed',
      differences: [
        { attempt: 1, field: 'finishedAt', before: null, after: MONDAY + 5 * MINUTE },
        { attempt: 1, field: 'result', before: null, after: 'success' },
        { attempt: 1, field: 'state', before: 'open', after: 'finished' },
      ],
    });
  });

  it('tells a span that is new or gone, with all its fields', () => {
    expect(spanChange('s', [], before)).toMatchObject({ change: 'added' });
    const gone = spanChange('s', before, []);
    expect(gone).toMatchObject({ change: 'removed' });
    expect(gone?.differences).toContainEqual({ attempt: 1, field: 'title', before: 'One', after: null });
  });
});

describe('two changes, one after the other', () => {
  const lives = arbitraryEvents.map((events) => foldHistory(events).attempts);

  it('are the change from the first state to the last', () => {
    fc.assert(
      fc.property(lives, lives, lives, (first, second, third) => {
        const one = spanChange('s', first, second);
        const two = spanChange('s', second, third);
        if (one === null || two === null) return;
        const joined = joinChanges(one, two);
        const straight = spanChange('s', first, third);
        expect(sorted(joined)).toEqual(sorted(straight));
      }),
    );
  });

  const sorted = (change: ReturnType<typeof joinChanges>) =>
    change === null
      ? null
      : { ...change, differences: new Set(change.differences.map((difference) => JSON.stringify(difference))) };
});
