import * as otel from './conventions.ts';
import type { EpochMs, FactValue, Result, StageCategory, TagValue } from './event.ts';
import type { Reference } from './reference.ts';

export const anomalies = [
  /** The end that the source tells lies before the start it tells; the duration is unknown. */
  'ends_before_start',
  /** An end is known and no start. */
  'end_without_start',
  /** The sender says it was re-opened, but when it had ended before is unknown. */
  'end_unknown',
  /** A time before the year 2000, or more than ten minutes after we received it. */
  'clock_anomaly',
  /** The first part of the span, before the first known transition, has no known stage. */
  'stage_unknown',
] as const;
/** What is not as it should be with a span. Shown instead of guessing. */
export type Anomaly = (typeof anomalies)[number];

/** One stage of one attempt, from when to when. `finishedAt` is null while the stage is the current one. */
export interface StageSpan {
  readonly key: string;
  readonly name: string;
  readonly category: StageCategory | null;
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs | null;
}

/** One life of an operation: what a span is on the wire. */
export interface Attempt {
  /** `n:2` where the sender numbers its runs, else `t:` and the time of the opening event. Unique in its identity. */
  readonly key: string;
  /** For display: the sender's number, or the position among the attempts, from 1. */
  readonly ordinal: number;
  readonly operation: string;
  /** The scope's name at the last event of this attempt. */
  readonly project: string;
  /** Whose it is, by the rules; null where they do not say. */
  readonly team: string | null;
  readonly state: 'open' | 'finished';
  readonly startedAt: EpochMs | null;
  /** Null while open, and when the end is known to have happened but not when. */
  readonly finishedAt: EpochMs | null;
  readonly result: Result | null;
  readonly isError: boolean;
  readonly title: string | null;
  readonly url: string | null;
  readonly actor: string | null;
  readonly tags: Readonly<Record<string, TagValue>>;
  readonly facts: Readonly<Record<string, FactValue>>;
  /** What its texts and fields name, as last told. */
  readonly mentions: readonly Reference[];
  /** Sorted, each at most once. */
  readonly anomalies: readonly Anomaly[];
}

/** An attempt with its stages; they tile it from start to end without gap or overlap, or there are none. */
export interface FoldedAttempt extends Attempt {
  readonly stages: readonly StageSpan[];
}

/** Milliseconds from start to end; null unless both are known and in order. Never negative. */
export function durationMs(span: {
  readonly startedAt: EpochMs | null;
  readonly finishedAt: EpochMs | null;
}): number | null {
  const { startedAt, finishedAt } = span;
  if (startedAt === null || finishedAt === null || finishedAt < startedAt) return null;
  return finishedAt - startedAt;
}

/** Where the operation acted (`production`, `staging`), as its source tags it; null where it does not say. */
export function environmentOf({ tags }: Pick<Attempt, 'tags'>): string | null {
  const environment = Object.hasOwn(tags, otel.DEPLOYMENT_ENVIRONMENT_NAME)
    ? tags[otel.DEPLOYMENT_ENVIRONMENT_NAME]
    : undefined;
  return environment === undefined ? null : String(environment);
}

const TIER_TAG = 'valuestream.environment.tier';

/** What kind of environment that is, as rules tell it (`production`); null where they do not say. */
export function tierOf({ tags }: Pick<Attempt, 'tags'>): string | null {
  const tier = Object.hasOwn(tags, TIER_TAG) ? tags[TIER_TAG] : undefined;
  return tier === undefined ? null : String(tier);
}

export function isProduction(attempt: Pick<Attempt, 'tags'>): boolean {
  return tierOf(attempt) === 'production';
}
