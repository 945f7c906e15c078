import type { Steps } from './steps.ts';

/**
 * Pull requests that were merged, each with the deployment that brought it to its environment first, as further tables; the last,
 * `merged`, has them.
 *
 * The **first commit** is the earliest, by when it was authored, of those pushed to the branch of the pull request after the
 * last one that had this branch was over. A commit that another branch had before, and not at the same time, is that branch's: merging `main` into it
 * does not make a pull request older. Branches of forks are not pushed here, so their first commit is not known.
 *
 * One that was closed and opened again is opened with its first attempt (`opened_at`), and its branch is its own since then.
 */
export const pullRequests: Steps = {
  pulls: `
  SELECT
    s.identity_id, s.ordinal, s.span_id, s.finished_at, p.scope, p.head_branch, p.is_fork, o.opened_at,
    s.ordinal > o.ordinal AS is_reopened
  FROM near s
  JOIN pulls_here p USING (identity_id, ordinal)
  JOIN (
    SELECT identity_id, min(ordinal) AS ordinal, first(started_at ORDER BY ordinal) AS opened_at FROM near GROUP BY identity_id
  ) o USING (identity_id)
  WHERE s.result = 'merged'`,
  own_branches: `
  SELECT
    p.identity_id, p.ordinal, p.scope, 'refs/heads/' || p.head_branch AS ref, p.finished_at,
    max(s.finished_at) FILTER (o.identity_id <> p.identity_id AND s.started_at < p.opened_at) AS free_at
  FROM pulls p
  JOIN pull_requests o ON o.scope = p.scope AND o.head_branch = p.head_branch AND o.is_fork = false
  JOIN spans s ON s.identity_id = o.identity_id AND s.ordinal = o.ordinal
  WHERE p.is_fork = false
  GROUP BY ALL`,
  // Made by itself: with the commits in the same join, all of a repository would be joined to all of it.
  pushes: `
  SELECT b.identity_id, b.ordinal, b.scope, b.finished_at, b.free_at, p.commit_sha, min(p.pushed_at) AS pushed_at
  FROM own_branches b
  JOIN pushed p ON p.scope = b.scope AND p.ref = b.ref
  GROUP BY ALL`,
  first_pushes: `
  SELECT scope, commit_sha, min(pushed_at) AS pushed_at
  FROM pushed
  SEMI JOIN pushes USING (scope, commit_sha)
  GROUP BY scope, commit_sha`,
  first_commits: `
  SELECT p.identity_id, p.ordinal, min(c.authored_at) AS authored_at
  FROM pushes p
  JOIN first_pushes f ON f.scope = p.scope AND f.commit_sha = p.commit_sha AND f.pushed_at = p.pushed_at
    AND f.pushed_at <= p.finished_at AND (p.free_at IS NULL OR f.pushed_at > p.free_at)
  JOIN commits c ON c.scope = f.scope AND c.commit_sha = f.commit_sha
  GROUP BY ALL`,
  merged: `
  SELECT
    b.identity_id AS deployment_id, b.ordinal AS deployment_ordinal, p.identity_id, p.ordinal, p.span_id, p.opened_at, p.is_reopened,
    p.finished_at AS merged_at, c.authored_at AS first_commit_at
  FROM pulls p
  JOIN brought b ON b.to_id = p.identity_id
  JOIN lane l ON l.identity_id = b.identity_id AND l.ordinal = b.ordinal AND l.is_success
  LEFT JOIN first_commits c ON c.identity_id = p.identity_id AND c.ordinal = p.ordinal
  QUALIFY row_number() OVER (
    PARTITION BY p.identity_id, l.service, l.environment
    ORDER BY p.finished_at > l.finished_at, l.finished_at, l.identity_id, l.ordinal, p.ordinal DESC
  ) = 1`,
  // Of those whose stages are known: how long they were in each; `is_known` where there are no others than these.
  times: `
  SELECT
    s.identity_id, s.ordinal,
    sum(s.finished_at - s.started_at) FILTER (s.name = 'draft') AS draft,
    sum(s.finished_at - s.started_at) FILTER (s.name = 'awaiting_review') AS awaiting,
    sum(s.finished_at - s.started_at) FILTER (s.name = 'review') AS review,
    sum(s.finished_at - s.started_at) FILTER (s.name = 'approved') AS approved,
    bool_and(s.name IN ('draft', 'awaiting_review', 'review', 'approved')) AS is_known
  FROM stages s
  SEMI JOIN merged m USING (identity_id, ordinal)
  GROUP BY ALL`,
};
