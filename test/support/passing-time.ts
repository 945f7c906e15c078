import type { EpochMs } from '../../src/domain/event.ts';
import type { PatienceOptions, Waiting } from '../../src/vendors/patience.ts';

/** A time that passes only when a client of a vendor's API waits, and what it has waited for. */
export class PassingTime {
  now: EpochMs;
  /** Milliseconds of each wait. */
  readonly passed: number[] = [];
  /** What was told of waits for rate limits. */
  readonly waits: Waiting[] = [];

  constructor(now: EpochMs = Date.now()) {
    this.now = now;
  }

  /** For the client. */
  get options(): Pick<PatienceOptions, 'now' | 'pass' | 'onWait'> {
    return {
      now: () => this.now,
      pass: async (ms, signal) => {
        signal?.throwIfAborted();
        this.passed.push(ms);
        this.now += ms;
      },
      onWait: (waiting) => this.waits.push(waiting),
    };
  }
}
