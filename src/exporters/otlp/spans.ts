import { createHash } from 'node:crypto';
import { canonical } from '../../domain/canonical.ts';
import { own, USER_NAME } from '../../domain/conventions.ts';
import type { EpochMs } from '../../domain/event.ts';
import { spanIdFor } from '../../domain/otel-ids.ts';
import { type Part, stageParts } from '../../domain/part.ts';
import type { TraceMode } from '../../domain/pin.ts';
import type { StageSpan } from '../../domain/span.ts';
import type { ExportSubject } from '../../store/exports.ts';
import { attributesOf, defined, limited, nameOf, resourceOf } from './attributes.ts';
import { linksOf } from './links.ts';
import type { Pinning } from './pinning.ts';
import { kinds, type RecordEvent, type SpanRecord } from './record.ts';
import { scope } from './request.ts';

export interface SpanSettings {
  readonly mode: TraceMode;
  readonly pendingSpans: boolean;
  readonly serviceName: string;
}

/** A part of an attempt that there is something to tell of, and how. */
export interface ExportablePart {
  readonly part: Part;
  /** Of all that is exported of it, but for ids and for what happened in between; empty for what is only said once. */
  readonly fingerprint: string;
  readonly record: () => SpanRecord;
}

/** OpenTelemetry's limit: https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits */
const MAX_EVENTS = 128;

/** What of an attempt can be told now: itself once it has ended, its stages in mode `staged`, or that it is open. */
export function partsOf(subject: ExportSubject, pinning: Pinning, settings: SpanSettings): ExportablePart[] {
  const { attempt } = subject;
  const times = timesOf(subject);
  const parts: ExportablePart[] = [];
  if (attempt.state === 'finished' && times !== null)
    parts.push({
      part: 'span',
      fingerprint: fingerprintOf(saidOf(subject, times, settings)),
      record: () => spanRecord(subject, times, pinning, settings),
    });
  if (attempt.state === 'open' && settings.pendingSpans && attempt.startedAt !== null) {
    const { startedAt } = attempt;
    parts.push({ part: 'open', fingerprint: '', record: () => pendingRecord(subject, startedAt, pinning, settings) });
  }
  if (settings.mode === 'staged') parts.push(...finishedStages(subject, pinning, settings));
  return parts;
}

interface Times {
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs;
}

/**
 * A span needs both of its times. Where only one is known, or they contradict each other, it has no length: no number is
 * invented, and its anomalies say why. Null where neither is known.
 */
function timesOf({ attempt: { startedAt, finishedAt } }: ExportSubject): Times | null {
  const start = startedAt ?? finishedAt;
  const end = finishedAt ?? startedAt;
  if (start === null || end === null) return null;
  return start <= end ? { startedAt: start, finishedAt: end } : { startedAt: start, finishedAt: start };
}

/** What a span says, without ids and what depends on these. */
type Content = Pick<
  SpanRecord,
  'name' | 'kind' | 'startedAt' | 'finishedAt' | 'isError' | 'attributes' | 'droppedAttributes'
>;

function contentOf(subject: ExportSubject, times: Times): Content {
  const { attempt } = subject;
  return { ...nameOf(attempt), ...times, isError: attempt.isError, ...attributesOf(subject) };
}

function spanRecord(subject: ExportSubject, times: Times, pinning: Pinning, settings: SpanSettings): SpanRecord {
  const { lineage } = subject;
  const { traceId, spanId } = pinning.idsOf(lineage);
  const parent = pinning.parentOf(lineage);
  const events = eventsOf(subject, settings);
  return {
    traceId,
    spanId,
    parentSpanId: parent?.spanId ?? null,
    ...contentOf(subject, times),
    events: events.slice(0, MAX_EVENTS),
    droppedEvents: Math.max(0, events.length - MAX_EVENTS),
    ...linksOf(subject, pinning),
    resource: resourceOf(subject, settings.serviceName),
    scope,
  };
}

/**
 * That something has begun: a child of no length, under an id of its own, for backends keep the first of two spans with
 * one id. After Logfire's pending spans.
 */
