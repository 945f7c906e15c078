import { createHash } from 'node:crypto';
import { identityFromKey } from './identity.ts';
import type { Part } from './part.ts';

const SPAN_BYTES = 8;
const TRACE_BYTES = 16;

/**
 * The OpenTelemetry ids of an attempt, as lower-case hex: a hash of its identity and its key, so that replicas, restarts
 * and other programs that know the identity come to the same ones. The input is a JSON array, so that no two can meet.
 */
export function spanIdFor(identityKey: string, attemptKey: string, part: Part = 'span'): string {
  return digest('s', [...partsOf(identityKey, attemptKey), ...(part === 'span' ? [] : [part])], SPAN_BYTES);
}

/** The trace id of which that attempt is the root. */
export function traceIdFor(identityKey: string, attemptKey: string): string {
  return digest('t', partsOf(identityKey, attemptKey), TRACE_BYTES);
}

function partsOf(identityKey: string, attemptKey: string): string[] {
  const { source, instance, kind, scope, id } = identityFromKey(identityKey);
  return ['vs1', source, instance, kind, scope, id, attemptKey];
}

function digest(kind: 's' | 't', parts: readonly string[], bytes: number): string {
  const hash = createHash('sha256')
    .update(`${kind}\0${JSON.stringify(parts)}`)
    .digest('hex');
  const id = hash.slice(0, 2 * bytes);
  // An id of zeros is none (https://www.w3.org/TR/trace-context/#parent-id).
  return isZero(id) ? hash.slice(2 * bytes, 4 * bytes) : id;
}

function isZero(hexadecimal: string): boolean {
  return /^0+$/.test(hexadecimal);
}
