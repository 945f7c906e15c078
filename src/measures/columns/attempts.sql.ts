import { DEPLOYMENT_ENVIRONMENT_NAME, SERVICE_NAME } from '../../domain/conventions.ts';

/** A table for attempts as the store gives them, until {@link readAttempts}. */
export const attemptsTable = (name: string): string => `
CREATE OR REPLACE TEMP TABLE ${name} (
  identity_id BIGINT NOT NULL,
  ordinal     INTEGER NOT NULL,
  span_id     VARCHAR NOT NULL,
  key         VARCHAR NOT NULL,
  attempt     VARCHAR NOT NULL
)`;

/** What is taken of an attempt (domain/span.ts), and as what. */
const taken = {
  operation: 'VARCHAR',
  project: 'VARCHAR',
  team: 'VARCHAR',
  state: 'VARCHAR',
  result: 'VARCHAR',
  isError: 'BOOLEAN',
  startedAt: 'BIGINT',
  finishedAt: 'BIGINT',
  title: 'VARCHAR',
  actor: 'VARCHAR',
  tags: {
    [SERVICE_NAME]: 'VARCHAR',
    [DEPLOYMENT_ENVIRONMENT_NAME]: 'VARCHAR',
    'valuestream.environment.tier': 'VARCHAR',
    'valuestream.author.is_bot': 'VARCHAR',
  },
  // Whatever it is, it is a text first.
  facts: {
    issue_type: 'VARCHAR',
    labels: 'JSON',
    author: 'VARCHAR',
    author_is_bot: 'VARCHAR',
    head_branch: 'VARCHAR',
    fork: 'VARCHAR',
    additions: 'VARCHAR',
    deletions: 'VARCHAR',
    commits: 'VARCHAR',
    comments: 'VARCHAR',
  },
};

const tag = (name: keyof typeof taken.tags) => `a.tags."${name}"`;
const fact = (name: keyof typeof taken.facts, type: string) => `TRY_CAST(a.facts.${name} AS ${type})`;

/**
 * Puts what attempts in an {@link attemptsTable} say into their columns. A fact is what a sender says: one that is not what its name
 * promises is not known, and holds up nobody.
 */
export const readAttempts = (table: string): string => `
-- The key of an identity is its source, instance, kind, scope and id.
CREATE OR REPLACE TEMP TABLE told AS
SELECT identity_id, ordinal, span_id, string_split(key, chr(31)) AS identity, from_json(attempt, '${JSON.stringify(taken)}') AS a
FROM ${table};
INSERT INTO spans
SELECT identity_id, ordinal, span_id, identity[1], a.operation, a.project, a.team, coalesce(${tag(SERVICE_NAME)}, a.project),
  ${tag(DEPLOYMENT_ENVIRONMENT_NAME)}, ${tag('valuestream.environment.tier')}, a.state = 'open', a.result, a.isError, a.startedAt,
  a.finishedAt, a.title, a.facts.issue_type, coalesce(TRY(from_json(a.facts.labels, '["VARCHAR"]')), []),
  coalesce(a.facts.author, a.actor),
  TRY_CAST(coalesce(${tag('valuestream.author.is_bot')}, a.facts.author_is_bot) AS BOOLEAN)
FROM told;
INSERT INTO pull_requests
-- References name the place as "github:4711".
SELECT identity_id, ordinal, concat_ws(':', identity[1], nullif(identity[2], ''), identity[4]), a.facts.head_branch,
  ${fact('fork', 'BOOLEAN')}, ${fact('additions', 'BIGINT')}, ${fact('deletions', 'BIGINT')}, ${fact('commits', 'BIGINT')},
  ${fact('comments', 'BIGINT')}
FROM told WHERE a.operation = 'pull_request'
`;
