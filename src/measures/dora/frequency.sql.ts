/** Items: successful deployments, each counting one. */
export const deploymentFrequency = `
SELECT
  span_id, ordinal AS attempt, ended_at AS "at", CASE WHEN reason IS NULL THEN 1 END AS value, reason, NULL::VARCHAR AS basis,
  source, project, team, service, environment, tier
FROM tried
WHERE is_success`;
