import type { ColumnsDatabase, ColumnsWriting } from '../database.ts';
import { type OutcomeTable, outcomeKeys, outcomeSteps, outcomes, outcomeTables } from './outcomes.sql.ts';
import { making } from './steps.ts';
import { MAY_MATTER, touched } from './touched.sql.ts';

/**
 * So many deployments are judged at once, and all that they carry: what that needs fits into the memory there is. A service is
 * never divided.
 */
const AT_ONCE = 100_000;

/** The services that are to be judged, in the portions in which they are. */
const PORTIONS = `
CREATE OR REPLACE TEMP TABLE portions AS
SELECT service, (sum(deployments) OVER (ORDER BY service ROWS UNBOUNDED PRECEDING) - deployments) // ${AT_ONCE} AS portion
FROM (
  SELECT service, count(*) AS deployments FROM spans
  WHERE operation = 'deploy' AND service IN (FROM unsettled) GROUP BY service
)`;

const NOTE_TOUCHED = `${making(touched)};
INSERT INTO unsettled FROM touched_now WHERE service NOT IN (FROM unsettled)`;

/**
 * To be run before the rows of the identities in the temporary table `changed` are replaced: notes the services whose outcomes follow
 * from what they were.
 */
export const NOTE_BEFORE = `CREATE OR REPLACE TEMP TABLE touched_from AS ${MAY_MATTER};
${NOTE_TOUCHED}`;

/**
 * And after: notes them, so that {@link judge} finds the services whose outcomes follow from what they are by then. Outcomes are always
 * computed from all that is known, so they never depend on what came first, or on what was between two judgements.
 */
export const NOTE_AFTER = `INSERT INTO unsettled_changes ${MAY_MATTER}`;

/** Whether there is anything to be judged, as a condition. */
export const IS_SETTLED = 'NOT EXISTS (FROM unsettled) AND NOT EXISTS (FROM unsettled_changes)';

const FORGET = 'DELETE FROM unsettled; DELETE FROM unsettled_changes';

const MAKE_STEPS = making(outcomeSteps);

/** Computes again what was noted, and replaces what differs. A service without deployments any more has no outcomes either. */
export async function judge(writing: ColumnsWriting): Promise<void> {
  await writing.run(`CREATE OR REPLACE TEMP TABLE touched_from AS SELECT DISTINCT identity_id FROM unsettled_changes;
${NOTE_TOUCHED}`);
  const gone = outcomeTables.map(
    (table) =>
      `DELETE FROM ${table} WHERE service IN (FROM unsettled) AND service NOT IN (SELECT service FROM portions)`,
  );
  await writing.run([PORTIONS, ...gone].join(';\n'));
  for (const portion of await portionsOf(writing)) await judgePortion(writing, portion, replacing);
  await writing.run(FORGET);
}

/** Judges all deployments that there are, whatever was known of them. Nothing else writes meanwhile. */
export async function judgeAll(database: ColumnsDatabase): Promise<void> {
  const portions = await database.write(async (writing) => {
    await writing.run(outcomeTables.map((table) => `DELETE FROM ${table}`).join('; '));
    await writing.run("INSERT INTO unsettled SELECT DISTINCT service FROM spans WHERE operation = 'deploy'");
    await writing.run(PORTIONS);
    return portionsOf(writing);
  });
  for (const portion of portions) {
    await database.write(async (writing) => {
      await writing.run(PORTIONS);
      await judgePortion(writing, portion, (table) => `INSERT INTO ${table} ${outcomes[table]}`);
    });
  }
  await database.write((writing) => writing.run(FORGET));
}

async function portionsOf(writing: ColumnsWriting): Promise<readonly number[]> {
  const rows = await writing.rows('SELECT DISTINCT portion FROM portions ORDER BY portion');
  return rows.map(({ portion }) => Number(portion));
}

async function judgePortion(
  writing: ColumnsWriting,
  portion: number,
  put: (table: OutcomeTable) => string,
): Promise<void> {
  await writing.run(
    `CREATE OR REPLACE TEMP TABLE touched AS SELECT service FROM portions WHERE portion = ${portion};\n${MAKE_STEPS}`,
  );
  await writing.run(outcomeTables.map(put).join(';\n'));
}

/** Only what differs is written: a table of which most was replaced each time would grow, and be read in pieces. */
function replacing(table: OutcomeTable): string {
  const keys = outcomeKeys[table];
  const isSame = keys.map((key) => `f.${key} = o.${key}`).join(' AND ');
  return `
${making({ [`fresh_${table}`]: outcomes[table] })};
CREATE OR REPLACE TEMP TABLE stale AS
  SELECT o.rowid AS place FROM ${table} o LEFT JOIN fresh_${table} f ON ${isSame}
  WHERE o.service IN (FROM touched) AND o IS DISTINCT FROM f;
DELETE FROM ${table} WHERE rowid IN (FROM stale);
INSERT INTO ${table}
  FROM fresh_${table} ANTI JOIN (SELECT ${keys.join(', ')} FROM ${table} WHERE service IN (FROM touched)) USING (${keys.join(', ')})`;
}
