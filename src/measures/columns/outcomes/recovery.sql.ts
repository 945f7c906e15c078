import { triedOf } from './deployments.sql.ts';
import type { Steps } from './steps.ts';

/**
 * When deployments that have failed were over it, as further tables; `ends` has the first of each kind:
 *
 * | column | |
 * |---|---|
 * | `over_at` | all incidents that are blamed on it are over |
 * | `mended_at` | a deployment that mended it has ended: the rollback, revert or hotfix; or one, of any service, that brought the fix of its incident to an environment of the same tier |
 * | `next_at` | of one that failed by itself or was marked by hand, the next successful one of its service and environment has ended |
 */
export const recoveries: Steps = {
  over: `
  SELECT identity_id, ordinal, CASE WHEN count(over_at) = count(*) THEN max(over_at) END AS over_at
  FROM blamed GROUP BY ALL`,
  carrying_fix: `
  SELECT b.incident_id, c.identity_id, c.ordinal
  FROM (SELECT DISTINCT incident_id FROM blamed) b
  JOIN (
    SELECT to_id AS incident_id, identity_id AS change_id FROM links WHERE kind = 'fixes'
    UNION ALL
    SELECT DISTINCT incident_id, incident_id FROM blamed
  ) f USING (incident_id)
  JOIN links c ON c.to_id = f.change_id AND c.kind = 'carries'`,
  fixed: `
  SELECT f.incident_id, d.tier, d.finished_at
  FROM carrying_fix f
  JOIN (${triedOf('identity_id IN (SELECT identity_id FROM carrying_fix)')}) d USING (identity_id, ordinal)
  WHERE d.reason IS NULL`,
  mended: `
  SELECT identity_id, ordinal, min(mended_at) AS mended_at
  FROM (
    SELECT identity_id, ordinal, mended_at FROM remedies
    UNION ALL
    SELECT b.identity_id, b.ordinal, f.finished_at
    FROM blamed b
    JOIN tried t USING (identity_id, ordinal)
    JOIN fixed f ON f.incident_id = b.incident_id AND f.tier = t.tier
    WHERE f.finished_at >= b.started_at
  )
  GROUP BY ALL`,
  succeeded: `
  SELECT
    identity_id, ordinal,
    min(CASE WHEN is_success THEN finished_at END) OVER (
      PARTITION BY service, environment ORDER BY finished_at, identity_id, ordinal
      ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
    ) AS next_at
  FROM lane`,
  ends: `
  SELECT
    j.identity_id, j.ordinal, o.over_at, m.mended_at,
    CASE WHEN list_has_any(j.causes, ['failed', 'marked']) THEN s.next_at END AS next_at
  FROM judged j
  LEFT JOIN over o USING (identity_id, ordinal)
  LEFT JOIN mended m USING (identity_id, ordinal)
  LEFT JOIN succeeded s USING (identity_id, ordinal)
  WHERE j.failed`,
};
