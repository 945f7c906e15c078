import { createHash } from 'node:crypto';
import { canonical } from '../../domain/canonical.ts';
import { own, USER_NAME } from '../../domain/conventions.ts';
import type { EpochMs } from '../../domain/event.ts';
import { spanIdFor } from '../../domain/otel-ids.ts';
import type { TraceMode } from '../../domain/pin.ts';
import type { StageSpan } from '../../domain/span.ts';
import type { ExportSubject, Part } from '../../store/exports.ts';
import { attributesOf, defined, limited, nameOf, resourceOf } from './attributes.ts';
import { linksOf } from './links.ts';
import type { Pinning } from './pinning.ts';
import { kinds, type RecordEvent, type SpanRecord } from './record.ts';

export interface SpanSettings {
  readonly mode: TraceMode;
  readonly pendingSpans: boolean;
  readonly serviceName: string;
}

/** A part of an attempt that there is something to tell of, and how. */
export interface ExportablePart {
  readonly part: Part;
  /** Another one means that it says something else than before; null for what is only said once. */
  readonly fingerprint: string | null;
  readonly record: () => SpanRecord;
}

const PENDING: Part = -1;
/** OpenTelemetry's limit: https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits */
const MAX_EVENTS = 128;

/** What of an attempt can be told now: itself once it has ended, its stages in mode `staged`, or that it is open. */
export function partsOf(subject: ExportSubject, pinning: Pinning, settings: SpanSettings): ExportablePart[] {
  const { attempt } = subject;
  const times = timesOf(subject);
  const parts: ExportablePart[] = [];
  if (attempt.state === 'finished' && times !== null)
    parts.push({
      part: 0,
      fingerprint: fingerprintOf(contentOf(subject)),
      record: () => spanRecord(subject, times, pinning, settings),
    });
  if (attempt.state === 'open' && settings.pendingSpans && attempt.startedAt !== null) {
    const { startedAt } = attempt;
    parts.push({
      part: PENDING,
      fingerprint: null,
      record: () => pendingRecord(subject, startedAt, pinning, settings),
    });
  }
  if (settings.mode === 'staged') parts.push(...stageParts(subject, pinning, settings));
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

function spanRecord(subject: ExportSubject, times: Times, pinning: Pinning, settings: SpanSettings): SpanRecord {
  const { attempt, lineage } = subject;
  const { traceId, spanId } = pinning.idsOf(lineage);
  const parent = pinning.parentOf(lineage);
  const events = eventsOf(subject, settings);
  return {
    traceId,
    spanId,
    parentSpanId: parent?.spanId ?? null,
    ...nameOf(attempt),
    ...times,
    isError: attempt.isError,
    ...attributesOf(subject),
    events: events.slice(0, MAX_EVENTS),
    droppedEvents: Math.max(0, events.length - MAX_EVENTS),
    ...linksOf(subject, pinning),
    resource: resourceOf(subject, settings.serviceName),
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
  const { identityKey, attemptKey } = subject.lineage[0];
  return {
    ...record,
    spanId: spanIdFor(identityKey, attemptKey, PENDING),
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

function stageParts(subject: ExportSubject, pinning: Pinning, settings: SpanSettings): ExportablePart[] {
  return subject.attempt.stages.flatMap((stage, index): ExportablePart[] => {
    const { finishedAt } = stage;
    if (finishedAt === null) return [];
    const part = index + 1;
    const record = () => stageRecord(subject, { ...stage, finishedAt }, { part, pinning, settings });
    return [{ part, fingerprint: fingerprintOf(stage), record }];
  });
}

function stageRecord(
  subject: ExportSubject,
  stage: StageSpan & { readonly finishedAt: EpochMs },
  { part, pinning, settings }: { readonly part: Part; readonly pinning: Pinning; readonly settings: SpanSettings },
): SpanRecord {
  const { lineage, attempt } = subject;
  const { traceId, spanId } = pinning.idsOf(lineage);
  const { identityKey, attemptKey } = lineage[0];
  return {
    traceId,
    spanId: spanIdFor(identityKey, attemptKey, part),
    parentSpanId: spanId,
    name: `${attempt.operation} stage`,
    kind: kinds.internal,
    startedAt: stage.startedAt,
    finishedAt: stage.finishedAt,
    isError: false,
    attributes: defined({
      ...stageAttributes(stage),
      [own.operation]: 'stage',
      [own.parentSpanId]: lineage[0].spanId,
      [own.project]: attempt.project,
      [own.attempt]: attempt.ordinal,
    }),
    droppedAttributes: 0,
    events: [],
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
    resource: resourceOf(subject, settings.serviceName),
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
  const begun = stages.map((stage) => ({
    name: 'stage',
    at: stage.startedAt,
    attributes: defined(stageAttributes(stage)),
  }));
  return [...(mode === 'whole' ? begun : []), ...between].sort((a, b) => a.at - b.at);
}

/** The word before the number or the time that make a key unique. */
function wordOf(key: string): string {
  return /^[^#@:/]+/.exec(key)?.[0] ?? 'event';
}

/** What a backend keeps of an attempt, and that we may learn better later. */
function contentOf({ attempt, links, lineage }: ExportSubject) {
  const { operation, project, startedAt, finishedAt, result, isError, title, tags, stages } = attempt;
  return {
    ...{ operation, project, startedAt, finishedAt, result, isError, title, tags, stages },
    parent: lineage[1]?.spanId ?? null,
    // An incident tells of its deployment itself.
    links: links
      .filter(({ link: { kind } }) => kind !== 'caused_incident')
      .map(({ link: { kind, spanId } }) => `${kind} ${spanId}`)
      .sort(),
  };
}

function fingerprintOf(content: unknown): string {
  return createHash('sha256').update(canonical(content)).digest('hex').slice(0, 16);
}
