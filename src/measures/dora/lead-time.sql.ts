import { commitsBrought, deployments, triedOf } from './deployments.sql.ts';

/** Successful deployments of which it is not known what they brought, or not all of it. */
const unattributed = `unattributed AS MATERIALIZED (
  SELECT t.*, l.base, coalesce(t.reason, l.base) AS why
  FROM tried t
  LEFT JOIN lane l USING (identity_id, ordinal)
  WHERE t.is_success AND (t.reason IS NOT NULL OR l.base IN ('no_sha', 'first_deployment', 'base_unknown', 'commits_truncated'))
)`;

const OF_DEPLOYMENT = 'source, project, team, service, environment, tier';

/** What {@link leadTimeOfCommits} is read from. */
export const commitsDeployed: readonly string[] = [...deployments, ...commitsBrought, unattributed];

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
SELECT
  span_id, ordinal AS attempt, ended_at AS "at", CASE WHEN reason IS NULL THEN ended_at - made_at END AS value, reason,
  '${from}' AS basis, ${OF_DEPLOYMENT}, commit_sha
FROM (
  SELECT span_id, ordinal, ended_at, ${OF_DEPLOYMENT}, NULL::BIGINT AS made_at, NULL::VARCHAR AS commit_sha, why AS reason
  FROM unattributed u
  WHERE base IS DISTINCT FROM 'base_unknown' OR NOT EXISTS (
    FROM carried_here c WHERE c.identity_id = u.identity_id AND c.ordinal = u.ordinal
  )
  UNION ALL
  SELECT span_id, ordinal, ended_at, ${OF_DEPLOYMENT}, m.${from}_at AS made_at, commit_sha,
    CASE
      WHEN l.base = 'base_unknown' THEN 'base_unknown'
      WHEN made_at IS NULL THEN 'commit_time_unknown'
      WHEN made_at > l.finished_at THEN 'negative'
    END
  FROM lane l
  JOIN carried_here USING (identity_id, ordinal)
  LEFT JOIN commits_here m USING (commit_sha)
  WHERE l.is_success
)`;

/**
 * Pull requests that were merged, each with the deployment that brought it to its environment first, as
 * `merged` of these common table expressions.
 *
 * The **first commit** is the earliest, by when it was authored, of those pushed to the branch of the pull request after the
 * last one that had this branch was over. A commit that another branch had before is that branch's: merging `main` into it
 * does not make a pull request older. Branches of forks are not pushed here, so their first commit is not known.
 *
 * One that was closed and opened again is opened with its first attempt (`opened_at`), and its branch is its own since then.
 */
export const pullRequestsDeployed: readonly string[] = [
  ...commitsDeployed,
  `here AS MATERIALIZED (
  SELECT DISTINCT b.to_id AS identity_id
  FROM brought b
  JOIN lane l USING (identity_id, ordinal)
  WHERE l.is_success AND l.ended_at >= $from AND l.ended_at < $to
)`,
  // However long ago: one that came before the window brought it first.
  `ever_brought AS MATERIALIZED (
  SELECT DISTINCT l.identity_id, l.ordinal, l.to_id FROM links l SEMI JOIN here ON here.identity_id = l.to_id WHERE l.kind = 'carries'
)`,
  `ever_lane AS MATERIALIZED (
  SELECT t.*, d.base
  FROM (${triedOf('identity_id IN (SELECT identity_id FROM ever_brought)')}) t
  LEFT JOIN deployments d USING (identity_id, ordinal)
  WHERE t.reason IS NULL AND t.is_success
)`,
  `pulls AS MATERIALIZED (
  SELECT
    s.identity_id, s.ordinal, s.span_id, s.finished_at, p.scope, p.head_branch, p.is_fork, o.opened_at, s.ordinal > o.ordinal AS is_reopened
  FROM spans s
  JOIN pull_requests p USING (identity_id, ordinal)
  JOIN (
    SELECT identity_id, min(ordinal) AS ordinal, first(started_at ORDER BY ordinal) AS opened_at
    FROM spans SEMI JOIN here USING (identity_id) GROUP BY identity_id
  ) o USING (identity_id)
  WHERE s.result = 'merged'
)`,
  `own_branches AS (
  SELECT
    p.identity_id, p.ordinal, p.scope, 'refs/heads/' || p.head_branch AS ref, p.finished_at,
    max(s.finished_at) FILTER (o.identity_id <> p.identity_id AND s.started_at < p.opened_at) AS free_at
  FROM pulls p
  JOIN pull_requests o ON o.scope = p.scope AND o.head_branch = p.head_branch AND o.is_fork = false
  JOIN spans s ON s.identity_id = o.identity_id AND s.ordinal = o.ordinal
  WHERE p.is_fork = false
  GROUP BY ALL
)`,
  `-- Made once: with the commits in the same join, all of a repository would be joined to all of it.
