import type { Role, Scope } from '../domain/access.ts';
import type { EpochMs } from '../domain/event.ts';

/** Our number of a token, from 1; never given to another one. */
export type TokenId = number;
/** Our number of a session, from 1; never given to another one. */
export type SessionId = number;

/** Of a secret only its hash is kept: SHA-256 in hex. */
export type SecretHash = string;

export interface NewToken {
  readonly hash: SecretHash;
  /** What people call it; no two have the same at one time. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: EpochMs;
  /** Who made it, in words. */
  readonly createdBy: string;
  /** From when on it is worth nothing; null for never. */
  readonly expiresAt: EpochMs | null;
}

export interface StoredToken extends NewToken {
  readonly id: TokenId;
  /** Coarse; null while it has not been used. */
  readonly lastUsedAt: EpochMs | null;
}

export interface NewSession {
  readonly hash: SecretHash;
  readonly role: Role;
  readonly createdAt: EpochMs;
  /** How it was signed in, in words. */
  readonly createdBy: string;
  /** When it ends, however much it is used. */
  readonly expiresAt: EpochMs;
  /** The token by which it was signed in, with which it ends; null for one that came by a link. */
  readonly tokenId: TokenId | null;
}

export interface StoredSession extends NewSession {
  readonly id: SessionId;
  /** Coarse. */
  readonly lastUsedAt: EpochMs;
}

/** A link by which somebody may sign in, once. */
export interface StoredLink {
  readonly hash: SecretHash;
  readonly role: Role;
  readonly createdBy: string;
  readonly expiresAt: EpochMs;
}

/** Everything by which somebody may be let in. */
export interface StoredAccess {
  readonly tokens: readonly StoredToken[];
  readonly sessions: readonly StoredSession[];
  readonly links: readonly StoredLink[];
}

/** Who may come in. Part of a transaction. */
export interface AccessStore {
  /** Answers null, and adds nothing, where another token has the name. */
  addToken(token: NewToken): Promise<TokenId | null>;
  /** Removes a token, and the sessions that were signed in by it. Answers false where there is none. */
  removeToken(id: TokenId): Promise<boolean>;
  /** Notes when a token was used; does nothing where there is none. */
  tokenUsed(id: TokenId, at: EpochMs): Promise<void>;
  addSession(session: NewSession): Promise<SessionId>;
  removeSession(id: SessionId): Promise<void>;
  /** Notes when a session was used; does nothing where there is none. */
  sessionUsed(id: SessionId, at: EpochMs): Promise<void>;
  addLink(link: StoredLink): Promise<void>;
  /** Removes a link, so that it works once. Answers false where there is none: somebody else has taken it. */
  takeLink(hash: SecretHash): Promise<boolean>;
}

/** Reads who may come in. Part of a reader. */
export interface AccessReader {
  readAccess(): Promise<StoredAccess>;
}
