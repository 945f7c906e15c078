import {
  type EpochMs,
  type Event,
  type FactValue,
  isErrorResult,
  projectOf,
  type Result,
  type Stage,
  type TagValue,
} from './event.ts';
import type { Reference } from './reference.ts';
import type { Anomaly, Attempt, StageSpan } from './span.ts';

/** What the last event that has them says: plain JSON. */
export interface Attributes {
  readonly operation: string;
  readonly project: string;
  readonly title: string | null;
  readonly url: string | null;
  readonly actor: string | null;
  readonly tags: Readonly<Record<string, TagValue>>;
  readonly facts: Readonly<Record<string, FactValue>>;
  readonly mentions: readonly Reference[];
  readonly clockAnomaly: boolean;
}

/** One attempt while it is being folded. Plain JSON; never changed in place. */
export interface Life {
  readonly key: string;
  readonly ordinal: number;
  readonly attributes: Attributes;
  readonly open: boolean;
  /** Opened by an event that the sender calls a re-opening, so an earlier life is missing if this is the first. */
  readonly reopening: boolean;
  readonly startedAt: EpochMs | null;
  readonly finishedAt: EpochMs | null;
  readonly result: Result | null;
  readonly isError: boolean;
  /** The latest opening, transition or end: nothing of this attempt counts earlier than that. */
  readonly boundary: EpochMs;
  readonly stageCount: number;
  readonly firstStageKey: string | null;
  readonly lastStage: StageSpan | null;
}

const UNKNOWN_STAGE: Stage = { key: 'unknown', name: 'unknown' };
const YEAR_2000 = Date.UTC(2000, 0, 1);
const CLOCK_TOLERANCE_MS = 10 * 60_000;

export function attributesAfter(before: Attributes | null, event: Event): Attributes {
  return {
    operation: event.operation,
    project: projectOf(event),
    title: event.title ?? before?.title ?? null,
    url: event.url ?? before?.url ?? null,
    actor: event.actor ?? before?.actor ?? null,
    tags: withChanges(before?.tags, event.tags),
    facts: withChanges(before?.facts, event.facts),
    mentions: event.mentions ?? before?.mentions ?? [],
    clockAnomaly: before?.clockAnomaly === true || hasImpossibleClock(event),
  };
}

function withChanges<V>(
  before: Readonly<Record<string, V>> = {},
  changes: Readonly<Record<string, V | null>> | undefined,
): Readonly<Record<string, V>> {
  if (changes === undefined) return before;
  const after = new Map<string, V>(Object.entries(before));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) after.delete(name);
    else after.set(name, value);
  }
  return Object.fromEntries(after);
}

function hasImpossibleClock({ occurredAt, startedAt, receivedAt }: Event): boolean {
  const latest = receivedAt + CLOCK_TOLERANCE_MS;
  const isImpossible = (time: EpochMs) => time < YEAR_2000 || time > latest;
  return isImpossible(occurredAt) || (startedAt !== undefined && isImpossible(startedAt));
}

interface Opening {
  readonly key: string;
  readonly ordinal: number;
  readonly attributes: Attributes;
  /** The earliest time that any payload tells for the beginning, if it counts for this attempt. */
  readonly evidence: EpochMs | null;
}

/** An attempt that begins with a start or a transition. */
export function open(opening: Opening, event: Event): Opened {
  const startedAt = Math.min(event.occurredAt, opening.evidence ?? event.occurredAt);
  const life: Life = {
    key: opening.key,
    ordinal: opening.ordinal,
    attributes: opening.attributes,
    open: true,
    reopening: event.reopens === true,
    startedAt,
    finishedAt: null,
    result: null,
    isError: false,
    boundary: event.occurredAt,
    stageCount: 0,
    firstStageKey: null,
    lastStage: null,
  };
  return event.stage === undefined ? { life, stages: [] } : enterStage(life, event.stage, event.occurredAt);
}

