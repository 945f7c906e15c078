// Who provides and who wants which reference, and the links that formed. `retraces` are spans below which all have come
// into another trace, where these were too many for one transaction; `after_id` is how far that has got.
export const correlation = `
CREATE TABLE provided (
  key         TEXT NOT NULL,
  identity_id INTEGER NOT NULL REFERENCES identities,
  attempt     INTEGER,
  PRIMARY KEY (key, identity_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX provided_by_identity ON provided (identity_id);

CREATE TABLE wanted (
  key         TEXT NOT NULL,
  identity_id INTEGER NOT NULL REFERENCES identities,
  ordinal     INTEGER NOT NULL,
  wanted_as   TEXT NOT NULL,
  via         TEXT NOT NULL,
  origin      TEXT NOT NULL,
  rank        INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (key, identity_id, ordinal, wanted_as, via, origin)
) STRICT, WITHOUT ROWID;
CREATE INDEX wanted_by_place ON wanted (identity_id, ordinal);
CREATE INDEX wanted_by_time ON wanted (key, at) WHERE at > 0;

CREATE TABLE links (
  identity_id INTEGER NOT NULL REFERENCES identities,
  ordinal     INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  to_id       INTEGER NOT NULL REFERENCES identities,
  to_attempt  INTEGER,
  certainty   TEXT NOT NULL,
  key         TEXT NOT NULL,
  via         TEXT NOT NULL,
  through     TEXT,
  is_parent   INTEGER NOT NULL,
  precedence  INTEGER NOT NULL,
  is_dropped  INTEGER NOT NULL,
  PRIMARY KEY (identity_id, ordinal, kind, to_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_target ON links (to_id, kind, identity_id, ordinal);

CREATE TABLE deployments (
  identity_id   INTEGER NOT NULL REFERENCES identities,
  ordinal       INTEGER NOT NULL,
  key           TEXT NOT NULL,
  service       TEXT NOT NULL,
  environment   TEXT NOT NULL,
  is_production INTEGER NOT NULL,
  finished_at   INTEGER NOT NULL,
  commit_sha    TEXT,
  scope         TEXT,
  base          TEXT NOT NULL,
  is_rollback   INTEGER NOT NULL,
  PRIMARY KEY (identity_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX deployments_in_order ON deployments (service, environment, finished_at, key, ordinal);
CREATE INDEX deployments_in_production ON deployments (service, finished_at, key, ordinal) WHERE is_production = 1;

CREATE TABLE incidents (
  identity_id INTEGER NOT NULL REFERENCES identities,
  ordinal     INTEGER NOT NULL,
  service     TEXT NOT NULL,
  started_at  INTEGER NOT NULL,
  PRIMARY KEY (identity_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX incidents_by_service ON incidents (service, started_at);

CREATE TABLE retraces (
  identity_id INTEGER PRIMARY KEY REFERENCES identities,
  after_id    INTEGER NOT NULL
) STRICT;

-- Everything is folded again at the next start, which is when what is stored already gets its links.
DELETE FROM memory WHERE name = 'rules_applied';
`;
