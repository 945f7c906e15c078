import { deployments } from './deployments.sql.ts';
import { failures } from './failures.sql.ts';
import { pullRequests } from './pulls.sql.ts';
import { recoveries } from './recovery.sql.ts';
import type { Steps } from './steps.ts';

/** Of the deployment that a row is about. */
const LANE_OF = (of: string) =>
  ['span_id', 'source', 'project', 'team', 'service', 'environment', 'tier'].map((name) => `${of}.${name}`).join(', ');

/** What a row of each table of outcomes is known by. */
export const outcomeKeys = {
  outcomes: ['identity_id', 'ordinal'],
  deployed_commits: ['identity_id', 'ordinal', 'commit_sha'],
  deployed_pulls: ['identity_id', 'service', 'environment'],
} as const;
export type OutcomeTable = keyof typeof outcomeKeys;
export const outcomeTables = Object.keys(outcomeKeys) as readonly OutcomeTable[];

/** What {@link outcomes} are read from, of the services in `touched`. */
export const outcomeSteps: Steps = { ...deployments, ...failures, ...recoveries, ...pullRequests };

/** The rows of the services in `touched` as they should be. */
export const outcomes: Readonly<Record<OutcomeTable, string>> = {
  outcomes: `
  SELECT
    j.identity_id, j.ordinal, ${LANE_OF('j')}, j.ended_at AS "at", j.is_success, j.reason, l.base, j.failed, j.causes,
    CASE WHEN j.reason IS NULL THEN coalesce(v.is_rework, r.causes IS NOT NULL) END AS is_rework,
    CASE
      WHEN j.reason IS NOT NULL OR v.is_rework = false THEN NULL
      WHEN v.is_rework THEN list_concat(['marked'], coalesce(r.causes, []))
      ELSE r.causes
    END AS mends,
    least(e.over_at, e.mended_at, e.next_at) AS recovered_at,
    CASE least(e.over_at, e.mended_at, e.next_at)
      WHEN e.over_at THEN 'incident' WHEN e.mended_at THEN 'remedy' WHEN e.next_at THEN 'next_deployment'
    END AS recovered_by,
    c.identity_id IS NOT NULL AS has_commits,
    p.identity_id IS NOT NULL AS has_pulls,
    m.identity_id IS NOT NULL AS is_first_of_pulls
  FROM judged j
  LEFT JOIN lane l USING (identity_id, ordinal)
  LEFT JOIN verdicts v USING (identity_id, ordinal)
  LEFT JOIN (SELECT identity_id, ordinal, list(cause ORDER BY cause) AS causes FROM rework GROUP BY ALL) r USING (identity_id, ordinal)
  LEFT JOIN ends e USING (identity_id, ordinal)
  LEFT JOIN (SELECT DISTINCT identity_id, ordinal FROM carried_here) c USING (identity_id, ordinal)
  LEFT JOIN (
    SELECT DISTINCT b.identity_id, b.ordinal FROM brought b JOIN pulls p ON p.identity_id = b.to_id
  ) p USING (identity_id, ordinal)
  LEFT JOIN (
    SELECT DISTINCT deployment_id AS identity_id, deployment_ordinal AS ordinal FROM merged
  ) m USING (identity_id, ordinal)`,
  deployed_commits: `
  SELECT l.identity_id, l.ordinal, c.commit_sha, ${LANE_OF('l')}, l.ended_at AS "at", l.base, m.authored_at, m.committed_at
  FROM lane l
  JOIN (SELECT DISTINCT identity_id, ordinal, commit_sha FROM carried_here) c USING (identity_id, ordinal)
  LEFT JOIN commits_here m USING (commit_sha)
  WHERE l.is_success`,
  deployed_pulls: `
  SELECT
    m.identity_id, m.ordinal, ${LANE_OF('l').replace('l.span_id', 'm.span_id')}, l.ended_at AS "at", l.base,
    m.opened_at, m.merged_at, m.first_commit_at, m.is_reopened,
    coalesce(t.is_known, false) AS has_stages,
    t.draft,
    CASE WHEN t.review IS NOT NULL OR t.approved IS NOT NULL THEN t.awaiting END AS pickup,
    t.review,
    CASE WHEN t.review IS NOT NULL OR t.approved IS NOT NULL THEN t.approved ELSE t.awaiting END AS merge_wait
  FROM merged m
  JOIN lane l ON l.identity_id = m.deployment_id AND l.ordinal = m.deployment_ordinal
  LEFT JOIN times t ON t.identity_id = m.identity_id AND t.ordinal = m.ordinal`,
};
