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

/**
 * The pin of an attempt, of those of its operation; null where it has none.
 *
 * By its key, for an earlier life that becomes known shifts the ordinals; where no attempt has a pin's key any more (a
 * start that came late has moved it), by its ordinal. So what was exported is never taken for something new.
 */
export function pinOf(
  attempt: { readonly key: string; readonly ordinal: number },
  pins: readonly Pin[],
  keys: () => ReadonlySet<string>,
): Pin | null {
  if (pins.length === 0) return null;
  const exact = pins.find(({ attemptKey }) => attemptKey === attempt.key);
  if (exact !== undefined) return exact;
  const inUse = keys();
  return pins.find(({ attemptKey, ordinal }) => ordinal === attempt.ordinal && !inUse.has(attemptKey)) ?? null;
}
