import { AppError } from '../domain/app-error.ts';
import type { EpochMs } from '../domain/event.ts';

export interface Limits {
  /** Deliveries that may be read, written or answered at one time. */
  readonly deliveries: number;
  /** Bytes of bodies that may be held at one time. */
  readonly bytes: number;
}

/** What is being read, written or answered. */
export interface InFlight {
  readonly deliveries: number;
  readonly bytes: number;
  /** When the oldest of them came in; null where there is none. */
  readonly oldestSince: EpochMs | null;
}

/**
 * Bounds what is in flight, so that a burst costs the sender a 503 and a retry, and never the server its memory.
 */
export class Gate {
  readonly #limits: Limits;
  readonly #now: () => EpochMs;
  /** When each of those in flight came in, in that order. */
  readonly #since = new Set<{ readonly at: EpochMs }>();
  #bytes = 0;

  constructor(limits: Limits, now: () => EpochMs = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Lets one delivery in; it must be released. Throws an AppError `overloaded` when there are too many already. */
  enter(): Admission {
    if (this.#since.size >= this.#limits.deliveries) throw overloaded();
    const entered = { at: this.#now() };
    this.#since.add(entered);
    let taken = 0;
    return {
      take: (bytes) => {
        if (this.#bytes + bytes > this.#limits.bytes) throw overloaded();
        this.#bytes += bytes;
        taken += bytes;
      },
      release: () => {
        this.#since.delete(entered);
        this.#bytes -= taken;
        taken = 0;
      },
    };
  }

  get inFlight(): InFlight {
    const [oldest] = this.#since;
    return { deliveries: this.#since.size, bytes: this.#bytes, oldestSince: oldest?.at ?? null };
  }
}

/** One delivery's place. `release` exactly once. */
export interface Admission {
  /** Throws an AppError `overloaded` when the bytes do not fit; what was taken before stays taken until release. */
  take(bytes: number): void;
  release(): void;
}

function overloaded(): AppError {
  return new AppError('overloaded', 'too many deliveries are in flight; send it again in a moment');
}
