import type { Steps } from './steps.ts';

/** Those of the temporary table `changed`, as they are now, that any outcome could follow from: most spans are of no interest. */
export const MAY_MATTER = `
  SELECT identity_id FROM spans
  WHERE identity_id IN (FROM changed) AND operation NOT IN ('build', 'pipeline', 'sprint')
  UNION SELECT identity_id FROM commits WHERE identity_id IN (FROM changed)
  UNION SELECT identity_id FROM pushed WHERE identity_id IN (FROM changed)`;

/**
 * Which services have a deployment whose outcome may follow from anything that is known of the identities in the temporary table
 * `touched_from`. Rather one too many than one missing; `touched_now` at the end is them.
 *
 * What an outcome is computed from, one step from the deployment after the other: the commits that it carries and what is known of
 * these; pull requests and issues that it carries, the branches of the former (with who else had them, and what was pushed
 * there and elsewhere), the incidents that they fix; incidents that it has caused, and who carries the fixes of those.
 */
export const touched: Steps = {
  touched_shas: `
  SELECT commit_sha FROM commits WHERE identity_id IN (FROM touched_from)
  UNION
  SELECT commit_sha FROM pushed WHERE identity_id IN (FROM touched_from)`,
  touched_branches: `
  SELECT scope, head_branch FROM pull_requests WHERE identity_id IN (FROM touched_from) AND head_branch IS NOT NULL
  UNION
  SELECT scope, substr(ref, len('refs/heads/') + 1) FROM pushed WHERE identity_id IN (FROM touched_from)
  UNION
  SELECT scope, substr(ref, len('refs/heads/') + 1) FROM pushed WHERE commit_sha IN (FROM touched_shas)`,
  touched_changes: `
  FROM touched_from
  UNION
  SELECT identity_id FROM pull_requests SEMI JOIN touched_branches USING (scope, head_branch)
  UNION
  SELECT identity_id FROM links WHERE kind = 'fixes' AND to_id IN (FROM touched_from)`,
  touched_carried: `
  FROM touched_from
  UNION
  SELECT to_id FROM links WHERE kind = 'carries' AND identity_id IN (FROM touched_from)`,
  touched_incidents: `
  FROM touched_carried
  UNION
  SELECT to_id FROM links WHERE kind = 'fixes' AND identity_id IN (FROM touched_carried)`,
  touched_deployments: `
  FROM touched_from
  UNION
  SELECT identity_id FROM carried WHERE commit_sha IN (FROM touched_shas)
  UNION
  SELECT identity_id FROM links WHERE kind = 'carries' AND to_id IN (FROM touched_changes)
  UNION
  SELECT identity_id FROM links WHERE kind = 'caused_incident' AND to_id IN (FROM touched_incidents)
  UNION
  SELECT to_id FROM links WHERE kind = 'caused_by' AND identity_id IN (FROM touched_incidents)`,
  touched_now: `
  SELECT DISTINCT service FROM spans WHERE operation = 'deploy' AND identity_id IN (FROM touched_deployments)`,
};
