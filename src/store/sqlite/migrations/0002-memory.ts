// Small things that are remembered from one start to the next: by which rules all of it is folded.
export const memory = `
CREATE TABLE memory (
  name TEXT PRIMARY KEY,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
