import { criticalPath, type PathSpan, type Segment } from './critical-path.ts';
import type { EpochMs } from './event.ts';
import { type Attempt, isProduction, type StageSpan } from './span.ts';

/** A span of a trace, by a key that is unique in it. */
export interface TracedSpan {
  readonly key: string;
  readonly attempt: Attempt;
  readonly stages: readonly StageSpan[];
  /** The key of what caused it; of a deployment of another trace, that of the change that it carries. */
  readonly parent: string | null;
  /** Incidents that came after a deployment are no part of the way there. */
  readonly isOnTheWay: boolean;
  /** Of a deployment whether it is known to have brought nothing of this trace: another service, or the same again. */
  readonly bringsNothing: boolean;
}

/** How far a trace has got: to production, to the end of all that it led to, or not yet. */
export interface Until {
  readonly at: EpochMs;
  readonly reason: 'deployed' | 'finished' | 'now';
}

/** When the changes of a trace first were in production; null where they are not. */
export function deployedAt(spans: readonly TracedSpan[]): EpochMs | null {
  const times = spans
    .filter(({ attempt, isOnTheWay, bringsNothing }) => isOnTheWay && !bringsNothing && isProductionDeploy(attempt))
    .flatMap(({ attempt: { finishedAt } }) => finishedAt ?? []);
  return times.length === 0 ? null : Math.min(...times);
}

function isProductionDeploy(attempt: Attempt): boolean {
  return attempt.operation === 'deploy' && attempt.result === 'success' && isProduction(attempt);
}

export function untilOf(spans: readonly TracedSpan[], now: EpochMs): Until {
  const at = deployedAt(spans);
  if (at !== null) return { at, reason: 'deployed' };
  const byKey = new Map(spans.map((span) => [span.key, span]));
  const own = spans.filter((span) => span.isOnTheWay && !isRunAgainAfterwards(span, byKey));
  if (own.some(({ attempt }) => attempt.state === 'open')) return { at: now, reason: 'now' };
  const ends = own.flatMap(({ attempt: { finishedAt } }) => finishedAt ?? []);
  return ends.length === 0 ? { at: now, reason: 'now' } : { at: Math.max(...ends), reason: 'finished' };
}

/** An old run may be run again long after the work that it was part of has ended; that does not go on by it. */
function isRunAgainAfterwards({ attempt, parent }: TracedSpan, byKey: ReadonlyMap<string, TracedSpan>): boolean {
  const ended = parent === null ? null : (byKey.get(parent)?.attempt.finishedAt ?? null);
  return attempt.ordinal > 1 && ended !== null && attempt.startedAt !== null && attempt.startedAt > ended;
}

/** What the time of a trace was spent on; see {@link criticalPath}. */
export function pathOf(spans: readonly TracedSpan[], root: string, until: Until): Segment[] {
  const own = spans.filter(({ isOnTheWay }) => isOnTheWay);
  return criticalPath(own.map(pathSpan), root, until.at);
}

function pathSpan({ key, parent, attempt, stages }: TracedSpan): PathSpan {
  const { operation, startedAt, finishedAt } = attempt;
  return { key, parent, operation, startedAt, finishedAt, stages };
}
