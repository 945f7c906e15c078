// In which revision of the change feed each attempt was first there, and first seen to have ended. What is stored already was
// so before anybody asks, and counts as old.
export const transitions = `
ALTER TABLE spans ADD COLUMN known_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spans ADD COLUMN finished_revision INTEGER;
UPDATE spans SET finished_revision = 0 WHERE state = 'finished';
`;
