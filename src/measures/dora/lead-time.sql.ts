import { deployments } from './deployments.sql.ts';

/** Successful deployments of which it is not known what they brought, or not all of it, as items of a lead time. */
const unattributed = `
SELECT
  t.span_id, t.ordinal, t.ended_at, t.source, t.project, t.team, t.service, t.environment, t.tier,
  NULL::BIGINT AS began_at, NULL::VARCHAR AS commit_sha, coalesce(t.reason, l.base) AS reason
FROM tried t
LEFT JOIN lane l USING (identity_id, ordinal)
WHERE t.is_success AND (t.reason IS NOT NULL OR l.base IN ('no_sha', 'first_deployment', 'base_unknown', 'commits_truncated'))`;

/**
 * Items: every commit with the deployment that brought it to its environment first, from when it was made to the end of that.
 * `from`: when it was `committed` (as imports tell it) or `authored` (as pushes do).
 *
 * Excluded, and what that means here:
 *
 * - `no_sha`, `first_deployment`, `base_unknown`, `commits_truncated`, `environment_unknown`, `no_end`: the deployment, once,
 *   for it is not known what, or what else, it brought. Of `commits_truncated` those commits count that were told. Those of
 *   `base_unknown` do not, for they may have been there before: each is excluded, and the deployment where none is known.
 * - `commit_time_unknown`, `negative`: the commit.
 */
export const leadTimeOfCommits = (from: 'committed' | 'authored') => `
WITH ${deployments('$from')},
brought_here AS (
  SELECT l.*, c.scope, c.commit_sha
  FROM lane l
  JOIN carried c USING (identity_id, ordinal)
  WHERE l.is_success AND l.ended_at < $to
),
commit_times AS (
  SELECT scope, commit_sha, max(${from}_at) AS made_at
  FROM commits
  SEMI JOIN brought_here USING (scope, commit_sha)
  GROUP BY scope, commit_sha
),
items AS (
  ${unattributed} AND (l.base IS DISTINCT FROM 'base_unknown' OR NOT EXISTS (
    FROM carried c WHERE c.identity_id = t.identity_id AND c.ordinal = t.ordinal
  ))
  UNION ALL
  SELECT
    l.span_id, l.ordinal, l.ended_at, l.source, l.project, l.team, l.service, l.environment, l.tier, m.made_at, l.commit_sha,
    CASE
      WHEN l.base = 'base_unknown' THEN 'base_unknown'
      WHEN m.made_at IS NULL THEN 'commit_time_unknown'
      WHEN m.made_at > l.finished_at THEN 'negative'
    END
  FROM brought_here l
  LEFT JOIN commit_times m USING (scope, commit_sha)
)
SELECT
  span_id, ordinal AS attempt, ended_at AS "at", CASE WHEN reason IS NULL THEN ended_at - began_at END AS value, reason,
  '${from}' AS basis, source, project, team, service, environment, tier, commit_sha
FROM items`;

/**
 * Pull requests that were merged, each with the deployment that brought it to its environment first, as common table
 * expressions; `tried` and `lane` are those of {@link deployments}.
 *
 * The **first commit** is the earliest, by when it was authored, of those pushed to the branch of the pull request after the
 * last one that had this branch was over. A commit that another branch had before is that branch's: merging `main` into it
 * does not make a pull request older. Branches of forks are not pushed here, so their first commit is not known.
 */
