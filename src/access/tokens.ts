import type { Scope } from '../domain/access.ts';
import type { EpochMs } from '../domain/event.ts';
import type { AccessStore, StoredToken, TokenId } from '../store/access.ts';
import { ByHash } from './by-hash.ts';
import { type Grant, USED_GRAIN_MS } from './grant.ts';
import { hashOf, newSecret } from './secret.ts';

export interface AccessParts {
  readonly store: AccessStore;
  readonly now: () => EpochMs;
  /** Told when a use could not be noted, which nobody waits for. */
  readonly failed: (error: unknown) => void;
}

interface Entry extends StoredToken {
  lastUsedAt: EpochMs | null;
  readonly ended: AbortController;
}

export interface TokenOrder {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: EpochMs | null;
  /** Who wants it, in words. */
  readonly createdBy: string;
}

/** The tokens of the API. All of them are held here, so that a request is decided without a look into the store. */
export class Tokens {
  readonly #parts: AccessParts;
  readonly #entries = new ByHash<Entry>();

  constructor(stored: readonly StoredToken[], parts: AccessParts) {
    this.#parts = parts;
    for (const token of stored) this.#entries.add({ ...token, ended: new AbortController() });
  }

  /** What a token grants, and with which number it is stored; null where it was never given out, revoked, or has expired. */
  find(secret: string): (Grant & { readonly id: TokenId }) | null {
    const entry = this.#entries.find(secret);
    const now = this.#parts.now();
    if (entry === undefined || hasExpired(entry, now)) return null;
    this.#used(entry, now);
    const { id, name, scopes, expiresAt, ended } = entry;
    return { via: 'token', id, name: `token ${name}`, scopes, expiresAt, ended: ended.signal };
  }

  /** Those that expired as well, until they are revoked. */
  list(): readonly StoredToken[] {
    return this.#entries.all().sort((a, b) => a.id - b.id);
  }

  /** How many are worth something now. */
  get valid(): number {
    const now = this.#parts.now();
    return this.#entries.all().filter((token) => !hasExpired(token, now)).length;
  }

  /** Makes a token; its secret is told here and never again. Null where another one has the name. */
  async create(order: TokenOrder): Promise<{ readonly token: StoredToken; readonly secret: string } | null> {
    const secret = newSecret('token');
    const token = { ...order, hash: hashOf(secret), createdAt: this.#parts.now() };
    const id = await this.#parts.store.addToken(token);
    if (id === null) return null;
    const entry = { ...token, id, lastUsedAt: null, ended: new AbortController() };
    this.#entries.add(entry);
    return { token: entry, secret };
  }

  /** Ends a token for good, and whatever it has open. Null where there is none of that number. */
  async revoke(id: TokenId): Promise<StoredToken | null> {
    const entry = this.#entries.all().find((one) => one.id === id);
    if (entry === undefined || !(await this.#parts.store.removeToken(id))) return null;
    this.#entries.delete(entry);
    entry.ended.abort();
    return entry;
  }

  /** Ends what those have open that have expired. */
  sweep(): void {
    const now = this.#parts.now();
    for (const entry of this.#entries.all()) if (hasExpired(entry, now)) entry.ended.abort();
  }

  #used(entry: Entry, now: EpochMs): void {
    if (entry.lastUsedAt !== null && now - entry.lastUsedAt < USED_GRAIN_MS) return;
    entry.lastUsedAt = now;
    this.#parts.store.tokenUsed(entry.id, now).catch(this.#parts.failed);
  }
}

function hasExpired({ expiresAt }: StoredToken, now: EpochMs): boolean {
  return expiresAt !== null && expiresAt <= now;
}
