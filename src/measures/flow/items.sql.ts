import { FLOW_TYPE } from './types.ts';

/** Issues and incidents; anything else only where it is asked for, which the filter narrows them to. */
const IS_ITEM = "(operation IN ('issue', 'incident') OR operation = $operation::VARCHAR)";
const IS_DONE = "(result IN ('done', 'merged', 'success')) IS TRUE";
const GROUPS = `source, operation, project, team, service, result, ${FLOW_TYPE} AS type`;
const GROUPED = 'source, operation, project, team, service, result, type';

/** Ended ones by their end; those that are open, or whose end is not known, by their start. */
const lives = (reasonOfEnded: string): string => `
SELECT identity_id, span_id, ordinal AS attempt, finished_at AS "at", started_at, finished_at, ${GROUPS},
  ${reasonOfEnded} AS reason
FROM spans
WHERE finished_at IS NOT NULL AND ${IS_ITEM}
UNION ALL
SELECT identity_id, span_id, ordinal AS attempt, started_at AS "at", started_at, finished_at, ${GROUPS},
  CASE WHEN is_open THEN 'open' ELSE 'no_end' END AS reason
FROM spans
WHERE finished_at IS NULL AND ${IS_ITEM}`;

const UNTIMED = "WHEN started_at IS NULL THEN 'no_start' WHEN started_at > finished_at THEN 'negative'";
const timedAndDone = lives(`CASE WHEN NOT ${IS_DONE} THEN 'not_done' ${UNTIMED} END`);

/** Items: those done, with the time from start to end. Excluded: `not_done`, `no_start`, `negative`, `open`, `no_end`. */
export const flowTime = `
SELECT span_id, attempt, "at", CASE WHEN reason IS NULL THEN finished_at - started_at END AS value, reason,
  NULL::VARCHAR AS basis, ${GROUPED}
FROM (${timedAndDone})`;

/** Items: those done, each counting one, also where the start is not known. Excluded: `not_done`, `open`, `no_end`. */
export const done = `
SELECT span_id, attempt, "at", CASE WHEN reason IS NULL THEN 1 END AS value, reason, NULL::VARCHAR AS basis, ${GROUPED}
FROM (${lives(`CASE WHEN NOT ${IS_DONE} THEN 'not_done' END`)})`;

/** Items: all that have ended, however, with the time from start to end. Excluded: `no_start`, `negative`, `open`, `no_end`. */
export const departures = `
SELECT span_id, attempt, "at", CASE WHEN reason IS NULL THEN finished_at - started_at END AS value, reason,
  NULL::VARCHAR AS basis, ${GROUPED}
FROM (${lives(`CASE ${UNTIMED} END`)})`;

/**
 * Items: all that were open at any time of the window, however they ended, with how long in it they were. What is to come has
 * not been. Excluded: `no_end` (it may be open no more), `no_start`, `negative`.
 */
export const load = `
SELECT span_id, ordinal AS attempt, started_at AS "at",
  CASE WHEN is_open OR started_at <= finished_at
    THEN greatest(0, least(coalesce(finished_at, $now), $now, $to) - greatest(started_at, $from)) END AS value,
  CASE WHEN started_at > finished_at THEN 'negative' WHEN finished_at IS NULL AND NOT is_open THEN 'no_end' END AS reason,
  NULL::VARCHAR AS basis, ${GROUPS}
FROM spans
WHERE started_at IS NOT NULL AND (finished_at IS NULL OR finished_at > $from) AND ${IS_ITEM}
UNION ALL
SELECT span_id, ordinal AS attempt, finished_at AS "at", NULL AS value, 'no_start' AS reason, NULL::VARCHAR AS basis, ${GROUPS}
FROM spans
WHERE started_at IS NULL AND finished_at >= $from AND ${IS_ITEM}`;

