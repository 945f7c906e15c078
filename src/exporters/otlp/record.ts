import type { EpochMs, TagValue } from '../../domain/event.ts';

export type AttributeValue = TagValue | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Links and events outside of the trace have both ids, in lower-case hex. */
export interface RecordLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}

export interface RecordEvent {
  readonly name: string;
  readonly at: EpochMs;
  readonly attributes: Attributes;
}

/** OpenTelemetry's kinds of spans that we use; the numbers are those of its API. */
export const kinds = { internal: 0, server: 1 } as const;

/** A span as a tracing backend gets it: plain data, kept as JSON until it was taken. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: (typeof kinds)[keyof typeof kinds];
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs;
  readonly isError: boolean;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
  readonly events: readonly RecordEvent[];
  readonly droppedEvents: number;
  readonly links: readonly RecordLink[];
  readonly droppedLinks: number;
  readonly resource: Attributes;
  /** Of the program that has made it, which need not be the one that sends it. */
  readonly scope: RecordScope;
}

export interface RecordScope {
  readonly version: string;
  /** The semantic conventions of which its names are. */
  readonly schemaUrl: string;
}
