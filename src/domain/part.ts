import type { StageSpan } from './span.ts';

/**
 * What of an attempt a tracing backend gets as a span: the attempt itself, the notice that it is open, or one of its stages.
 * A stage is known by its beginning and its key, which another one before it does not change.
 */
export type Part = 'span' | 'open' | `stage:${string}`;

/** Which part each stage of an attempt is, in their order; each once, though a stage may come twice in one moment. */
export function stageParts(stages: readonly Pick<StageSpan, 'key' | 'startedAt'>[]): Part[] {
  const seen = new Map<string, number>();
  return stages.map(({ key, startedAt }): Part => {
    const name = `${startedAt}:${key}`;
    const earlier = seen.get(name) ?? 0;
    seen.set(name, earlier + 1);
    return earlier === 0 ? `stage:${name}` : `stage:${startedAt}+${earlier}:${key}`;
  });
}

/**
 * What each stage was exported as, by the part that it is now; absent where it never was. Where a stage's beginning has moved,
 * it is the first of its key that is there no more.
 */
export function exportedStages(now: readonly Part[], exported: readonly Part[]): ReadonlyMap<Part, Part> {
  const known = new Set(exported);
  const current = new Set(now);
  const gone = Map.groupBy(
    exported.filter((part) => isStage(part) && !current.has(part)),
    keyOf,
  );
  return new Map(
    now.flatMap((part) => {
      const was = known.has(part) ? part : gone.get(keyOf(part))?.shift();
      return was === undefined ? [] : [[part, was] as const];
    }),
  );
}

function isStage(part: Part): boolean {
  return part.startsWith('stage:');
}

function keyOf(part: Part): string {
  return part.slice(part.indexOf(':', 'stage:'.length) + 1);
}

/** The stage's number among those of its attempt, from 1; null where it is none of them. */
export function stageNumber(part: Part, stages: readonly Pick<StageSpan, 'key' | 'startedAt'>[]): number | null {
  const index = stageParts(stages).indexOf(part);
  return index === -1 ? null : index + 1;
}
