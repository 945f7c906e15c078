import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { TraceMode } from '../../domain/pin.ts';
import type { ExportSubject, OutboxItem, PartKey } from '../../store/exports.ts';
import type { Exporter, Sent } from '../contract.ts';
import { Pinning } from './pinning.ts';
import { type Answer, type Destination, post } from './post.ts';
import type { SpanRecord } from './record.ts';
import { rejectedIn, requestOf } from './request.ts';
import { partsOf, type SpanSettings } from './spans.ts';

/** One backend that takes OTLP over http/protobuf. */
export interface OtlpTarget extends SpanSettings {
  readonly mode: TraceMode;
  /** The whole URL to post to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  readonly timeoutMs: number;
  /** PEM, where the system's certificates are not enough. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** Sends spans to a tracing backend. */
export function otlpExporter(target: OtlpTarget): Exporter {
  // One connection: requests follow each other.
  const options = { keepAlive: true, maxSockets: 1 };
  const agent = target.url.startsWith('https:')
    ? new HttpsAgent({ ...options, ...target.tls })
    : new HttpAgent(options);
  const destination: Destination = { ...target, agent };
  return {
    mode: target.mode,
    withOpen: target.pendingSpans || target.mode === 'staged',
    prepare: (subjects) => prepare(subjects, target),
    send: (records, signal) => send(records, destination, signal),
    close: () => agent.destroy(),
  };
}

function prepare(subjects: readonly ExportSubject[], target: OtlpTarget): ReturnType<Exporter['prepare']> {
  const pinning = new Pinning(target.mode);
  const items: OutboxItem[] = [];
  const changed: PartKey[] = [];
  for (const subject of subjects) {
    const { identityId, pin } = subject.lineage[0];
    const exported = new Map(subject.exported.map((one) => [one.part, one]));
    for (const { part, fingerprint, record } of partsOf(subject, pinning, target)) {
      const before = exported.get(part);
      if (before === undefined) {
        const { attemptKey } = pinning.idsOf(subject.lineage);
        items.push({ identityId, attemptKey, part, fingerprint: fingerprint ?? '', record: JSON.stringify(record()) });
      } else if (pin !== null && fingerprint !== null && fingerprint !== before.fingerprint && !before.isChanged)
        changed.push({ identityId, attemptKey: pin.attemptKey, part });
    }
  }
  return { mode: target.mode, pins: pinning.pins, items, changed };
}

/** What says that a span itself is wrong, or too large. Everything else may be mended without it: a wrong key, an outage. */
const REFUSALS = new Set([400, 413, 422]);

/** What says that it is away or busy, so that no span is why. */
const AWAY = new Set([502, 503, 504]);

async function send(records: readonly string[], destination: Destination, signal: AbortSignal): Promise<Sent> {
  let message: Uint8Array;
  try {
    message = requestOf(records.map((record): SpanRecord => JSON.parse(record)));
  } catch (error) {
    return { status: 'refused', reason: `it has no protobuf form: ${error instanceof Error ? error.message : error}` };
  }
  try {
    return outcomeOf(await post(destination, message, signal));
  } catch (error) {
    const reason = error instanceof Error ? messageOf(error) : String(error);
    return { status: 'retry', afterMs: null, reason, suspects: false };
  }
}

function outcomeOf({ status, retryAfterMs, body }: Answer): Sent {
  if (status >= 200 && status < 300) return { status: 'sent', ...rejectedByAnswer(body) };
  const reason = `it answered ${status}${textOf(body)}`;
  if (REFUSALS.has(status)) return { status: 'refused', reason };
  return { status: 'retry', afterMs: retryAfterMs, reason, suspects: status >= 500 && !AWAY.has(status) };
}

/** Some backends answer with JSON, or with a page, whatever they were asked in: taken is taken. */
function rejectedByAnswer(body: Uint8Array): { readonly rejected: number; readonly reason: string } {
  try {
    return rejectedIn(body);
  } catch {
    return { rejected: 0, reason: '' };
  }
}

const MAX_TEXT = 300;

/** What of an answer can be read: a text, or the texts inside of a protobuf message. */
function textOf(body: Uint8Array): string {
  const text = Buffer.from(body)
    .toString('utf8')
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ')
    .trim();
  return text === '' ? '' : `: ${text.slice(0, MAX_TEXT)}`;
}

/** Of several addresses that were tried, Node.js tells each failure apart and has no message for all of them. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map(String).join('; ');
  return error.message;
}
