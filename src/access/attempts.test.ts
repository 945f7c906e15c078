import { describe, expect, it } from 'vitest';
import { Attempts } from './attempts.ts';

function fail(attempts: Attempts, client: string, times: number): number {
  let waitMs = 0;
  for (let count = 0; count < times; count += 1) waitMs = attempts.failed(client);
  return waitMs;
}

describe('failed attempts', () => {
  it('are told to wait from the 21st of one client in a minute on, and others are not', () => {
    let now = 1_000_000;
    const attempts = new Attempts(() => now);
    expect(fail(attempts, 'a', 20)).toBe(0);
    now += 15_000;
    expect(attempts.failed('a')).toBe(45_000);
    expect(attempts.failed('b')).toBe(0);
    now += 45_000;
    expect(attempts.failed('a')).toBe(0);
  });

  it('are told of once for each minute', () => {
    const attempts = new Attempts(() => 0);
    const told = Array.from({ length: 50 }, () => {
      attempts.failed('a');
      return attempts.isFirstTooMany('a');
    });
    expect(told.filter(Boolean)).toHaveLength(1);
  });

  it('of more clients than there is room for are counted together, until the others are over', () => {
    let now = 0;
    const attempts = new Attempts(() => now);
    for (let client = 0; client < 1_000; client += 1) attempts.failed(`known ${client}`);
    for (let client = 0; client < 20; client += 1) expect(attempts.failed(`stranger ${client}`)).toBe(0);
    expect(attempts.failed('another stranger')).toBeGreaterThan(0);
    expect(attempts.failed('known 7')).toBe(0);
    now += 60_000;
    expect(attempts.failed('another stranger')).toBe(0);
    expect(fail(attempts, 'one with room of its own', 20)).toBe(0);
  });
});