const pulls = `
${deployments('0')},
here AS (
  SELECT DISTINCT b.to_id AS identity_id
  FROM brought b
  JOIN lane l USING (identity_id, ordinal)
  WHERE l.is_success AND l.ended_at >= $from AND l.ended_at < $to
),
pulls AS (
  SELECT
    s.identity_id, s.ordinal, s.span_id, s.started_at, s.finished_at, p.scope, p.head_branch, p.is_fork
  FROM spans s
  JOIN pull_requests p USING (identity_id, ordinal)
  SEMI JOIN here USING (identity_id)
  WHERE s.result = 'merged'
),
own_branches AS (
  SELECT
    p.identity_id, p.ordinal, p.scope, 'refs/heads/' || p.head_branch AS ref, p.finished_at,
    max(s.finished_at) FILTER (s.started_at < p.started_at) AS free_at
  FROM pulls p
  JOIN pull_requests o ON o.scope = p.scope AND o.head_branch = p.head_branch AND o.is_fork = false
  JOIN spans s ON s.identity_id = o.identity_id AND s.ordinal = o.ordinal
  WHERE p.is_fork = false
  GROUP BY ALL
),
-- Made once: with the commits in the same join, all of a repository would be joined to all of it.
pushes AS MATERIALIZED (
  SELECT DISTINCT b.identity_id, b.ordinal, b.scope, b.ref, b.finished_at, b.free_at, p.commit_sha
  FROM own_branches b
  JOIN pushed p ON p.scope = b.scope AND p.ref = b.ref
),
first_pushes AS MATERIALIZED (
  SELECT scope, commit_sha, arg_min(ref, pushed_at) AS ref, min(pushed_at) AS pushed_at
  FROM pushed
  SEMI JOIN pushes USING (scope, commit_sha)
  GROUP BY scope, commit_sha
),
first_commits AS (
  SELECT p.identity_id, p.ordinal, min(c.authored_at) AS authored_at
  FROM pushes p
  JOIN first_pushes f ON f.scope = p.scope AND f.commit_sha = p.commit_sha AND f.ref = p.ref
    AND f.pushed_at <= p.finished_at AND (p.free_at IS NULL OR f.pushed_at > p.free_at)
  JOIN commits c ON c.scope = f.scope AND c.commit_sha = f.commit_sha
  GROUP BY ALL
),
merged AS (
  SELECT
    b.identity_id AS deployment_id, b.ordinal AS deployment_ordinal,
    l.span_id AS deployment_span_id, l.ended_at, l.source, l.project, l.team, l.service, l.environment, l.tier, l.base,
    p.identity_id, p.ordinal, p.span_id, p.started_at, p.finished_at, c.authored_at AS first_commit_at
  FROM pulls p
  JOIN brought b ON b.to_id = p.identity_id
  JOIN lane l ON l.identity_id = b.identity_id AND l.ordinal = b.ordinal AND l.is_success
  LEFT JOIN first_commits c ON c.identity_id = p.identity_id AND c.ordinal = p.ordinal
  QUALIFY row_number() OVER (
    PARTITION BY p.identity_id, l.service, l.environment
    ORDER BY p.finished_at > l.ended_at, l.ended_at, l.identity_id, l.ordinal, p.ordinal DESC
  ) = 1
)`;

/**
 * Items: pull requests with the deployment that brought them to its environment first, to the end of that.
 * `from`: when its `first_commit` was authored, or when it was `opened`.
 *
 * Excluded: deployments as of {@link leadTimeOfCommits}; those that brought commits, and no pull request (`no_pull_request`);
 * pull requests of which no first commit is known (`commit_time_unknown`), or that were merged or begun later than that
 * deployment ended (`negative`), brought by one whose base is not known (`base_unknown`), or whose opening is not (`no_start`).
 */
export const leadTimeOfPullRequests = (from: 'first_commit' | 'opened') => `
WITH ${pulls},
items AS (
  ${unattributed} AND (l.base IS DISTINCT FROM 'base_unknown' OR NOT EXISTS (
    FROM merged m WHERE m.deployment_id = t.identity_id AND m.deployment_ordinal = t.ordinal
  ))
  UNION ALL
  SELECT
    l.span_id, l.ordinal, l.ended_at, l.source, l.project, l.team, l.service, l.environment, l.tier, NULL, NULL, 'no_pull_request'
  FROM lane l
  SEMI JOIN carried c USING (identity_id, ordinal)
  WHERE l.is_success AND l.base IN ('known', 'commits_truncated') AND l.ended_at >= $from AND l.ended_at < $to
    AND NOT EXISTS (
      FROM brought b JOIN pulls p ON p.identity_id = b.to_id
      WHERE b.identity_id = l.identity_id AND b.ordinal = l.ordinal
    )
  UNION ALL
  SELECT
    span_id, ordinal, ended_at, source, project, team, service, environment, tier,
    ${from === 'opened' ? 'started_at' : 'first_commit_at'} AS began_at,
    NULL,
    CASE
      WHEN base = 'base_unknown' THEN 'base_unknown'
      WHEN finished_at > ended_at THEN 'negative'
      WHEN began_at IS NULL THEN '${from === 'opened' ? 'no_start' : 'commit_time_unknown'}'
      WHEN began_at > ended_at THEN 'negative'
    END
  FROM merged
)
SELECT
  span_id, ordinal AS attempt, ended_at AS "at", CASE WHEN reason IS NULL THEN ended_at - began_at END AS value, reason,
  '${from}' AS basis, source, project, team, service, environment, tier
FROM items`;

