import { describe, expect, it } from 'vitest';
import { names, sinceAt, waitMs } from './asked.ts';

const NOW = Date.parse('2026-04-01T12:00:00Z');

describe('--since', () => {
  it.each([
    ['1d', '2026-03-30T22:00:00Z'],
    // Summer time has begun in between.
    ['1w', '2026-03-24T23:00:00Z'],
    ['2026-03-29', '2026-03-28T23:00:00Z'],
    ['2026-03-29T09:00:00+01:00', '2026-03-29T08:00:00Z'],
  ])('%s begins where a day begins in Berlin, or at that instant', (text, instant) => {
    expect(new Date(sinceAt(text, NOW, 'Europe/Berlin')).toISOString()).toBe(instant.replace('Z', '.000Z'));
  });

  it.each(['yesterday', '90', '2026-02-30', '2026-03-29T09:00:00', '1m'])('is not %s', (text) => {
    expect(() => sinceAt(text, NOW, 'UTC')).toThrow('is no time');
  });
});

it.each([
  ['0', 0],
  ['90s', 90_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
])('--max-wait %s is so many milliseconds', (text, ms) => {
  expect(waitMs(text)).toBe(ms);
});

it.each(['', '10', 'm', '-1m', '1.5h', '1d'])('--max-wait is not %j', (text) => {
  expect(() => waitMs(text)).toThrow('give a time such as');
});

it('names are given one by one, with commas, or both', () => {
  expect(names('c', names('a, b'))).toEqual(['a', 'b', 'c']);
  expect(() => names('a,,b')).toThrow('a name is empty');
});