/** The time in stages of each category; what neither waits nor is work by what is known is `unknown`. */
const categories = `
SELECT lives.*, known.* EXCLUDE (of_id, of_ordinal),
  coalesce(lives.reason, CASE
    WHEN of_id IS NULL THEN 'no_stages'
    WHEN active + waiting = 0 AND unknown > 0 THEN 'category_unknown'
    WHEN active + waiting = 0 THEN 'no_stages'
  END) AS why_not
FROM (${timedAndDone}) AS lives
LEFT JOIN (
  SELECT identity_id AS of_id, ordinal AS of_ordinal,
    coalesce(sum(finished_at - started_at) FILTER (category = 'active'), 0)::BIGINT AS active,
    coalesce(sum(finished_at - started_at) FILTER (category = 'waiting'), 0)::BIGINT AS waiting,
    coalesce(sum(finished_at - started_at) FILTER (category IS NULL OR category NOT IN ('active', 'waiting')), 0)::BIGINT
      AS unknown
  FROM stages
  GROUP BY ALL
) AS known ON of_id = identity_id AND of_ordinal = attempt`;

const ofCategories = (value: string): string => `
SELECT span_id, attempt, "at", CASE WHEN why_not IS NULL THEN ${value} END AS value, why_not AS reason,
  NULL::VARCHAR AS basis, ${GROUPED}
FROM (${categories})`;

/**
 * Items: those done, with the part of their active and waiting time that was active. Excluded: as {@link flowTime} does, and
 * `no_stages`, `category_unknown`. The time of each kind by itself: {@link active}, {@link waiting}, {@link unknown}.
 */
export const efficiency = ofCategories('active / (active + waiting)');
export const active = ofCategories('active');
export const waiting = ofCategories('waiting');
export const unknown = ofCategories('unknown');

/**
 * Items: each stage of those done, with all the time that they were in it. Excluded: as {@link flowTime} does, and `no_stages`.
 */
export const stageTime = `
SELECT span_id, attempt, "at", CASE WHEN reason IS NULL THEN sum(stages.finished_at - stages.started_at)::BIGINT END AS value,
  coalesce(reason, CASE WHEN name IS NULL THEN 'no_stages' END) AS reason, NULL::VARCHAR AS basis, ${GROUPED}, name AS stage
FROM (${timedAndDone}) AS lives
LEFT JOIN stages ON stages.identity_id = lives.identity_id AND stages.ordinal = attempt
GROUP BY span_id, attempt, "at", lives.reason, ${GROUPED}, name`;

/** Items: those open now, with their age, their stage and how long they have been in it, all times together. */
export const age = `
SELECT span_id, attempt, "at", greatest(0, $now - "at") AS value, NULL::VARCHAR AS reason, NULL::VARCHAR AS basis, ${GROUPED},
  stage, category, (
    SELECT sum(greatest(0, coalesce(finished_at, $now) - started_at))::BIGINT
    FROM stages
    WHERE stages.identity_id = lives.identity_id AND stages.ordinal = attempt AND name = stage
  ) AS time_in_stage
FROM (
  SELECT spans.identity_id, span_id, spans.ordinal AS attempt, spans.started_at AS "at", ${GROUPS}, name AS stage, category
  FROM spans LEFT JOIN stages ON stages.identity_id = spans.identity_id AND stages.ordinal = spans.ordinal
    AND stages.finished_at IS NULL
  WHERE is_open AND ${IS_ITEM}
) AS lives`;

/**
 * Items: all that have begun before the end of the window, however long ago, each counting one. Excluded: `no_end`, `no_start`,
 * `negative`: nobody knows when these were open. The `cumulative.sql.ts` beside this tells what became of them.
 */
export const arrived = `
SELECT identity_id, span_id, ordinal AS attempt, started_at AS "at", finished_at, ${IS_DONE} AS is_done,
  CASE WHEN is_open OR started_at <= finished_at THEN 1 END AS value,
  CASE WHEN started_at > finished_at THEN 'negative' WHEN finished_at IS NULL AND NOT is_open THEN 'no_end' END AS reason,
  NULL::VARCHAR AS basis, ${GROUPS}
FROM spans
WHERE started_at IS NOT NULL AND ${IS_ITEM}
UNION ALL
SELECT identity_id, span_id, ordinal AS attempt, finished_at AS "at", finished_at, ${IS_DONE} AS is_done, NULL AS value,
  'no_start' AS reason, NULL::VARCHAR AS basis, ${GROUPS}
FROM spans
WHERE started_at IS NULL AND ${IS_ITEM}`;
