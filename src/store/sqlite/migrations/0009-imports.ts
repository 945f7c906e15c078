// Where each import stands, moved in the transaction that stores what it has brought.
export const imports = `
CREATE TABLE import_cursors (
  source TEXT NOT NULL,
  instance TEXT NOT NULL,
  scope TEXT NOT NULL,
  resource TEXT NOT NULL,
  position TEXT NOT NULL,
  PRIMARY KEY (source, instance, scope, resource)
) STRICT, WITHOUT ROWID;
`;
