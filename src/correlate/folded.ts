import type { Attempt } from '../domain/span.ts';
import type { IdentityId } from '../store/contract.ts';
import type { AttemptState } from '../store/correlation.ts';
import { type Landed, timeOf } from './references.ts';

/** What became of one identity: what correlation starts from. */
export interface Folded {
  readonly identityId: IdentityId;
  /** Whether this is all of it, so that what is not here is no longer. */
  readonly whole: boolean;
  /** Its attempts, or those that have changed. */
  readonly attempts: readonly Attempt[];
  /** Its events, or the new ones. */
  readonly landed: readonly Landed[];
}

/** A stretch of time; open at the end while that is not known. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** In what an identity differs from what it was, as far as links depend on it. */
export interface Difference {
  /** It was nothing that can be linked to, or is no longer; or it has become an incident, or is none. */
  readonly isAnother: boolean;
  /** Attempts that are something else now, or at another time, so that their own links may differ. */
  readonly moved: readonly number[];
  readonly removed: readonly number[];
  /** What attempts were before, by their ordinals. */
  readonly was: ReadonlyMap<number, AttemptState>;
  /** When it was in force and is not, or the other way round. */
  readonly times: readonly Window[];
}

export function differenceOf(before: readonly AttemptState[], { whole, attempts }: Folded): Difference {
  const was = new Map(before.map((state) => [state.ordinal, state]));
  const is = new Map(attempts.map((attempt) => [attempt.ordinal, attempt]));
  const removed = whole ? before.flatMap(({ ordinal }) => (is.has(ordinal) ? [] : [ordinal])) : [];
  return {
    isAnother: isLinkedAsAnother(before, attempts),
    moved: [
      ...attempts.filter((one) => isMoved(was.get(one.ordinal), one)).map(({ ordinal }) => ordinal),
      ...(whole ? firstOfBoth([...was.keys()], [...is.keys()]) : []),
    ],
    removed,
    was,
    times: [
      ...attempts.flatMap((attempt) => timesBetween(was.get(attempt.ordinal), attempt)),
      ...removed.flatMap((ordinal) => timesBetween(was.get(ordinal), undefined)),
    ],
  };
}

/** What was told before any attempt belongs to the first: to another one than before. */
function firstOfBoth(was: readonly number[], is: readonly number[]): number[] {
  const [before, after] = [Math.min(...was), Math.min(...is)];
  return was.length === 0 || is.length === 0 || before === after ? [] : [before, after];
}

function isLinkedAsAnother(before: readonly AttemptState[], after: readonly Attempt[]): boolean {
  const last = (attempts: readonly Pick<Attempt, 'ordinal' | 'operation'>[]) =>
    attempts.reduce<Pick<Attempt, 'ordinal' | 'operation'> | null>(
      (newest, attempt) => (newest === null || attempt.ordinal > newest.ordinal ? attempt : newest),
      null,
    );
  const [was, is] = [last(before), last(after)];
  if (was === null || is === null) return was !== is;
  return (was.operation === 'incident') !== (is.operation === 'incident');
}

function isMoved(was: AttemptState | undefined, is: Attempt): boolean {
  return was === undefined || was.operation !== is.operation || timeOf(was) !== timeOf(is);
}

type Times = Pick<Attempt, 'startedAt' | 'finishedAt'>;

function timesBetween(was: Times | undefined, is: Times | undefined): Window[] {
  const [a, b] = [windowOf(was), windowOf(is)];
  if (a === null || b === null) return [a, b].filter((window) => window !== null);
  return [
    ...(a.from === b.from ? [] : [{ from: Math.min(a.from, b.from), to: Math.max(a.from, b.from) }]),
    ...(a.to === b.to ? [] : [{ from: Math.min(a.to, b.to), to: Math.max(a.to, b.to) }]),
  ];
}

export function windowOf(times: Times | undefined): Window | null {
  if (times === undefined || times.startedAt === null) return null;
  return { from: timeOf(times), to: times.finishedAt ?? Number.MAX_SAFE_INTEGER };
}
