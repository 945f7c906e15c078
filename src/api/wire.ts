import type { z } from 'zod';
import type { FieldDifference, SpanChange } from '../domain/difference.ts';
import type { EpochMs } from '../domain/event.ts';
import { stageSpanId } from '../domain/identity.ts';
import type { Pin } from '../domain/pin.ts';
import { referenceFromKey } from '../domain/reference.ts';
import type { Replay } from '../domain/replay.ts';
import type { RuleCheck } from '../domain/rule-check.ts';
import { type Attempt, durationMs, environmentOf, type StageSpan } from '../domain/span.ts';
import { type Verdict, verdictsOf } from '../domain/verdict.ts';
import type { SpanDetail, StoredDelivery, StoredEvent, StoredSpan, StoredStage } from '../store/contract.ts';
import type { LinkedAttempt, SpanLink, SpanLinks } from '../store/traces.ts';
import type {
  deliverySchema,
  replaySchema,
  ruleCheckSchema,
  spanDetailSchema,
  spanSchema,
  verdictSchema,
} from './schema.ts';

type WireSpan = z.infer<typeof spanSchema>;

export function wireTime(time: EpochMs): string {
  return new Date(time).toISOString();
}

export function wireTimeOrNull(time: EpochMs | null | undefined): string | null {
  return time === null || time === undefined ? null : wireTime(time);
}

export function wireSpan({ spanId, source, attempt, stages, place }: StoredSpan): WireSpan {
  return {
    span_id: spanId,
    ...wireAttempt(attempt),
    anomalies: [...attempt.anomalies, ...(place.otel?.isChanged ? (['changed_after_export'] as const) : [])].sort(),
    source,
    stage: stages.at(-1)?.name ?? null,
    stages: stages.map(wireStage),
    trace_id: place.traceId,
    parent_span_id: place.parentSpanId,
    links: place.links.map(wireLink),
    otel: wireOtel(place.otel),
  };
}

function wireOtel(pin: Pin | null): WireSpan['otel'] {
  return pin === null ? null : { trace_id: pin.traceId, span_id: pin.spanId };
}

export function wireLink({ kind, spanId, attempt, certainty, reason }: SpanLink): WireSpan['links'][number] {
  const { type, value, scope } = referenceFromKey(reason.key);
  const { via, through } = reason;
  return { kind, span_id: spanId, attempt, certainty, reason: { type, value, scope, via, through } };
}

function wireAttempt(attempt: Attempt) {
  return {
    attempt: attempt.ordinal,
    operation_name: attempt.operation,
    project: attempt.project,
    team: attempt.team ?? null,
    environment: environmentOf(attempt),
    title: attempt.title,
    url: attempt.url,
    actor: attempt.actor,
    state: attempt.state,
    is_error: attempt.isError,
    result: attempt.result,
    started_at: wireTimeOrNull(attempt.startedAt),
    finished_at: wireTimeOrNull(attempt.finishedAt),
    duration_ms: durationMs(attempt),
    tags: { ...attempt.tags },
    anomalies: [...attempt.anomalies],
  };
}

function wireStage(stage: StageSpan): WireSpan['stages'][number] {
  return {
    key: stage.key,
    name: stage.name,
    category: stage.category,
    started_at: wireTime(stage.startedAt),
    finished_at: wireTimeOrNull(stage.finishedAt),
    duration_ms: durationMs(stage),
  };
}

/** A stage as an item of its own: a child of the span it is a part of. */
export function wireStageItem({ span, number, stage }: StoredStage): WireSpan {
  const whole = wireSpan(span);
  return {
    ...whole,
    span_id: stageSpanId(span.spanId, span.attempt.ordinal, number),
    parent_span_id: span.spanId,
    operation_name: 'stage',
    title: stage.name,
    state: stage.finishedAt === null && span.attempt.state === 'open' ? 'open' : 'finished',
    is_error: false,
    result: null,
    started_at: wireTime(stage.startedAt),
    finished_at: wireTimeOrNull(stage.finishedAt),
    duration_ms: durationMs(stage),
    stage: stage.name,
    stages: [],
    anomalies: [],
  };
}

export function wireSpanDetail(
  { spanId, source, names, attempts }: SpanDetail,
  latest: LinkedAttempt,
  { events, links }: { readonly events: readonly StoredEvent[]; readonly links: SpanLinks },
): z.infer<typeof spanDetailSchema> {
  const wire = (attempt: LinkedAttempt) =>
    wireSpan({ spanId, source, attempt, stages: attempt.stages, place: attempt.place });
  return {
    ...wire(latest),
    ...wireLinks(links),
    names: names.map(({ name, validFrom }) => ({ name, valid_from: wireTime(validFrom) })),
    attempts: attempts.map(wire),
    verdicts: verdictsOf(attempts).map(wireVerdict),
    events: events.map(wireEvent),
  };
}

