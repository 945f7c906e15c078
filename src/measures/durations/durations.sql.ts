import { livesOf, SUCCEEDED, UNTIMED } from '../lives.sql.ts';

const GROUPS = 'source, operation, project, team, service, environment, result';
const attempts = livesOf({ columns: GROUPS, where: 'true', reasonOfEnded: `CASE ${UNTIMED} END` });

/**
 * Items: attempts, with the time from their start to their end. One falls into a window by its end; where none is known, by its
 * start. Excluded: `open`, `no_end`, `no_start`, `negative`.
 */
export const durations = `
SELECT identity_id, span_id, attempt, "at", CASE WHEN reason IS NULL THEN finished_at - started_at END AS value, reason,
  NULL::VARCHAR AS basis, ${GROUPS}
FROM (${attempts})`;

/** Items: attempts that have begun, each counting one. One falls into a window by its start, and without one into none. */
export const started = `
SELECT identity_id, span_id, ordinal AS attempt, started_at AS "at", 1 AS value, NULL::VARCHAR AS reason, NULL::VARCHAR AS basis, ${GROUPS}
FROM spans`;

/** Items: attempts that have ended, each counting one. One falls into a window by its end, else by its start. */
export const finished = `
SELECT identity_id, span_id, attempt, "at", 1 AS value, NULL::VARCHAR AS reason, basis, ${GROUPS}
FROM (${durations})
WHERE reason IS DISTINCT FROM 'open'`;

/** Items: attempts that are open now, with their age. `$now`: as of when. What begins later by its sender's clock has none. */
export const open = `
SELECT
  identity_id, span_id, ordinal AS attempt, started_at AS "at", CASE WHEN started_at <= $now THEN $now - started_at END AS value,
  CASE WHEN started_at > $now THEN 'negative' END AS reason, NULL::VARCHAR AS basis, ${GROUPS}
FROM spans
WHERE is_open`;

const JUDGED = `
  CASE WHEN is_error THEN 0 WHEN ${SUCCEEDED} THEN 1 END AS value,
  CASE
    WHEN is_error OR ${SUCCEEDED} THEN NULL
    WHEN result IN ('cancelled', 'skipped') THEN 'not_tried'
    ELSE 'inconclusive'
  END AS reason`;

/**
 * Items: attempts that have ended, 1 for a success, 0 for an error, so that their mean is the ratio. Excluded: `not_tried`,
 * `inconclusive`. They fall into a window as {@link finished} do.
 */
export const success = `
SELECT identity_id, span_id, ordinal AS attempt, finished_at AS "at", ${JUDGED}, NULL::VARCHAR AS basis, ${GROUPS}
FROM spans
WHERE finished_at IS NOT NULL
UNION ALL
SELECT identity_id, span_id, ordinal AS attempt, started_at AS "at", ${JUDGED}, NULL::VARCHAR AS basis, ${GROUPS}
FROM spans
WHERE finished_at IS NULL AND NOT is_open`;

/** Items: attempts that have ended in an error, each counting one. */
export const errors = `
SELECT identity_id, span_id, attempt, "at", 1 AS value, NULL::VARCHAR AS reason, basis, ${GROUPS}
FROM (${success})
WHERE value = 0`;

/**
 * Items: each stage of an attempt, with all the time that it was in it, however often. They fall into a window together, with
 * their attempt, so that the stages of one add up to its duration. An attempt without stages is one item, excluded as
 * `no_stages`, or for what {@link durations} excludes it.
 *
 * The stages are narrowed by themselves, for DuckDB does not do so through the join: all of them at once need more memory than
 * there may be.
 */
export const stageDurations = `
SELECT
  attempts.identity_id, span_id, attempt, "at", spent AS value, coalesce(reason, CASE WHEN stage IS NULL THEN 'no_stages' END) AS reason,
  NULL::VARCHAR AS basis, ${GROUPS}, stage
FROM (${attempts}) AS attempts
LEFT JOIN (
  SELECT identity_id, ordinal, name AS stage, sum(finished_at - started_at)::BIGINT AS spent
  FROM stages SEMI JOIN (
    SELECT identity_id, ordinal FROM spans
    WHERE finished_at >= $from AND finished_at < $to AND ($operation IS NULL OR operation = $operation)
  ) AS ended USING (identity_id, ordinal)
  GROUP BY ALL
) AS spent ON spent.identity_id = attempts.identity_id AND spent.ordinal = attempts.attempt`;
