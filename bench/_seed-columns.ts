import { beginCopy, finishCopy } from '../src/measures/columns/copy.ts';
import { ColumnsDatabase, type DatabaseSettings } from '../src/measures/columns/database.ts';

/** So many spans are one portion of the work: what one transaction writes fits into the memory there is. */
const PORTION = 500_000;
const YEARS_MS = 730 * 86_400_000;

const SERVICES = 600;
/** Of each hundred spans of one service, in the order in which they begin. */
const OPERATION = `CASE
  WHEN place < 6 THEN 'issue' WHEN place < 16 THEN 'pull_request' WHEN place < 76 THEN 'build'
  WHEN place < 91 THEN 'pipeline' WHEN place < 99 THEN 'deploy' ELSE 'incident' END`;

/** A number from 0 to 1 that is as good as a random one, and always the same. */
const random = (salt: string) => `(hash(n, '${salt}') % 1000003) / 1000003.0`;
/** The span at a place of the same hundred. */
const spanAt = (place: string) => `(change * ${SERVICES * 100} + (${place})::BIGINT * ${SERVICES} + project)`;
const sha = (what: string) => `md5('${what}' || ${what}) || '00000000'`;

const SPANS = `
CREATE OR REPLACE TEMP TABLE seeded AS
SELECT
  n, n % ${SERVICES} AS project, n // ${SERVICES * 100} AS change, n // ${SERVICES} % 100 AS place, ${OPERATION} AS operation,
  hash(n, 'where') % 3 = 0 AS is_staging,
  $to - ${YEARS_MS} + (n * ${YEARS_MS} // $spans) AS began_at,
  (-ln(1 - ${random('length')} * 0.999) * CASE operation
    WHEN 'issue' THEN 6 * 86400e3 WHEN 'pull_request' THEN 30 * 3600e3 WHEN 'incident' THEN 2 * 3600e3
    WHEN 'deploy' THEN 240e3 WHEN 'pipeline' THEN 900e3 ELSE 420e3 END)::BIGINT + 1000 AS lasted,
  ${random('result')} AS luck
FROM (SELECT unnest(range($first, $last)) AS n);

INSERT INTO spans
SELECT
  n, 1, substr(md5('s' || n), 1, 16), 'github', operation, 'octo-org/project-' || project, 'team-' || project % 3,
  'service-' || project,
  CASE WHEN operation = 'deploy' THEN CASE WHEN is_staging THEN 'staging' ELSE 'production' END END AS environment, environment,
  began_at + lasted > $to AS is_open,
  CASE WHEN is_open THEN NULL ELSE CASE operation
    WHEN 'issue' THEN CASE WHEN luck < 0.1 THEN 'rejected' ELSE 'done' END
    WHEN 'pull_request' THEN CASE WHEN luck < 0.08 THEN 'abandoned' ELSE 'merged' END
    WHEN 'incident' THEN 'done'
    ELSE CASE WHEN luck < 0.08 THEN 'failure' WHEN luck < 0.1 THEN 'cancelled' ELSE 'success' END END END AS result,
  coalesce(result = 'failure', false), began_at, CASE WHEN NOT is_open THEN began_at + lasted END,
  'A ' || operation || ' as people call theirs, ' || n,
  CASE operation WHEN 'issue' THEN CASE WHEN luck < 0.3 THEN 'Bug' ELSE 'Story' END WHEN 'incident' THEN 'incident' END,
  CASE WHEN operation IN ('issue', 'pull_request') THEN ['area-' || project % 7] ELSE [] END,
  'person-' || hash(n, 'author') % 970, luck > 0.9
FROM seeded;

INSERT INTO stages
SELECT n, 1, number, names[number], categories[number], began_at + lasted * (number - 1) // len(names),
  CASE WHEN began_at + lasted <= $to OR number < len(names) THEN began_at + lasted * number // len(names) END
FROM (
  SELECT *, unnest(range(1, len(names) + 1)) AS number FROM (
    SELECT *,
      CASE operation
        WHEN 'issue' THEN ['To Do', 'In Progress', 'In Review']
        WHEN 'pull_request' THEN ['awaiting_review', 'review', 'approved'] ELSE ['queued', 'running'] END AS names,
      ['waiting', 'active', 'waiting'] AS categories
    FROM seeded WHERE operation IN ('issue', 'pull_request', 'pipeline')
  )
);

INSERT INTO pull_requests
SELECT n, 1, 'github:' || project, 'change-' || n, luck > 0.95, hash(n, 'a') % 900, hash(n, 'd') % 400, 2,
  hash(n, 'c') % 12
FROM seeded WHERE operation = 'pull_request';

INSERT INTO commits
SELECT n * 2 + which + 1e12::BIGINT, 'github:' || project, ${sha('(n * 2 + which)')},
  began_at - 3600000 * (1 + which), NULL,
  CASE WHEN luck BETWEEN 0.5 AND 0.51 AND which = 1
    THEN 'Revert "Change"' || chr(10) || 'This reverts commit ' || md5('x' || n) || '00000000.' ELSE 'Change ' || n END
FROM seeded, (SELECT unnest([0, 1]) AS which) WHERE operation = 'pull_request';

INSERT INTO pushed
SELECT n * 2 + which + 2e12::BIGINT, 'github:' || project, ref, ${sha('(n * 2 + which)')}, pushed_at
FROM (
  SELECT *, unnest(['refs/heads/change-' || n, 'refs/heads/main']) AS ref, unnest([began_at - 3500000, began_at + lasted]) AS pushed_at
  FROM seeded WHERE operation = 'pull_request'
), (SELECT unnest([0, 1]) AS which);

INSERT INTO deployments
SELECT n, 1, 'known', luck > 0.98
FROM seeded WHERE operation = 'deploy' AND luck >= 0.1 AND began_at + lasted <= $to;

-- The pull requests of the eight deployments' change, each to one of them.
CREATE OR REPLACE TEMP TABLE brought AS
SELECT ${spanAt('6 + which')} AS pull, n, project
FROM seeded, (SELECT unnest(range(10)) AS which)
WHERE operation = 'deploy' AND luck >= 0.1 AND began_at + lasted <= $to AND which % 8 = place - 91;

INSERT INTO carried
SELECT n, 1, ${sha('(pull * 2 + which)')} FROM brought, (SELECT unnest([0, 1]) AS which);

INSERT INTO links
SELECT n, 1, 'carries', pull, NULL FROM brought
UNION ALL SELECT n, 1, 'caused_by', ${spanAt('6 + hash(n) % 10')}, NULL FROM seeded WHERE operation IN ('build', 'pipeline')
UNION ALL SELECT n, 1, 'caused_by', ${spanAt('hash(n) % 6')}, NULL FROM seeded WHERE operation = 'pull_request'
UNION ALL SELECT ${spanAt('91 + hash(n) % 8')}, 1, 'caused_incident', n, 1 FROM seeded WHERE operation = 'incident';
`;

/**
 * Fills a new file of columns as it would be had a store of so many spans been copied, by plain SQL: 600 services of three
 * teams over two years; of a hundred spans 60 builds, 15 pipelines, 8 deployments, 10 pull requests, 6 issues and an incident.
 *
 * @param to The end of the two years, in milliseconds since 1970.
 */
export async function seedColumns(
  path: string,
  { spans, to, storeId, settings }: { spans: number; to: number; storeId: string; settings: DatabaseSettings },
): Promise<void> {
  const database = await ColumnsDatabase.open(path, settings);
  await beginCopy(database, storeId);
  for (let first = 0; first < spans; first += PORTION) {
    const last = Math.min(spans, first + PORTION);
    const numbers = { $to: to, $spans: spans, $first: first, $last: last };
    const sql = SPANS.replaceAll(
      /\$(to|spans|first|last)\b/g,
      (name) => `${numbers[name as keyof typeof numbers]}::BIGINT`,
    );
    await database.write((writing) => writing.run(sql));
    process.stderr.write(`\r${last} of ${spans} spans`);
  }
  process.stderr.write('\r');
  await finishCopy(database);
  database.close();
}
