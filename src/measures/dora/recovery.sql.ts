import { failures } from './failures.sql.ts';

/** Those of {@link failures}, and `recoveries`: the items of {@link recoveryTime}. */
export const recoveries: readonly string[] = [
  ...failures,
  `over AS (
  SELECT identity_id, ordinal, CASE WHEN count(over_at) = count(*) THEN max(over_at) END AS over_at
  FROM blamed GROUP BY ALL
)`,
  `mended AS (
  SELECT identity_id, ordinal, min(mended_at) AS mended_at
  FROM (
    SELECT identity_id, ordinal, mended_at FROM remedies
    UNION ALL
    SELECT b.identity_id, b.ordinal, l.finished_at
    FROM blamed b
    JOIN fixes f ON f.incident_id = b.incident_id
    JOIN lane l ON l.identity_id = f.identity_id AND l.ordinal = f.ordinal
    WHERE l.finished_at >= b.started_at
  )
  GROUP BY ALL
)`,
  `succeeded AS (
  SELECT
    identity_id, ordinal,
    min(CASE WHEN is_success THEN finished_at END) OVER (
      PARTITION BY service, environment ORDER BY finished_at, identity_id, ordinal
      ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
    ) AS next_at
  FROM lane
)`,
  `ends AS (
  SELECT
    j.*,
    o.over_at,
    m.mended_at,
    CASE WHEN list_has_any(j.causes, ['failed', 'marked']) THEN s.next_at END AS next_at
  FROM judged j
  LEFT JOIN over o USING (identity_id, ordinal)
  LEFT JOIN mended m USING (identity_id, ordinal)
  LEFT JOIN succeeded s USING (identity_id, ordinal)
  WHERE j.failed OR (NOT j.is_success AND j.reason NOT IN ('not_tried', 'inconclusive'))
)`,
  `recoveries AS MATERIALIZED (
SELECT
  span_id, ordinal AS attempt, ended_at AS "at",
  CASE WHEN reason IS NULL AND least(over_at, mended_at, next_at) >= finished_at THEN least(over_at, mended_at, next_at) - finished_at END AS value,
  CASE
    WHEN reason IS NOT NULL THEN reason
    WHEN least(over_at, mended_at, next_at) IS NULL THEN 'open'
    WHEN least(over_at, mended_at, next_at) < finished_at THEN 'negative'
  END AS reason,
  CASE least(over_at, mended_at, next_at) WHEN over_at THEN 'incident' WHEN mended_at THEN 'remedy' WHEN next_at THEN 'next_deployment' END AS basis,
  source, project, team, service, environment, tier, causes
FROM ends
)`,
];

/**
 * Items: deployments that have failed, with the time from their end to the first of
 *
 * - all incidents that are blamed on it are over (`incident`),
 * - a deployment that mended it has ended: the rollback, revert or hotfix, or one that carries the fix of its incident
 *   (`remedy`),
 * - of one that failed by itself or was marked by hand, the next successful one of its service and environment
 *   (`next_deployment`).
 *
 * `basis` says which it was. One of which none has come yet is excluded as `open`; its age is the time since `at`.
 */
export const recoveryTime = 'FROM recoveries';

/** Items: deployments that have failed and not recovered, with the time since their end. `$now`: as of when. */
export const openFailures = `
SELECT
  span_id, attempt, "at", $now - "at" AS value, NULL::VARCHAR AS reason, NULL::VARCHAR AS basis,
  source, project, team, service, environment, tier, causes
FROM recoveries
WHERE reason = 'open'`;
