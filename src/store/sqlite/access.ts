import type { Database, Statement } from 'better-sqlite3';
import type { Role, Scope } from '../../domain/access.ts';
import type { EpochMs } from '../../domain/event.ts';
import type {
  AccessStore,
  NewSession,
  NewToken,
  SecretHash,
  SessionId,
  StoredAccess,
  StoredLink,
  TokenId,
} from '../access.ts';
import { parseJson } from './json.ts';

/** Every statement of the writing side, prepared once for the connection. */
export class AccessStatements {
  readonly addToken: Statement<unknown[]>;
  readonly removeToken: Statement<[TokenId]>;
  readonly tokenUsed: Statement<[EpochMs, TokenId]>;
  readonly addSession: Statement<unknown[]>;
  readonly removeSession: Statement<[SessionId]>;
  readonly sessionUsed: Statement<[EpochMs, SessionId]>;
  readonly addLink: Statement<[string, string, string, number]>;
  readonly takeLink: Statement<[SecretHash]>;

  constructor(database: Database) {
    this.addToken = database.prepare(
      `INSERT INTO access_tokens (hash, name, scopes, created_at, created_by, expires_at) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (name) DO NOTHING`,
    );
    this.removeToken = database.prepare('DELETE FROM access_tokens WHERE id = ?');
    this.tokenUsed = database.prepare('UPDATE access_tokens SET last_used_at = ? WHERE id = ?');
    this.addSession = database.prepare(
      `INSERT INTO access_sessions (hash, role, created_at, created_by, expires_at, token_id, last_used_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.removeSession = database.prepare('DELETE FROM access_sessions WHERE id = ?');
    this.sessionUsed = database.prepare('UPDATE access_sessions SET last_used_at = ? WHERE id = ?');
    this.addLink = database.prepare(
      'INSERT INTO access_links (hash, role, created_by, expires_at) VALUES (?, ?, ?, ?)',
    );
    this.takeLink = database.prepare('DELETE FROM access_links WHERE hash = ?');
  }
}

export class SqliteAccess implements AccessStore {
  readonly #sql: AccessStatements;

  constructor(statements: AccessStatements) {
    this.#sql = statements;
  }

  async addToken(token: NewToken): Promise<TokenId | null> {
    const { hash, name, scopes, createdAt, createdBy, expiresAt } = token;
    const { changes, lastInsertRowid } = this.#sql.addToken.run(
      ...[hash, name, JSON.stringify(scopes), createdAt, createdBy, expiresAt],
    );
    return changes === 0 ? null : Number(lastInsertRowid);
  }

  async removeToken(id: TokenId): Promise<boolean> {
    return this.#sql.removeToken.run(id).changes > 0;
  }

  async tokenUsed(id: TokenId, at: EpochMs): Promise<void> {
    this.#sql.tokenUsed.run(at, id);
  }

  async addSession(session: NewSession): Promise<SessionId> {
    const { hash, role, createdAt, createdBy, expiresAt, tokenId } = session;
    const { lastInsertRowid } = this.#sql.addSession.run(
      ...[hash, role, createdAt, createdBy, expiresAt, tokenId, createdAt],
    );
    return Number(lastInsertRowid);
  }

  async removeSession(id: SessionId): Promise<void> {
    this.#sql.removeSession.run(id);
  }

  async sessionUsed(id: SessionId, at: EpochMs): Promise<void> {
    this.#sql.sessionUsed.run(at, id);
  }

  async addLink({ hash, role, createdBy, expiresAt }: StoredLink): Promise<void> {
    this.#sql.addLink.run(hash, role, createdBy, expiresAt);
  }

  async takeLink(hash: SecretHash): Promise<boolean> {
    return this.#sql.takeLink.run(hash).changes > 0;
  }
}

interface TokenRow {
  readonly id: number;
  readonly hash: string;
  readonly name: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
}

interface SessionRow {
  readonly id: number;
  readonly hash: string;
  readonly role: Role;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number;
  readonly token_id: number | null;
  readonly last_used_at: number;
}

interface LinkRow {
  readonly hash: string;
  readonly role: Role;
  readonly created_by: string;
  readonly expires_at: number;
}

/** Everything by which somebody may be let in, the oldest first. `all` runs a query. */
export function readAccess(all: <Row>(sql: string) => Row[]): StoredAccess {
  return {
    tokens: all<TokenRow>('SELECT * FROM access_tokens ORDER BY id').map((row) => ({
      id: row.id,
      hash: row.hash,
      name: row.name,
      scopes: parseJson<readonly Scope[]>(row.scopes),
      createdAt: row.created_at,
      createdBy: row.created_by,
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at,
    })),
    sessions: all<SessionRow>('SELECT * FROM access_sessions ORDER BY id').map((row) => ({
      id: row.id,
      hash: row.hash,
      role: row.role,
      createdAt: row.created_at,
      createdBy: row.created_by,
      expiresAt: row.expires_at,
      tokenId: row.token_id,
      lastUsedAt: row.last_used_at,
    })),
    links: all<LinkRow>('SELECT * FROM access_links ORDER BY expires_at, hash').map((row) => ({
      hash: row.hash,
      role: row.role,
      createdBy: row.created_by,
      expiresAt: row.expires_at,
    })),
  };
}