pushes AS MATERIALIZED (
  SELECT DISTINCT b.identity_id, b.ordinal, b.scope, b.ref, b.finished_at, b.free_at, p.commit_sha
  FROM own_branches b
  JOIN pushed p ON p.scope = b.scope AND p.ref = b.ref
)`,
  `first_pushes AS MATERIALIZED (
  SELECT scope, commit_sha, arg_min(ref, pushed_at) AS ref, min(pushed_at) AS pushed_at
  FROM pushed
  SEMI JOIN pushes USING (scope, commit_sha)
  GROUP BY scope, commit_sha
)`,
  `first_commits AS (
  SELECT p.identity_id, p.ordinal, min(c.authored_at) AS authored_at
  FROM pushes p
  JOIN first_pushes f ON f.scope = p.scope AND f.commit_sha = p.commit_sha AND f.ref = p.ref
    AND f.pushed_at <= p.finished_at AND (p.free_at IS NULL OR f.pushed_at > p.free_at)
  JOIN commits c ON c.scope = f.scope AND c.commit_sha = f.commit_sha
  GROUP BY ALL
)`,
  `merged AS MATERIALIZED (
  SELECT
    b.identity_id AS deployment_id, b.ordinal AS deployment_ordinal,
    l.span_id AS deployment_span_id, l.ended_at, l.source, l.project, l.team, l.service, l.environment, l.tier, l.base,
    p.identity_id, p.ordinal, p.span_id, p.opened_at, p.is_reopened, p.finished_at, c.authored_at AS first_commit_at
  FROM pulls p
  JOIN ever_brought b ON b.to_id = p.identity_id
  JOIN ever_lane l ON l.identity_id = b.identity_id AND l.ordinal = b.ordinal
  LEFT JOIN first_commits c ON c.identity_id = p.identity_id AND c.ordinal = p.ordinal
  QUALIFY row_number() OVER (
    PARTITION BY p.identity_id, l.service, l.environment
    ORDER BY p.finished_at > l.ended_at, l.ended_at, l.identity_id, l.ordinal, p.ordinal DESC
  ) = 1
)`,
];

/**
 * Items: pull requests with the deployment that brought them to its environment first, to the end of that.
 * `from`: when its `first_commit` was authored, or when it was `opened`.
 *
 * Excluded: deployments as of {@link leadTimeOfCommits}; those that brought commits, and no pull request (`no_pull_request`);
 * pull requests of which no first commit is known (`commit_time_unknown`), or that were merged or begun later than that
 * deployment ended (`negative`), brought by one whose base is not known (`base_unknown`), or whose opening is not (`no_start`).
 */
export const leadTimeOfPullRequests = (from: 'first_commit' | 'opened') => `
SELECT
  span_id, ordinal AS attempt, ended_at AS "at", CASE WHEN reason IS NULL THEN ended_at - began_at END AS value, reason,
  '${from}' AS basis, ${OF_DEPLOYMENT}
