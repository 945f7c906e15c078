// Bodies stand apart, so that lists of deliveries read narrow rows and retention can drop bodies alone.
// An observation is stored once for each distinct content; `sightings` notes further deliveries that said the same.
// A revision is given to an identity with each change, which makes the index on it the change feed.
export const initial = `
CREATE TABLE deliveries (
  id           INTEGER PRIMARY KEY,
  source       TEXT NOT NULL,
  instance     TEXT NOT NULL,
  key          TEXT NOT NULL,
  channel      TEXT NOT NULL,
  received_at  INTEGER NOT NULL,
  authenticity TEXT NOT NULL,
  kind         TEXT NOT NULL,
  outcome      TEXT NOT NULL,
  reason       TEXT,
  events       INTEGER NOT NULL,
  headers      TEXT NOT NULL,
  body_bytes   INTEGER NOT NULL,
  UNIQUE (key, source, instance)
) STRICT;
CREATE INDEX deliveries_by_outcome ON deliveries (outcome, id) WHERE outcome <> 'accepted';

CREATE TABLE bodies (
  delivery_id INTEGER PRIMARY KEY REFERENCES deliveries,
  encoding    TEXT NOT NULL,
  body        BLOB NOT NULL
) STRICT;

CREATE TABLE delivery_counts (
  source           TEXT NOT NULL,
  instance         TEXT NOT NULL,
  outcome          TEXT NOT NULL,
  count            INTEGER NOT NULL,
  last_received_at INTEGER NOT NULL,
  PRIMARY KEY (source, instance, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE identities (
  id       INTEGER PRIMARY KEY,
  key      TEXT NOT NULL UNIQUE,
  span_id  TEXT NOT NULL UNIQUE,
  tail     TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX identities_by_revision ON identities (revision) WHERE revision > 0;

CREATE TABLE names (
  name        TEXT NOT NULL,
  identity_id INTEGER NOT NULL REFERENCES identities,
  valid_from  INTEGER NOT NULL,
  PRIMARY KEY (name, identity_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX names_by_identity ON names (identity_id);

CREATE TABLE observations (
  id          INTEGER PRIMARY KEY,
  identity_id INTEGER NOT NULL REFERENCES identities,
  event_key   TEXT NOT NULL,
  hash        BLOB NOT NULL,
  delivery_id INTEGER NOT NULL REFERENCES deliveries,
  occurred_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  event       TEXT NOT NULL,
  UNIQUE (identity_id, event_key, hash)
) STRICT;
CREATE INDEX observations_by_delivery ON observations (delivery_id);

CREATE TABLE sightings (
  observation_id INTEGER NOT NULL REFERENCES observations,
  delivery_id    INTEGER NOT NULL REFERENCES deliveries,
  PRIMARY KEY (observation_id, delivery_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_delivery ON sightings (delivery_id);

CREATE TABLE spans (
  id          INTEGER PRIMARY KEY,
  identity_id INTEGER NOT NULL REFERENCES identities,
  ordinal     INTEGER NOT NULL,
  source      TEXT NOT NULL,
  operation   TEXT NOT NULL,
  project     TEXT NOT NULL,
  team        TEXT,
  environment TEXT,
  state       TEXT NOT NULL,
  result      TEXT,
  is_error    INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  started_at  INTEGER,
  finished_at INTEGER,
  title       TEXT,
  attempt     TEXT NOT NULL,
  UNIQUE (identity_id, ordinal)
) STRICT;
CREATE INDEX spans_by_time ON spans (at, id);
CREATE INDEX spans_by_operation ON spans (operation, at, id);
CREATE INDEX spans_by_project ON spans (project, at, id);
CREATE INDEX spans_open ON spans (at, id) WHERE state = 'open';

CREATE TABLE stages (
  id          INTEGER PRIMARY KEY,
  identity_id INTEGER NOT NULL REFERENCES identities,
  ordinal     INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  key         TEXT NOT NULL,
  name        TEXT NOT NULL,
  category    TEXT,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER,
  UNIQUE (identity_id, ordinal, number)
) STRICT;
CREATE INDEX stages_by_time ON stages (started_at, id);
`;
