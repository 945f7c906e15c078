import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { between, pan, type View, zoom } from './view.ts';

const whole: View = { from: 0, to: 90 * 86_400_000 };
const instant = fc.integer({ min: whole.from, max: whole.to });
const view = fc.tuple(instant, instant).map(([a, b]) => between(a, b, whole));

function isWithin({ from, to }: View): boolean {
  return from >= whole.from - 1e-3 && to <= whole.to + 1e-3 && to - from >= 59_999;
}

describe('what a waterfall shows', () => {
  it('stays within the whole, whatever is done', () => {
    fc.assert(
      fc.property(view, fc.double({ min: 0.01, max: 100, noNaN: true }), instant, (shown, factor, around) => {
        expect(isWithin(zoom(shown, factor, around, whole))).toBe(true);
        expect(isWithin(pan(shown, factor - 50, whole))).toBe(true);
      }),
    );
  });

  it('keeps the instant under the pointer in its place while it is zoomed in', () => {
    const shown = { from: 10 * 86_400_000, to: 50 * 86_400_000 };
    const around = 20 * 86_400_000;
    const nearer = zoom(shown, 0.5, around, whole);
    expect((around - nearer.from) / (nearer.to - nearer.from)).toBeCloseTo(0.25);
  });
});
