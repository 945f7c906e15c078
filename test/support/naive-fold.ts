import { canonical } from '../../src/domain/canonical.ts';
import { channels, type Event, isErrorResult, type Result } from '../../src/domain/event.ts';
import type { Anomaly, FoldedAttempt, StageSpan } from '../../src/domain/span.ts';

// A second implementation of docs/model.md, "The fold" and "Merge": slow, stateless where it can be, and written from
// the page, so that a mistake in the real one is not repeated here.

const RANK_OPEN = ['transition', 'intermediary', 'end', 'start'];
const RANK_ELSE = ['start', 'transition', 'intermediary', 'end'];

function rank(order: readonly string[], { state }: Event): number {
  return order.indexOf(state === 'unknown' ? 'intermediary' : state);
}

const smaller = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** "a precedes b when floor(a.time / p) < floor(b.time / p)"; then by seq, where both have the same instant. */
function isBefore(a: Event, b: Event): boolean {
  const p = Math.max(a.precisionMs, b.precisionMs);
  const [x, y] = [Math.floor(a.occurredAt / p), Math.floor(b.occurredAt / p)];
  if (x !== y) return x < y;
  if (a.occurredAt !== b.occurredAt || a.precisionMs !== b.precisionMs) return false;
  if (a.seq === undefined || b.seq === undefined) return false;
  return (a.seq - b.seq || rank(RANK_ELSE, a) - rank(RANK_ELSE, b) || smaller(a.key, b.key)) < 0;
}

interface Draft {
  readonly key: string;
  readonly ordinal: number;
  /** Everything that belongs to the attempt, in the order it was taken. */
  readonly events: Event[];
  readonly opening: Event;
  ending: Event | null;
  isOpen: boolean;
  endIsUnknown: boolean;
  result: Result | null;
  isError: boolean;
  startedAt: number | null;
  finishedAt: number | null;
  boundary: number;
  /** Each stage that was entered, and when. */
  readonly entries: { readonly stage: NonNullable<Event['stage']>; readonly at: number }[];
}

/** "Where any event of the identity carries the sender's attempt number, each number is folded by itself." */
export function naiveFold(events: readonly Event[]): FoldedAttempt[] {
  const numbers = [...new Set(events.flatMap(({ attempt }) => attempt ?? []))].sort((a, b) => a - b);
  const evidenceOf = (of: readonly Event[]) => of.flatMap(({ startedAt }) => startedAt ?? []);
  if (numbers.length === 0) return foldRun(events, evidenceOf(events), null);
  const numberOf = (event: Event): number => {
    if (event.attempt !== undefined) return event.attempt;
    const begun = numbers.filter((n) => events.some((e) => e.attempt === n && e.occurredAt <= event.occurredAt));
    return begun.at(-1) ?? numbers[0] ?? 0;
  };
  return numbers.flatMap((number, index) => {
    const own = events.filter((event) => numberOf(event) === number);
    const evident = events.filter(({ attempt }) => attempt === number || (index === 0 && attempt === undefined));
    return foldRun(own, evidenceOf(evident), number);
  });
}

function foldRun(events: readonly Event[], evidence: readonly number[], number: number | null): FoldedAttempt[] {
  const drafts: Draft[] = [];
  const before: Event[] = [];
  const remaining = [...events];
  while (remaining.length > 0) {
    const current = drafts.at(-1);
    const order = current?.isOpen === true ? RANK_OPEN : RANK_ELSE;
    const free = remaining.filter((event) => !remaining.some((other) => isBefore(other, event)));
    const next = free.sort((a, b) => rank(order, a) - rank(order, b) || smaller(a.key, b.key))[0];
    if (next === undefined) throw new Error('the order has a circle');
    remaining.splice(remaining.indexOf(next), 1);
    take(next, { drafts, before, evidence, number });
  }
  return drafts.map(attemptOf);
}

interface Run {
  readonly drafts: Draft[];
  readonly before: Event[];
  readonly evidence: readonly number[];
  readonly number: number | null;
}

/** The table of "States". */
function take(event: Event, run: Run): void {
  const current = run.drafts.at(-1);
  const isRemark = event.state === 'intermediary' || event.state === 'unknown';
  if (current === undefined) {
    if (isRemark) run.before.push(event);
    else begin(event, run);
    return;
  }
  if (beginsAnother(event, current, run.number)) {
    if (current.isOpen) {
      // "the attempt is finished with an unknown end and result unknown, and a new one opens"
      current.isOpen = false;
      current.endIsUnknown = true;
      current.result = 'unknown';
    }
    begin(event, run);
    return;
  }
  current.events.push(event);
  if (current.isOpen) takeOpen(event, current);
  else takeFinished(event, current, run.number);
}

