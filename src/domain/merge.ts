import { canonical, compareText } from './canonical.ts';
import { channels, type Event, type Stage } from './event.ts';

type Field = keyof Event;
type MutableEvent = { -readonly [K in keyof Event]: Event[K] };

/** Every optional field of which the strongest observation's value is taken as it is. */
const plainFields = [
  'seq',
  'attempt',
  'reopens',
  'replacesEnd',
  'result',
  'isError',
  'project',
  'title',
  'url',
  'actor',
  'mentions',
] as const satisfies readonly Field[];

/**
 * Merges all observations of one fact (one identity, one key) into one event.
 *
 * Commutative, associative and idempotent, so it does not matter which channel was first. Field by field the richer
 * channel wins, then the later observing payload, then the greater canonical text; see docs/model.md, "Merge".
 * Throws a RangeError when there are none.
 */
export function merge(observations: readonly Event[]): Event {
  const [first, ...others] = observations;
  if (first === undefined) throw new RangeError('a fact needs at least one observation');
  if (others.length === 0) return first;

  const time = strongest(observations, (o) => ({ occurredAt: o.occurredAt, precisionMs: o.precisionMs }));
  const merged: MutableEvent = {
    ...first,
    ...time,
    name: strongest(observations, (o) => o.name) ?? first.name,
    state: strongest(observations, (o) => o.state) ?? first.state,
    operation: strongest(observations, (o) => o.operation) ?? first.operation,
    channel: channels.findLast((channel) => observations.some((o) => o.channel === channel)) ?? first.channel,
    observedAt: Math.max(...observations.map((o) => o.observedAt)),
    receivedAt: Math.min(...observations.map((o) => o.receivedAt)),
  };
  for (const field of plainFields)
    set(
      merged,
      field,
      strongest(observations, (o) => o[field]),
    );
  set(merged, 'stage', stageOf(observations));
  set(merged, 'startedAt', earliest(observations));
  set(
    merged,
    'tags',
    mergeRecords(observations, (o) => o.tags),
  );
  set(
    merged,
    'facts',
    mergeRecords(observations, (o) => o.facts),
  );
  set(
    merged,
    'aliases',
    union(observations, (o) => o.aliases),
  );
  set(
    merged,
    'provides',
    union(observations, (o) => o.provides),
  );
  set(
    merged,
    'wants',
    union(observations, (o) => o.wants),
  );
  return merged;
}

/** Its category is that of whoever knows it: an import tells stages of the past whose category nobody tells any more. */
function stageOf(observations: readonly Event[]): Stage | undefined {
  const stage = strongest(observations, (o) => o.stage);
  if (stage === undefined || stage.category !== undefined) return stage;
  const category = strongest(observations, (o) => (o.stage?.key === stage.key ? o.stage.category : undefined));
  return category === undefined ? stage : { ...stage, category };
}

function set<K extends Field>(target: MutableEvent, field: K, value: MutableEvent[K] | undefined): void {
  if (value === undefined) delete target[field];
  else target[field] = value;
}

function strongest<T>(observations: readonly Event[], read: (observation: Event) => T | undefined): T | undefined {
  let winner: { observation: Event; value: T } | undefined;
  for (const observation of observations) {
    const value = read(observation);
    if (value === undefined) continue;
    if (winner === undefined || isStronger(observation, value, winner)) winner = { observation, value };
  }
  return winner?.value;
}

function isStronger<T>(observation: Event, value: T, than: { observation: Event; value: T }): boolean {
  const byChannel = channels.indexOf(observation.channel) - channels.indexOf(than.observation.channel);
  const order =
    byChannel ||
    observation.observedAt - than.observation.observedAt ||
    compareText(canonical(value), canonical(than.value));
  return order > 0;
}

function earliest(observations: readonly Event[]): number | undefined {
  const times = observations.flatMap((o) => o.startedAt ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

function mergeRecords<V>(
  observations: readonly Event[],
  read: (observation: Event) => Readonly<Record<string, V>> | undefined,
): Record<string, V> | undefined {
  const names = new Set(observations.flatMap((o) => Object.keys(read(o) ?? {})));
  if (names.size === 0 && observations.every((o) => read(o) === undefined)) return undefined;
  const entries = [...names].flatMap((name) => {
    const value = strongest(observations, (o) => own(read(o), name));
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}

// A tag may be called `constructor` or `toString`; only what the sender put there counts.
function own<V>(record: Readonly<Record<string, V>> | undefined, name: string): V | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

function union<T>(
  observations: readonly Event[],
  read: (observation: Event) => readonly T[] | undefined,
): readonly T[] | undefined {
  const lists = observations.map(read).filter((list) => list !== undefined);
  if (lists.length === 0) return undefined;
  const byText = new Map(lists.flat().map((item) => [canonical(item), item]));
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, item]) => item);
}
