import { setImmediate } from 'node:timers/promises';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** How sure a forecast is, in percent of the simulated futures. */
export const confidences = [50, 70, 85, 95] as const;
export type Confidence = (typeof confidences)[number];

export const RUNS = 10_000;
/** No future is followed further. */
export const HORIZON_DAYS = 3_650;
/** Of so many days, with so many items done on them, the past has to be known; fewer foretell nothing. */
export const LEAST_DAYS = 14;
const LEAST_ITEMS = 5;

/** What is asked of the future; either or both. */
export interface ForecastQuestion {
  /** In how many days so many items will be done. */
  readonly items: number | null;
  /** How many will be done in so many days. */
  readonly days: number | null;
  readonly seed: number;
}

/** With each confidence: in at most so many days, or at least so many items. */
export interface Forecast {
  /** Null where that is beyond {@link HORIZON_DAYS}. */
  readonly days: Readonly<Record<Confidence, number | null>> | null;
  readonly items: Readonly<Record<Confidence, number>> | null;
}

/**
 * Forecasts by simulation: every day of a future is as one day of the past was, drawn by chance, the days without anything
 * done among them (Monte-Carlo resampling of throughput; Vacanti, When Will It Be Done, 2020).
 *
 * - `past`: how many items were done on each day, whole days without a gap. Null where it is too short.
 * - One seed, one answer; and each future is the same whatever is asked of it, so that more items never take less time.
 * - Lets others run in between.
 */
export async function forecast(
  past: readonly number[],
  { items, days, seed }: ForecastQuestion,
): Promise<Forecast | null> {
  const total = past.reduce((sum, count) => sum + count, 0);
  if (past.length < LEAST_DAYS || total < LEAST_ITEMS) return null;
  const futures: Future[] = [];
  const origin = xoroshiro128plus(seed);
  for (let run = 0; run < RUNS; run++) {
    if (run % 100 === 0) await setImmediate();
    futures.push(follow(past, origin.clone(), { items, days }));
    origin.jump();
  }
  return {
    days: items === null ? null : atMost(futures.map((future) => future.days)),
    items: days === null ? null : atLeast(futures.map((future) => future.items)),
  };
}

interface Future {
  /** Infinity beyond the horizon. */
  readonly days: number;
  readonly items: number;
}

function follow(
  past: readonly number[],
  random: RandomGenerator,
  { items, days }: Pick<ForecastQuestion, 'items' | 'days'>,
): Future {
  let [day, done, reached, byThen] = [0, 0, items === null || items <= 0 ? 0 : Number.POSITIVE_INFINITY, 0];
  while (day < HORIZON_DAYS && (reached === Number.POSITIVE_INFINITY || (days !== null && day < days))) {
    day += 1;
    done += past[uniformInt(random, 0, past.length - 1)] ?? 0;
    if (items !== null && done >= items) reached = Math.min(reached, day);
    if (days !== null && day <= days) byThen = done;
  }
  return { days: reached, items: byThen };
}

function atMost(days: readonly number[]): Record<Confidence, number | null> {
  const inOrder = days.toSorted((a, b) => a - b);
  return byConfidence((sure) => {
    const value = inOrder[sure - 1] ?? Number.POSITIVE_INFINITY;
    return Number.isFinite(value) ? value : null;
  });
}

function atLeast(items: readonly number[]): Record<Confidence, number> {
  const inOrder = items.toSorted((a, b) => b - a);
  return byConfidence((sure) => inOrder[sure - 1] ?? 0);
}

/** What `take` says of so many of all futures, for each confidence. */
function byConfidence<T>(take: (sure: number) => T): Record<Confidence, T> {
  const all = confidences.map((percent) => [percent, take(Math.ceil((percent * RUNS) / 100))]);
  return Object.fromEntries(all) as Record<Confidence, T>;
}
