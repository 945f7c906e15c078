import { scopesOf } from '../domain/access.ts';
import type { EpochMs } from '../domain/event.ts';
import type { NewSession, StoredSession, TokenId } from '../store/access.ts';
import { ByHash } from './by-hash.ts';
import { type Grant, USED_GRAIN_MS } from './grant.ts';
import { hashOf, newSecret } from './secret.ts';
import type { AccessParts } from './tokens.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Without a request for so long a session ends. */
export const IDLE_MS = 7 * DAY_MS;
/** So long after it was signed in it ends, whatever it is used for. */
export const LIFETIME_MS = 30 * DAY_MS;
/** More would only be forgotten ones; beyond this the longest unused one ends. */
const MAX_SESSIONS = 1_000;

interface Entry extends StoredSession {
  lastUsedAt: EpochMs;
  readonly ended: AbortController;
}

export interface SessionOrder extends Pick<NewSession, 'role' | 'createdBy' | 'tokenId'> {
  /** When what it was signed in by ends; null where that never does. */
  readonly until: EpochMs | null;
}

/** Who has signed in with a browser. */
export class Sessions {
  readonly #parts: AccessParts;
  readonly #entries = new ByHash<Entry>();

  constructor(stored: readonly StoredSession[], parts: AccessParts) {
    this.#parts = parts;
    for (const session of stored) this.#entries.add({ ...session, ended: new AbortController() });
  }

  /** How many there are, those that have just ended included. */
  get count(): number {
    return this.#entries.size;
  }

  /** What a session grants; null where there is none, or it has ended. Being asked for it counts as use. */
  find(secret: string): Grant | null {
    const entry = this.#entries.find(secret);
    const now = this.#parts.now();
    if (entry === undefined || endOf(entry) <= now) return null;
    this.#used(entry, now);
    const { role, createdBy, ended } = entry;
    return {
      ...{ via: 'session', name: `session signed in by ${createdBy}`, scopes: scopesOf(role) },
      ...{ expiresAt: endOf(entry), ended: ended.signal },
    };
  }

  /** Begins a session; its secret is for the cookie alone. */
  async begin({ until, ...order }: SessionOrder): Promise<string> {
    const secret = newSecret('session');
    const createdAt = this.#parts.now();
    const expiresAt = Math.min(createdAt + LIFETIME_MS, until ?? Number.POSITIVE_INFINITY);
    const session = { ...order, hash: hashOf(secret), createdAt, expiresAt };
    if (this.#entries.size >= MAX_SESSIONS) await this.#endLongestUnused();
    const id = await this.#parts.store.addSession(session);
    this.#entries.add({ ...session, id, lastUsedAt: session.createdAt, ended: new AbortController() });
    return secret;
  }

  /** Ends a session; does nothing where there is none. */
  async end(secret: string): Promise<void> {
    const entry = this.#entries.find(secret);
    if (entry !== undefined) await this.#end(entry);
  }

  /** Ends those that a token has signed in. The store has forgotten them with the token. */
  tokenRevoked(tokenId: TokenId): void {
    for (const entry of this.#entries.all()) if (entry.tokenId === tokenId) this.#forget(entry);
  }

  /** Ends those whose time is over. */
  async sweep(): Promise<void> {
    const now = this.#parts.now();
    for (const entry of this.#entries.all()) if (endOf(entry) <= now) await this.#end(entry);
  }

  #used(entry: Entry, now: EpochMs): void {
    if (now - entry.lastUsedAt < USED_GRAIN_MS) return;
    entry.lastUsedAt = now;
    this.#parts.store.sessionUsed(entry.id, now).catch(this.#parts.failed);
  }

  async #endLongestUnused(): Promise<void> {
    const [longest] = this.#entries.all().sort((a, b) => a.lastUsedAt - b.lastUsedAt);
    if (longest !== undefined) await this.#end(longest);
  }

  async #end(entry: Entry): Promise<void> {
    await this.#parts.store.removeSession(entry.id);
    this.#forget(entry);
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry);
    entry.ended.abort();
  }
}

function endOf({ lastUsedAt, expiresAt }: StoredSession): EpochMs {
  return Math.min(lastUsedAt + IDLE_MS, expiresAt);
}