function pendingRecord(
  subject: ExportSubject,
  startedAt: EpochMs,
  pinning: Pinning,
  settings: SpanSettings,
): SpanRecord {
  const record = spanRecord(subject, { startedAt, finishedAt: startedAt }, pinning, settings);
  const { attemptKey } = pinning.idsOf(subject.lineage);
  const { identityKey } = subject.lineage[0];
  return {
    ...record,
    spanId: spanIdFor(identityKey, attemptKey, 'open'),
    parentSpanId: record.spanId,
    name: `${record.name} (pending)`,
    kind: kinds.internal,
    ...limited({
      ...defined({ [own.state]: 'pending', [own.pendingParentId]: record.parentSpanId }),
      ...record.attributes,
    }),
    events: [],
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
  };
}

function finishedStages(subject: ExportSubject, pinning: Pinning, settings: SpanSettings): ExportablePart[] {
  const { stages } = subject.attempt;
  const parts = stageParts(stages);
  return stages.flatMap((stage, index): ExportablePart[] => {
    const part = parts[index];
    const { startedAt, finishedAt } = stage;
    if (finishedAt === null || part === undefined) return [];
    const content = stageContent(subject, stage, { startedAt, finishedAt });
    const record = () => stageRecord(subject, content, { part, pinning, settings });
    return [{ part, fingerprint: fingerprintOf(content), record }];
  });
}

function stageContent({ attempt, lineage }: ExportSubject, stage: StageSpan, times: Times): Content {
  return {
    name: `${attempt.operation} stage`,
    kind: kinds.internal,
    ...times,
    isError: false,
    attributes: defined({
      ...stageAttributes(stage),
      [own.operation]: 'stage',
      [own.parentSpanId]: lineage[0].spanId,
      [own.project]: attempt.project,
      [own.attempt]: attempt.ordinal,
    }),
    droppedAttributes: 0,
  };
}

function stageRecord(
  subject: ExportSubject,
  content: Content,
  { part, pinning, settings }: { readonly part: Part; readonly pinning: Pinning; readonly settings: SpanSettings },
): SpanRecord {
  // The key that its attempt's ids are made of, so that no other attempt's stage can have its id.
  const { traceId, spanId, attemptKey } = pinning.idsOf(subject.lineage);
  return {
    traceId,
    spanId: spanIdFor(subject.lineage[0].identityKey, attemptKey, part),
    parentSpanId: spanId,
    ...content,
    events: [],
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
    resource: resourceOf(subject, settings.serviceName),
    scope,
  };
}

function stageAttributes({ key, name, category }: StageSpan) {
  return { [own.stage]: name, [own.stageKey]: key, [own.stageCategory]: category };
}

/** What happened in between, and in mode `whole` when each stage began; in order. */
function eventsOf({ attempt: { stages }, events }: ExportSubject, { mode }: SpanSettings): RecordEvent[] {
  const between = events.map(({ key, occurredAt, actor }) => ({
    name: wordOf(key),
    at: occurredAt,
    attributes: defined({ [own.eventKey]: key, [USER_NAME]: actor }),
  }));
  return [...begunStages(stages, mode), ...between].sort((a, b) => a.at - b.at);
}

function begunStages(stages: readonly StageSpan[], mode: TraceMode): RecordEvent[] {
  if (mode !== 'whole') return [];
  return stages.map((stage) => ({
    name: 'stage',
    at: stage.startedAt,
    attributes: defined(stageAttributes(stage)),
  }));
}

/** The word before the number or the time that make a key unique. */
function wordOf(key: string): string {
  return /^[^#@:/]+/.exec(key)?.[0] ?? 'event';
}

/** What a backend keeps of an attempt, and that we may learn better later. */
function saidOf(subject: ExportSubject, times: Times, { mode }: SpanSettings) {
  return {
    ...contentOf(subject, times),
    stages: begunStages(subject.attempt.stages, mode),
    // An incident tells of its deployment itself.
    links: subject.links
      .filter(({ link: { kind } }) => kind !== 'caused_incident')
      .map(({ link: { kind, spanId, certainty } }) => `${kind} ${spanId} ${certainty}`)
      .sort(),
  };
}

function fingerprintOf(content: unknown): string {
  return createHash('sha256').update(canonical(content)).digest('hex').slice(0, 16);
}
