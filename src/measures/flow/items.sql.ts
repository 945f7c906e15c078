import { livesOf, SUCCEEDED, UNTIMED } from '../lives.sql.ts';
import { FLOW_TYPE } from './types.ts';

/** Issues and incidents; anything else only where it is asked for, which the filter narrows them to. */
const IS_ITEM = "(operation IN ('issue', 'incident') OR operation = $operation::VARCHAR)";
const GROUPS = `source, operation, project, team, service, result, ${FLOW_TYPE} AS type`;
const GROUPED = 'source, operation, project, team, service, result, type';

const lives = (reasonOfEnded: string): string => livesOf({ columns: GROUPS, where: IS_ITEM, reasonOfEnded });
const timedAndDone = lives(`CASE WHEN NOT ${SUCCEEDED} THEN 'not_done' ${UNTIMED} END`);

/** Items: those done, with the time from start to end. Excluded: `not_done`, `no_start`, `negative`, `open`, `no_end`. */
export const flowTime = `
SELECT identity_id, span_id, attempt, "at", CASE WHEN reason IS NULL THEN finished_at - started_at END AS value, reason,
  NULL::VARCHAR AS basis, ${GROUPED}
FROM (${timedAndDone})`;

/** Items: those done, each counting one, also where the start is not known. Excluded: `not_done`, `open`, `no_end`. */
export const done = `
SELECT identity_id, span_id, attempt, "at", CASE WHEN reason IS NULL THEN 1 END AS value, reason, NULL::VARCHAR AS basis, ${GROUPED}
FROM (${lives(`CASE WHEN NOT ${SUCCEEDED} THEN 'not_done' END`)})`;

/** Items: all that have ended, however, with the time from start to end. Excluded: `no_start`, `negative`, `open`, `no_end`. */
export const departures = `
SELECT identity_id, span_id, attempt, "at", CASE WHEN reason IS NULL THEN finished_at - started_at END AS value, reason,
  NULL::VARCHAR AS basis, ${GROUPED}
FROM (${lives(`CASE ${UNTIMED} END`)})`;

/**
 * Items: all that were open at any time of the window, however they ended, with how long in it they were. What is to come has
 * not been. Excluded: `no_end` (it may be open no more), `no_start`, `negative`.
 */
export const load = `
SELECT identity_id, span_id, ordinal AS attempt, started_at AS "at",
  CASE WHEN is_open OR started_at <= finished_at
    THEN greatest(0, least(coalesce(finished_at, $now), $now, $to) - greatest(started_at, $from)) END AS value,
  CASE WHEN started_at > finished_at THEN 'negative' WHEN finished_at IS NULL AND NOT is_open THEN 'no_end' END AS reason,
  NULL::VARCHAR AS basis, ${GROUPS}
FROM spans
WHERE started_at IS NOT NULL AND (finished_at IS NULL OR finished_at > $from) AND ${IS_ITEM}
UNION ALL
SELECT identity_id, span_id, ordinal AS attempt, finished_at AS "at", NULL AS value, 'no_start' AS reason, NULL::VARCHAR AS basis, ${GROUPS}
FROM spans
WHERE started_at IS NULL AND finished_at >= $from AND ${IS_ITEM}`;

// Of the stages of what ended in the window, which are few of all: without that, all would be put together first.
const STAGES = `stages SEMI JOIN (
  SELECT identity_id AS of_id, ordinal AS of_ordinal FROM spans
  WHERE finished_at >= $from AND finished_at < $to AND ${IS_ITEM}
) ON of_id = identity_id AND of_ordinal = ordinal`;

/**
 * Items: those done, with the part of their active and waiting time that was active; and the time in `active`, `waiting` and
 * `unknown` stages: what neither waits nor is work by what is known. Excluded: as {@link flowTime} does, and `no_stages`,
 * `category_unknown`.
 */
