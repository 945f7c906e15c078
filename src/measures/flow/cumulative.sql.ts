import { conditionsOf } from '../narrow.ts';
import type { MeasureFilter } from '../window.ts';
import { arrivedMeasure } from './flow.ts';

/**
 * What has changed up to each of `$edges` since the one before: how many have arrived, were done or left otherwise, and how many
 * more, or fewer, are in each stage; those without stages in one without a name. What happens at an edge comes after it.
 */
export function cumulativeSql(filter: MeasureFilter): string {
  return `
WITH lives AS NOT MATERIALIZED (
  SELECT identity_id, attempt, "at", finished_at, is_done FROM (${arrivedMeasure.items}) WHERE reason IS NULL AND ${conditionsOf(arrivedMeasure, filter)}
),
edges AS (SELECT unnest($edges::VARCHAR[])::BIGINT AS edge),
recent AS MATERIALIZED (FROM lives WHERE finished_at IS NULL OR finished_at >= (SELECT min(edge) FROM edges)),
staged AS MATERIALIZED (
  SELECT recent.identity_id, attempt, stages.started_at AS came_at, coalesce(stages.finished_at, recent.finished_at) AS went_at,
    name, category
  FROM recent JOIN stages ON stages.identity_id = recent.identity_id AND stages.ordinal = attempt
),
passages AS (
  SELECT came_at, went_at, name, category FROM staged
  UNION ALL
  SELECT "at", finished_at, NULL, NULL FROM recent ANTI JOIN staged USING (identity_id, attempt)
),
moments AS (
  SELECT "at" AS moment, 'arrived' AS what, NULL AS stage, NULL AS category, 1 AS change FROM recent
  UNION ALL
  SELECT finished_at, CASE WHEN is_done THEN 'done' ELSE 'left' END, NULL, NULL, 1 FROM recent WHERE finished_at IS NOT NULL
  UNION ALL
  SELECT came_at, 'in', name, category, 1 FROM passages
  UNION ALL
  SELECT went_at, 'in', name, category, -1 FROM passages WHERE went_at IS NOT NULL
),
-- What had ended before the first edge is in no stage at any.
past AS (
  SELECT min(edge) AS edge, is_done, count AS change
  FROM edges, (
    SELECT is_done, count(*) AS count FROM lives WHERE finished_at < (SELECT min(edge) FROM edges) GROUP BY is_done
  )
  GROUP BY ALL
)
SELECT edge, what, stage, category, sum(change)::BIGINT AS change FROM moments ASOF JOIN edges ON moment < edge GROUP BY ALL
UNION ALL
SELECT edge, 'arrived', NULL, NULL, change FROM past
UNION ALL
SELECT edge, CASE WHEN is_done THEN 'done' ELSE 'left' END, NULL, NULL, change FROM past`;
}
