// Of tokens, sessions and links only hashes. Numbers are never given out again, so that what is left of a token that was
// removed (in a log) names no other one. A session that a token has signed in goes with it.
export const access = `
CREATE TABLE access_tokens (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  hash         TEXT NOT NULL UNIQUE,
  name         TEXT NOT NULL UNIQUE,
  scopes       TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  created_by   TEXT NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER
) STRICT;

CREATE TABLE access_sessions (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  hash         TEXT NOT NULL UNIQUE,
  role         TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  created_by   TEXT NOT NULL,
  expires_at   INTEGER NOT NULL,
  token_id     INTEGER REFERENCES access_tokens ON DELETE CASCADE,
  last_used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX access_sessions_by_token ON access_sessions (token_id) WHERE token_id IS NOT NULL;

CREATE TABLE access_links (
  hash       TEXT PRIMARY KEY,
  role       TEXT NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