/** In the order in which a pull request goes through them. */
export const leadTimeStages = ['coding', 'draft', 'pickup', 'review', 'merge_wait', 'deploy'] as const;

/**
 * Items: for each pull request of {@link leadTimeOfPullRequests} each part of its way; `stage` says which:
 *
 * | stage | |
 * |---|---|
 * | `coding` | from its first commit to its opening |
 * | `draft` | while it was a draft |
 * | `pickup` | while it waited for a review |
 * | `review` | from the first review to the approval |
 * | `merge_wait` | approved and not merged; of one that nobody has reviewed all the time that it was ready |
 * | `deploy` | from its merge to the end of the deployment |
 *
 * They leave nothing out and nothing overlaps, so those that are known of one pull request add up to its lead time. What it
 * never was in is excluded as `stage_skipped`; where its stages are not known, all but `coding` and `deploy` are, as
 * `no_stages`.
 */
export const leadTimeByStage = `
WITH ${pulls},
spent AS (
  SELECT
    s.identity_id, s.ordinal,
    sum(s.finished_at - s.started_at) FILTER (s.name = 'draft') AS draft,
    sum(s.finished_at - s.started_at) FILTER (s.name = 'awaiting_review') AS awaiting,
    sum(s.finished_at - s.started_at) FILTER (s.name = 'review') AS review,
    sum(s.finished_at - s.started_at) FILTER (s.name = 'approved') AS approved,
    bool_and(s.name IN ('draft', 'awaiting_review', 'review', 'approved')) AS is_known
  FROM stages s
  SEMI JOIN merged m USING (identity_id, ordinal)
  GROUP BY ALL
),
parts AS (
  SELECT
    m.*,
    coalesce(s.is_known, false) AS is_known,
    review IS NOT NULL OR approved IS NOT NULL AS is_reviewed,
    started_at - first_commit_at AS coding,
    draft,
    CASE WHEN is_reviewed THEN awaiting END AS pickup,
    review,
    CASE WHEN is_reviewed THEN approved ELSE awaiting END AS merge_wait,
    ended_at - finished_at AS deploy
  FROM merged m
  LEFT JOIN spent s USING (identity_id, ordinal)
),
items AS (
  SELECT
    p.*, stage.name AS stage,
    CASE stage.name
      WHEN 'coding' THEN coding WHEN 'draft' THEN draft WHEN 'pickup' THEN pickup WHEN 'review' THEN review
      WHEN 'merge_wait' THEN merge_wait ELSE deploy
    END AS spent
  FROM parts p
  CROSS JOIN (SELECT unnest([${leadTimeStages.map((stage) => `'${stage}'`).join(', ')}]) AS name) stage
),
excluded AS (
  SELECT
    *,
    CASE
      WHEN base = 'base_unknown' THEN 'base_unknown'
      WHEN spent < 0 THEN 'negative'
      WHEN stage = 'coding' AND started_at IS NULL THEN 'no_start'
      WHEN stage = 'coding' AND spent IS NULL THEN 'commit_time_unknown'
      WHEN stage NOT IN ('coding', 'deploy') AND NOT is_known THEN 'no_stages'
      WHEN spent IS NULL THEN 'stage_skipped'
    END AS reason
  FROM items
)
SELECT
  span_id, ordinal AS attempt, ended_at AS "at", CASE WHEN reason IS NULL THEN spent END AS value, reason,
  CASE stage WHEN 'coding' THEN 'first_commit' END AS basis, source, project, team, service, environment, tier, stage
FROM excluded`;
