import { AppError } from '../domain/app-error.ts';

export interface Limits {
  /** Deliveries that may be read, written or answered at one time. */
  readonly deliveries: number;
  /** Bytes of bodies that may be held at one time. */
  readonly bytes: number;
}

/**
 * Bounds what is in flight, so that a burst costs the sender a 503 and a retry, and never the server its memory.
 */
export class Gate {
  readonly #limits: Limits;
  #deliveries = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Lets one delivery in; it must be released. Throws an AppError `overloaded` when there are too many already. */
  enter(): Admission {
    if (this.#deliveries >= this.#limits.deliveries) throw overloaded();
    this.#deliveries += 1;
    let taken = 0;
    return {
      take: (bytes) => {
        if (this.#bytes + bytes > this.#limits.bytes) throw overloaded();
        this.#bytes += bytes;
        taken += bytes;
      },
      release: () => {
        this.#deliveries -= 1;
        this.#bytes -= taken;
        taken = 0;
      },
    };
  }

  get inFlight(): { readonly deliveries: number; readonly bytes: number } {
    return { deliveries: this.#deliveries, bytes: this.#bytes };
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
