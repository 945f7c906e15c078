import type { EpochMs } from './event.ts';

/** The ids by which tracing backends know one attempt; lower-case hex, of 16 and 8 bytes. */
export interface Pin {
  /** {@link import('./span.ts').Attempt.key} at the time it was pinned. */
  readonly attemptKey: string;
  readonly ordinal: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Whether the attempt has changed since it was exported. */
  readonly isChanged: boolean;
}

/**
 * How traces are cut for a backend.
 * - `whole`: one trace from the ticket to production.
 * - `staged`: a trace for each piece of work, with links between them; for backends with limits of hours or days.
 */
export const traceModes = ['whole', 'staged'] as const;
export type TraceMode = (typeof traceModes)[number];

interface Pinned {
  /** {@link Pin.attemptKey} */
  readonly attemptKey: string;
  /** The end under which it was exported; null until then, and where that is unknown. */
  readonly endedAt: EpochMs | null;
}

/**
 * Which attempt has which of the pins of its operation and mode, by the attempt's key; both in their order.
 *
 * The ids of a pin are made of a key, so an attempt with that key has it. Where no attempt has that key any more, a late
 * event has given what was exported another beginning: it is the one that ends when that did. Those of which neither is
 * left are taken in their order. It follows from what there is, and not from the way in which that became known; so ids never
 * belong to two attempts, and what was exported is not taken for something new.
 */
export function holdersOf<P extends Pinned>(
  pins: readonly P[],
  attempts: readonly { readonly key: string; readonly finishedAt: EpochMs | null }[],
): ReadonlyMap<string, P> {
  const held = new Map<string, P>();
  const byKey = new Map(pins.map((pin) => [pin.attemptKey, pin]));
  for (const { key } of attempts) {
    const pin = byKey.get(key);
    if (pin === undefined) continue;
    held.set(key, pin);
    byKey.delete(key);
  }
  if (byKey.size === 0) return held;
  const left = () => attempts.filter(({ key }) => !held.has(key));
  for (const { key, finishedAt } of left()) {
    const pin = [...byKey.values()].find(({ endedAt }) => endedAt !== null && endedAt === finishedAt);
    if (pin === undefined) continue;
    held.set(key, pin);
    byKey.delete(pin.attemptKey);
  }
  const others = byKey.values();
  for (const { key } of left()) {
    const pin = others.next().value;
    if (pin === undefined) break;
    held.set(key, pin);
  }
  return held;
}
