import { parseTraceparent, spanIdInTracestate } from '../../domain/trace-context.ts';
import type { RawDelivery } from '../contract.ts';
import type { CustomEvent } from './schema.ts';

/** The trace in which a sender was when it told something. */
export interface Context {
  readonly traceparent: string;
  /** The span of ours that it ran in; null where it ran in none. */
  readonly spanId: string | null;
}

/**
 * What the event says, or the headers of its request, which instrumented programs send without knowing. So of headers
 * one that is malformed is taken for none, as W3C Trace Context asks of whoever receives it.
 */
export function contextOf({ traceparent, tracestate }: CustomEvent, headers: RawDelivery['headers']): Context | null {
  if (traceparent !== undefined) return { traceparent, spanId: spanIdInTracestate(tracestate ?? '') };
  const sent = headers.traceparent ?? '';
  return parseTraceparent(sent) === null
    ? null
    : { traceparent: sent, spanId: spanIdInTracestate(headers.tracestate ?? '') };
}
