import type { EpochMs } from './event.ts';
import { holdersOf } from './pin.ts';

interface Ended {
  readonly key: string;
  readonly finishedAt: EpochMs | null;
}

/**
 * Which attempt each one was before its operation was folded again, by its key. A late event may give an attempt another
 * beginning, and so another key: it is told as the holder of a pin is, by its end or else by its place.
 */
export function sameAttempts<Before extends Ended>(
  before: readonly Before[],
  after: readonly Ended[],
): ReadonlyMap<string, Before> {
  const were = before.map((was) => ({ was, attemptKey: was.key, endedAt: was.finishedAt }));
  return new Map([...holdersOf(were, after)].map(([key, { was }]) => [key, was]));
}
