import type { Steps } from './steps.ts';

/** Every deployment of some spans that has ended; `reason` is why it counts nowhere. `where`: of which spans. */
export const triedOf = (where: string) => `
  SELECT
    identity_id, ordinal, span_id, source, project, team, service, environment, tier, finished_at,
    coalesce(finished_at, started_at) AS ended_at,
    coalesce(result = 'success', false) AS is_success,
    CASE
      WHEN environment IS NULL OR tier IS NULL THEN 'environment_unknown'
      WHEN finished_at IS NULL THEN 'no_end'
      WHEN is_success OR is_error OR result = 'rolled_back' THEN NULL
      WHEN result IN ('cancelled', 'skipped') THEN 'not_tried'
      ELSE 'inconclusive'
    END AS reason
  FROM spans
  WHERE operation = 'deploy' AND NOT is_open AND ${where}`;

/**
 * What all else begins with, of the services in `touched`.
 *
 * | table | |
 * |---|---|
 * | `tried` | every deployment that has ended; `reason` is why it counts nowhere |
 * | `lane` | those that count, each with the one before it of the same service and environment, whether that succeeded or not, and the last one that did (`success_before_id`) |
 * | `links_out` | what these lead to |
 * | `brought` | of the successful ones, what they carry: `to_id` is a pull request, or an issue that a commit names |
 * | `carried_here` | the commits that they brought |
 * | `commits_here` | what is known of these. A commit is found by its sha alone: that names it wherever it is told, while senders call one repository by its id or by its address |
 */
export const deployments: Steps = {
  tried: triedOf('service IN (FROM touched)'),
  lane: `
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
  WINDOW in_lane AS (PARTITION BY t.service, t.environment ORDER BY t.finished_at, t.identity_id, t.ordinal)`,
  links_out: `
  SELECT l.identity_id, l.ordinal, l.kind, l.to_id, l.to_attempt
  FROM links l
  JOIN lane USING (identity_id, ordinal)
  WHERE l.kind IN ('carries', 'caused_incident')`,
  brought: "SELECT DISTINCT identity_id, ordinal, to_id FROM links_out WHERE kind = 'carries'",
  carried_here: 'SELECT identity_id, ordinal, commit_sha FROM carried SEMI JOIN lane USING (identity_id, ordinal)',
  commits_here: `
  SELECT commit_sha, max(authored_at) AS authored_at, max(committed_at) AS committed_at, max(message) AS message
  FROM commits
  SEMI JOIN carried_here USING (commit_sha)
  GROUP BY commit_sha`,
};
