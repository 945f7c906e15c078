import { describe, expect, it } from 'vitest';
import { Ripening } from './ripening.ts';

describe('a change', () => {
  it('is ripe at once where nothing waits', () => {
    const ripening = new Ripening(0);
    expect(ripening.look(5, 1_000)).toBe(5);
    expect(ripening.nextLookMs(1_000)).toBeNull();
  });

  it('is ripe once it has been known for long enough, whatever has come since', () => {
    const ripening = new Ripening(64_000);
    expect(ripening.look(5, 0)).toBe(0);
    expect(ripening.look(9, 30_000)).toBe(0);
    expect(ripening.look(9, 63_999)).toBe(0);
    expect(ripening.look(12, 64_000)).toBe(5);
    expect(ripening.look(12, 94_000)).toBe(9);
    expect(ripening.look(12, 128_000)).toBe(12);
    expect(ripening.nextLookMs(128_000)).toBeNull();
  });

  it('is never ripe before its time, and not much after it, while something new comes all the time', () => {
    const WAIT = 60_000;
    const ripening = new Ripening(WAIT);
    for (let now = 0; now < 10 * WAIT; now += 50) {
      // The revision is the time at which it came.
      const ripe = ripening.look(now + 1, now);
      expect(ripe).toBeLessThanOrEqual(Math.max(0, now - WAIT) + 1);
      if (now > 2 * WAIT) expect(ripe).toBeGreaterThan(now - WAIT - 2_000);
    }
  });

  it('asks to be looked at again in time', () => {
    const ripening = new Ripening(6_400);
    ripening.look(5, 0);
    expect(ripening.nextLookMs(0)).toBe(100);
    expect(ripening.nextLookMs(6_350)).toBe(50);
  });

  it('does not wait for longer where the clock is set back by more than that', () => {
    const ripening = new Ripening(60_000);
    ripening.look(5, 10_000_000);
    expect(ripening.look(5, 10_000)).toBe(5);
  });
});
