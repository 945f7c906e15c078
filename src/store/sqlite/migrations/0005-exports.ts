// What was exported stays: pins are the ids under which an attempt is known to tracing backends, whatever becomes of its
// trace later. The outbox holds what is being sent, byte for byte, so that it can be sent again after a crash as it was;
// part 0 is the attempt itself, the others are its stages, from 1, and -1 the notice that it is open.
export const exports = `
CREATE TABLE export_pins (
  id          INTEGER PRIMARY KEY,
  identity_id INTEGER NOT NULL REFERENCES identities,
  mode        TEXT NOT NULL,
  attempt_key TEXT NOT NULL,
  ordinal     INTEGER NOT NULL,
  trace_id    TEXT NOT NULL,
  span_id     TEXT NOT NULL,
  is_changed  INTEGER NOT NULL DEFAULT 0,
  UNIQUE (identity_id, mode, attempt_key)
) STRICT;

CREATE TABLE export_targets (
  id              INTEGER PRIMARY KEY,
  name            TEXT NOT NULL UNIQUE,
  position        INTEGER NOT NULL,
  sending_through INTEGER,
  exported        INTEGER NOT NULL DEFAULT 0,
  rejected        INTEGER NOT NULL DEFAULT 0,
  parked          INTEGER NOT NULL DEFAULT 0,
  changed         INTEGER NOT NULL DEFAULT 0,
  last_success_at INTEGER
) STRICT;

CREATE TABLE exported (
  target_id   INTEGER NOT NULL REFERENCES export_targets,
  pin_id      INTEGER NOT NULL REFERENCES export_pins,
  part        INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  is_changed  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (target_id, pin_id, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE export_outbox (
  target_id   INTEGER NOT NULL REFERENCES export_targets,
  number      INTEGER NOT NULL,
  pin_id      INTEGER NOT NULL REFERENCES export_pins,
  part        INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  record      TEXT NOT NULL,
  PRIMARY KEY (target_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE export_parked (
  id        INTEGER PRIMARY KEY,
  target_id INTEGER NOT NULL REFERENCES export_targets,
  pin_id    INTEGER NOT NULL REFERENCES export_pins,
  part      INTEGER NOT NULL,
  parked_at INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  record    TEXT NOT NULL
) STRICT;
CREATE INDEX export_parked_by_target ON export_parked (target_id, id);
`;
