import { covers } from '../domain/access.ts';
import { AppError } from '../domain/app-error.ts';
import { byBearer, type Proving } from './bearer.ts';
import { type Caller, type DoorSettings, isForeign, whyNotFromHere } from './door.ts';

const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;

/** How a sender of events without a signature may be let in all the same. */
export interface Senders {
  /** Why a delivery must prove where it comes from; null where it may come unsigned. */
  readonly whyNotUnsigned: (caller: Caller) => string | null;
  /**
   * Whether it brings a token to tell events with; false where it brings none. Throws an AppError: `unauthenticated`,
   * `forbidden`, `too_many_attempts`.
   */
  readonly hasToken: (caller: Caller) => boolean;
}

export function createSenders(settings: DoorSettings, proving: Proving): Senders {
  return {
    whyNotUnsigned: (caller) => {
      if (isForeign(caller, settings)) return 'and a page of another site has sent this';
      if (settings.insecure) return null;
      if (!LOOPBACK_ADDRESS.test(caller.ip)) return 'and this comes from another machine';
      const why = whyNotFromHere(caller);
      if (why === 'proxied') return 'and this came through a proxy';
      return why === null ? null : 'and this was sent to another name than that of this machine';
    },
    hasToken: (caller) => {
      const grant = byBearer(caller, proving);
      if (grant === null) return false;
      if (covers(grant.scopes, 'ingest')) return true;
      throw new AppError('forbidden', 'the token has to have the scope ingest, or admin');
    },
  };
}
