import { DEPLOYMENT_ENVIRONMENT_NAME, SERVICE_NAME } from '../../domain/conventions.ts';

/** What is taken of an attempt (domain/span.ts), and as what, for its row in each table. Facts, whatever they are, are texts first. */
const taken = {
  spans: {
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
    facts: { issue_type: 'VARCHAR', labels: 'JSON', author: 'VARCHAR', author_is_bot: 'VARCHAR' },
  },
  pull_requests: {
    facts: {
      head_branch: 'VARCHAR',
      fork: 'VARCHAR',
      additions: 'VARCHAR',
      deletions: 'VARCHAR',
      commits: 'VARCHAR',
      comments: 'VARCHAR',
    },
  },
};

const tag = (name: keyof typeof taken.spans.tags) => `a.tags."${name}"`;
const fact = (name: keyof typeof taken.pull_requests.facts, type: string) => `TRY_CAST(a.facts.${name} AS ${type})`;

/**
 * Selects, of attempts with their `details` as JSON, the rows of `spans`. A fact is what a sender says: one that is not what its name
 * promises is not known, and holds up nobody.
 */
export const spansOf = (attempts: string): string => `
SELECT identity_id, ordinal, span_id, source, a.operation, a.project, a.team, coalesce(${tag(SERVICE_NAME)}, a.project),
  ${tag(DEPLOYMENT_ENVIRONMENT_NAME)}, ${tag('valuestream.environment.tier')}, a.state = 'open', a.result, a.isError, a.startedAt,
  a.finishedAt, a.title, a.facts.issue_type, coalesce(TRY(from_json(a.facts.labels, '["VARCHAR"]')), []),
  coalesce(a.facts.author, a.actor),
  TRY_CAST(coalesce(${tag('valuestream.author.is_bot')}, a.facts.author_is_bot) AS BOOLEAN)
FROM (${parsed(attempts, 'spans')})`;

/** And those of `pull_requests`. */
export const pullRequestsOf = (attempts: string): string => `
-- The key of an identity is its source, instance, kind, scope and id; references name the place as "github:4711".
SELECT identity_id, ordinal, concat_ws(':', identity[1], nullif(identity[2], ''), identity[4]), a.facts.head_branch,
  ${fact('fork', 'BOOLEAN')}, ${fact('additions', 'BIGINT')}, ${fact('deletions', 'BIGINT')}, ${fact('commits', 'BIGINT')},
  ${fact('comments', 'BIGINT')}
FROM (SELECT *, string_split(key, chr(31)) AS identity FROM (${parsed(attempts, 'pull_requests')}))`;

function parsed(attempts: string, table: keyof typeof taken): string {
  return `SELECT *, from_json(details, '${JSON.stringify(taken[table])}') AS a FROM ${attempts}`;
}
