/**
 * Items: deployments that were tried; 1 where one has failed, else 0, so that their mean is the rate. `causes` says why,
 * the strongest first.
 */
export const changeFailRate = `
SELECT
  span_id, ordinal AS attempt, ended_at AS "at", failed::INTEGER AS value, reason, NULL::VARCHAR AS basis,
  source, project, team, service, environment, tier, causes
FROM judged`;

/**
 * Items: the same deployments; 1 where one was a remedy for something that had gone wrong, else 0. `causes` says for what.
 * What a person has said comes before every rule.
 */
export const deploymentReworkRate = `
SELECT
  t.span_id, t.ordinal AS attempt, t.ended_at AS "at",
  CASE WHEN t.reason IS NULL THEN coalesce(v.is_rework, r.causes IS NOT NULL)::INTEGER END AS value,
  t.reason, NULL::VARCHAR AS basis,
  t.source, t.project, t.team, t.service, t.environment, t.tier,
  CASE
    WHEN t.reason IS NOT NULL OR v.is_rework = false THEN NULL
    WHEN v.is_rework THEN list_concat(['marked'], coalesce(r.causes, []))
    ELSE r.causes
  END AS causes
FROM tried t
LEFT JOIN verdicts v USING (identity_id, ordinal)
LEFT JOIN (SELECT identity_id, ordinal, list(cause ORDER BY cause) AS causes FROM rework GROUP BY ALL) r
  USING (identity_id, ordinal)`;
