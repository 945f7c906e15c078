import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ProblemError } from './client.ts';

const RETRY_MS = 2_000;
const PATIENCE = 2;
/** Measures are made anew in minutes at most; a page waits for them, and shows how far they are. */
const PREPARING_PATIENCE = 900;

/** Asks again where that may help: not of what is wrong, or not there. */
function mayHelp(failures: number, error: Error): boolean {
  if (!(error instanceof ProblemError)) return failures < PATIENCE;
  if (error.problem?.code === 'preparing') return failures < PREPARING_PATIENCE;
  return error.status >= 500 && failures < PATIENCE;
}

/** Who is signed out, or never was in, is asked to sign in; and comes back to where they were. */
function refused(error: Error): void {
  const { pathname, search } = window.location;
  if (!(error instanceof ProblemError) || error.status !== 401 || pathname === '/login') return;
  window.location.assign(`/login?${new URLSearchParams({ to: pathname + search })}`);
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: refused }),
  defaultOptions: { queries: { staleTime: 15_000, retry: mayHelp, retryDelay: RETRY_MS } },
});
