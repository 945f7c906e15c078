import type { TracedSpan } from '../domain/trace.ts';
import type { TraceLink, TraceSpan } from '../store/traces.ts';

/** Unique in a trace. */
export function keyOf({ spanId, attempt }: Pick<TraceSpan, 'spanId' | 'attempt'>): string {
  return keyOfAttempt(spanId, attempt.ordinal);
}

function keyOfAttempt(spanId: string, ordinal: number): string {
  return `${spanId}~${ordinal}`;
}

/** The spans of a trace, each with what it hangs from there. */
export function tracedSpans(spans: readonly TraceSpan[], links: readonly TraceLink[]): TracedSpan[] {
  const earlierLife = earlierLives(spans);
  const carried = carriedChanges(spans, links);
  return spans.map((span) => {
    const key = keyOf(span);
    const change = carried.get(key) ?? null;
    return {
      key,
      attempt: span.attempt,
      stages: span.stages,
      parent:
        span.parent === null ? (earlierLife.get(key) ?? change) : keyOfAttempt(span.parent.spanId, span.parent.attempt),
      isOnTheWay: span.via !== 'caused_incident',
      bringsNothing: span.base === 'known' && change === null,
    };
  });
}

/** A root that lives again goes on with what it was before: to the key of each such life that of the one before it. */
function earlierLives(spans: readonly TraceSpan[]): ReadonlyMap<string, string> {
  const before = new Map<string, string>();
  for (const lives of Map.groupBy(spans, ({ spanId }) => spanId).values()) {
    const inOrder = lives.toSorted((a, b) => a.attempt.ordinal - b.attempt.ordinal);
    inOrder.forEach((life, index) => {
      const earlier = inOrder[index - 1];
      if (life.via === null && earlier !== undefined) before.set(keyOf(life), keyOf(earlier));
    });
  }
  return before;
}

/**
 * A deployment of another trace hangs from the change that it carries, of several from the last one that was made before it
 * had ended: to the key of each deployment that of the change.
 */
function carriedChanges(spans: readonly TraceSpan[], links: readonly TraceLink[]): ReadonlyMap<string, string> {
  const deployments = new Map(spans.map((span) => [keyOf(span), span]));
  const changes = Map.groupBy(
    spans.flatMap((span, place) => (span.via === null ? { span, place } : [])),
    ({ span }) => span.spanId,
  );
  const last = new Map<string, Change>();
  for (const { kind, from, spanId } of links) {
    const key = keyOfAttempt(from.spanId, from.attempt);
    const deployment = deployments.get(key);
    if (kind !== 'carries' || deployment === undefined) continue;
    const ended = deployment.attempt.finishedAt ?? Number.MAX_SAFE_INTEGER;
    for (const change of changes.get(spanId) ?? []) {
      const known = last.get(key);
      if (startOf(change) <= ended && (known === undefined || isLater(change, known))) last.set(key, change);
    }
  }
  return new Map([...last].map(([key, { span }]) => [key, keyOf(span)]));
}

interface Change {
  readonly span: TraceSpan;
  /** Where among all spans it stands: of those that began together the last one counts. */
  readonly place: number;
}

function startOf({ span }: Change): number {
  return span.attempt.startedAt ?? 0;
}

function isLater(one: Change, other: Change): boolean {
  return startOf(one) - startOf(other) > 0 || (startOf(one) === startOf(other) && one.place > other.place);
}
