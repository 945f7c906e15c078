const FIRST_MS = 1_000;
/** A destination that is back is noticed within a minute. */
const LONGEST_MS = 60_000;
/** Who asks for more is not believed. */
const LONGEST_ASKED_MS = 24 * 3_600_000;

/**
 * How long to wait before the next attempt, in milliseconds: twice as long after each failure, up to a minute, and between
 * half and all of that, so that several servers do not come at one time. Never before the destination asks for it.
 * `failures` from 1; `random` between 0 and 1.
 */
export function backoffMs(failures: number, askedMs: number | null, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 30));
  const own = longest * (0.5 + random / 2);
  return Math.max(own, Math.min(askedMs ?? 0, LONGEST_ASKED_MS));
}

/** Resolves after so many milliseconds, or when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
