import type { EpochMs } from '../domain/event.ts';

/** What somebody does, step by step: yields when it goes on. A time that has passed is now. */
export type Story = Generator<EpochMs, void, void>;

interface Entry {
  readonly at: EpochMs;
  readonly story: Story;
}

/** Lets stories go on in the order of their times; of one time in the order in which they asked. */
export class Agenda {
  readonly #entries: Entry[] = [];
  #now: EpochMs;

  constructor(from: EpochMs) {
    this.#now = from;
  }

  get now(): EpochMs {
    return this.#now;
  }

  /** Begins a story now. */
  begin(story: Story): void {
    this.#enter({ at: this.#now, story });
  }

  /** All that happens until then, this time included. */
  run(until: EpochMs): void {
    for (;;) {
      const next = this.#entries.at(-1);
      if (next === undefined || next.at > until) return;
      this.#entries.pop();
      this.#now = next.at;
      const { done, value } = next.story.next();
      if (done !== true) this.#enter({ at: Math.max(value, this.#now), story: next.story });
    }
  }

  /** The list stands latest first, so that the next one is taken off its end. */
  #enter(entry: Entry): void {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.at ?? 0) > entry.at) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, entry);
  }
}
