/** Wakes those who follow the change feed, whoever commits. */
export interface Commits {
  /** Resolves at the next commit, when the signal is aborted, or after so many milliseconds. */
  next(signal: AbortSignal, timeoutMs: number): Promise<void>;
}
