import { describe, expect, it } from 'vitest';
import { durationTicks, duration as told } from './duration.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('a duration', () => {
  it.each([
    [0, '0ms'],
    [840, '840ms'],
    [4_250, '4.3s'],
    [59_400, '59s'],
    [90_000, '1m 30s'],
    [25 * MINUTE + 20_000, '25m'],
    [2 * HOUR + 34 * MINUTE, '2h 34m'],
    [HOUR - 1, '1h'],
    [DAY - 1, '1d'],
    [59_900, '1m'],
    [2 * DAY + 4 * HOUR, '2d 4h'],
    [2 * DAY - 1, '2d'],
    [14 * DAY + 5 * HOUR, '14d'],
    [1_479 * DAY, '1,479d'],
    [-90_000, '−1m 30s'],
  ])('of %d ms is told as %s', (ms, text) => {
    expect(told(ms)).toBe(text);
  });
});

describe('the ticks of an axis of durations', () => {
  it.each([1_000, 90_000, 5 * HOUR, 3 * DAY, 400 * DAY])('begin at zero and reach %d ms in round steps', (max) => {
    const ticks = durationTicks(max, 4);
    expect(ticks[0]).toBe(0);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(max);
    expect(ticks.length).toBeLessThanOrEqual(6);
  });
});
