import { OF_DEPLOYMENT } from './fail-rate.sql.ts';

/** Items: successful deployments, each counting one. */
export const deploymentFrequency = `
SELECT
  identity_id, span_id, ordinal AS attempt, "at", CASE WHEN reason IS NULL THEN 1 END AS value, reason, NULL::VARCHAR AS basis, ${OF_DEPLOYMENT}
FROM outcomes
WHERE is_success`;
