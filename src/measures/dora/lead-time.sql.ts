import { OF_DEPLOYMENT } from './fail-rate.sql.ts';

/** Successful deployments of which it is not known what they brought, or not all of it: why. */
const UNATTRIBUTED = `CASE
    WHEN NOT is_success THEN NULL
    WHEN reason IS NOT NULL THEN reason
    WHEN base IN ('no_sha', 'first_deployment', 'base_unknown', 'commits_truncated') THEN base
  END`;

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
  identity_id, span_id, ordinal AS attempt, "at", NULL::BIGINT AS value, ${UNATTRIBUTED} AS reason, '${from}' AS basis, ${OF_DEPLOYMENT},
  NULL::VARCHAR AS commit_sha
FROM outcomes
WHERE ${UNATTRIBUTED} IS NOT NULL AND (base IS DISTINCT FROM 'base_unknown' OR NOT has_commits)
UNION ALL
SELECT
  identity_id, span_id, ordinal, "at", CASE WHEN why IS NULL THEN "at" - ${from}_at END, why, '${from}', ${OF_DEPLOYMENT}, commit_sha
FROM (
  SELECT *, CASE
    WHEN base = 'base_unknown' THEN 'base_unknown'
    WHEN ${from}_at IS NULL THEN 'commit_time_unknown'
    WHEN ${from}_at > "at" THEN 'negative'
  END AS why
  FROM deployed_commits
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
SELECT
  identity_id, span_id, ordinal AS attempt, "at", NULL::BIGINT AS value, ${UNATTRIBUTED} AS reason, '${from}' AS basis, ${OF_DEPLOYMENT}
FROM outcomes
WHERE ${UNATTRIBUTED} IS NOT NULL AND (base IS DISTINCT FROM 'base_unknown' OR NOT is_first_of_pulls)
UNION ALL
SELECT identity_id, span_id, ordinal, "at", NULL, 'no_pull_request', '${from}', ${OF_DEPLOYMENT}
FROM outcomes
WHERE is_success AND reason IS NULL AND base IN ('known', 'commits_truncated') AND has_commits AND NOT has_pulls
UNION ALL
SELECT identity_id, span_id, ordinal, "at", CASE WHEN why IS NULL THEN "at" - ${from}_at END, why, '${from}', ${OF_DEPLOYMENT}
FROM (
  SELECT *, CASE
    WHEN base = 'base_unknown' THEN 'base_unknown'
    WHEN merged_at > "at" THEN 'negative'
    WHEN ${from}_at IS NULL THEN '${from === 'opened' ? 'no_start' : 'commit_time_unknown'}'
    WHEN ${from}_at > "at" THEN 'negative'
  END AS why
  FROM deployed_pulls
)`;

/** In the order in which a pull request goes through them. */
export const leadTimeStages = ['coding', 'draft', 'pickup', 'review', 'merge_wait', 'deploy'] as const;
export type LeadTimeStage = (typeof leadTimeStages)[number];

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
  identity_id, span_id, ordinal AS attempt, "at", CASE WHEN why IS NULL THEN spent END AS value, why AS reason,
  CASE stage WHEN 'coding' THEN 'first_commit' END AS basis, ${OF_DEPLOYMENT}, stage
FROM (
  SELECT *, CASE
    WHEN base = 'base_unknown' THEN 'base_unknown'
    WHEN spent < 0 THEN 'negative'
    WHEN stage = 'coding' AND opened_at IS NULL THEN 'no_start'
    WHEN stage = 'coding' AND spent IS NULL THEN 'commit_time_unknown'
    WHEN stage NOT IN ('coding', 'deploy') AND is_reopened THEN 'reopened'
    WHEN stage NOT IN ('coding', 'deploy') AND NOT has_stages THEN 'no_stages'
    WHEN spent IS NULL THEN 'stage_skipped'
  END AS why
  FROM (
    SELECT
      p.*, stage.name AS stage,
      CASE stage.name
        WHEN 'coding' THEN opened_at - first_commit_at WHEN 'draft' THEN draft WHEN 'pickup' THEN pickup WHEN 'review' THEN review
        WHEN 'merge_wait' THEN merge_wait ELSE "at" - merged_at
      END AS spent
    FROM deployed_pulls p
    CROSS JOIN (SELECT unnest([${leadTimeStages.map((stage) => `'${stage}'`).join(', ')}]) AS name) stage
  )
)`;
