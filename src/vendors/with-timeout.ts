/** What an attempt gives before the signal is aborted, or too much time has passed. */
export async function withTimeout<T>(
  signal: AbortSignal | undefined,
  timeoutMs: number,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const soon = new AbortController();
  const abort = () => soon.abort(signal?.reason);
  const timer = setTimeout(() => soon.abort(new Error(`no answer within ${timeoutMs / 1_000} s`)), timeoutMs);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  try {
    return await attempt(soon.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
