import type { EpochMs, Event } from './event.ts';
import {
  type Attributes,
  attributesAfter,
  enterStage,
  finish,
  finishUnknown,
  type Life,
  type Opened,
  open,
  openAtEnd,
  outcomeOf,
  toAttempt,
} from './life.ts';
import { inOrder, precedes } from './order.ts';
import type { Attempt, FoldedAttempt, StageSpan } from './span.ts';

/** What must be known of an identity to fold one more event without its history. Plain JSON, of bounded size. */
export interface Tail {
  /** The greatest time and the coarsest precision of all events; null while there are none. */
  readonly latest: { readonly occurredAt: EpochMs; readonly precisionMs: number } | null;
  /** How many attempts there are. */
  readonly count: number;
  /** The sender's greatest attempt number; null where it does not number its runs. */
  readonly number: number | null;
  /** The last attempt (of {@link number}, where runs are numbered); null before it opens. */
  readonly current: Life | null;
  /** What was told before the first attempt opened. */
  readonly pending: Attributes | null;
  /** The earliest `startedAt` that counts for the first attempt, until that opens. */
  readonly evidence: EpochMs | null;
  /** The start of the first attempt; `closed` where evidence cannot move it. */
  readonly firstStart: EpochMs | null | 'closed';
}

/** What became of one attempt: its fields as they are now, and its stages from `stagesFrom` (an index) on. */
export interface AttemptChange {
  readonly attempt: Attempt;
  readonly stagesFrom: number;
  readonly stages: readonly StageSpan[];
}

export interface Fold {
  readonly attempts: readonly FoldedAttempt[];
  readonly tail: Tail;
  /** By each event's key the ordinal of the attempt that it belongs to; 0 where it came before any. */
  readonly landings: ReadonlyMap<string, number>;
}

export interface FoldStep {
  readonly tail: Tail;
  /** Changed and new attempts, in order; the others stay as they are. */
  readonly changes: readonly AttemptChange[];
}

/** The ordinal of the attempt that the last event folded belongs to; 0 where it came before any. */
export function landingOf({ current }: Tail): number {
  return current?.ordinal ?? 0;
}

/** The tail of an identity of which nothing is known yet. */
export const emptyTail: Tail = {
  latest: null,
  count: 0,
  number: null,
  current: null,
  pending: null,
  evidence: null,
  firstStart: null,
};

/**
 * Folds all merged events of one identity (each key once; any order) into its attempts. Pure, and independent of the
 * order of the events; docs/model.md, "The fold", is the specification.
 */
export function fold(events: readonly Event[]): Fold {
  const isNumbered = events.some((event) => event.attempt !== undefined);
  const runs = isNumbered ? byNumber(events) : [{ number: null, events, evidence: earliestStart(events) }];
  let count = 0;
  let step: FoldStep = { tail: emptyTail, changes: [] };
  const attempts: FoldedAttempt[] = [];
  const landings = new Map<string, number>();
  for (const run of runs) {
    step = foldRun(run, count, landings);
    count = step.tail.count;
    attempts.push(...step.changes.map(({ attempt, stages }) => ({ ...attempt, stages })));
  }
  return { attempts, tail: { ...step.tail, latest: latestOf(events) }, landings };
}

/**
 * Folds one event onto the stored state: O(1), whatever the identity has seen. Null when only a whole {@link fold} can
 * tell, because the event does not sort after everything known, moves a start, or belongs to an earlier attempt.
 */
export function foldOnto(tail: Tail, event: Event): FoldStep | null {
  if (tail.latest !== null && !precedes(tail.latest, event)) return null;
  if (!continues(tail, event)) return null;
  if (movesStart(tail, event)) return null;
  const number = event.attempt ?? null;
  const isNextNumber = number !== tail.number;
  const before = isNextNumber ? { ...emptyTail, count: tail.count, number } : tail;
  const evidence = before.current === null ? minimum(before.evidence, event.startedAt ?? null) : null;
  const folding = new Folding({ ...before, evidence });
  folding.apply(event);
  const step = folding.step();
  return { ...step, tail: { ...step.tail, latest: widest(tail.latest, event) } };
}

interface Run {
  readonly number: number | null;
  readonly events: readonly Event[];
  readonly evidence: EpochMs | null;
}

