/** Results that count for success; `merged` and `done` are what pull requests and issues call it, custom HTTP says `success`. */
export const SUCCEEDED = "(result IN ('success', 'merged', 'done')) IS TRUE";

/** Of one that has ended why its length is not known, as branches of a CASE; none where it is. */
export const UNTIMED = "WHEN started_at IS NULL THEN 'no_start' WHEN started_at > finished_at THEN 'negative'";

interface Lives {
  /** Further columns of `spans`. */
  readonly columns: string;
  /** Which attempts. */
  readonly where: string;
  /** What the column `reason` is of those of which it is known when they ended. */
  readonly reasonOfEnded: string;
}

/**
 * Attempts, each at its end; those that are open, or of which no end is known, at their start, with that as the `reason`: `open`,
 * `no_end`. In two halves, so that `"at"` is a plain column of a table in each, and DuckDB skips what lies outside of a window.
 */
export const livesOf = ({ columns, where, reasonOfEnded }: Lives): string => `
SELECT identity_id, span_id, ordinal AS attempt, finished_at AS "at", started_at, finished_at, ${columns},
  ${reasonOfEnded} AS reason
FROM spans
WHERE finished_at IS NOT NULL AND ${where}
UNION ALL
SELECT identity_id, span_id, ordinal AS attempt, started_at AS "at", started_at, finished_at, ${columns},
  CASE WHEN is_open THEN 'open' ELSE 'no_end' END AS reason
FROM spans
WHERE finished_at IS NULL AND ${where}`;
