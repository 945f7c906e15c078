import { OF_DEPLOYMENT } from './fail-rate.sql.ts';

/** Of those that their sender says have failed and that count nowhere it is told why; nothing was wrong with the others. */
const HAS_FAILED = "(failed OR (NOT is_success AND reason NOT IN ('not_tried', 'inconclusive')))";

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
export const recoveryTime = `
SELECT
  identity_id, span_id, ordinal AS attempt, "at",
  CASE WHEN reason IS NULL AND recovered_at >= "at" THEN recovered_at - "at" END AS value,
  CASE
    WHEN reason IS NOT NULL THEN reason
    WHEN recovered_at IS NULL THEN 'open'
    WHEN recovered_at < "at" THEN 'negative'
  END AS reason,
  recovered_by AS basis, ${OF_DEPLOYMENT}, causes
FROM outcomes
WHERE ${HAS_FAILED}`;

/** Items: deployments that have failed and not recovered, with the time since their end. `$now`: as of when. */
export const openFailures = `
SELECT
  identity_id, span_id, ordinal AS attempt, "at", $now - "at" AS value, NULL::VARCHAR AS reason, NULL::VARCHAR AS basis, ${OF_DEPLOYMENT}, causes
FROM outcomes
WHERE failed AND reason IS NULL AND recovered_at IS NULL`;