export const efficiency = `
SELECT identity_id, span_id, attempt, "at", active / (active + waiting) AS value, reason, NULL::VARCHAR AS basis, ${GROUPED},
  active, waiting, unknown
FROM (
  SELECT lives.identity_id, span_id, attempt, "at", ${GROUPED},
    coalesce(reason, CASE
      WHEN stages_of.identity_id IS NULL THEN 'no_stages'
      WHEN active_ms + waiting_ms = 0 THEN CASE WHEN unknown_ms > 0 THEN 'category_unknown' ELSE 'no_stages' END
    END) AS reason,
    CASE WHEN reason IS NULL AND active_ms + waiting_ms > 0 THEN active_ms END AS active,
    CASE WHEN active IS NOT NULL THEN waiting_ms END AS waiting,
    CASE WHEN active IS NOT NULL THEN unknown_ms END AS unknown
  FROM (${timedAndDone}) AS lives
  LEFT JOIN (
    SELECT identity_id, ordinal,
      coalesce(sum(finished_at - started_at) FILTER (category = 'active'), 0)::BIGINT AS active_ms,
      coalesce(sum(finished_at - started_at) FILTER (category = 'waiting'), 0)::BIGINT AS waiting_ms,
      sum(finished_at - started_at)::BIGINT - active_ms - waiting_ms AS unknown_ms
    FROM ${STAGES}
    GROUP BY identity_id, ordinal
  ) AS stages_of ON stages_of.identity_id = lives.identity_id AND stages_of.ordinal = attempt
)`;

/**
 * Items: each stage of those done, with all the time that they were in it. Excluded: as {@link flowTime} does, and `no_stages`.
 */
export const stageTime = `
SELECT lives.identity_id, span_id, attempt, "at", CASE WHEN reason IS NULL THEN ms END AS value,
  coalesce(reason, CASE WHEN stage IS NULL THEN 'no_stages' END) AS reason, NULL::VARCHAR AS basis, ${GROUPED}, stage
FROM (${timedAndDone}) AS lives
LEFT JOIN (
  SELECT identity_id, ordinal, name AS stage, sum(finished_at - started_at)::BIGINT AS ms
  FROM ${STAGES}
  GROUP BY identity_id, ordinal, name
) AS stages_of ON stages_of.identity_id = lives.identity_id AND stages_of.ordinal = attempt`;

const IS_OPEN_ITEM = `is_open AND ${IS_ITEM}`;

/** Items: those open now, with their age, their stage and how long they have been in it, all times together. */
export const age = `
SELECT spans.identity_id, span_id, spans.ordinal AS attempt, started_at AS "at", greatest(0, $now - started_at) AS value, title,
  NULL::VARCHAR AS reason, NULL::VARCHAR AS basis, ${GROUPS},
  now.stage AS stage, now.category AS category, now.ms AS time_in_stage
FROM spans
LEFT JOIN (
  SELECT identity_id, ordinal, arg_max({stage: name, category: category, ms: ms}, last) AS now
  FROM (
    SELECT identity_id, ordinal, name, max(number) AS last, arg_max({category: category}, number).category AS category,
      sum(greatest(0, coalesce(finished_at, $now) - started_at))::BIGINT AS ms
    FROM stages SEMI JOIN (SELECT identity_id AS of_id, ordinal AS of_ordinal FROM spans WHERE ${IS_OPEN_ITEM})
      ON of_id = identity_id AND of_ordinal = ordinal
    GROUP BY identity_id, ordinal, name
  )
  GROUP BY identity_id, ordinal
) AS stages_of ON stages_of.identity_id = spans.identity_id AND stages_of.ordinal = spans.ordinal
WHERE ${IS_OPEN_ITEM}`;

/**
 * Items: all that have begun before the end of the window, however long ago, each counting one. Excluded: `no_end`, `no_start`,
 * `negative`: nobody knows when these were open. The `cumulative.sql.ts` beside this tells what became of them.
 */
export const arrived = `
SELECT identity_id, span_id, ordinal AS attempt, started_at AS "at", finished_at, ${SUCCEEDED} AS is_done,
  CASE WHEN is_open OR started_at <= finished_at THEN 1 END AS value,
  CASE WHEN started_at > finished_at THEN 'negative' WHEN finished_at IS NULL AND NOT is_open THEN 'no_end' END AS reason,
  NULL::VARCHAR AS basis, ${GROUPS}
FROM spans
WHERE started_at IS NOT NULL AND ${IS_ITEM}
UNION ALL
SELECT identity_id, span_id, ordinal AS attempt, finished_at AS "at", finished_at, ${SUCCEEDED} AS is_done, NULL AS value,
  'no_start' AS reason, NULL::VARCHAR AS basis, ${GROUPS}
FROM spans
WHERE started_at IS NULL AND ${IS_ITEM}`;
