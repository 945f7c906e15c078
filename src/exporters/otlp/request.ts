import { type SpanContext, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { canonical } from '../../domain/canonical.ts';
import { SCHEMA_URL } from '../../domain/conventions.ts';
import { version } from '../../version.ts';
import type { Attributes, RecordScope, SpanRecord } from './record.ts';

/** What this program puts into the records that it makes. */
export const scope: RecordScope = { version, schemaUrl: SCHEMA_URL };

/**
 * Spans as the protobuf message that an OTLP receiver takes. The same spans give the same bytes, whichever version of the
 * program sends them.
 */
export function requestOf(records: readonly SpanRecord[]): Uint8Array {
  // The serializer groups spans by the object that is their resource.
  const resources = new Map<string, Resource>();
  const resourceOf = ({ resource: attributes, scope: { schemaUrl } }: SpanRecord) => {
    const key = canonical({ attributes, schemaUrl });
    const resource = resources.get(key) ?? resourceFromAttributes(mutable(attributes), { schemaUrl });
    resources.set(key, resource);
    return resource;
  };
  const spans = records.map((record) => readable(record, resourceOf(record)));
  const request = ProtobufTraceSerializer.serializeRequest(spans);
  if (request === undefined) throw new RangeError('these spans have no protobuf form');
  return request;
}

/** What a receiver has dropped of a request that it took; see "Partial Success" in the specification of OTLP. */
export function rejectedIn(response: Uint8Array): { readonly rejected: number; readonly reason: string } {
  const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(response);
  return { rejected: Number(partialSuccess?.rejectedSpans ?? 0), reason: partialSuccess?.errorMessage ?? '' };
}

function readable(record: SpanRecord, resource: Resource): ReadableSpan {
  const context = contextOf(record.traceId, record.spanId);
  return {
    name: record.name,
    kind: record.kind,
    spanContext: () => context,
    ...(record.parentSpanId === null ? {} : { parentSpanContext: contextOf(record.traceId, record.parentSpanId) }),
    startTime: timeOf(record.startedAt),
    endTime: timeOf(record.finishedAt),
    duration: timeOf(record.finishedAt - record.startedAt),
    ended: true,
    status: { code: record.isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: mutable(record.attributes),
    droppedAttributesCount: record.droppedAttributes,
    events: record.events.map(({ name, at, attributes }) => ({
      name,
      time: timeOf(at),
      attributes: mutable(attributes),
    })),
    droppedEventsCount: record.droppedEvents,
    links: record.links.map(({ traceId, spanId, attributes }) => ({
      context: contextOf(traceId, spanId),
      attributes: mutable(attributes),
    })),
    droppedLinksCount: record.droppedLinks,
    resource,
    instrumentationScope: { name: 'valuestream', ...record.scope },
  };
}

function contextOf(traceId: string, spanId: string): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
}

/** Seconds and nanoseconds: a number of nanoseconds would not be exact. Times before 1970 cannot be told. */
function timeOf(ms: number): [number, number] {
  const time = Math.max(0, ms);
  return [Math.floor(time / 1_000), (time % 1_000) * 1_000_000];
}

/** OpenTelemetry's types ask for lists that may be changed; nothing changes them. */
function mutable(attributes: Attributes): Record<string, string | number | boolean | string[]> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]),
  );
}
