// How many deliveries came in each hour since 1970, so that silence can be told from a quiet sender without reading the
// log; and which delivery was the last of each outcome, for its reason.
export const activity = `
CREATE TABLE delivery_hours (
  source   TEXT NOT NULL,
  instance TEXT NOT NULL,
  hour     INTEGER NOT NULL,
  outcome  TEXT NOT NULL,
  count    INTEGER NOT NULL,
  PRIMARY KEY (source, instance, hour, outcome)
) STRICT, WITHOUT ROWID;
INSERT INTO delivery_hours
  SELECT source, instance, received_at / 3600000, outcome, count(*) FROM deliveries GROUP BY 1, 2, 3, 4;

ALTER TABLE delivery_counts ADD COLUMN last_delivery_id INTEGER NOT NULL DEFAULT 0;
UPDATE delivery_counts SET last_delivery_id = coalesce((SELECT max(d.id) FROM deliveries d
  WHERE d.source = delivery_counts.source AND d.instance = delivery_counts.instance
    AND d.outcome = delivery_counts.outcome), 0);
`;
