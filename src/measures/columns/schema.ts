/** Raised with every change of the tables or of what is put into them: columns of another version are made anew. */
export const COLUMNS_VERSION = 2;

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
  commits       BIGINT,
  comments      BIGINT
);

-- What is known of successful deployments beside their spans.
CREATE TABLE deployments (
  identity_id BIGINT NOT NULL,
  ordinal     INTEGER NOT NULL,
  base        VARCHAR NOT NULL,     -- known, first_deployment, base_unknown, commits_truncated, no_sha
  is_rollback BOOLEAN NOT NULL
);

-- The commits that a deployment brought to its environment first.
CREATE TABLE carried (
  identity_id BIGINT NOT NULL,      -- of the deployment
  ordinal     INTEGER NOT NULL,
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
  to_attempt  INTEGER
);

-- What a person has said of a deployment, the last word of each. NULL is_failure takes an earlier word back.
CREATE TABLE verdicts (
  identity_id BIGINT NOT NULL,
  ordinal     INTEGER NOT NULL,
  is_failure  BOOLEAN,
  is_rework   BOOLEAN,
  author      VARCHAR NOT NULL,
  reason      VARCHAR NOT NULL
);

-- What became of each deployment that has ended, computed from the tables above (outcomes/); "at" is its end.
CREATE TABLE outcomes (
  identity_id       BIGINT NOT NULL,
  ordinal           INTEGER NOT NULL,
  span_id           VARCHAR NOT NULL,
  source            VARCHAR NOT NULL,
  project           VARCHAR NOT NULL,
  team              VARCHAR,
  service           VARCHAR NOT NULL,
  environment       VARCHAR,
  tier              VARCHAR,
  "at"              BIGINT,
  is_success        BOOLEAN NOT NULL,
  reason            VARCHAR,        -- why it counts nowhere
  base              VARCHAR,        -- as of deployments
  failed            BOOLEAN,
  causes            VARCHAR[],      -- why it has failed, the strongest first
  is_rework         BOOLEAN,
  mends             VARCHAR[],      -- for what it is rework
  recovered_at      BIGINT,         -- of one that has failed
  recovered_by      VARCHAR,        -- incident, remedy, next_deployment
  has_commits       BOOLEAN NOT NULL,
  has_pulls         BOOLEAN NOT NULL,
  is_first_of_pulls BOOLEAN NOT NULL -- whether one of the pull requests came to the environment with it first
);

-- Each commit with each successful deployment that brought it to its environment first.
CREATE TABLE deployed_commits (
  identity_id  BIGINT NOT NULL,     -- of the deployment, as all up to "at"
  ordinal      INTEGER NOT NULL,
  commit_sha   VARCHAR NOT NULL,
  span_id      VARCHAR NOT NULL,
  source       VARCHAR NOT NULL,
  project      VARCHAR NOT NULL,
  team         VARCHAR,
  service      VARCHAR NOT NULL,
  environment  VARCHAR,
  tier         VARCHAR,
  "at"         BIGINT NOT NULL,
  base         VARCHAR,
  authored_at  BIGINT,
  committed_at BIGINT
);

-- Each pull request that was merged, with the deployment that brought it to an environment first.
CREATE TABLE deployed_pulls (
  identity_id     BIGINT NOT NULL,  -- of the pull request
  ordinal         INTEGER NOT NULL,
  span_id         VARCHAR NOT NULL,
  source          VARCHAR NOT NULL, -- of the deployment, up to base
  project         VARCHAR NOT NULL,
  team            VARCHAR,
  service         VARCHAR NOT NULL,
  environment     VARCHAR NOT NULL,
  tier            VARCHAR,
  "at"            BIGINT NOT NULL,
  base            VARCHAR,
  opened_at       BIGINT,
  merged_at       BIGINT,
  first_commit_at BIGINT,
  is_reopened     BOOLEAN NOT NULL,
  has_stages      BOOLEAN NOT NULL, -- whether all of its stages are known, and what they are
  draft           BIGINT,           -- how long it was in each; NULL where it never was
  pickup          BIGINT,
  review          BIGINT,
  merge_wait      BIGINT
);

-- One row: how far this is in the store's change feed, and what made it.
CREATE TABLE progress (
  version  INTEGER NOT NULL,
  store_id VARCHAR NOT NULL,
  revision BIGINT NOT NULL,
  settled  BIGINT NOT NULL         -- how far outcomes are
);

-- The services whose outcomes are to be computed again.
CREATE TABLE unsettled (service VARCHAR NOT NULL);
-- And what has changed since they were, that more of them may follow from.
CREATE TABLE unsettled_changes (identity_id BIGINT NOT NULL);
`;
