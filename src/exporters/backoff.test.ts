import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';
import { retryAfter } from './otlp/post.ts';

it('waits twice as long after each failure, up to a minute, and between half and all of that', () => {
  expect([1, 2, 3, 6, 7, 8, 5_000].map((failures) => backoffMs(failures, null, 1))).toEqual([
    1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000,
  ]);
  expect(backoffMs(3, null, 0)).toBe(2_000);
});

it('never asks again before it was told to, but does not believe in more than a day', () => {
  expect(backoffMs(1, 120_000, 0.5)).toBe(120_000);
  expect(backoffMs(8, 1_000, 1)).toBe(60_000);
  expect(backoffMs(1, 10 * 86_400_000, 1)).toBe(86_400_000);
});

it('reads Retry-After as seconds or as a date', () => {
  const now = Date.UTC(2026, 10, 25, 9);
  expect(retryAfter('7', now)).toBe(7_000);
  expect(retryAfter('Wed, 25 Nov 2026 09:02:00 GMT', now)).toBe(120_000);
  expect(retryAfter('Wed, 25 Nov 2026 08:00:00 GMT', now)).toBe(0);
  expect(retryAfter(undefined, now)).toBeNull();
  expect(retryAfter('soon', now)).toBeNull();
});
