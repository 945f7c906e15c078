import { type Answer, numberIn, secondsIn, untilSecond } from '../answer.ts';
import type { Limited, Manners } from '../patience.ts';
import { GitlabError } from './error.ts';

/** The limits of GitLab are for a minute, mostly. */
const PERIOD_MS = 60_000;

/**
 * Several layers limit, and not all tell the same: of the request that is refused `Retry-After` counts, and what else they
 * tell where that is longer.
 *
 * Source: https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
 */
function limitIn(answer: Answer, times: number, now: number): Limited | null {
  if (answer.status !== 429) return null;
  const asked = secondsIn(answer, 'retry-after');
  if (numberIn(answer, 'ratelimit-remaining') === 0)
    return { limit: 'primary', waitMs: Math.max(asked ?? 0, untilReset(answer, now)) };
  return { limit: 'secondary', waitMs: asked ?? PERIOD_MS * 2 ** times };
}

function pauseAfter(answer: Answer, now: number): number {
  return numberIn(answer, 'ratelimit-remaining') === 0 ? untilReset(answer, now) : 0;
}

function untilReset(answer: Answer, now: number): number {
  return untilSecond(answer, 'ratelimit-reset', now) ?? PERIOD_MS;
}

export const gitlabManners: Manners = {
  ...{ title: 'GitLab', errors: GitlabError, statusPage: '' },
  // One limit for all that a token asks.
  resourceOf: () => 'all',
  ...{ limitIn, pauseAfter },
  isTransient: ({ status }) => status >= 500,
  faultIn: ({ status }) => `answers ${status}`,
};
