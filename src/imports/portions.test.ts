import { expect, it } from 'vitest';
import { portions } from './portions.ts';

const numbered = (count: number, text = '') => Array.from({ length: count }, (_, number) => ({ number, text }));

it('a page goes as one, and an empty one too, for its cursor', () => {
  expect(portions(numbered(3))).toEqual([{ deliveries: numbered(3), isLast: true }]);
  expect(portions([])).toEqual([{ deliveries: [], isLast: true }]);
});

it('a page of many goes in several, in order, of which the last one is told', () => {
  const all = portions(numbered(250));
  expect(all.map(({ deliveries, isLast }) => [deliveries.length, isLast])).toEqual([
    [100, false],
    [100, false],
    [50, true],
  ]);
  expect(all.flatMap(({ deliveries }) => deliveries)).toEqual(numbered(250));
});

it('one delivery that is larger than a portion goes by itself', () => {
  const large = 'x'.repeat(5 * 1024 * 1024);
  expect(portions(numbered(3, large)).map(({ deliveries }) => deliveries.length)).toEqual([1, 1, 1]);
});