// An event without a number belongs to the run in force at its time; its evidence to the first run.
function byNumber(events: readonly Event[]): Run[] {
  const firstTimes = new Map<number, EpochMs>();
  for (const { attempt, occurredAt } of events) {
    if (attempt !== undefined) firstTimes.set(attempt, Math.min(occurredAt, firstTimes.get(attempt) ?? occurredAt));
  }
  const numbers = [...firstTimes.keys()].sort((a, b) => a - b);
  const numberOf = (event: Event): number =>
    event.attempt ??
    numbers.findLast((number) => (firstTimes.get(number) ?? Infinity) <= event.occurredAt) ??
    numbers[0] ??
    0;
  const groups = Map.groupBy(events, numberOf);
  const unnumbered = events.filter((event) => event.attempt === undefined);
  return numbers.map((number, index) => {
    const own = (groups.get(number) ?? []).filter((event) => event.attempt !== undefined);
    const evidence = earliestStart(index === 0 ? [...own, ...unnumbered] : own);
    return { number, events: groups.get(number) ?? [], evidence };
  });
}

function foldRun(run: Run, count: number, landings: Map<string, number>): FoldStep {
  const folding = new Folding({ ...emptyTail, count, number: run.number, evidence: run.evidence });
  for (const event of inOrder(run.events, () => folding.isOpen)) {
    folding.apply(event);
    landings.set(event.key, folding.landing);
  }
  return folding.step();
}

function earliestStart(events: readonly Event[]): EpochMs | null {
  let earliest: EpochMs | null = null;
  for (const { startedAt } of events) {
    if (startedAt !== undefined && (earliest === null || startedAt < earliest)) earliest = startedAt;
  }
  return earliest;
}

type Instant = NonNullable<Tail['latest']>;

function widest(a: Instant | null, b: Instant): Instant {
  if (a === null) return { occurredAt: b.occurredAt, precisionMs: b.precisionMs };
  return {
    occurredAt: Math.max(a.occurredAt, b.occurredAt),
    precisionMs: Math.max(a.precisionMs, b.precisionMs),
  };
}

function latestOf(events: readonly Event[]): Instant | null {
  let latest: Instant | null = null;
  for (const event of events) latest = widest(latest, event);
  return latest;
}

function continues(tail: Tail, event: Event): boolean {
  if (tail.latest === null) return true;
  if (tail.number === null || event.attempt === undefined) return tail.number === (event.attempt ?? null);
  return event.attempt >= tail.number;
}

function movesStart(tail: Tail, event: Event): boolean {
  if (event.startedAt === undefined || tail.firstStart === 'closed') return false;
  if (event.attempt !== tail.number && tail.number !== null) return false;
  if (tail.current === null && tail.firstStart === null) return false;
  return tail.firstStart === null || event.startedAt < tail.firstStart;
}

/** One run of events in order; begins from nothing, or from what is stored of an identity. */
class Folding {
  #tail: Tail;
  readonly #changes: { life: Life; stagesFrom: number; stages: StageSpan[] }[] = [];
  readonly #openings = new Map<EpochMs, number>();

  constructor(tail: Tail) {
    this.#tail = tail;
    if (tail.current === null) return;
    const { current } = tail;
    const stages = current.lastStage === null ? [] : [current.lastStage];
    this.#changes.push({ life: current, stagesFrom: current.stageCount - stages.length, stages });
  }

