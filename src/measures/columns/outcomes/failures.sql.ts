import type { Steps } from './steps.ts';

/** A revert or a hotfix that is deployed later than this after a deployment has hardly to do with its having failed. */
const REMEDIED_WITHIN_MS = 24 * 3_600_000;

/** `hotfix` as a word of its own: `hotfix/cart`, `hot-fix`, `type: hotfix`; and not `nohotfixes`. */
const HOTFIX = '(^|[^a-z0-9])hot-?fix($|[^a-z0-9])';

/**
 * Which deployments have failed and which have mended something, as further tables.
 *
 * | table | |
 * |---|---|
 * | `near` | the spans that this follows from: pull requests and issues that were brought, incidents, and who these name |
 * | `pulls_here` | the pull requests of these |
 * | `rework` | each successful deployment that is a remedy, once for each `cause`: rollback, fix, revert, hotfix |
 * | `remedies` | which deployment it has mended, and by its end |
 * | `blamed` | which incident a deployment has caused, and when that was over |
 * | `causes` | why a deployment has failed: each cause once, `rank` says which is told first |
 * | `judged` | every deployment of `tried` with `failed` (NULL where it does not count) and its `causes` |
 *
 * - A deployment is mended by the next one of its service and environment, whether or not itself had succeeded: what comes
 *   after a failed deployment mends that one, and not the one that was in use until then. A rollback alone goes back from
 *   what was in use: the last one that had succeeded.
 * - A revert mends the deployment that brought the commit which its message names, or else one with the title that it quotes;
 *   one of a commit that came along with it mends nothing. Who reverts a revert mends nothing either.
 * - An incident that names the deployment which caused it is blamed on that one alone, and else on the one by time.
 */