FROM (
  SELECT span_id, ordinal, ended_at, ${OF_DEPLOYMENT}, NULL::BIGINT AS began_at, why AS reason
  FROM unattributed u
  WHERE base IS DISTINCT FROM 'base_unknown' OR NOT EXISTS (
    FROM merged m WHERE m.deployment_id = u.identity_id AND m.deployment_ordinal = u.ordinal
  )
  UNION ALL
  SELECT span_id, ordinal, ended_at, ${OF_DEPLOYMENT}, NULL, 'no_pull_request'
  FROM lane l
  SEMI JOIN carried_here c USING (identity_id, ordinal)
  WHERE l.is_success AND l.base IN ('known', 'commits_truncated') AND l.ended_at >= $from AND l.ended_at < $to
    AND NOT EXISTS (
      FROM brought b JOIN pulls p ON p.identity_id = b.to_id
      WHERE b.identity_id = l.identity_id AND b.ordinal = l.ordinal
    )
  UNION ALL
  SELECT
    span_id, ordinal, ended_at, ${OF_DEPLOYMENT},
    ${from === 'opened' ? 'opened_at' : 'first_commit_at'} AS began_at,
    CASE
      WHEN base = 'base_unknown' THEN 'base_unknown'
      WHEN finished_at > ended_at THEN 'negative'
      WHEN began_at IS NULL THEN '${from === 'opened' ? 'no_start' : 'commit_time_unknown'}'
      WHEN began_at > ended_at THEN 'negative'
    END
  FROM merged
)`;

/** In the order in which a pull request goes through them. */
export const leadTimeStages = ['coding', 'draft', 'pickup', 'review', 'merge_wait', 'deploy'] as const;
export type LeadTimeStage = (typeof leadTimeStages)[number];

/** What {@link leadTimeByStage} is read from. */
export const stagesDeployed: readonly string[] = [
  ...pullRequestsDeployed,
  `stage_times AS (
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
)`,
  `parts AS (
  SELECT
    m.*,
    coalesce(s.is_known, false) AS is_known,
    review IS NOT NULL OR approved IS NOT NULL AS is_reviewed,
    opened_at - first_commit_at AS coding,
    draft,
    CASE WHEN is_reviewed THEN awaiting END AS pickup,
    review,
    CASE WHEN is_reviewed THEN approved ELSE awaiting END AS merge_wait,
    ended_at - finished_at AS deploy
  FROM merged m
  LEFT JOIN stage_times s USING (identity_id, ordinal)
)`,
  `stage_items AS (
  SELECT
    p.*, stage.name AS stage,
    CASE stage.name
      WHEN 'coding' THEN coding WHEN 'draft' THEN draft WHEN 'pickup' THEN pickup WHEN 'review' THEN review
      WHEN 'merge_wait' THEN merge_wait ELSE deploy
    END AS spent
  FROM parts p
  CROSS JOIN (SELECT unnest([${leadTimeStages.map((stage) => `'${stage}'`).join(', ')}]) AS name) stage
)`,
  `stages_told AS MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN base = 'base_unknown' THEN 'base_unknown'
      WHEN spent < 0 THEN 'negative'
      WHEN stage = 'coding' AND opened_at IS NULL THEN 'no_start'
      WHEN stage = 'coding' AND spent IS NULL THEN 'commit_time_unknown'
      WHEN stage NOT IN ('coding', 'deploy') AND is_reopened THEN 'reopened'
      WHEN stage NOT IN ('coding', 'deploy') AND NOT is_known THEN 'no_stages'
      WHEN spent IS NULL THEN 'stage_skipped'
    END AS reason
  FROM stage_items
)`,
];

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
 * `no_stages`, and where it was closed in between, as `reopened`.
 */
export const leadTimeByStage = `
SELECT
  span_id, ordinal AS attempt, ended_at AS "at", CASE WHEN reason IS NULL THEN spent END AS value, reason,
  CASE stage WHEN 'coding' THEN 'first_commit' END AS basis, ${OF_DEPLOYMENT}, stage
FROM stages_told`;
