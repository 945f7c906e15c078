import { expect, it } from 'vitest';
import { Pace, progressText } from './rated-progress.ts';

/** A pace, and what it says after so many seconds. */
function pace() {
  let now = 0;
  const one = new Pace(() => now);
  return (seconds: number, done: number, total: number | null) => {
    now = seconds * 1_000;
    return one.of({ done, total });
  };
}

it('tells how fast it goes and how long it will take', () => {
  const at = pace();
  expect(at(0, 0, 1_000)).toBe('');
  expect(at(10, 200, 1_000)).toBe('20/s, 40s left');
});

it('does not count what was there when it began', () => {
  const at = pace();
  at(0, 900, 1_000);
  expect(at(20, 910, 1_000)).toBe('0.5/s, 3m 00s left');
});

it('tells no time that cannot be known', () => {
  const at = pace();
  at(0, 0, null);
  expect(at(10, 200, null)).toBe('20/s');
  expect(progressText('pull requests', { done: 200, total: null, also: '3 of 40 repositories' }, '20/s')).toBe(
    '200 pull requests, 3 of 40 repositories, 20/s',
  );
});
