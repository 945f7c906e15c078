import { livesOf, SUCCEEDED, UNTIMED } from '../lives.sql.ts';

const GROUPS = 'source, project, team, service, result, author';
const IS_BOT = "(author_is_bot AND $bots <> 'true')";

const TIMES = `
SELECT * EXCLUDE (reason), reason AS untimed
FROM (${livesOf({
  columns: `author_is_bot, ${GROUPS}`,
  where: "operation = 'pull_request'",
  reasonOfEnded: `CASE ${UNTIMED} END`,
})})`;

/** What is no merge by a person (or by anybody, where bots are asked for) is left out of all that follows. */
const NOT_MERGED = `
  WHEN ${IS_BOT} THEN 'bot'
  WHEN untimed = 'open' OR untimed = 'no_end' THEN untimed
  WHEN NOT ${SUCCEEDED} THEN 'not_done'`;

const itemsOf = (from: string, reason: string, value: string): string => `
SELECT identity_id, span_id, attempt, "at", CASE WHEN reason IS NULL THEN value END AS value, reason, NULL::VARCHAR AS basis, ${GROUPS}
FROM (SELECT *, CASE ${reason} END AS reason, ${value} AS value FROM (${from}))`;

/** Items: those merged, each counting one. Excluded: `bot`, `not_done`, `open`, `no_end`. */
export const merged = itemsOf(TIMES, NOT_MERGED, '1');

/** Items: those closed without a merge, each counting one. Excluded: `bot`. */
export const abandoned = itemsOf(
  `SELECT * FROM (${TIMES}) WHERE result = 'abandoned' AND untimed IS DISTINCT FROM 'open'`,
  `WHEN ${IS_BOT} THEN 'bot' WHEN untimed = 'no_end' THEN untimed`,
  '1',
);

/** Items: those closed, 1 for a merge, so that their mean is the ratio. Excluded: `bot`, `open`, `no_end`, `inconclusive`. */
export const mergeRatio = itemsOf(
  TIMES,
  `WHEN ${IS_BOT} THEN 'bot' WHEN untimed = 'open' OR untimed = 'no_end' THEN untimed
   WHEN NOT ${SUCCEEDED} AND result IS DISTINCT FROM 'abandoned' THEN 'inconclusive'`,
  `CASE WHEN ${SUCCEEDED} THEN 1 ELSE 0 END`,
);

/** Items: those merged, with the time from opening to merge. Excluded: as of {@link merged}, and `no_start`, `negative`. */
export const timeToMerge = itemsOf(
  TIMES,
  `${NOT_MERGED} WHEN untimed IS NOT NULL THEN untimed`,
  'finished_at - started_at',
);

// What is told of the few that ended in the window: without that, all would be put in order, or in memory, first.
const OF_ENDED = `SEMI JOIN (
  SELECT identity_id AS of_id, ordinal AS of_ordinal FROM spans
  WHERE operation = 'pull_request' AND finished_at >= $from AND finished_at < $to
) ON of_id = identity_id AND of_ordinal = ordinal`;

const SIZED = `
SELECT times.*, lines, comments
FROM (${TIMES}) AS times
LEFT JOIN (
  SELECT identity_id, ordinal, additions + deletions AS lines, comments FROM pull_requests ${OF_ENDED}
) AS sizes ON sizes.identity_id = times.identity_id AND sizes.ordinal = attempt`;

/** Items: those merged, with the lines that they add and delete. Excluded: as of {@link merged}, and `size_unknown`. */
export const size = itemsOf(SIZED, `${NOT_MERGED} WHEN lines IS NULL THEN 'size_unknown'`, 'lines');

/** Items: those merged, with the number of their comments. Excluded: as of {@link merged}, and `size_unknown`. */
export const comments = itemsOf(SIZED, `${NOT_MERGED} WHEN comments IS NULL THEN 'size_unknown'`, 'comments');

const timePer = (part: 'lines' | 'comments'): string =>
  itemsOf(
    SIZED,
    `${NOT_MERGED} WHEN untimed IS NOT NULL THEN untimed WHEN ${part} IS NULL THEN 'size_unknown'
     WHEN ${part} = 0 THEN 'nothing_to_divide_by'`,
    `(finished_at - started_at) / nullif(${part}, 0)`,
  );

/** Items: those merged, with the time to the merge by what they have of it. Excluded: also `nothing_to_divide_by`. */
export const timePerLine = timePer('lines');
export const timePerComment = timePer('comments');

/**
 * The stages as a review sees them: when somebody looked at it first, since when it had waited for that, and how often it came
 * back. `review` and `approved` are what sources call it when a person has looked; a review by a bot makes no stage.
 */
const REVIEWED = `
SELECT times.*, looked_at, ready_at, rounds, reviews.identity_id IS NOT NULL AS has_stages
FROM (${TIMES}) AS times
LEFT JOIN (
  SELECT identity_id, ordinal,
    min(started_at) FILTER (name IN ('review', 'approved')) AS looked_at,
    count(*) FILTER (name = 'review' OR (name = 'approved' AND before IS DISTINCT FROM 'review')) AS rounds,
    max(ready_at) FILTER (is_first_look) AS ready_at
  FROM (
    SELECT *, lag(name) OVER stages_of AS before,
      max(CASE WHEN name = 'awaiting_review' THEN started_at END) OVER stages_of AS ready_at,
      name IN ('review', 'approved')
        AND count(*) FILTER (name IN ('review', 'approved')) OVER stages_of = 1 AS is_first_look
    FROM stages ${OF_ENDED}
    WINDOW stages_of AS (PARTITION BY identity_id, ordinal ORDER BY number)
  )
  GROUP BY identity_id, ordinal
) AS reviews ON reviews.identity_id = times.identity_id AND reviews.ordinal = attempt`;

const UNREVIEWED = `${NOT_MERGED} WHEN untimed IS NOT NULL THEN untimed WHEN NOT has_stages THEN 'no_stages'
  WHEN looked_at IS NULL THEN 'stage_skipped'`;

/**
 * Items: those merged, with the time from when it was ready for review, for the last time before that, to the first review by
 * a person. Excluded: as of {@link timeToMerge}, and `no_stages`, `stage_skipped` (nobody has reviewed it), `ready_unknown`.
 */
export const timeToFirstReview = itemsOf(
  REVIEWED,
  `${UNREVIEWED} WHEN ready_at IS NULL THEN 'ready_unknown'`,
  'looked_at - ready_at',
);

/**
 * Items: those merged, with how often a review began: the first, and each after an approval, or after it had become a draft.
 * Excluded: as of {@link timeToFirstReview}, but for `ready_unknown`.
 */
export const reviewRounds = itemsOf(REVIEWED, UNREVIEWED, 'rounds');
