/**
 * What all DORA measures begin with, as common table expressions to follow a `WITH`. `since`: an instant in SQL before which
 * nothing is looked at, `$from` where the window is all that matters; what comes after the window may matter as well.
 *
 * | table | |
 * |---|---|
 * | `tried` | every deployment that has ended; `reason` is why it counts nowhere |
 * | `lane` | those that count, each with the one before it of the same service and environment, whether that succeeded or not |
 * | `brought` | of the successful ones, what they carry: `to_id` is a pull request, or an issue that a commit names |
 *
 * One of which the tier is not known may have gone to production, so that its exclusion is told there.
 */
export const deployments = (since: string) => `
tried AS (
  SELECT
    identity_id, ordinal, span_id, source, project, team, service, environment, coalesce(tier, 'production') AS tier, finished_at,
    coalesce(finished_at, started_at) AS ended_at,
    result = 'success' AS is_success,
    CASE
      WHEN environment IS NULL OR s.tier IS NULL THEN 'environment_unknown'
      WHEN finished_at IS NULL THEN 'no_end'
      WHEN NOT (result = 'success' OR result = 'rolled_back' OR is_error) THEN 'not_tried'
    END AS reason
  FROM spans s
  WHERE operation = 'deploy' AND NOT is_open AND coalesce(finished_at, started_at) >= ${since}
),
lane AS (
  SELECT
    t.*, d.base, coalesce(d.is_rollback, false) AS is_rollback,
    lag(struct_pack(identity_id := t.identity_id, ordinal := t.ordinal, finished_at := t.finished_at)) OVER (
      PARTITION BY t.service, t.environment ORDER BY t.finished_at, t.identity_id, t.ordinal
    ) AS before
  FROM tried t
  LEFT JOIN deployments d USING (identity_id, ordinal)
  WHERE t.reason IS NULL
),
brought AS (
  SELECT DISTINCT l.identity_id, l.ordinal, l.to_id
  FROM links l
  JOIN lane USING (identity_id, ordinal)
  WHERE l.kind = 'carries'
)`;
