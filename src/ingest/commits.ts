import { EventEmitter } from 'node:events';

/** Tells those who wait that something was committed. */
export class Commits {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  /** To be called once something has been committed. */
  happened(): void {
    this.#emitter.emit('commit');
  }

  /** Resolves at the next commit, when the signal is aborted, or after so many milliseconds. */
  next(signal: AbortSignal, timeoutMs: number): Promise<void> {
    // Listeners of our own: a signal of AbortSignal.any may be collected as garbage while somebody waits for it.
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#emitter.off('commit', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#emitter.once('commit', done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }
}
