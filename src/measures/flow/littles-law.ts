/** As much as this may the two sides differ by, in proportion, before the numbers are called not stationary. */
const TOLERANCE = 1.25;

/** Little's law over a window: what was open on average against what ended per day and how long it had taken. */
export interface LittlesLaw {
  /** Items open on average. */
  readonly averageLoad: number;
  /** Items that have ended per day. */
  readonly perDay: number;
  /** Their mean time from start to end, in milliseconds. */
  readonly meanTimeMs: number;
  /** `averageLoad` by what it would be where as much arrives as leaves and ages stay the same: `perDay` times `meanTimeMs`. */
  readonly ratio: number;
  readonly isStationary: boolean;
}

const DAY = 86_400_000;

/**
 * Checks Little's law (L = λW; Little, A Proof for the Queuing Formula, 1961) for a window of `lengthMs`: `openMs` is the time
 * in it that all items together were open, `ended` how many have ended in it, `meanTimeMs` how long these had taken.
 *
 * Where the ratio is not between 0.8 and 1.25, more arrives than leaves, or less, or what is old stays: then an average flow
 * time says little of what is begun now. Null where nothing has ended, or no time has passed.
 */
export function littlesLaw({
  openMs,
  ended,
  meanTimeMs,
  lengthMs,
}: {
  readonly openMs: number;
  readonly ended: number;
  readonly meanTimeMs: number | null;
  readonly lengthMs: number;
}): LittlesLaw | null {
  if (ended === 0 || meanTimeMs === null || meanTimeMs === 0 || lengthMs <= 0) return null;
  const ratio = openMs / (ended * meanTimeMs);
  return {
    averageLoad: openMs / lengthMs,
    perDay: (ended * DAY) / lengthMs,
    meanTimeMs,
    ratio,
    isStationary: ratio <= TOLERANCE && ratio >= 1 / TOLERANCE,
  };
}