/** An attempt of which only the end is known, and perhaps a payload's word on when it began. */
export function openAtEnd(opening: Opening, event: Event): Life {
  const { evidence } = opening;
  const { occurredAt, precisionMs } = event;
  const isWithinPrecision =
    evidence !== null && Math.floor(evidence / precisionMs) === Math.floor(occurredAt / precisionMs);
  const finishedAt = isWithinPrecision ? Math.max(evidence, occurredAt) : occurredAt;
  return {
    key: opening.key,
    ordinal: opening.ordinal,
    attributes: opening.attributes,
    open: false,
    reopening: false,
    startedAt: evidence,
    finishedAt,
    ...outcomeOf(event),
    boundary: finishedAt,
    stageCount: 0,
    firstStageKey: null,
    lastStage: null,
  };
}

/** A life together with those of its stages that are new or changed, the last of them being the current one. */
export interface Opened {
  readonly life: Life;
  readonly stages: readonly StageSpan[];
}

/** Closes the current stage and opens the next; the stages returned replace the current one. */
export function enterStage(life: Life, stage: Stage, at: EpochMs): Opened {
  const time = Math.max(at, life.boundary);
  const { lastStage } = life;
  if (lastStage?.key === stage.key) return { life, stages: [lastStage] };
  const before = lastStage === null ? unknownStageBefore(life, stage, time) : [{ ...lastStage, finishedAt: time }];
  const current = stageFrom(stage, before.length === 0 ? (life.startedAt ?? time) : time);
  const stages = [...before, current];
  return {
    life: {
      ...life,
      boundary: time,
      stageCount: life.stageCount + stages.length - (lastStage === null ? 0 : 1),
      firstStageKey: life.firstStageKey ?? stages[0]?.key ?? null,
      lastStage: current,
    },
    stages,
  };
}

// Nothing stands before the first stage when it begins with the attempt, or is itself the unknown one.
function unknownStageBefore(life: Life, stage: Stage, time: EpochMs): StageSpan[] {
  if (life.startedAt === null || life.startedAt === time || stage.key === UNKNOWN_STAGE.key) return [];
  return [{ ...stageFrom(UNKNOWN_STAGE, life.startedAt), finishedAt: time }];
}

function stageFrom(stage: Stage, startedAt: EpochMs): StageSpan {
  return { key: stage.key, name: stage.name, category: stage.category ?? null, startedAt, finishedAt: null };
}

export function finish(life: Life, event: Event): Opened {
  const time = Math.max(event.occurredAt, life.boundary);
  const lastStage = life.lastStage === null ? null : { ...life.lastStage, finishedAt: time };
  return {
    life: { ...life, open: false, finishedAt: time, ...outcomeOf(event), boundary: time, lastStage },
    stages: lastStage === null ? [] : [lastStage],
  };
}

/** The sender says that it was re-opened, so it has ended; nobody told when. */
export function finishUnknown(life: Life): Life {
  return { ...life, open: false, finishedAt: null, result: 'unknown', isError: false };
}

/** The result of an end, and whether it counts as a failure. An end without a result has the result `unknown`. */
export function outcomeOf(event: Event): { result: Result; isError: boolean } {
  const result = event.result ?? 'unknown';
  return { result, isError: event.isError ?? isErrorResult(result) };
}

export function toAttempt(life: Life): Attempt {
  const { clockAnomaly, ...attributes } = life.attributes;
  return {
    key: life.key,
    ordinal: life.ordinal,
    ...attributes,
    team: null,
    state: life.open ? 'open' : 'finished',
    startedAt: life.startedAt,
    finishedAt: life.finishedAt,
    result: life.result,
    isError: life.isError,
    anomalies: anomaliesOf(life, clockAnomaly),
  };
}

function anomaliesOf({ startedAt, finishedAt, open, firstStageKey }: Life, clockAnomaly: boolean): Anomaly[] {
  const found: Anomaly[] = [];
  if (clockAnomaly) found.push('clock_anomaly');
  if (!open && finishedAt === null) found.push('end_unknown');
  if (!open && startedAt === null) found.push('end_without_start');
  if (startedAt !== null && finishedAt !== null && finishedAt < startedAt) found.push('ends_before_start');
  if (firstStageKey === UNKNOWN_STAGE.key) found.push('stage_unknown');
  return found;
}
