import { DEPLOYMENT_ENVIRONMENT_NAME, SERVICE_NAME } from '../../domain/conventions.ts';

/** Where identities stand whose rows are to go, and attempts as the store gives them, until {@link READ_ATTEMPTS}. */
export const STAGING = `
CREATE OR REPLACE TEMP TABLE changed (identity_id BIGINT NOT NULL);
CREATE OR REPLACE TEMP TABLE attempts (
  identity_id BIGINT NOT NULL,
  ordinal     INTEGER NOT NULL,
  span_id     VARCHAR NOT NULL,
  key         VARCHAR NOT NULL,
  attempt     VARCHAR NOT NULL
)`;

/** What is taken of an attempt (domain/span.ts), each by its path; read in one go. */
const told = {
  operation: '$.operation',
  project: '$.project',
  team: '$.team',
  service: `$.tags."${SERVICE_NAME}"`,
  environment: `$.tags."${DEPLOYMENT_ENVIRONMENT_NAME}"`,
  tier: '$.tags."valuestream.environment.tier"',
  state: '$.state',
  result: '$.result',
  isError: '$.isError',
  startedAt: '$.startedAt',
  finishedAt: '$.finishedAt',
  title: '$.title',
  type: '$.facts.issue_type',
  labels: '$.facts.labels',
  author: '$.facts.author',
  actor: '$.actor',
  isBot: '$.tags."valuestream.author.is_bot"',
  isBotToSender: '$.facts.author_is_bot',
};
const ofPullRequests = {
  operation: '$.operation',
  headBranch: '$.facts.head_branch',
  fork: '$.facts.fork',
  additions: '$.facts.additions',
  deletions: '$.facts.deletions',
  changedFiles: '$.facts.changed_files',
  commits: '$.facts.commits',
  comments: '$.facts.comments',
};

const pathsOf = (paths: object) =>
  `[${Object.values(paths)
    .map((path) => `'${path}'`)
    .join(', ')}]`;
const at = (paths: object, name: string) => `told[${Object.keys(paths).indexOf(name) + 1}]`;
const a = (name: keyof typeof told) => at(told, name);
const p = (name: keyof typeof ofPullRequests) => at(ofPullRequests, name);

/** The key of an identity is its source, instance, kind, scope and id; references name the place as `github:4711`. */
const SCOPE = `concat_ws(':', identity[1], nullif(identity[2], ''), identity[4])`;

/** A fact is what a sender says: one that is not what its name promises is not known, and holds up nobody. */
export const READ_ATTEMPTS = `
INSERT INTO spans
SELECT identity_id, ordinal, span_id, identity[1], ${a('operation')}, ${a('project')}, ${a('team')},
  coalesce(${a('service')}, ${a('project')}), ${a('environment')}, ${a('tier')}, ${a('state')} = 'open', ${a('result')},
  ${a('isError')}::BOOLEAN, ${a('startedAt')}::BIGINT, ${a('finishedAt')}::BIGINT, ${a('title')}, ${a('type')},
  coalesce(TRY(from_json(${a('labels')}, '["VARCHAR"]')), []), coalesce(${a('author')}, ${a('actor')}),
  TRY_CAST(coalesce(${a('isBot')}, ${a('isBotToSender')}) AS BOOLEAN)
FROM (
  SELECT *, string_split(key, chr(31)) AS identity, json_extract_string(attempt, ${pathsOf(told)}) AS told FROM attempts
);
INSERT INTO pull_requests
SELECT identity_id, ordinal, ${SCOPE}, ${p('headBranch')}, TRY_CAST(${p('fork')} AS BOOLEAN), TRY_CAST(${p('additions')} AS BIGINT),
  TRY_CAST(${p('deletions')} AS BIGINT), TRY_CAST(${p('changedFiles')} AS BIGINT), TRY_CAST(${p('commits')} AS BIGINT), TRY_CAST(${p('comments')} AS BIGINT)
FROM (
  SELECT *, string_split(key, chr(31)) AS identity, json_extract_string(attempt, ${pathsOf(ofPullRequests)}) AS told
  FROM attempts
  -- Most are of something else, and are not worth reading.
  WHERE contains(attempt, '"pull_request"')
) WHERE ${p('operation')} = 'pull_request'
`;
