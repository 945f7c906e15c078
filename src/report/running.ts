/**
 * Exact percentiles of values that are added bit by bit. All that will ever be added is known from the beginning, so adding one
 * and asking for one cost a logarithm of how many there are (a Fenwick tree over their ranks).
 */
export class RunningPercentiles {
  readonly #sorted: Float64Array;
  /** How many are there, by rank, in partial sums. */
  readonly #counts: Int32Array;
  #n = 0;

  constructor(all: readonly number[]) {
    this.#sorted = Float64Array.from(all).sort();
    this.#counts = new Int32Array(all.length + 1);
  }

  /** Adds one of those that were announced. */
  add(value: number): void {
    for (let rank = this.#rankOf(value) + 1; rank < this.#counts.length; rank += rank & -rank)
      this.#counts[rank] = (this.#counts[rank] ?? 0) + 1;
    this.#n += 1;
  }

  /**
   * The value below which so much (0 to 1) of what was added lies, interpolated between the two nearest, as `quantile_cont` of
   * the measures; null where nothing was added.
   */
  at(part: number): number | null {
    if (this.#n === 0) return null;
    const position = part * (this.#n - 1);
    const below = this.#nth(Math.floor(position));
    return below + (this.#nth(Math.ceil(position)) - below) * (position - Math.floor(position));
  }

  /** The first place of a value among all. */
  #rankOf(value: number): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The value that so many of those added are before. */
  #nth(index: number): number {
    let [rank, left] = [0, index];
    for (let step = 2 ** Math.floor(Math.log2(this.#counts.length)); step > 0; step >>= 1) {
      const count = this.#counts[rank + step];
      if (count === undefined || count > left) continue;
      rank += step;
      left -= count;
    }
    return this.#sorted[rank] ?? 0;
  }
}
