import { expect, it } from 'vitest';

import { kindOf } from './kind.ts';

it.each([
  [['issues', 'opened'], 'issues.opened'],
  [['ping', undefined], 'ping'],
  [['Build', 'START'], 'build.start'],
  [['a b<\u0000>'], 'a_b___'],
  [[undefined, {}, ''], 'unknown'],
] as const)('makes of %j the label %s', (words, label) => {
  expect(kindOf(...words)).toBe(label);
});

it('is short, however long the words are', () => {
  expect(kindOf('x'.repeat(1_000_000), 'y')).toHaveLength(64);
});