function beginsAnother(event: Event, current: Draft, number: number | null): boolean {
  if (number !== null) return false;
  if (current.isOpen) return event.state === 'start' && event.reopens === true && !isSameReopening(event, current);
  if (event.state === 'start') return true;
  if (event.state === 'transition') return ['waiting', 'active'].includes(event.stage?.category ?? '');
  return event.state === 'end' && replaces(event, current);
}

/** "It is a mark too where a re-opening opened the attempt, at most two seconds before it." */
function isSameReopening(event: Event, { opening }: Draft): boolean {
  return opening.reopens === true && event.occurredAt <= opening.occurredAt + 2_000;
}

function replaces(event: Event, { result }: Draft): boolean {
  const other = event.result ?? 'unknown';
  return event.replacesEnd === true && other !== 'unknown' && result !== 'unknown' && other !== result;
}

function takeOpen(event: Event, current: Draft): void {
  const at = Math.max(event.occurredAt, current.boundary);
  if (event.state === 'transition' && event.stage !== undefined) {
    if (current.entries.at(-1)?.stage.key === event.stage.key) return;
    current.entries.push({ stage: event.stage, at });
    current.boundary = at;
  }
  if (event.state === 'end') end(event, current, at);
}

function takeFinished(event: Event, current: Draft, number: number | null): void {
  // "On a finished attempt a start is a mark, which gives the start when it is still unknown"
  if (number !== null && event.state === 'start') current.startedAt ??= event.occurredAt;
  if (event.state !== 'end') return;
  if (number !== null && replaces(event, current)) end(event, current, Math.max(event.occurredAt, current.boundary));
  else if (current.result === 'unknown') setResult(event, current);
}

function end(event: Event, current: Draft, at: number): void {
  current.isOpen = false;
  current.finishedAt = at;
  current.boundary = at;
  current.ending = event;
  setResult(event, current);
}

function setResult(event: Event, current: Draft): void {
  current.result = event.result ?? 'unknown';
  current.isError = event.isError ?? isErrorResult(current.result);
}

function begin(event: Event, run: Run): void {
  const isFirst = run.drafts.length === 0;
  // "the earliest of it and the opening event wins. It is no evidence where the first known attempt was opened by a
  // re-opening"
  const counted = isFirst && event.reopens !== true ? run.evidence : [];
  const opened = event.state === 'end' ? counted : [...counted, event.occurredAt];
  const sameTime = run.drafts.filter(({ opening }) => opening.occurredAt === event.occurredAt).length;
  const key =
    run.number === null ? `t:${event.occurredAt}${sameTime === 0 ? '' : `#${sameTime + 1}`}` : `n:${run.number}`;
  const draft: Draft = {
    key,
    ordinal: run.number ?? run.drafts.length + 1,
    events: isFirst ? [...run.before, event] : [event],
    opening: event,
    ending: null,
    isOpen: event.state !== 'end',
    endIsUnknown: false,
    result: null,
    isError: false,
    startedAt: opened.length === 0 ? null : Math.min(...opened),
    finishedAt: null,
    boundary: event.occurredAt,
    entries: event.stage === undefined || event.state === 'end' ? [] : [{ stage: event.stage, at: event.occurredAt }],
  };
  run.drafts.push(draft);
  if (event.state !== 'end') return;
  // "When an attempt has only an end and started_at lies after it, but within the end's precision, the end counts at
  // started_at."
  const p = event.precisionMs;
  const late = draft.startedAt !== null && Math.floor(draft.startedAt / p) === Math.floor(event.occurredAt / p);
  end(event, draft, late ? Math.max(draft.startedAt ?? 0, event.occurredAt) : event.occurredAt);
}

function attemptOf(draft: Draft): FoldedAttempt {
  const { key, ordinal, events, isOpen, result, isError, startedAt, finishedAt } = draft;
  const last = <T>(read: (event: Event) => T | undefined): T | undefined =>
    events.map(read).findLast((value) => value !== undefined);
  const stages = stagesOf(draft);
  return {
    key,
    ordinal,
    operation: last((event) => event.operation) ?? '',
    project: last((event) => event.project ?? event.name.scope) ?? '',
    team: null,
    title: last((event) => event.title) ?? null,
    url: last((event) => event.url) ?? null,
    actor: last((event) => event.actor) ?? null,
    tags: lastOfEach(events.map((event) => event.tags)),
    facts: lastOfEach(events.map((event) => event.facts)),
    mentions: last((event) => event.mentions) ?? [],
    state: isOpen ? 'open' : 'finished',
    startedAt,
    finishedAt,
    result,
    isError,
    anomalies: anomaliesOf(draft, stages),
    stages,
  };
}

function lastOfEach<V>(records: readonly (Readonly<Record<string, V | null>> | undefined)[]): Record<string, V> {
  const all = records.flatMap((record) => Object.entries(record ?? {}));
  const kept: Record<string, V> = {};
  for (const name of new Set(all.map(([one]) => one))) {
    const value = all.findLast(([one]) => one === name)?.[1];
    if (value !== null && value !== undefined) kept[name] = value;
  }
  return kept;
}

