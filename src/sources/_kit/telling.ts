import type { Event } from '../../domain/event.ts';
import type { SourceTime } from './time.ts';

/** What all events of one operation have in common. */
export type Operation = Pick<
  Event,
  'identity' | 'name' | 'aliases' | 'project' | 'operation' | 'receivedAt' | 'channel'
>;

type Telling = Partial<Omit<Event, keyof Operation>> & Pick<Event, 'key' | 'state'>;

/** An event as the newest thing its payload tells. */
export function tell(operation: Operation, at: SourceTime, observed: SourceTime, telling: Telling): Event {
  return { ...operation, ...whenever(at), observedAt: observed.at, ...telling };
}

/**
 * An event of the past that a payload proves besides what it is about. It says the same in every payload, so that the
 * many proofs of one fact are one observation.
 */
export function prove(operation: Operation, at: SourceTime, telling: Telling): Event {
  return tell(operation, at, at, telling);
}

function whenever({ at, precisionMs }: SourceTime): Pick<Event, 'occurredAt' | 'precisionMs'> {
  return { occurredAt: at, precisionMs };
}

/**
 * Events of an operation that is run once under its id, as the run that it is: where its times contradict each other, its
 * start may lie after its end, and would otherwise begin another attempt that never ends.
 */
export function ofOneRun(events: readonly Event[]): Event[] {
  return byKey(events.map((event) => ({ ...event, attempt: 1 })));
}

/** Later events take the place of earlier ones with the same key: what a payload is about tells more than a proof. */
export function byKey(events: readonly Event[]): Event[] {
  return [...new Map(events.map((event) => [event.key, event])).values()];
}
