import type { EpochMs, StageCategory } from './event.ts';
import type { StageSpan } from './span.ts';

/** What the critical path has to know of a span. */
export interface PathSpan {
  /** Unique in the trace. */
  readonly key: string;
  /** The key of what caused it; null for a root. */
  readonly parent: string | null;
  readonly operation: string;
  readonly startedAt: EpochMs | null;
  /** Null while it is open, and where the end is unknown. */
  readonly finishedAt: EpochMs | null;
  readonly stages: readonly StageSpan[];
}

/** Whether somebody was at it. A gap between two spans is waiting; a person's work without stages may be either. */
type Activity = 'working' | 'waiting' | 'unknown';

/** A stretch of the path that belongs to one span, or to the gap after it. */
export interface Segment {
  readonly key: string;
  /** The stage in which it was; null where it has none. */
  readonly stage: string | null;
  readonly activity: Activity;
  /** Whether the span had ended already, and what it caused had not begun. */
  readonly isGap: boolean;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * What the time from the root's start up to `until` was spent on: at each moment the last thing that everything after it
 * had to wait for. Segments follow each other without gap or overlap, the earliest first.
 *
 * Backwards from the end, as tracing tools do it: of what a span caused the last that had ended by then, and before it the
 * next; in between it is the span's own time. Unlike calls, work goes on after what caused it has ended.
 */
export function criticalPath(spans: readonly PathSpan[], root: string, until: EpochMs): Segment[] {
  const known = spans.filter(({ startedAt }) => startedAt !== null && startedAt < until);
  const walk = new Walk(known, until);
  const first = known.find(({ key }) => key === root);
  return first === undefined ? [] : walk.from(first).toReversed();
}

/** A span that is walked through, from its end back to a time. */
interface Visit {
  readonly span: PathSpan;
  readonly from: EpochMs;
  readonly until: EpochMs;
}

class Walk {
  readonly #until: EpochMs;
  readonly #children: Map<string | null, PathSpan[]>;
  readonly #ends = new Map<string, EpochMs>();

  constructor(spans: readonly PathSpan[], until: EpochMs) {
    this.#until = until;
    this.#children = Map.groupBy(spans, ({ parent }) => parent);
  }

  /** Latest first. */
  from(root: PathSpan): Segment[] {
    const segments: Segment[] = [];
    // Of its own, for a chain of causes may be longer than the call stack is deep.
    const open = [this.#visit({ span: root, from: root.startedAt ?? 0, until: this.#endOf(root) })];
    for (let visit = open.at(-1); visit !== undefined; visit = open.at(-1)) {
      const { value, done } = visit.next();
      if (done === true) open.pop();
      else if ('span' in value) open.push(this.#visit(value));
      else segments.push(value);
    }
    return segments;
  }

  *#visit({ span, from, until }: Visit): Generator<Segment | Visit, void> {
    let cursor = until;
    const children = (this.#children.get(span.key) ?? []).toSorted((a, b) => this.#compare(a, b));
    for (const child of children) {
      const end = this.#endOf(child);
      // What was caused may have begun before its cause was written down; the path begins with the cause.
      const began = Math.max(child.startedAt ?? end, from);
      if (end > cursor || began >= end) continue;
      yield* ownTime(span, end, cursor);
      yield { span: child, from: began, until: end };
      cursor = began;
    }
    yield* ownTime(span, from, cursor);
  }

  #compare(a: PathSpan, b: PathSpan): number {
    return this.#endOf(b) - this.#endOf(a) || (a.startedAt ?? 0) - (b.startedAt ?? 0) || (a.key < b.key ? -1 : 1);
  }

  /** When the last of all that it led to had ended. */
  #endOf(span: PathSpan): EpochMs {
    const known = this.#ends.get(span.key);
    if (known !== undefined) return known;
    for (const one of this.#below(span).toReversed()) {
      const own = Math.min(Math.max(one.finishedAt ?? this.#until, one.startedAt ?? 0), this.#until);
      const ends = (this.#children.get(one.key) ?? []).map(({ key }) => this.#ends.get(key) ?? 0);
      this.#ends.set(one.key, Math.max(own, ...ends));
    }
    return this.#ends.get(span.key) ?? this.#until;
  }

  /** A span and everything below it, causes before what they caused. */
  #below(span: PathSpan): PathSpan[] {
    const all = [span];
    for (const one of all) all.push(...(this.#children.get(one.key) ?? []));
    return all;
  }
}

/** A stretch in which nothing that a span caused was waited for, by its stages; latest first. */
function* ownTime(span: PathSpan, from: EpochMs, to: EpochMs): Generator<Segment> {
  if (from >= to) return;
  const end = Math.max(span.finishedAt ?? to, span.startedAt ?? from);
  if (end < to) yield { key: span.key, stage: null, activity: 'waiting', isGap: true, from: Math.max(end, from), to };
  const last = Math.min(end, to);
  if (from >= last) return;
  const stages = span.stages
    .map((stage) => ({ ...stage, from: Math.max(stage.startedAt, from), to: Math.min(stage.finishedAt ?? last, last) }))
    .filter((stage) => stage.from < stage.to);
  let cursor = last;
  for (const stage of stages.toReversed()) {
    yield* plain(span, null, stage.to, cursor);
    yield* plain(span, stage, stage.from, stage.to);
    cursor = stage.from;
  }
  yield* plain(span, null, from, cursor);
}

function* plain(span: PathSpan, stage: StageSpan | null, from: EpochMs, to: EpochMs): Generator<Segment> {
  if (from >= to) return;
  const activity = activityOf(span.operation, stage?.category ?? null);
  yield { key: span.key, stage: stage?.name ?? null, activity, isGap: false, from, to };
}

/** What machines do, they do without a break. */
const MACHINES = ['build', 'pipeline', 'deploy'];

/** Of a time in a stage of this category, or in none. */
export function activityOf(operation: string, category: StageCategory | null): Activity {
  if (category === 'waiting') return 'waiting';
  if (category === 'active' || MACHINES.includes(operation)) return 'working';
  return 'unknown';
}

/** How long of a path each thing took, the longest first. */
export function timeBy(path: readonly Segment[], nameOf: (segment: Segment) => string): { name: string; ms: number }[] {
  const sums = new Map<string, number>();
  for (const segment of path) {
    const name = nameOf(segment);
    sums.set(name, (sums.get(name) ?? 0) + segment.to - segment.from);
  }
  return [...sums].map(([name, ms]) => ({ name, ms })).sort((a, b) => b.ms - a.ms || (a.name < b.name ? -1 : 1));
}
