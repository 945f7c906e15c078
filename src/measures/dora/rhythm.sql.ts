import { conditionsOf } from '../narrow.ts';
import { cellsSql, IN_CELL } from '../summary.sql.ts';
import type { Dimension, MeasureFilter } from '../window.ts';
import { doraMeasures } from './measures.ts';

/**
 * On how many days there was a deployment, and how many there were in each whole week that had any (`weeks`): one row for each
 * group, and one for all, `is_total`. `$weeks`: of each day the number of its week, or -1.
 */
export function rhythmSql(filter: MeasureFilter, groupBy: readonly Dimension[]): string {
  const { deployment_frequency: frequency } = doraMeasures;
  const groups = groupBy.map((dimension) => `"${dimension}"`);
  const sets = groups.length > 0 ? [groups, []] : [[]];
  const listed = groups.map((group) => `${group},`).join(' ');
  return `
SELECT ${listed} is_total, sum(days)::BIGINT AS days, list(deployments::BIGINT) FILTER (week >= 0) AS weeks
FROM (
  SELECT ${listed} is_total, week, count(*) AS days, sum(deployments) AS deployments
  FROM (
    SELECT
      ${listed} ${groups.length > 0 ? `GROUPING(${groups[0]}) = 1` : 'true'} AS is_total,
      bucket, list_extract($weeks::VARCHAR[], bucket + 1)::BIGINT AS week, count(*) AS deployments
    FROM (${frequency.items}) AS items
    JOIN ${cellsSql()} AS cells ON ${IN_CELL}
    WHERE reason IS NULL AND ${conditionsOf(frequency, filter)}
    GROUP BY GROUPING SETS (${sets.map((set) => `(${[...set, 'bucket'].join(', ')})`).join(', ')})
  )
  GROUP BY ALL
)
GROUP BY ALL`;
}
