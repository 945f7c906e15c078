interface Keyed {
  readonly key: string;
}

/**
 * Which attempt each one was before its operation was folded again, by its key. A late event may give an attempt another
 * beginning, and so another key: those that no key tells are taken in their order.
 */
export function sameAttempts<Before extends Keyed>(
  before: readonly Before[],
  after: readonly Keyed[],
): ReadonlyMap<string, Before> {
  const byKey = new Map(before.map((one) => [one.key, one]));
  const keys = new Set(after.map(({ key }) => key));
  const others = before.filter(({ key }) => !keys.has(key)).values();
  const pairs = after.map(({ key }) => [key, byKey.get(key) ?? others.next().value] as const);
  return new Map(pairs.flatMap(([key, was]) => (was === undefined ? [] : [[key, was]])));
}
