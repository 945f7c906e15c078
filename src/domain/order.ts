import { compareText } from './canonical.ts';
import type { Event, EventState } from './event.ts';

/** True when the source's times say that `a` came before `b`: compared at the coarser of their two precisions. */
export function precedes(a: Instant, b: Instant): boolean {
  const precision = Math.max(a.precisionMs, b.precisionMs);
  return Math.floor(a.occurredAt / precision) < Math.floor(b.occurredAt / precision);
}

type Instant = Pick<Event, 'occurredAt' | 'precisionMs'>;

// One cycle (…, transition, intermediary, end, start, …), entered after the state the attempt is in.
const RANK_WHEN_OPEN: Record<EventState, number> = { transition: 0, intermediary: 1, unknown: 1, end: 2, start: 3 };
const RANK_WHEN_CLOSED: Record<EventState, number> = { start: 0, transition: 1, intermediary: 2, unknown: 2, end: 3 };

/**
 * Gives events in the order the source's times prove, and within a tie in the order that the state permits; see
 * docs/model.md, "Order". `isOpen` is asked again before each event.
 *
 * O(n log n): events of one precision are sorted once, and only the heads of the few precisions are compared.
 */
export function* inOrder(events: readonly Event[], isOpen: () => boolean): Generator<Event> {
  const timelines = [...Map.groupBy(events, (event) => event.precisionMs).values()].map(
    (ofOnePrecision) => new Timeline(ofOnePrecision),
  );
  for (let left = events.length; left > 0; left -= 1) {
    const lanes = timelines.filter((timeline) => isNext(timeline, timelines)).flatMap((timeline) => timeline.lanes());
    const lane = firstOf(lanes, isOpen() ? RANK_WHEN_OPEN : RANK_WHEN_CLOSED);
    const event = lane?.head();
    // Unreachable: the timeline with the earliest instant is never preceded.
    if (lane === undefined || event === undefined) return;
    lane.next += 1;
    yield event;
  }
}

/** Whether no other timeline's current instant precedes this one's. */
function isNext(timeline: Timeline, all: readonly Timeline[]): boolean {
  const instant = timeline.instant();
  return instant !== undefined && !all.some((other) => isBefore(other.instant(), instant));
}

function firstOf(lanes: readonly Lane[], rank: Record<EventState, number>): Lane | undefined {
  let first: { lane: Lane; head: Event } | undefined;
  for (const lane of lanes) {
    const head = lane.head();
    if (head !== undefined && (first === undefined || compare(head, first.head, rank) < 0)) first = { lane, head };
  }
  return first?.lane;
}

function isBefore(a: Instant | undefined, b: Instant): boolean {
  return a !== undefined && precedes(a, b);
}

function compare(a: Event, b: Event, rank: Record<EventState, number>): number {
  return rank[a.state] - rank[b.state] || compareText(a.key, b.key);
}

/** Events of one instant whose order among themselves is fixed. */
class Lane {
  next = 0;
  readonly #events: readonly Event[];
  constructor(events: readonly Event[]) {
    this.#events = events;
  }
  head(): Event | undefined {
    return this.#events[this.next];
  }
}

/** Events of one precision, by time; those of the current instant stand in lanes to choose from. */
class Timeline {
  readonly #byTime: readonly Event[];
  #consumed = 0;
  #lanes: readonly Lane[] = [];

  constructor(events: readonly Event[]) {
    this.#byTime = events.toSorted((a, b) => a.occurredAt - b.occurredAt);
  }

  instant(): Instant | undefined {
    return this.lanes().length === 0 ? undefined : this.#byTime[this.#consumed - 1];
  }

  lanes(): readonly Lane[] {
    if (this.#lanes.some((lane) => lane.head() !== undefined)) return this.#lanes;
    this.#lanes = this.#takeInstant();
    return this.#lanes;
  }

  #takeInstant(): readonly Lane[] {
    const first = this.#byTime[this.#consumed];
    if (first === undefined) return [];
    const from = this.#consumed;
    while (this.#byTime[this.#consumed]?.occurredAt === first.occurredAt) this.#consumed += 1;
    if (this.#consumed === from + 1) return [new Lane([first])];
    return lanesOf(this.#byTime.slice(from, this.#consumed));
  }
}

function lanesOf(events: readonly Event[]): Lane[] {
  const lanes = Map.groupBy(events, (event) => (event.seq === undefined ? event.state : 'sequenced'));
  return [...lanes].map(([name, lane]) => new Lane(lane.toSorted(name === 'sequenced' ? bySeq : byKey)));
}

function byKey(a: Event, b: Event): number {
  return compareText(a.key, b.key);
}

function bySeq(a: Event, b: Event): number {
  return (a.seq ?? 0) - (b.seq ?? 0) || compare(a, b, RANK_WHEN_CLOSED);
}
