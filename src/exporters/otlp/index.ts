import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { exportedStages, type Part, stageParts } from '../../domain/part.ts';
import { type TraceMode, traceModes } from '../../domain/pin.ts';
import type { ExportedKey, ExportedPart, ExportSubject, OutboxItem } from '../../store/exports.ts';
import type { Exporter, PreparedBatch, Sent } from '../contract.ts';
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

function prepare(subjects: readonly ExportSubject[], target: OtlpTarget): PreparedBatch {
  const pinning = new Pinning(target.mode);
  const prepared = subjects.map((subject) => prepareOne(subject, pinning, target));
  return {
    mode: target.mode,
    items: prepared.flatMap(({ items }) => items),
    changed: prepared.flatMap(({ changed }) => changed),
    lookedAt: prepared.flatMap(({ pinId, version }) => (pinId === null ? [] : [{ pinId, version }])),
    pins: pinning.pins,
  };
}

interface Prepared {
  readonly items: readonly OutboxItem[];
  readonly changed: readonly ExportedKey[];
  /** Of what was exported before. */
  readonly pinId: number | null;
  readonly version: string;
}

function prepareOne(subject: ExportSubject, pinning: Pinning, target: OtlpTarget): Prepared {
  const { lineage, attempt, exported, version } = subject;
  // What was exported in one mode stays so when the target has another one.
  const modes = traceModes.filter((mode) => mode === target.mode || exported.some((one) => one.mode === mode));
  const compared = modes.map((mode) => compare(subject, pinning, { ...target, mode }));
  const [{ unknown } = { unknown: [] }] = compared.filter(({ mode }) => mode === target.mode);
  const isElsewhere = (part: Part) => exported.some((one) => one.mode !== target.mode && one.part === part);
  const items = unknown
    .filter(({ part }) => !isElsewhere(part) && !isElsewhere('span'))
    .map(({ part, fingerprint, record }): OutboxItem => {
      if (part === 'span' && attempt.finishedAt !== null) pinning.end(lineage, attempt.finishedAt);
      const { attemptKey } = pinning.idsOf(lineage);
      const { identityId } = lineage[0];
      return { identityId, attemptKey, part, fingerprint, version, record: JSON.stringify(record()) };
    });
  const pinId = exported.find(({ part }) => part === 'span')?.pinId ?? null;
  return { items, changed: compared.flatMap(({ changed }) => changed), pinId, version };
}

/** What a mode would export of it: what of this is not exported yet, and what is and says something else now. */
function compare(subject: ExportSubject, pinning: Pinning, settings: SpanSettings) {
  const { mode } = settings;
  const exported = subject.exported.filter((one) => one.mode === mode);
  const byPart = new Map(exported.map((one) => [one.part, one]));
  const stages = exportedStages(stageParts(subject.attempt.stages), [...byPart.keys()]);
  const parts = partsOf(subject, pinning, settings).map((one) => ({
    ...one,
    before: byPart.get(stages.get(one.part) ?? one.part),
  }));
  const unknown = parts.filter(({ before }) => before === undefined);
  const same = parts.filter(({ before, fingerprint }) => before !== undefined && isSame(before, fingerprint));
  const asBefore = new Set(same.map(({ before }) => before));
  // That it was open is said once, and was true then.
  const changed = exported.filter((one) => one.part !== 'open' && !one.isChanged && !asBefore.has(one));
  return { mode, unknown, changed: changed.map(({ pinId, part }) => ({ pinId, part })) };
}

function isSame(before: ExportedPart, fingerprint: string): boolean {
  return before.fingerprint === '' || before.fingerprint === fingerprint;
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
