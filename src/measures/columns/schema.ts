/** Raised with every change of the tables or of what is put into them: columns of another version are made anew. */
export const COLUMNS_VERSION = 1;

/**
 * The tables that measures are computed from: a copy of what the store knows, in columns, without what nobody counts.
 *
 * - Times are milliseconds since 1970, UTC; NULL is not known (or not yet).
 * - `identity_id` and `ordinal` name an attempt as the store does. All rows of one identity are replaced together.
 * - No indexes: rows of one time lie together, and a scan of a column is what this is for.
 */
export const schema = `
-- One attempt. Of an open one finished_at is NULL; there are finished ones of which it is not known either.
CREATE TABLE spans (
  identity_id   BIGINT NOT NULL,
  ordinal       INTEGER NOT NULL,
  span_id       VARCHAR NOT NULL,
  source        VARCHAR NOT NULL,
  operation     VARCHAR NOT NULL,
  project       VARCHAR NOT NULL,
  team          VARCHAR,
  service       VARCHAR NOT NULL,   -- what the rules say, else the project
  environment   VARCHAR,
  tier          VARCHAR,            -- of the environment, by the rules: production, staging, ...
  is_open       BOOLEAN NOT NULL,
  result        VARCHAR,
  is_error      BOOLEAN NOT NULL,
  started_at    BIGINT,
  finished_at   BIGINT,
  title         VARCHAR,
  type          VARCHAR,            -- of an issue, as its sender calls it: Bug, Story, incident
  labels        VARCHAR[] NOT NULL, -- of an issue or pull request
  author        VARCHAR,
  author_is_bot BOOLEAN
);

-- The stages of an attempt, in order; they tile it from its start to its end, or there are none.
CREATE TABLE stages (
  identity_id BIGINT NOT NULL,
  ordinal     INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  name        VARCHAR NOT NULL,
  category    VARCHAR,              -- waiting, active, done
  started_at  BIGINT NOT NULL,
  finished_at BIGINT                -- NULL while it is the current one
);

-- What else is known of pull requests. NULL where no payload has told it.
CREATE TABLE pull_requests (
  identity_id   BIGINT NOT NULL,
  ordinal       INTEGER NOT NULL,
  scope         VARCHAR NOT NULL,   -- of its identity: the repository
  head_branch   VARCHAR,
  is_fork       BOOLEAN,
  additions     BIGINT,
  deletions     BIGINT,
  changed_files BIGINT,
  commits       BIGINT,
  comments      BIGINT
);

-- Successful deployments, in their lanes: those of one service and environment.
CREATE TABLE deployments (
  identity_id   BIGINT NOT NULL,
  ordinal       INTEGER NOT NULL,
  service       VARCHAR NOT NULL,
  environment   VARCHAR NOT NULL,
  is_production BOOLEAN NOT NULL,
  finished_at   BIGINT NOT NULL,
  commit_sha    VARCHAR,
  scope         VARCHAR,
  base          VARCHAR NOT NULL,   -- known, first_deployment, base_unknown, commits_truncated, no_sha
  is_rollback   BOOLEAN NOT NULL
);

-- The commits that a deployment brought to its environment first.
CREATE TABLE carried (
  identity_id BIGINT NOT NULL,      -- of the deployment
  ordinal     INTEGER NOT NULL,
  scope       VARCHAR NOT NULL,
  commit_sha  VARCHAR NOT NULL
);

-- Commits of which anything is known. A commit is no span.
CREATE TABLE commits (
  identity_id  BIGINT NOT NULL,
  scope        VARCHAR NOT NULL,
  commit_sha   VARCHAR NOT NULL,
  authored_at  BIGINT,              -- as pushes tell it
  committed_at BIGINT,              -- as imports tell it
  message      VARCHAR
);

-- Which push brought which commit onto which ref.
CREATE TABLE pushed (
  identity_id BIGINT NOT NULL,      -- of the push
  scope       VARCHAR NOT NULL,
  ref         VARCHAR NOT NULL,     -- refs/heads/main
  commit_sha  VARCHAR NOT NULL,
  pushed_at   BIGINT NOT NULL
);

-- Links from one span to another. to_attempt is NULL where the whole operation is meant.
CREATE TABLE links (
  identity_id BIGINT NOT NULL,
  ordinal     INTEGER NOT NULL,
  kind        VARCHAR NOT NULL,     -- caused_by, fixes, part_of, retry_of, about, carries, caused_incident
  to_id       BIGINT NOT NULL,
  to_attempt  INTEGER,
  certainty   VARCHAR NOT NULL,
  is_parent   BOOLEAN NOT NULL
);

-- What a person has said of a deployment, the last word of each. NULL is_failure takes an earlier word back.
CREATE TABLE verdicts (
  identity_id BIGINT NOT NULL,
  ordinal     INTEGER NOT NULL,
  is_failure  BOOLEAN,
  is_rework   BOOLEAN,
  author      VARCHAR NOT NULL,
  reason      VARCHAR NOT NULL,
  said_at     BIGINT NOT NULL
);

-- One row: how far this is in the store's change feed, and what made it.
CREATE TABLE progress (
  version  INTEGER NOT NULL,
  store_id VARCHAR NOT NULL,
  revision BIGINT NOT NULL
);
`;
