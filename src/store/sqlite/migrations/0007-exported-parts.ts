// Which attempt has a pin now (`held_by`, its key; null where there is none any more) is written down when attempts change, so
// that nobody has to find it out again for each read; `ended_at` is the end under which it was exported, by which it is known
// again where its beginning has moved. `began_at` is the revision before which a target wants nothing that had ended, and
// `sending_since` when that which is in its outbox was put there.
//
// A part of an attempt is named by what does not change when more becomes known: a stage by its beginning and its key. What was
// exported before this keeps the name of the stage that is in its place now; its fingerprint was of other things, and is
// forgotten. `version` is of what was stored when it was last looked at. A record says which program has made it.
export const exportedParts = `
ALTER TABLE export_pins ADD COLUMN held_by TEXT;
ALTER TABLE export_pins ADD COLUMN ended_at INTEGER;
CREATE UNIQUE INDEX export_pins_by_holder ON export_pins (identity_id, held_by, mode);
CREATE INDEX export_pins_moved ON export_pins (identity_id) WHERE held_by IS NOT attempt_key;

UPDATE export_pins SET held_by = attempt_key
  FROM (SELECT identity_id AS id, attempt ->> '$.key' AS key FROM spans) s
  WHERE s.id = identity_id AND s.key = attempt_key;
UPDATE OR IGNORE export_pins SET held_by = s.key
  FROM (SELECT identity_id AS id, ordinal AS place, attempt ->> '$.key' AS key FROM spans) s
  WHERE held_by IS NULL AND s.id = identity_id AND s.place = ordinal;
UPDATE export_pins SET ended_at = s.finished_at
  FROM (SELECT identity_id AS id, attempt ->> '$.key' AS key, finished_at FROM spans) s
  WHERE s.id = identity_id AND s.key = held_by;

ALTER TABLE export_targets ADD COLUMN began_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE export_targets ADD COLUMN sending_since INTEGER;

CREATE TABLE exported_parts (
  target_id   INTEGER NOT NULL REFERENCES export_targets,
  pin_id      INTEGER NOT NULL REFERENCES export_pins,
  part        TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  version     TEXT NOT NULL DEFAULT '',
  is_changed  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (target_id, pin_id, part)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO exported_parts (target_id, pin_id, part, fingerprint, is_changed)
  SELECT target_id, pin_id, CASE part WHEN 0 THEN 'span' WHEN -1 THEN 'open' ELSE coalesce((
    SELECT 'stage:' || g.started_at || ':' || g.key
    FROM export_pins p JOIN spans s ON s.identity_id = p.identity_id AND s.attempt ->> '$.key' = p.held_by
      JOIN stages g ON g.identity_id = s.identity_id AND g.ordinal = s.ordinal AND g.number = part
    WHERE p.id = pin_id
  ), 'stage:' || part || ':') END, '', is_changed FROM exported;
DROP TABLE exported;
ALTER TABLE exported_parts RENAME TO exported;

CREATE TABLE outbox_parts (
  target_id   INTEGER NOT NULL REFERENCES export_targets,
  number      INTEGER NOT NULL,
  pin_id      INTEGER NOT NULL REFERENCES export_pins,
  part        TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  version     TEXT NOT NULL DEFAULT '',
  record      TEXT NOT NULL,
  PRIMARY KEY (target_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO outbox_parts (target_id, number, pin_id, part, fingerprint, record)
  SELECT target_id, number, pin_id, CASE part WHEN 0 THEN 'span' WHEN -1 THEN 'open'
    ELSE 'stage:' || (record ->> '$.startedAt') || ':' || (record ->> '$.attributes."valuestream.stage.key"') END, '',
    json_insert(record, '$.scope', json('{"version":"0.1.0","schemaUrl":"https://opentelemetry.io/schemas/1.44.0"}'))
  FROM export_outbox;
DROP TABLE export_outbox;
ALTER TABLE outbox_parts RENAME TO export_outbox;

CREATE TABLE parked_parts (
  id        INTEGER PRIMARY KEY,
  target_id INTEGER NOT NULL REFERENCES export_targets,
  pin_id    INTEGER NOT NULL REFERENCES export_pins,
  part      TEXT NOT NULL,
  parked_at INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  record    TEXT NOT NULL
) STRICT;
INSERT INTO parked_parts
  SELECT id, target_id, pin_id, CASE part WHEN 0 THEN 'span' WHEN -1 THEN 'open'
    ELSE 'stage:' || (record ->> '$.startedAt') || ':' || (record ->> '$.attributes."valuestream.stage.key"') END,
    parked_at, reason,
    json_insert(record, '$.scope', json('{"version":"0.1.0","schemaUrl":"https://opentelemetry.io/schemas/1.44.0"}'))
  FROM export_parked;
DROP TABLE export_parked;
ALTER TABLE parked_parts RENAME TO export_parked;
CREATE INDEX export_parked_by_target ON export_parked (target_id, id);
`;
