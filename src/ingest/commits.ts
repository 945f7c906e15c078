import { EventEmitter, once } from 'node:events';

/** Tells those who wait that something was committed. */
export class Commits {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  /** To be called once something has been committed. */
  happened(): void {
    this.#emitter.emit('commit');
  }

  /** Resolves at the next commit, when the signal is aborted, or after so many milliseconds. */
  async next(signal: AbortSignal, timeoutMs: number): Promise<void> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    try {
      await once(this.#emitter, 'commit', { signal: AbortSignal.any([signal, timeout.signal]) });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
