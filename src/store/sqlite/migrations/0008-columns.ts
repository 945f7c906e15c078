// What is no span (a commit, a push) is told of in the columns all the same: `told_revision` is when it last was, counted
// as the change feed is, in which it does not stand. `store_id` tells one store from another that was put in its place.
export const columns = `
ALTER TABLE identities ADD COLUMN told_revision INTEGER;
CREATE UNIQUE INDEX identities_by_told_revision ON identities (told_revision) WHERE told_revision IS NOT NULL;
UPDATE identities SET told_revision = numbered.number + (SELECT coalesce(max(revision), 0) FROM identities WHERE revision > 0)
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM identities WHERE revision = 0) AS numbered
  WHERE numbered.id = identities.id;
INSERT INTO memory (name, text) VALUES ('store_id', lower(hex(randomblob(16))));
`;
