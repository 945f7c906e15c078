import { type Answer, numberIn, secondsIn } from '../answer.ts';
import type { Limited, Manners } from '../patience.ts';
import { JiraError } from './error.ts';

/** Where a refusal does not say how long: a little, and longer each time. */
const PAUSE_MS = 5_000;
/** Clocks differ, and seconds are cut. */
const MARGIN_MS = 1_000;

/**
 * How Jira wants to be asked.
 *
 * Sources: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ and, of Data Center,
 * https://confluence.atlassian.com/adminjiraserver/improving-instance-stability-with-rate-limiting-983794911.html
 */
export const jiraManners: Manners = {
  title: 'Jira',
  errors: JiraError,
  statusPage: 'https://status.atlassian.com, or the administrators of a Data Center,',
  // Cloud limits each kind of request in each second, but the quota of an hour is one for all.
  resourceOf: () => 'rest',
  limitIn,
  pauseAfter: (answer, now) => (numberIn(answer, 'x-ratelimit-remaining') === 0 ? (askedIn(answer, now) ?? 0) : 0),
  isTransient: ({ status }) => status >= 500,
  faultIn: ({ status }) => `answers ${status}`,
};

function limitIn(answer: Answer, times: number, now: number): Limited | null {
  if (answer.status !== 429) return null;
  const isQuota = /quota/.test(String(answer.headers['ratelimit-reason']));
  const waitMs = askedIn(answer, now) ?? PAUSE_MS * 2 ** times;
  // Data Center says 0 where it has something left meanwhile.
  return { limit: isQuota ? 'primary' : 'secondary', waitMs: Math.max(waitMs, MARGIN_MS) };
}

/** How long an answer asks to wait; null where it does not say. The interval is Data Center's: then there is more. */
function askedIn(answer: Answer, now: number): number | null {
  return (
    secondsIn(answer, 'retry-after') ?? untilReset(answer, now) ?? secondsIn(answer, 'x-ratelimit-interval-seconds')
  );
}

/** Cloud's header is a time as text, in minutes or more exactly. */
function untilReset({ headers }: Answer, now: number): number | null {
  const reset = Date.parse(String(headers['x-ratelimit-reset']));
  if (Number.isNaN(reset)) return null;
  const theirs = Date.parse(String(headers.date));
  return Math.max(0, reset - (Number.isNaN(theirs) ? now : theirs)) + MARGIN_MS;
}