/** "Before the first known stage the stage is unknown … An unknown stage of no length is left out." */
function stagesOf({ entries, startedAt, finishedAt, isOpen }: Draft): StageSpan[] {
  const [first] = entries;
  if (first === undefined || startedAt === null) return [];
  const before = { stage: { key: 'unknown', name: 'unknown' } as NonNullable<Event['stage']>, at: startedAt };
  const isKnownFromStart = first.at === startedAt;
  const all = isKnownFromStart ? entries : [before, ...entries];
  const runs = all.filter(({ stage }, index) => index === 0 || all[index - 1]?.stage.key !== stage.key);
  return runs.map(({ stage, at }, index) => ({
    key: stage.key,
    // The unknown time before and a stage that is called so are one; the sender's word names it.
    name: index === 0 && stage === before.stage && first.stage.key === 'unknown' ? first.stage.name : stage.name,
    category:
      (index === 0 && stage === before.stage && first.stage.key === 'unknown'
        ? first.stage.category
        : stage.category) ?? null,
    startedAt: at,
    finishedAt: runs[index + 1]?.at ?? (isOpen ? null : finishedAt),
  }));
}

function anomaliesOf(
  { events, isOpen, endIsUnknown, startedAt, finishedAt }: Draft,
  stages: readonly StageSpan[],
): Anomaly[] {
  const impossible = (at: number, { receivedAt }: Event) => at < Date.UTC(2000, 0, 1) || at > receivedAt + 600_000;
  const hasBadClock = events.some(
    (event) =>
      impossible(event.occurredAt, event) || (event.startedAt !== undefined && impossible(event.startedAt, event)),
  );
  const found: Record<Anomaly, boolean> = {
    clock_anomaly: hasBadClock,
    end_unknown: endIsUnknown,
    end_without_start: !isOpen && startedAt === null,
    ends_before_start: startedAt !== null && finishedAt !== null && finishedAt < startedAt,
    stage_unknown: stages[0]?.key === 'unknown',
  };
  return (Object.keys(found) as Anomaly[]).filter((anomaly) => found[anomaly]).sort();
}

function ownOf(record: object | undefined, name: string): unknown {
  return Object.entries(record ?? {}).find(([one]) => one === name)?.[1];
}

/** "Observations of one key are merged field by field", by sorting the weakest first and letting the last one win. */
export function naiveMerge(observations: readonly Event[]): Record<string, unknown> {
  const strength = (read: (event: Event) => unknown) =>
    observations
      .filter((event) => read(event) !== undefined)
      .sort(
        (a, b) =>
          channels.indexOf(a.channel) - channels.indexOf(b.channel) ||
          a.observedAt - b.observedAt ||
          smaller(canonical(read(a)), canonical(read(b))),
      );
  const merged: Record<string, unknown> = {};
  for (const field of [
    'identity',
    'name',
    'key',
    'state',
    'operation',
    'channel',
    'seq',
    'attempt',
    'reopens',
  ] as const)
    merged[field] = strength((event) => event[field]).at(-1)?.[field];
  for (const field of ['replacesEnd', 'stage', 'result', 'isError', 'title', 'url', 'actor', 'mentions'] as const)
    merged[field] = strength((event) => event[field]).at(-1)?.[field];
  const stage = merged.stage as Event['stage'];
  const category = strength((event) => (event.stage?.key === stage?.key ? event.stage?.category : undefined)).at(-1);
  if (stage !== undefined && stage.category === undefined && category !== undefined)
    merged.stage = { ...stage, category: category.stage?.category };
  const timed = strength(({ occurredAt, precisionMs }) => ({ occurredAt, precisionMs })).at(-1);
  merged.occurredAt = timed?.occurredAt;
  merged.precisionMs = timed?.precisionMs;
  merged.observedAt = Math.max(...observations.map(({ observedAt }) => observedAt));
  merged.receivedAt = Math.min(...observations.map(({ receivedAt }) => receivedAt));
  const starts = observations.flatMap(({ startedAt }) => startedAt ?? []);
  if (starts.length > 0) merged.startedAt = Math.min(...starts);
  for (const field of ['tags', 'facts'] as const) {
    const names = new Set(observations.flatMap((event) => Object.keys(event[field] ?? {})));
    if (observations.some((event) => event[field] !== undefined))
      merged[field] = Object.fromEntries(
        [...names].map((name) => [name, strength((event) => ownOf(event[field], name)).at(-1)?.[field]?.[name]]),
      );
  }
  for (const field of ['aliases', 'provides', 'wants'] as const) {
    const items = observations.flatMap((event): readonly unknown[] => event[field] ?? []);
    if (observations.some((event) => event[field] !== undefined))
      merged[field] = [...new Set(items.map(canonical))].sort(smaller).map((text) => JSON.parse(text));
  }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}
