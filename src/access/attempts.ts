import type { EpochMs } from '../domain/event.ts';

const WINDOW_MS = 60_000;
/** A person who mistypes, or a job with an old token, stays far below. */
const MOST_FAILED = 20;
const MAX_CLIENTS = 1_000;
/** Counts for all clients together that there is no room for. */
const OTHERS = '';

interface Window {
  readonly began: EpochMs;
  failed: number;
}

/**
 * Counts failed proofs of each client, so that one who goes on is told to wait. What is right is let in whatever was wrong
 * before it: behind a proxy all have one address, and nobody must be able to lock the others out.
 */
export class Attempts {
  readonly #now: () => EpochMs;
  readonly #windows = new Map<string, Window>();

  constructor(now: () => EpochMs) {
    this.#now = now;
  }

  /** Counts one that has failed. Gives how long to wait, in milliseconds: 0 while there were not too many. */
  failed(client: string): number {
    const window = this.#windowOf(client);
    window.failed += 1;
    return window.failed > MOST_FAILED ? window.began + WINDOW_MS - this.#now() : 0;
  }

  /** Whether the last one was the first of too many, so that it is told once. */
  isFirstTooMany(client: string): boolean {
    return (this.#windows.get(client) ?? this.#windows.get(OTHERS))?.failed === MOST_FAILED + 1;
  }

  #windowOf(client: string): Window {
    const now = this.#now();
    if (!this.#windows.has(client) && this.#windows.size >= MAX_CLIENTS) this.#forgetOld(now);
    const key = this.#windows.has(client) || this.#windows.size < MAX_CLIENTS ? client : OTHERS;
    const before = this.#windows.get(key);
    if (before !== undefined && before.began + WINDOW_MS > now) return before;
    const window = { began: now, failed: 0 };
    this.#windows.set(key, window);
    return window;
  }

  #forgetOld(now: EpochMs): void {
    for (const [client, { began }] of this.#windows) if (began + WINDOW_MS <= now) this.#windows.delete(client);
  }
}