export const failures: Steps = {
  // Which spans matter is a few of all there are: they are looked for once, when all links to them are known.
  causing: `
  SELECT identity_id, ordinal, to_id AS incident_id, to_attempt AS incident_ordinal FROM links_out WHERE kind = 'caused_incident'`,
  fixing: `
  SELECT b.identity_id, b.ordinal, l.to_id AS incident_id FROM brought b JOIN links l ON l.identity_id = b.to_id WHERE l.kind = 'fixes'
  UNION
  SELECT identity_id, ordinal, to_id FROM brought`,
  naming: `
  SELECT identity_id, ordinal, to_id, to_attempt FROM links WHERE kind = 'caused_by' AND to_id IN (SELECT identity_id FROM tried)
  UNION
  SELECT identity_id, ordinal, to_id, to_attempt FROM links WHERE kind = 'caused_by' AND identity_id IN (SELECT incident_id FROM causing)`,
  near_ids: `
  SELECT to_id AS identity_id FROM brought
  UNION SELECT incident_id FROM fixing
  UNION SELECT incident_id FROM causing
  UNION SELECT identity_id FROM naming
  UNION SELECT to_id FROM naming`,
  near: `
  SELECT identity_id, ordinal, span_id, operation, is_open, result, started_at, finished_at, labels
  FROM spans WHERE identity_id IN (FROM near_ids)`,
  pulls_here:
    'SELECT identity_id, ordinal, scope, head_branch, is_fork FROM pull_requests WHERE identity_id IN (SELECT to_id FROM brought)',
  reverts: `
  SELECT
    l.identity_id, l.ordinal, l.service, l.environment, l.finished_at, commit_sha,
    regexp_extract(m.message, 'This reverts commit ([0-9a-f]{40})', 1) AS reverted,
    nullif(regexp_extract(m.message, '^Revert "(.*)"', 1), '') AS title
  FROM carried_here
  JOIN commits_here m USING (commit_sha)
  JOIN lane l USING (identity_id, ordinal)
  WHERE regexp_matches(m.message, '^Revert "|This reverts commit [0-9a-f]{40}') AND m.message NOT LIKE 'Revert "Revert "%'`,
  named_origins: `
  SELECT r.identity_id, r.ordinal, r.commit_sha, d.identity_id AS of_id, d.ordinal AS of_ordinal, d.finished_at AS of_finished_at
  FROM reverts r
  JOIN carried_here c ON c.commit_sha = r.reverted
  JOIN lane d ON d.identity_id = c.identity_id AND d.ordinal = c.ordinal
    AND d.service = r.service AND d.environment = r.environment`,
  quoting: `
  FROM reverts ANTI JOIN named_origins USING (identity_id, ordinal, commit_sha) WHERE title IS NOT NULL`,
  quoted: `
  SELECT DISTINCT title, commit_sha
  FROM (SELECT rtrim(split_part(message, chr(10), 1), chr(13)) AS title, commit_sha FROM commits_here)
  SEMI JOIN quoting USING (title)`,
  quoted_origins: `
  SELECT q.identity_id, q.ordinal, q.commit_sha, d.identity_id AS of_id, d.ordinal AS of_ordinal, d.finished_at AS of_finished_at
  FROM quoting q
  JOIN quoted USING (title)
  JOIN carried_here c ON c.commit_sha = quoted.commit_sha
  JOIN lane d ON d.identity_id = c.identity_id AND d.ordinal = c.ordinal
    AND d.service = q.service AND d.environment = q.environment AND d.finished_at <= q.finished_at`,
  reverting: `
  SELECT r.identity_id, r.ordinal, of_id, of_ordinal, of_finished_at
  FROM reverts r
  LEFT JOIN (FROM named_origins UNION ALL FROM quoted_origins) o USING (identity_id, ordinal, commit_sha)
  -- Of several the last one before it, itself first.
  QUALIFY row_number() OVER (
    PARTITION BY r.identity_id, r.ordinal, r.commit_sha
    ORDER BY of_finished_at > r.finished_at, (of_id, of_ordinal) = (r.identity_id, r.ordinal) DESC, of_finished_at DESC, of_id, of_ordinal
  ) = 1 AND (of_id IS NULL OR (of_id, of_ordinal) <> (r.identity_id, r.ordinal))`,
  hotfixes: `
  SELECT DISTINCT b.identity_id, b.ordinal
  FROM brought b
  JOIN pulls_here p ON p.identity_id = b.to_id
  JOIN near s ON s.identity_id = p.identity_id AND s.ordinal = p.ordinal
  WHERE regexp_matches(lower(p.head_branch), '${HOTFIX}')
    OR len(list_filter(s.labels, lambda label: regexp_matches(lower(label), '${HOTFIX}'))) > 0`,
  caused: `
  SELECT l.to_id AS identity_id, coalesce(l.to_attempt, max(d.ordinal)) AS ordinal, l.identity_id AS incident_id, l.ordinal AS incident_ordinal
  FROM naming l
  JOIN near d ON d.identity_id = l.to_id AND d.operation = 'deploy' AND NOT d.is_open
  GROUP BY l.to_id, l.to_attempt, l.identity_id, l.ordinal`,
  incidents: `
  SELECT identity_id, ordinal, started_at, finished_at, is_open
  FROM near
  SEMI JOIN (
    SELECT incident_id FROM fixing UNION SELECT incident_id FROM causing UNION SELECT incident_id FROM caused
  ) named ON incident_id = identity_id
  WHERE operation = 'incident'`,
  fixes: `
  SELECT DISTINCT f.identity_id, f.ordinal, f.incident_id FROM fixing f SEMI JOIN incidents i ON i.identity_id = f.incident_id`,
  rework: `
  SELECT identity_id, ordinal, 'rollback' AS cause FROM lane WHERE is_rollback
  UNION SELECT identity_id, ordinal, 'fix' FROM fixes
  UNION SELECT identity_id, ordinal, 'revert' FROM reverting
  UNION SELECT identity_id, ordinal, 'hotfix' FROM hotfixes`,
  remedies: `
  SELECT success_before_id AS identity_id, success_before_ordinal AS ordinal, finished_at AS mended_at, 'rollback' AS cause
  FROM lane WHERE is_rollback AND success_before_id IS NOT NULL
  UNION
  SELECT coalesce(r.of_id, l.before_id), coalesce(r.of_ordinal, l.before_ordinal), l.finished_at, 'revert'
  FROM reverting r JOIN lane l USING (identity_id, ordinal)
  WHERE l.finished_at - coalesce(r.of_finished_at, l.before_finished_at) <= ${REMEDIED_WITHIN_MS}
  UNION
  SELECT l.before_id, l.before_ordinal, l.finished_at, 'hotfix'
  FROM hotfixes JOIN lane l USING (identity_id, ordinal)
  WHERE l.finished_at - l.before_finished_at <= ${REMEDIED_WITHIN_MS}`,
  blames: `
  SELECT c.* FROM caused c SEMI JOIN incidents i ON i.identity_id = c.incident_id AND i.ordinal = c.incident_ordinal`,
  blamed: `
  SELECT b.identity_id, b.ordinal, i.identity_id AS incident_id, i.started_at, i.finished_at AS over_at
  FROM (
    FROM blames
    UNION
    SELECT c.* FROM causing c
    WHERE NOT EXISTS (FROM blames b WHERE b.incident_id = c.incident_id AND b.incident_ordinal = c.incident_ordinal)
  ) b
  JOIN incidents i ON i.identity_id = b.incident_id AND i.ordinal = b.incident_ordinal`,
  causes: `
  SELECT identity_id, ordinal, 'marked' AS cause, 1 AS rank FROM verdicts WHERE is_failure
  UNION SELECT identity_id, ordinal, 'failed', 2 FROM lane WHERE NOT is_success
  UNION SELECT identity_id, ordinal, 'incident', 3 FROM blamed
  UNION SELECT identity_id, ordinal, cause, CASE cause WHEN 'rollback' THEN 4 WHEN 'revert' THEN 5 ELSE 6 END FROM remedies`,
  judged: `
  SELECT
    t.*,
    CASE WHEN t.reason IS NULL THEN coalesce(v.is_failure, c.causes IS NOT NULL) END AS failed,
    CASE WHEN t.reason IS NULL AND v.is_failure IS DISTINCT FROM false THEN c.causes END AS causes
  FROM tried t
  LEFT JOIN (
    SELECT identity_id, ordinal, list(cause ORDER BY rank) AS causes FROM causes GROUP BY ALL
  ) c USING (identity_id, ordinal)
  LEFT JOIN verdicts v USING (identity_id, ordinal)`,
};
