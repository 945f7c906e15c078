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
  if (version === 'ff' || (version === '00' && more !== undefined) || /^0+$/.test(traceId) || /^0+$/.test(spanId))
    return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Our key in a `tracestate`, which carries what each system knows a trace by. */
const KEY = 'valuestream';
const MAX_VALUE = 256;

/**
 * A `tracestate` (https://www.w3.org/TR/trace-context/#tracestate-header) that says by its id which of our spans a
 * `traceparent` means: the ids in that are hashes, and lead back to nothing. Null where the id is too long for one.
 */
export function formatTracestate(spanId: string): string | null {
  const value = encodeURIComponent(spanId.toWellFormed());
  return value.length > MAX_VALUE ? null : `${KEY}=${value}`;
}

/** The id of the span of ours that a `tracestate` names; null where it names none. Whatever else stands in it is not ours. */
export function spanIdInTracestate(text: string): string | null {
  const members = text.split(',').map((member) => member.trim());
  const own = members.find((member) => member.startsWith(`${KEY}=`));
  if (own === undefined) return null;
  try {
    return decodeURIComponent(own.slice(KEY.length + 1)) || null;
  } catch {
    return null;
  }
}
