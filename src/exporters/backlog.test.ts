import { describe, expect, it } from 'vitest';
import { Backlog } from './backlog.ts';

describe('a backlog', () => {
  it('is as old as the oldest that is unsent', () => {
    const backlog = new Backlog();
    expect(backlog.since).toBeNull();
    backlog.ripened(5, 100);
    backlog.ripened(9, 200);
    backlog.sent(4);
    expect(backlog.since).toBe(100);
    backlog.sent(5);
    expect(backlog.since).toBe(200);
    backlog.sent(9);
    expect(backlog.since).toBeNull();
  });

  it('does not become younger when the same is seen again', () => {
    const backlog = new Backlog();
    backlog.ripened(5, 100);
    backlog.ripened(5, 300);
    expect(backlog.since).toBe(100);
  });

  it('is never told younger than it is, however many steps it came in', () => {
    const backlog = new Backlog();
    for (let step = 1; step <= 1_000; step += 1) backlog.ripened(step, step);
    for (let step = 1; step < 1_000; step += 1) {
      backlog.sent(step);
      expect(backlog.since).toBeLessThanOrEqual(step + 1);
      expect(backlog.since).not.toBeNull();
    }
    backlog.sent(1_000);
    expect(backlog.since).toBeNull();
  });
});
