import { createHash } from 'node:crypto';

/**
 * The ids by which tracing backends know our traces and spans. They are hashes of what never changes, so that a restart,
 * another replica and a store that was built anew come to the same ones, without asking anybody.
 */

/** The id of the trace of a root, by {@link import('./identity.ts').identityKey}; 32 hexadecimal digits, never all zero. */
export function otelTraceId(rootKey: string): string {
  return digits(['vs1', 'trace', rootKey], 32);
}

/** The id of one attempt of a span; 16 hexadecimal digits, never all zero. */
export function otelSpanId(spanId: string, attempt: number): string {
  return digits(['vs1', 'span', spanId, attempt], 16);
}

/** JSON keeps the parts apart: `["a1", 2]` and `["a", 12]` differ. */
function digits(parts: readonly (string | number)[], length: 16 | 32): string {
  const all = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const first = all.slice(0, length);
  return isZero(first) ? all.slice(length, 2 * length) : first;
}

/** The only ids that are none (https://www.w3.org/TR/trace-context/#trace-id). */
function isZero(hexadecimal: string): boolean {
  return /^0+$/.test(hexadecimal);
}

export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** In the words of https://www.w3.org/TR/trace-context/#traceparent-header. */
export function formatTraceparent({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

const TRACEPARENT =
  /^(?<version>[\da-f]{2})-(?<traceId>[\da-f]{32})-(?<spanId>[\da-f]{16})-(?<flags>[\da-f]{2})(?<more>-.*)?$/;

/** Null for what is none. A version that comes after this one may say more at its end, which is passed over. */
export function parseTraceparent(text: string): TraceParent | null {
  const { version, traceId, spanId, flags, more } = TRACEPARENT.exec(text)?.groups ?? {};
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (version === 'ff' || (version === '00' && more !== undefined) || isZero(traceId) || isZero(spanId)) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