export function wireVerdict(verdict: Verdict): z.infer<typeof verdictSchema> {
  const { attempt, isFailure, isRework, author, reason, saidAt } = verdict;
  return { attempt, is_failure: isFailure, is_rework: isRework, author, reason, said_at: wireTime(saidAt) };
}

function wireLinks(links: SpanLinks) {
  return {
    linked: links.links.map((link) => ({
      ...wireLink(link),
      from_attempt: link.fromAttempt,
      is_parent: link.isParent,
      wanted_in: link.wantedIn.map(String),
      provided_in: link.providedIn.map(String),
    })),
    linked_from: links.incoming.map(({ kind, spanId, attempt, certainty }) => ({
      kind,
      span_id: spanId,
      attempt,
      certainty,
    })),
    ambiguous: links.ambiguous.map(({ key, spanIds }) => ({
      name: referenceFromKey(key).value,
      span_ids: [...spanIds],
    })),
    waiting_for: links.waiting.map(({ key, via }) => ({ ...referenceFromKey(key), via })),
    deployed: links.deployments.map(({ attempt, base, isRollback, commits }) => ({
      attempt,
      base,
      is_rollback: isRollback,
      commits,
    })),
  };
}

function wireEvent({ event, deliveryIds }: StoredEvent): z.infer<typeof spanDetailSchema>['events'][number] {
  return {
    key: event.key,
    state: event.state,
    operation_name: event.operation,
    occurred_at: wireTime(event.occurredAt),
    received_at: wireTime(event.receivedAt),
    started_at: wireTimeOrNull(event.startedAt),
    is_error: event.isError ?? null,
    result: event.result ?? null,
    stage: event.stage?.name ?? null,
    actor: event.actor ?? null,
    delivery_ids: deliveryIds.map(String),
  };
}

export function wireDelivery(delivery: StoredDelivery): z.infer<typeof deliverySchema> {
  const { id, key, source, instance, channel, authenticity, kind, outcome, reason, events } = delivery;
  return {
    id: String(id),
    delivery_id: key,
    source,
    instance,
    channel,
    received_at: wireTime(delivery.receivedAt),
    authenticity,
    kind,
    outcome,
    reason,
    events,
    body_bytes: delivery.bodyBytes,
  };
}

export function wireReplay(replay: Replay): z.infer<typeof replaySchema> {
  const { total, read, changed, withoutBody } = replay.deliveries;
  return {
    id: replay.id,
    state: replay.state,
    dry_run: replay.dryRun,
    started_at: wireTime(replay.startedAt),
    finished_at: wireTimeOrNull(replay.finishedAt),
    error: replay.error,
    deliveries: { total, read, changed, without_body: withoutBody },
    spans: { ...replay.spans },
    changes: replay.changes.map(wireChange),
  };
}

export function wireRuleCheck(check: RuleCheck): z.infer<typeof ruleCheckSchema> {
  return {
    id: check.id,
    state: check.state,
    dry_run: check.dryRun,
    started_at: wireTime(check.startedAt),
    finished_at: wireTimeOrNull(check.finishedAt),
    error: check.error,
    operations: { ...check.operations },
    spans: { ...check.spans },
    decisions: [...check.decisions],
    changes: check.changes.map(wireChange),
  };
}

function wireChange({ spanId, change, differences }: SpanChange): z.infer<typeof replaySchema>['changes'][number] {
  return { span_id: spanId, change, differences: differences.map(wireDifference) };
}

type WireDifference = z.infer<typeof replaySchema>['changes'][number]['differences'][number];

/** The model's field by its word on the wire. */
const wireFields: Readonly<Record<string, string>> = {
  operation: 'operation_name',
  isError: 'is_error',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
};

function wireDifference({ attempt, field, before, after }: FieldDifference): WireDifference {
  const value = (one: unknown) => wireValue(field, one);
  return { attempt, field: wireFields[field] ?? field, before: value(before), after: value(after) };
}

function wireValue(field: string, value: unknown): unknown {
  if (value === null) return null;
  if (field === 'startedAt' || field === 'finishedAt') return wireTime(Number(value));
  // A difference holds a field as the fold made it.
  return field === 'stages' ? (value as StageSpan[]).map(wireStage) : value;
}
