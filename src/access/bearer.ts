import { AppError } from '../domain/app-error.ts';
import type { TokenId } from '../store/access.ts';
import type { Attempts } from './attempts.ts';
import type { Caller } from './door.ts';
import type { Grant } from './grant.ts';
import { isSecret, prefixes } from './secret.ts';
import type { Tokens } from './tokens.ts';

export interface Proving {
  readonly tokens: Pick<Tokens, 'find'>;
  readonly attempts: Attempts;
  /** Told once when somebody goes on trying. */
  readonly triedTooOften: (ip: string) => void;
}

/**
 * What the token in the header Authorization grants (RFC 6750); null where there is no such header.
 * Throws an AppError: `unauthenticated`, or `too_many_attempts`.
 */
export function byBearer(caller: Caller, proving: Proving): (Grant & { readonly id: TokenId }) | null {
  const { authorization } = caller.headers;
  if (typeof authorization !== 'string') return null;
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
  const grant = token === undefined ? null : proving.tokens.find(token);
  if (grant !== null) return grant;
  throw failedAttempt(caller, whatIsWrong(token), proving);
}

/** Counts a proof that was wrong; what to answer. */
export function failedAttempt({ ip }: Caller, message: string, { attempts, triedTooOften }: Proving): AppError {
  const waitMs = attempts.failed(ip);
  if (waitMs === 0) return new AppError('unauthenticated', message);
  if (attempts.isFirstTooMany(ip)) triedTooOften(ip);
  return new AppError('too_many_attempts', `too many tokens or links were wrong; ${message}`, [], waitMs);
}

function whatIsWrong(token: string | undefined): string {
  if (token === undefined) return 'the header Authorization has no bearer token: send "Bearer vst_…"';
  if (!token.startsWith(prefixes.token)) return `this is no token of ValueStream: these begin with ${prefixes.token}`;
  if (!isSecret('token', token)) return 'a part of the token is missing or mistyped: its last characters do not fit';
  return 'the token is not known here: it was revoked, has expired, or belongs to another server';
}
