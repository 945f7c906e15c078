import { hash } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

const STEPS = 1_000_000;

/** Chance that comes out the same for the same seed and name, whoever else draws meanwhile. */
export class Random {
  readonly #generator: RandomGenerator;

  constructor(seed: number, name: string) {
    this.#generator = xoroshiro128plus(Number.parseInt(hash('sha1', `${seed} ${name}`).slice(0, 8), 16) | 0);
  }

  /** A whole number, both bounds included. */
  whole(from: number, to: number): number {
    return uniformInt(this.#generator, from, to);
  }

  isTrue(probability: number): boolean {
    return this.whole(1, STEPS) <= probability * STEPS;
  }

  /** About `usual`: mostly somewhat less, now and then three times as much, as the times that people take are. */
  about(usual: number): number {
    const even = (this.whole(0, STEPS) + this.whole(0, STEPS) + this.whole(0, STEPS)) / STEPS / 1.5 - 1;
    return usual * 3 ** even;
  }

  /** One of a list that is not empty. */
  oneOf<T>(list: readonly T[]): T {
    const found = list[this.whole(0, list.length - 1)];
    if (found === undefined) throw new Error('there is nothing to choose from');
    return found;
  }
}
