import type { EpochMs } from '../domain/event.ts';
import type { Revision } from '../store/contract.ts';

/** Beyond so many steps, later ones count with the one before, which is older: memory is bounded. */
const MAX_STEPS = 64;

/** Since when what could have been sent is not sent yet. */
export class Backlog {
  readonly #ripe: { revision: Revision; readonly since: EpochMs }[] = [];

  /** All up to this revision may be sent from now on. */
  ripened(revision: Revision, now: EpochMs): void {
    const last = this.#ripe.at(-1);
    if (last !== undefined && revision <= last.revision) return;
    if (last !== undefined && this.#ripe.length >= MAX_STEPS) last.revision = revision;
    else this.#ripe.push({ revision, since: now });
  }

  /** All up to this revision was sent. */
  sent(through: Revision): void {
    while (this.#ripe[0] !== undefined && this.#ripe[0].revision <= through) this.#ripe.shift();
  }

  /** Of the oldest that is unsent; null where there is none. */
  get since(): EpochMs | null {
    return this.#ripe[0]?.since ?? null;
  }
}
