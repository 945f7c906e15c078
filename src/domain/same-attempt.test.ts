import { describe, expect, it } from 'vitest';
import { sameAttempts } from './same-attempt.ts';

const keyed = (keys: string) => [...keys].map((key) => ({ key, finishedAt: null }));
const pairs = (before: string, after: string) =>
  [...sameAttempts(keyed(before), keyed(after))].map(([key, was]) => `${was.key}→${key}`).join(' ');

describe('an attempt that is folded again', () => {
  it.each([
    ['is the one with its key', 'ab', 'ab', 'a→a b→b'],
    ['is the one with its key, though an earlier one has come before it', 'b', 'ab', 'b→b'],
    ['is the one in its place, where a late event gave it another beginning', 'b', 'a', 'b→a'],
    ['is the one in its place among those that no key tells', 'abd', 'bcd', 'a→c b→b d→d'],
    ['is new, where there was none', 'a', 'abc', 'a→a'],
  ])('%s', (_what, before, after, expected) => {
    expect(pairs(before, after).split(' ').sort().join(' ')).toBe(expected.split(' ').sort().join(' '));
  });

  it('is the one that ends when it did, where an earlier one has come before it and its beginning has moved', () => {
    const before = [{ key: 'b', finishedAt: 30 }];
    const after = [
      { key: 'a', finishedAt: 5 },
      { key: 'c', finishedAt: 30 },
    ];
    expect([...sameAttempts(before, after).keys()]).toEqual(['c']);
  });
});
