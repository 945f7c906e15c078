import type { EpochMs } from '../domain/event.ts';
import type { Revision } from '../store/contract.ts';

/** How many looks at the feed fall into the time that is waited; memory is bounded by it. */
const LOOKS = 64;

/**
 * Tells which changes have been known for long enough. The feed says in which order things changed, and not when; so what
 * is newest is looked at now and then, and what was the newest then is ripe after the wait.
 */
export class Ripening {
  readonly #waitMs: number;
  readonly #looks: { readonly at: EpochMs; readonly revision: Revision }[] = [];
  #ripe: Revision = 0;

  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /** Notes that this is the newest revision at this time; answers with the newest one that is ripe. */
  look(latest: Revision, now: EpochMs): Revision {
    const last = this.#looks.at(-1);
    const isNews = latest > (last?.revision ?? this.#ripe);
    if (isNews && (last === undefined || now - last.at >= this.#waitMs / LOOKS))
      this.#looks.push({ at: now, revision: latest });
    // A clock that was set back by more than the wait must not hold things up for as long.
    while (this.#looks[0] !== undefined && Math.abs(now - this.#looks[0].at) >= this.#waitMs)
      this.#ripe = this.#looks.shift()?.revision ?? this.#ripe;
    return this.#ripe;
  }

  /** In how many milliseconds to look again though nothing may have changed; null where nothing is ripening. */
  nextLookMs(now: EpochMs): number | null {
    const [first] = this.#looks;
    if (first === undefined) return null;
    return Math.max(1, Math.min(this.#waitMs / LOOKS, first.at + this.#waitMs - now));
  }
}
