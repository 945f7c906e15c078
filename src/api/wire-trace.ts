import type { z } from 'zod';
import { type Segment, timeBy } from '../domain/critical-path.ts';
import type { EpochMs } from '../domain/event.ts';
import { deployedAt, pathOf, type TracedSpan, untilOf } from '../domain/trace.ts';
import type { StoredSpan } from '../store/contract.ts';
import type { StoredTrace, TraceLink, TraceSpan } from '../store/traces.ts';
import type { traceSchema, traceSummarySchema } from './trace-schema.ts';
import { keyOf, tracedSpans } from './traced.ts';
import { wireLink, wireSpan, wireTime, wireTimeOrNull } from './wire.ts';

type WireTrace = z.infer<typeof traceSchema>;

/** A trace as it is at a moment: what is open lasts until then. */
export function wireTrace(trace: StoredTrace, now: EpochMs): WireTrace {
  const spans = inOrder(trace.spans);
  const traced = tracedSpans(spans, trace.links);
  const byKey = new Map(spans.map((span) => [keyOf(span), span]));
  const until = untilOf(traced, now);
  const root = traced.find(({ parent }) => parent === null)?.key ?? '';
  const path = pathOf(traced, root, until);
  const spanOf = ({ key }: Segment) => byKey.get(key);
  const operationOf = (segment: Segment) => spanOf(segment)?.attempt.operation ?? '';
  return {
    trace_id: trace.traceId,
    started_at: wireTimeOrNull(startOf(traced)),
    until: wireTime(until.at),
    until_reason: until.reason,
    spans: spans.map(wireTraceSpan),
    links: trace.links.map(wireTraceLink),
    critical_path: path.map((segment) => wireSegment(segment, byKey)),
    time: {
      total_ms: path.reduce((sum, { from, to }) => sum + to - from, 0),
      by_activity: shares(path, ({ activity }) => activity),
      by_operation: shares(path, operationOf),
      by_stage: shares(path, (segment) => stageNameOf(segment, operationOf(segment))),
    },
    is_truncated: trace.isTruncated,
  };
}

function shares(path: readonly Segment[], nameOf: (segment: Segment) => string): WireTrace['time']['by_stage'] {
  return timeBy(path, nameOf).map(({ name, ms }) => ({ name, duration_ms: ms }));
}

/** `pull_request: draft`, `pipeline: after its end`, `deploy`. */
function stageNameOf({ stage, isGap }: Segment, operation: string): string {
  if (isGap) return `${operation}: after its end`;
  return stage === null ? operation : `${operation}: ${stage}`;
}

/** Causes before what they caused, else by time. */
function inOrder(spans: readonly TraceSpan[]): TraceSpan[] {
  const at = ({ attempt }: TraceSpan) => attempt.startedAt ?? attempt.finishedAt ?? 0;
  return spans.toSorted((a, b) => rank(a) - rank(b) || at(a) - at(b) || (keyOf(a) < keyOf(b) ? -1 : 1));
}

function rank({ parent, via }: TraceSpan): number {
  return parent === null && via === null ? 0 : 1;
}

function startOf(spans: readonly TracedSpan[]): EpochMs | null {
  const starts = spans.flatMap(({ attempt, isOnTheWay }) => (isOnTheWay ? (attempt.startedAt ?? []) : []));
  return starts.length === 0 ? null : Math.min(...starts);
}

function wireTraceSpan(span: TraceSpan): WireTrace['spans'][number] {
  const { spanId, source, attempt, stages, parent, via } = span;
  // Only what is left out below stands in it.
  const nowhere = { identityKey: '', attemptKey: '' };
  const parentSpanId = parent?.spanId ?? null;
  const place = { traceId: '', own: nowhere, root: nowhere, parentSpanId, links: [], otel: null };
  const {
    links: _links,
    trace_id: _trace,
    otel: _otel,
    ...wire
  } = wireSpan({ spanId, source, attempt, stages, place });
  return { ...wire, parent_attempt: parent?.attempt ?? null, via };
}

function wireTraceLink(link: TraceLink): WireTrace['links'][number] {
  const { from, isParent } = link;
  return { ...wireLink(link), from_span_id: from.spanId, from_attempt: from.attempt, is_parent: isParent };
}

function wireSegment(segment: Segment, spans: ReadonlyMap<string, TraceSpan>): WireTrace['critical_path'][number] {
  const { key, stage, activity, isGap, from, to } = segment;
  const span = spans.get(key);
  return {
    span_id: span?.spanId ?? key,
    attempt: span?.attempt.ordinal ?? 1,
    stage,
    activity,
    is_gap: isGap,
    from: wireTime(from),
    to: wireTime(to),
    duration_ms: to - from,
  };
}

export function wireTraceSummary(root: StoredSpan, trace: StoredTrace | null): z.infer<typeof traceSummarySchema> {
  const traced = tracedSpans(trace?.spans ?? [], trace?.links ?? []);
  const own = traced.filter(({ isOnTheWay }) => isOnTheWay);
  const isOpen = own.some(({ attempt }) => attempt.state === 'open');
  const ends = own.flatMap(({ attempt: { finishedAt } }) => finishedAt ?? []);
  const finishedAt = isOpen || ends.length === 0 ? null : Math.max(...ends);
  const deployed = deployedAt(traced);
  const startedAt = startOf(traced);
  const until = deployed ?? finishedAt;
  return {
    trace_id: root.place.traceId,
    root: wireSpan(root),
    spans: traced.length,
    operations: [...Map.groupBy(traced, ({ attempt }) => attempt.operation)].map(([operation_name, all]) => ({
      operation_name,
      count: all.length,
    })),
    is_error: own.some(({ attempt }) => attempt.isError),
    state: isOpen ? 'open' : 'finished',
    started_at: wireTimeOrNull(startedAt),
    finished_at: wireTimeOrNull(finishedAt),
    deployed_at: wireTimeOrNull(deployed),
    duration_ms: startedAt === null || until === null ? null : Math.max(0, until - startedAt),
  };
}
