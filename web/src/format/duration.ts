const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A length of time in its two greatest units: `3h 12m`, `2d 4h`, `45s`. Milliseconds in. */
export function duration(ms: number): string {
  if (ms < 0) return `−${duration(-ms)}`;
  // What is rounded up to the next unit is told in it: nobody says 60m.
  if (ms < SECOND) return `${Math.round(ms)}ms`;
  if (ms < MINUTE - SECOND / 2) return `${trim(ms / SECOND)}s`;
  if (ms < HOUR - MINUTE / 2) return two(ms, MINUTE, 'm', SECOND, 's', 10);
  if (ms < DAY - MINUTE / 2) return two(ms, HOUR, 'h', MINUTE, 'm', 24);
  return two(ms, DAY, 'd', HOUR, 'h', 14);
}

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });

/** The lesser unit says nothing any more from `until` of the greater on. */
function two(ms: number, big: number, bigName: string, small: number, smallName: string, until: number): string {
  if (ms >= until * big) return `${whole.format(ms / big)}${bigName}`;
  const smalls = Math.round(ms / small);
  const bigs = Math.floor((smalls * small) / big);
  const rest = smalls - (bigs * big) / small;
  return rest === 0 ? `${bigs}${bigName}` : `${bigs}${bigName} ${rest}${smallName}`;
}

function trim(value: number): string {
  return value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value));
}

/** Ticks of an axis that fit a duration up to `max` milliseconds, from zero on. */
export function durationTicks(max: number, count: number): number[] {
  const steps = [1, 2, 5, 10, 15, 30].flatMap((n) => [n * SECOND, n * MINUTE]);
  const longer = [1, 2, 3, 6, 12].map((n) => n * HOUR);
  const days = [1, 2, 3, 5, 7, 14, 30, 60, 90, 180, 365].map((n) => n * DAY);
  const all = [...[1, 5, 10, 50, 100, 250, 500], ...steps, ...longer, ...days].sort((a, b) => a - b);
  const step = all.find((one) => max / one <= count) ?? 365 * DAY;
  return Array.from({ length: Math.max(2, Math.ceil(max / step) + 1) }, (_, index) => index * step);
}
