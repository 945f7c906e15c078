import { type Scope, scopes } from '../domain/access.ts';
import type { EpochMs } from '../domain/event.ts';

/** What a request may do, and why. */
export interface Grant {
  /** `open`: nobody has to prove anything here. */
  readonly via: 'token' | 'session' | 'open';
  /** Who it is, in words, for what is noted as done by them. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Null where it ends by no time. */
  readonly expiresAt: EpochMs | null;
  /** Aborted once it is worth nothing any more; null where that never comes. */
  readonly ended: AbortSignal | null;
}

/** What anybody may do where access is open. */
export const OPEN: Grant = { via: 'open', name: 'this machine', scopes, expiresAt: null, ended: null };

/** Uses are noted this coarsely, so that a busy token is not written with every request. */
export const USED_GRAIN_MS = 5 * 60_000;
