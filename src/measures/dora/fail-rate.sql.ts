/** What DORA's measures tell of a deployment, in the columns of an item. */
export const OF_DEPLOYMENT = 'source, project, team, service, environment, tier';

/**
 * Items: deployments that were tried; 1 where one has failed, else 0, so that their mean is the rate. `causes` says why,
 * the strongest first.
 */
export const changeFailRate = `
SELECT
  identity_id, span_id, ordinal AS attempt, "at", failed::INTEGER AS value, reason, NULL::VARCHAR AS basis, ${OF_DEPLOYMENT}, causes
FROM outcomes`;

/**
 * Items: the same deployments; 1 where one was a remedy for something that had gone wrong, else 0. `causes` says for what.
 * What a person has said comes before every rule.
 */
export const deploymentReworkRate = `
SELECT
  identity_id, span_id, ordinal AS attempt, "at", is_rework::INTEGER AS value, reason, NULL::VARCHAR AS basis, ${OF_DEPLOYMENT}, mends AS causes
FROM outcomes`;
