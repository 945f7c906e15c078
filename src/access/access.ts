import { roleOf } from '../domain/access.ts';
import type { StoredAccess, StoredToken, TokenId } from '../store/access.ts';
import { Links } from './links.ts';
import { Sessions } from './sessions.ts';
import { type AccessParts, Tokens } from './tokens.ts';

/** What somebody signs in with: a link from the terminal, or a token. */
export type Proof = { readonly once: string } | { readonly token: string };

/** How soon what has expired is ended, at the latest. */
const SWEEP_MS = 10_000;

/**
 * Who may come in: tokens for programs, sessions for people, links by which these begin. It holds all of them, so there is one
 * for a store at a time; what it changes is on stable storage before it says so.
 */
export class Access {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly links: Links;
  readonly #sweeping: NodeJS.Timeout;

  constructor(stored: StoredAccess, parts: AccessParts) {
    this.tokens = new Tokens(stored.tokens, parts);
    this.sessions = new Sessions(stored.sessions, parts);
    this.links = new Links(stored.links, parts);
    this.#sweeping = setInterval(() => void this.sweep().catch(parts.failed), SWEEP_MS).unref();
  }

  /** Begins a session, and gives its secret; null where the proof is worth nothing, or lets nobody look. */
  async signIn(proof: Proof): Promise<string | null> {
    if ('once' in proof) {
      const link = await this.links.take(proof.once);
      if (link === null) return null;
      return await this.sessions.begin({
        role: link.role,
        createdBy: `a link of ${link.createdBy}`,
        tokenId: null,
        until: null,
      });
    }
    const token = this.tokens.find(proof.token);
    const role = token === null ? null : roleOf(token.scopes);
    if (token === null || role === null) return null;
    return await this.sessions.begin({ role, createdBy: token.name, tokenId: token.id, until: token.expiresAt });
  }

  /** Ends a token with everything that it has open or has signed in. Null where there is none of that number. */
  async revoke(id: TokenId): Promise<StoredToken | null> {
    const token = await this.tokens.revoke(id);
    if (token !== null) this.sessions.tokenRevoked(id);
    return token;
  }

  /** Ends what has expired, and what it has open. */
  async sweep(): Promise<void> {
    this.tokens.sweep();
    await Promise.all([this.sessions.sweep(), this.links.sweep()]);
  }

  /** Ends nothing of what was given out: only its own clockwork. */
  close(): void {
    clearInterval(this.#sweeping);
  }
}
