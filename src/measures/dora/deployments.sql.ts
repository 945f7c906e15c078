/** Every deployment of some spans that has ended; `reason` is why it counts nowhere. `where`: of which spans. */
export const triedOf = (where: string) => `
  SELECT
    identity_id, ordinal, span_id, source, project, team, service, environment, tier, finished_at,
    coalesce(finished_at, started_at) AS ended_at,
    coalesce(result = 'success', false) AS is_success,
    CASE
      WHEN environment IS NULL OR s.tier IS NULL THEN 'environment_unknown'
      WHEN finished_at IS NULL THEN 'no_end'
      WHEN is_success OR is_error OR result = 'rolled_back' THEN NULL
      WHEN result IN ('cancelled', 'skipped') THEN 'not_tried'
      ELSE 'inconclusive'
    END AS reason
  FROM spans s
  WHERE operation = 'deploy' AND NOT is_open AND ${where}`;

/**
 * What all DORA measures begin with, as common table expressions. Nothing before `$from` is looked at; what comes after the
 * window may matter as well.
 *
 * | table | |
 * |---|---|
 * | `tried` | every deployment that has ended; `reason` is why it counts nowhere |
 * | `lane` | those that count, each with the one before it of the same service and environment, whether that succeeded or not, and the last one that did (`success_before_id`) |
 * | `brought` | of the successful ones, what they carry: `to_id` is a pull request, or an issue that a commit names |
 *
 * Lanes do not know of each other, so those that are not asked for are left out at once: `$only_service`, `$only_environment` and
 * `$only_tier` say which are, or are NULL.
 */
export const deployments: readonly string[] = [
  // Two plain conditions, so that DuckDB skips what lies before.
  `tried AS MATERIALIZED (
  ${triedOf('finished_at >= $from')}
  UNION ALL
  ${triedOf('finished_at IS NULL AND started_at >= $from')}
)`,
  `lane AS MATERIALIZED (
  SELECT
    t.*, d.base, coalesce(d.is_rollback, false) AS is_rollback,
    lag(t.identity_id) OVER in_lane AS before_id,
    lag(t.ordinal) OVER in_lane AS before_ordinal,
    lag(t.finished_at) OVER in_lane AS before_finished_at,
    lag(CASE WHEN t.is_success THEN t.identity_id END IGNORE NULLS) OVER in_lane AS success_before_id,
    lag(CASE WHEN t.is_success THEN t.ordinal END IGNORE NULLS) OVER in_lane AS success_before_ordinal
  FROM tried t
  LEFT JOIN deployments d USING (identity_id, ordinal)
  WHERE t.reason IS NULL
    AND ($only_service IS NULL OR t.service = $only_service) AND ($only_environment IS NULL OR t.environment = $only_environment)
    AND ($only_tier IS NULL OR EXISTS (
      FROM tried other WHERE other.tier = $only_tier AND other.service = t.service AND other.environment = t.environment
    ))
  WINDOW in_lane AS (PARTITION BY t.service, t.environment ORDER BY t.finished_at, t.identity_id, t.ordinal)
)`,
  `brought AS MATERIALIZED (
  SELECT DISTINCT l.identity_id, l.ordinal, l.to_id
  FROM links l
  JOIN lane USING (identity_id, ordinal)
  WHERE l.kind = 'carries'
)`,
];

/**
 * Further ones: `carried_here`, the commits that those of `lane` brought, and `commits_here`, what is known of these. A commit is
 * found by its sha alone: that names it wherever it is told, while senders call one repository by its id or by its address.
 */
export const commitsBrought: readonly string[] = [
  `carried_here AS MATERIALIZED (
  SELECT identity_id, ordinal, commit_sha FROM carried SEMI JOIN lane USING (identity_id, ordinal)
)`,
  `commits_here AS MATERIALIZED (
  SELECT commit_sha, max(authored_at) AS authored_at, max(committed_at) AS committed_at, max(message) AS message
  FROM commits
  SEMI JOIN carried_here USING (commit_sha)
  GROUP BY commit_sha
)`,
];
