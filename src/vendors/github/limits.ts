import { type Answer, numberIn, secondsIn, untilSecond } from '../answer.ts';
import type { Limited, Manners } from '../patience.ts';
import { GithubError } from './error.ts';

/** Where a secondary limit does not say how long: a minute at least, and longer each time. */
const SECONDARY_MS = 60_000;

/**
 * Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#exceeding-the-rate-limit
 * and https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function limitIn(answer: Answer, times: number, now: number): Limited | null {
  if (![200, 403, 429].includes(answer.status)) return null;
  const texts = textsOf(answer.data);
  const isSecondary = texts.some((text) => /secondary rate limit|abuse detection/i.test(text));
  const asked = secondsIn(answer, 'retry-after');
  const isRefused = answer.status !== 200;
  const isOver = numberIn(answer, 'x-ratelimit-remaining') === 0;
  const isPrimary = graphqlErrors(answer.data).some(({ type }) => type === 'RATE_LIMITED' || type === 'RATE_LIMIT');
  if (isPrimary || (isRefused && isOver && !isSecondary))
    return { limit: 'primary', waitMs: Math.max(asked ?? 0, untilReset(answer, now)) };
  if (isSecondary || answer.status === 429 || (isRefused && asked !== null))
    return { limit: 'secondary', waitMs: asked ?? (isOver ? untilReset(answer, now) : SECONDARY_MS * 2 ** times) };
  return null;
}

function pauseAfter(answer: Answer, now: number): number {
  return numberIn(answer, 'x-ratelimit-remaining') === 0 ? untilReset(answer, now) : 0;
}

function resourceOf(url: string): string {
  if (/\/graphql$/.test(url)) return 'graphql';
  return /\/search\//.test(url) ? 'search' : 'core';
}

/** One of the errors in an answer of GraphQL. */
export interface GraphqlError {
  readonly type?: string | undefined;
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
}

/** The errors of an answer of GraphQL; empty where it is none, or has none. */
export function graphqlErrors(data: unknown): readonly GraphqlError[] {
  if (typeof data !== 'object' || data === null || !('errors' in data) || !Array.isArray(data.errors)) return [];
  return data.errors.filter((error) => typeof error?.message === 'string');
}

function textsOf(data: unknown): string[] {
  const errors = graphqlErrors(data).map(({ message }) => message);
  if (typeof data === 'string') return [data];
  const isMessage = typeof data === 'object' && data !== null && 'message' in data;
  return isMessage ? [...errors, String(data.message)] : errors;
}

function untilReset(answer: Answer, now: number): number {
  return untilSecond(answer, 'x-ratelimit-reset', now) ?? SECONDARY_MS;
}

function isTransient({ status, data }: Answer): boolean {
  const timedOut = /^Something went wrong while executing your query/;
  return status >= 500 || graphqlErrors(data).some(({ message }) => timedOut.test(message));
}

function faultIn({ status, data }: Answer): string {
  const [error] = graphqlErrors(data);
  return error === undefined ? `answers ${status}` : `answers: ${error.message}`;
}

export const githubManners: Manners = {
  ...{ title: 'GitHub', errors: GithubError, statusPage: 'https://www.githubstatus.com' },
  ...{ resourceOf, limitIn, pauseAfter, isTransient, faultIn },
};
