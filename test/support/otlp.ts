import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
// The code that OpenTelemetry generated from the protocol's definition, which no exporter of today uses any more.
import generated from 'opentelemetry-protocol/build/src/generated/root.js';
import { z } from 'zod';

interface Message {
  decode(bytes: Uint8Array): object;
  encode(message: object): { finish(): Uint8Array };
  toObject(message: object, options: object): unknown;
}

// Its own types say nothing of what is in it.
const protocol = generated as unknown as {
  readonly opentelemetry: {
    readonly proto: {
      readonly trace: { readonly v1: { readonly Span: Message } };
      readonly collector: {
        readonly trace: { readonly v1: Readonly<Record<`ExportTraceService${'Request' | 'Response'}`, Message>> };
      };
    };
  };
};
const { Span } = protocol.opentelemetry.proto.trace.v1;
const { ExportTraceServiceRequest, ExportTraceServiceResponse } = protocol.opentelemetry.proto.collector.trace.v1;

const hex = z.string().transform((base64) => Buffer.from(base64, 'base64').toString('hex'));
const scalar = z
  .object({
    stringValue: z.string().optional(),
    boolValue: z.boolean().optional(),
    intValue: z.string().transform(Number).optional(),
    doubleValue: z.number().optional(),
    arrayValue: z.object({ values: z.array(z.object({ stringValue: z.string() })) }).optional(),
  })
  .transform(
    (value): Scalar =>
      value.arrayValue?.values.map(({ stringValue }) => stringValue) ??
      value.stringValue ??
      value.boolValue ??
      value.intValue ??
      value.doubleValue ??
      '',
  );
const attributes = z
  .array(z.object({ key: z.string(), value: scalar }))
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])));
const event = z.object({ name: z.string(), timeUnixNano: z.string(), attributes });
const link = z.object({ traceId: hex, spanId: hex, attributes });
const span = z.object({
  traceId: hex,
  spanId: hex,
  parentSpanId: hex.default(''),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  status: z.object({ code: z.number().default(0) }),
  attributes,
  events: z.array(event).default([]),
  links: z.array(link).default([]),
});
const requestSchema = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes }),
        schemaUrl: z.string(),
        scopeSpans: z.array(
          z.object({ scope: z.object({ version: z.string() }), schemaUrl: z.string(), spans: z.array(span) }),
        ),
      }),
    )
    .default([]),
});

type Scalar = string | number | boolean | readonly string[];

/** A span as a backend reads it; times are nanoseconds since 1970, as text, for a number would not be exact. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly start: string;
  readonly end: string;
  readonly status: number;
  readonly attributes: Readonly<Record<string, Scalar>>;
  readonly events: readonly {
    readonly name: string;
    readonly time: string;
    readonly attributes: Readonly<Record<string, Scalar>>;
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Readonly<Record<string, Scalar>>;
  }[];
  readonly resource: Readonly<Record<string, Scalar>>;
  readonly schemaUrls: readonly string[];
  /** Of the program that says it. */
  readonly version: string;
  /** The whole message of this span, as hex: two of them are the same span only if these are the same. */
  readonly bytes: string;
}

export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly spans: readonly ReceivedSpan[];
}

/** What to do with a request instead of taking it; null takes it. */
export type Answering = (request: ReceivedRequest, response: ServerResponse) => boolean | Promise<boolean>;

/** A backend for OTLP over http/protobuf: a real HTTP server that keeps what it has taken. */
export class OtlpReceiver {
  readonly requests: ReceivedRequest[] = [];
  /** The spans of the requests that were answered as taken, in order. */
  readonly taken: ReceivedSpan[] = [];
  /** Answers in place of taking; true where it has. */
  answering: Answering = () => false;
  readonly #news = new EventEmitter();
  readonly #listener: RequestListener = async (incoming, response) => {
    const body = await buffer(incoming).catch(() => null);
    if (body === null) return;
    const message = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const request = { headers: incoming.headers, path: incoming.url ?? '', spans: spansIn(message) };
    this.requests.push(request);
    if (!(await this.answering(request, response))) {
      this.taken.push(...request.spans);
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    }
    this.#news.emit('request');
  };
  readonly #server;
  readonly #scheme: 'http' | 'https';
  #port = 0;

  /** Over TLS where that is given. */
  constructor(tls?: ServerOptions) {
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(this.#listener) : createSecureServer(tls, this.#listener);
  }

  /** On a free port the first time, and on the same one again after {@link stop}. */
  async start(): Promise<this> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Waits until this holds; looked at after each request. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.#news, 'request');
  }

  async untilTaken(count: number): Promise<void> {
    await this.until(() => this.taken.length >= count);
  }

  /** The one span that was taken under this name. */
  named(name: string): ReceivedSpan {
    const [span, ...others] = this.taken.filter((one) => one.name === name);
    if (span === undefined || others.length > 0)
      throw new Error(`there are ${others.length + (span ? 1 : 0)} of ${name}: ${this.taken.map((one) => one.name)}`);
    return span;
  }
}

/** The answer of a receiver that has dropped some of what it took. */
export function partialSuccess(rejectedSpans: number, errorMessage: string): Uint8Array {
  return ExportTraceServiceResponse.encode({ partialSuccess: { rejectedSpans, errorMessage } }).finish();
}

function spansIn(message: Uint8Array): ReceivedSpan[] {
  const decoded = ExportTraceServiceRequest.decode(message);
  const { resourceSpans } = requestSchema.parse(
    ExportTraceServiceRequest.toObject(decoded, { longs: String, bytes: String, enums: Number }),
  );
  const bytes = messagesIn(decoded).map((one) => Buffer.from(Span.encode(one).finish()).toString('hex'));
  const found = resourceSpans.flatMap(({ resource, schemaUrl: ofResource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope: { version }, schemaUrl, spans }) =>
      spans.map(({ startTimeUnixNano, endTimeUnixNano, status, events, ...same }) => ({
        ...same,
        start: startTimeUnixNano,
        end: endTimeUnixNano,
        status: status.code,
        events: events.map(({ name, timeUnixNano, attributes }) => ({ name, time: timeUnixNano, attributes })),
        resource: resource.attributes,
        schemaUrls: [ofResource, schemaUrl],
        version,
      })),
    ),
  );
  return found.map((one, index) => ({ ...one, bytes: bytes[index] ?? '' }));
}

/** The spans of a request as messages, to be encoded again. */
function messagesIn(decoded: object): object[] {
  const { resourceSpans = [] } = decoded as {
    resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly object[] }[] }[];
  };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}
