import { canonical, compareText } from './canonical.ts';
import type { FoldedAttempt } from './span.ts';

/** One field of one attempt that is not what it was. */
export interface FieldDifference {
  /** The attempt's ordinal. */
  readonly attempt: number;
  /** A field of {@link FoldedAttempt}; of tags and facts each name by itself: `tags.vcs.ref.head.name`. */
  readonly field: string;
  /** As JSON has it; null where there was, or is, nothing. */
  readonly before: unknown;
  readonly after: unknown;
}

/** What became of one span when its deliveries were read again. */
export interface SpanChange {
  readonly spanId: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly differences: readonly FieldDifference[];
}

/** How the attempts of one span differ; null when they do not. Attempts are compared by their ordinal. */
export function spanChange(
  spanId: string,
  before: readonly FoldedAttempt[],
  after: readonly FoldedAttempt[],
): SpanChange | null {
  const ordinals = [...new Set([...before, ...after].map(({ ordinal }) => ordinal))].sort((a, b) => a - b);
  const differences = ordinals.flatMap((ordinal) => {
    const was = fieldsOf(before.find((attempt) => attempt.ordinal === ordinal));
    const is = fieldsOf(after.find((attempt) => attempt.ordinal === ordinal));
    return differencesOf(ordinal, was, is);
  });
  if (differences.length === 0) return null;
  if (before.length === 0) return { spanId, change: 'added', differences };
  return { spanId, change: after.length === 0 ? 'removed' : 'changed', differences };
}

type Fields = ReadonlyMap<string, unknown>;

function fieldsOf(attempt: FoldedAttempt | undefined): Fields {
  if (attempt === undefined) return new Map();
  const { ordinal: _compared, tags, facts, ...plain } = attempt;
  return new Map([...Object.entries(plain), ...named('tags', tags), ...named('facts', facts)]);
}

function named(field: string, values: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(values).map(([name, value]) => [`${field}.${name}`, value]);
}

function differencesOf(attempt: number, was: Fields, is: Fields): FieldDifference[] {
  const fields = [...new Set([...was.keys(), ...is.keys()])].sort(compareText);
  return fields.flatMap((field) => {
    const before = was.get(field) ?? null;
    const after = is.get(field) ?? null;
    return canonical(before) === canonical(after) ? [] : [{ attempt, field, before, after }];
  });
}

/** Two changes of one span, one after the other, as one; null when the second takes the first back. */
export function joinChanges(first: SpanChange, second: SpanChange): SpanChange | null {
  const joined = new Map(first.differences.map((difference) => [placeOf(difference), difference]));
  for (const difference of second.differences) {
    const { before } = joined.get(placeOf(difference)) ?? difference;
    joined.set(placeOf(difference), { ...difference, before });
  }
  const differences = [...joined.values()].filter(({ before, after }) => canonical(before) !== canonical(after));
  if (differences.length === 0) return null;
  const { spanId } = first;
  if (first.change === 'added') return { spanId, change: 'added', differences };
  return { spanId, change: second.change === 'removed' ? 'removed' : 'changed', differences };
}

function placeOf({ attempt, field }: FieldDifference): string {
  return `${attempt} ${field}`;
}