  get landing(): number {
    return landingOf(this.#tail);
  }

  get isOpen(): boolean {
    return this.#tail.current?.open === true;
  }

  step(): FoldStep {
    const changes = this.#changes.map(({ life, stagesFrom, stages }) => ({
      attempt: toAttempt(life),
      stagesFrom,
      stages,
    }));
    return { tail: this.#tail, changes };
  }

  apply(event: Event): void {
    const { current } = this.#tail;
    if (current === null) this.#applyFirst(event);
    else if (current.open) this.#applyOpen(current, event);
    else if (this.#tail.number === null) this.#applyFinished(current, event);
    else this.#applyFinishedRun(current, event);
  }

  #applyFirst(event: Event): void {
    if (event.state === 'intermediary' || event.state === 'unknown') {
      this.#tail = { ...this.#tail, pending: attributesAfter(this.#tail.pending, event) };
      return;
    }
    this.#begin(event);
  }

  #applyOpen(current: Life, event: Event): void {
    if (event.state === 'start' && event.reopens === true && this.#tail.number === null && !isTold(current, event)) {
      this.#replace({ life: finishUnknown(current), stages: current.lastStage === null ? [] : [current.lastStage] });
      this.#begin(event);
      return;
    }
    const life = { ...current, attributes: attributesAfter(current.attributes, event) };
    if (event.state === 'end') this.#replace(finish(life, event));
    else if (event.state === 'transition' && event.stage !== undefined)
      this.#replace(enterStage(life, event.stage, event.occurredAt));
    else this.#keep(life);
  }

  #applyFinished(current: Life, event: Event): void {
    if (event.state === 'start' || reopensByStage(event)) this.#begin(event);
    else if (event.state === 'end' && event.replacesEnd === true && isAnotherResult(current, event)) this.#begin(event);
    else this.#keepFinished(current, event);
  }

  #applyFinishedRun(current: Life, event: Event): void {
    if (event.state === 'start') {
      const life = { ...current, attributes: attributesAfter(current.attributes, event) };
      this.#keep({ ...life, startedAt: life.startedAt ?? event.occurredAt });
    } else if (event.state === 'end' && event.replacesEnd === true && isAnotherResult(current, event)) {
      this.#replace(finish({ ...current, attributes: attributesAfter(current.attributes, event) }, event));
    } else this.#keepFinished(current, event);
  }

  #keepFinished(current: Life, event: Event): void {
    const life = { ...current, attributes: attributesAfter(current.attributes, event) };
    const tellsResult = event.state === 'end' && current.result === 'unknown';
    this.#keep(tellsResult ? { ...life, ...outcomeOf(event) } : life);
  }

  #begin(event: Event): void {
    const isFirst = this.#tail.current === null;
    const evidence = isFirst && event.reopens !== true ? this.#tail.evidence : null;
    const opening = {
      key: this.#keyOf(event),
      ordinal: this.#tail.number ?? this.#tail.count + 1,
      attributes: attributesAfter(this.#tail.pending, event),
      evidence,
    };
    const { life, stages }: Opened =
      event.state === 'end' ? { life: openAtEnd(opening, event), stages: [] } : open(opening, event);
    this.#changes.push({ life, stagesFrom: 0, stages: [...stages] });
    this.#tail = {
      ...this.#tail,
      count: this.#tail.count + 1,
      current: life,
      pending: null,
      evidence: null,
      firstStart: isFirst ? firstStartOf(life) : this.#tail.firstStart,
    };
  }

  #keyOf(event: Event): string {
    if (this.#tail.number !== null) return `n:${this.#tail.number}`;
    const earlier = this.#openings.get(event.occurredAt) ?? 0;
    this.#openings.set(event.occurredAt, earlier + 1);
    return earlier === 0 ? `t:${event.occurredAt}` : `t:${event.occurredAt}#${earlier + 1}`;
  }

  #keep(life: Life): void {
    this.#replace({ life, stages: life.lastStage === null ? [] : [life.lastStage] });
  }

  /** Puts the current attempt's new state in place of the old, and its last stages in place of the last one. */
  #replace({ life, stages }: Opened): void {
    const change = this.#changes.at(-1);
    if (change === undefined) return;
    const hadStage = change.life.lastStage !== null;
    if (hadStage) change.stages.pop();
    change.stages.push(...stages);
    change.life = life;
    this.#tail = { ...this.#tail, current: life };
  }
}

/** A sender may tell of one re-opening by when it happened in one place, and by when that was written down in another. */
const TOLD_WITHIN_MS = 2_000;

/** Whether it was this re-opening that opened the attempt: nothing ended that since, and it is as good as the same time. */
function isTold({ reopening, startedAt }: Life, event: Event): boolean {
  return reopening && startedAt !== null && event.occurredAt - startedAt <= TOLD_WITHIN_MS;
}

function reopensByStage({ state, stage }: Event): boolean {
  return state === 'transition' && (stage?.category === 'waiting' || stage?.category === 'active');
}

function isAnotherResult(current: Life, event: Event): boolean {
  const { result } = outcomeOf(event);
  return result !== 'unknown' && current.result !== 'unknown' && result !== current.result;
}

function firstStartOf(life: Life): EpochMs | null | 'closed' {
  return life.reopening ? 'closed' : life.startedAt;
}

function minimum(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
