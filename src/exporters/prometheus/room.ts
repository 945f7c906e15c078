/** What stands for all that there is no room for. */
export const OTHER = 'other';

type Labels = Readonly<Record<string, string>>;

/**
 * Keeps the number of series bounded, whatever senders tell. The first so many combinations of labels keep their words; in
 * later ones the label that varies most becomes `other`, and where there are too many even of these, the next one too.
 */
export class Room<L extends Labels> {
  readonly #levels: readonly { readonly widened: Partial<L>; readonly limit: number; readonly taken: Set<string> }[];
  readonly #widest: Partial<L>;

  /** The labels that give way, the first one first, each with how many combinations there may be while it still does not. */
  constructor(order: readonly { readonly label: keyof L; readonly limit: number }[]) {
    const others = order.map(({ label }) => [label, OTHER] as const);
    this.#levels = order.map(({ limit }, index) => ({
      widened: Object.fromEntries(others.slice(0, index)) as Partial<L>,
      limit,
      taken: new Set<string>(),
    }));
    this.#widest = Object.fromEntries(others) as Partial<L>;
  }

  /** The labels to count under; the same for the same ones, as long as the process lives. */
  admit(told: L): L {
    const labels = wellFormed(told);
    for (const { widened, limit, taken } of this.#levels) {
      const candidate = { ...labels, ...widened };
      const key = JSON.stringify(candidate);
      if (taken.has(key)) return candidate;
      if (taken.size >= limit) continue;
      taken.add(key);
      return candidate;
    }
    return { ...labels, ...this.#widest };
  }
}

const MAX_LENGTH = 128;

/** Two texts that differ in what cannot be written would be one series given twice, which makes a scrape fail. */
function wellFormed<L extends Labels>(labels: L): L {
  const entries = Object.entries(labels).map(([name, value]) => [name, value.slice(0, MAX_LENGTH).toWellFormed()]);
  return Object.fromEntries(entries) as L;
}
