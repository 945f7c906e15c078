import type { EpochMs } from '../../domain/event.ts';
import type { Pin } from '../../domain/pin.ts';

/** What leads from a bucket to one span that is in it. */
export type Exemplar = Readonly<Record<'trace_id' | 'span_id', string>>;

export interface CountedSpan {
  readonly spanId: string;
  readonly ordinal: number;
}

/** Finds the ids of attempts in tracing backends, in the order asked; null for those that have none yet. */
export type FindPins = (spans: readonly CountedSpan[]) => Promise<readonly (Pick<Pin, 'traceId' | 'spanId'> | null)[]>;

interface Waiting extends CountedSpan {
  readonly since: EpochMs;
  readonly attach: (exemplar: Exemplar) => void;
}

/** What is looked for at one scrape, and how much may wait for that. */
const AT_ONCE = 200;
const MOST = 1_000;
/** A backend may be away for longer; then the next spans are exemplars. */
const GIVEN_UP_MS = 3_600_000;

/**
 * Spans that were counted and whose ids are not sure yet: which trace a span is in, an export decides, after it has waited
 * for its causes. To decide it when the span is counted would tear it out of the trace of a cause that comes within that
 * time. So the exemplar is put to its bucket later, once the ids are pinned; one at a time for each bucket.
 */
export class Exemplars {
  readonly #find: FindPins;
  readonly #now: () => EpochMs;
  readonly #waiting = new Map<string, Waiting>();

  constructor(find: FindPins, now: () => EpochMs) {
    this.#find = find;
    this.#now = now;
  }

  /** Puts a span to a bucket, once its ids are known. The first one waits: with each newer one none would ever be there. */
  want(bucket: string, span: CountedSpan, attach: (exemplar: Exemplar) => void): void {
    if (this.#waiting.has(bucket) || this.#waiting.size >= MOST) return;
    this.#waiting.set(bucket, { ...span, since: this.#now(), attach });
  }

  /** Looks for the ids of those that have waited longest. Throws a StoreError. */
  async look(): Promise<void> {
    const some = [...this.#waiting].slice(0, AT_ONCE);
    if (some.length === 0) return;
    const pins = await this.#find(some.map(([, { spanId, ordinal }]) => ({ spanId, ordinal })));
    const now = this.#now();
    some.forEach(([bucket, waiting], index) => {
      const pin = pins[index] ?? null;
      this.#waiting.delete(bucket);
      if (pin !== null) waiting.attach({ trace_id: pin.traceId, span_id: pin.spanId });
      // To the end, so that those behind it have their turn.
      else if (now - waiting.since < GIVEN_UP_MS) this.#waiting.set(bucket, waiting);
    });
  }
}
