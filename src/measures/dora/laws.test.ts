import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ColumnsInMemory, type TableRows } from '../../../test/support/columns.ts';
import type { Row } from '../columns/contract.ts';
import { relationOf } from '../measure.ts';
import { doraMeasures, leadTimeStage, leadTimes } from './measures.ts';

const deploymentFrequency = relationOf(doraMeasures.deployment_frequency);
const changeFailRate = relationOf(doraMeasures.change_fail_rate);
const deploymentReworkRate = relationOf(doraMeasures.deployment_rework_rate);
const recoveryTime = relationOf(doraMeasures.failed_deployment_recovery_time);
const leadTimeOfCommits = (from: 'committed' | 'authored') => relationOf(leadTimes[from]);
const leadTimeOfPullRequests = (from: 'first_commit' | 'opened') => relationOf(leadTimes[from]);
const leadTimeByStage = relationOf(leadTimeStage);

const relations = {
  deploymentFrequency,
  changeFailRate,
  deploymentReworkRate,
  recoveryTime,
  leadTimeOfCommits: leadTimeOfCommits('authored'),
  leadTimeByStage,
  leadTimeOfPullRequests: leadTimeOfPullRequests('first_commit'),
};
type Relation = keyof typeof relations;

const HOUR = 3_600_000;

const anyLane = { only_service: null, only_environment: null, only_tier: null };
/** In hours. */
interface Hours {
  readonly from: number;
  readonly to: number;
}
const ALWAYS: Hours = { from: 0, to: 1_000 };

const parametersOf = (sql: string, { from, to }: Hours) => ({
  from: from * HOUR,
  ...(sql.includes('$to') ? { to: to * HOUR } : {}),
  ...anyLane,
});

/** The items of every relation in a window, in an order of their own. */
async function itemsOf(tables: TableRows, window = ALWAYS): Promise<Record<Relation, Row[]>> {
  const columns = await ColumnsInMemory.of(tables);
  const items = await itemsIn(columns, window);
  await columns.close();
  return items;
}

async function itemsIn(columns: ColumnsInMemory, window: Hours): Promise<Record<Relation, Row[]>> {
  const names = Object.keys(relations) as Relation[];
  const inWindow = (name: Relation) => `SELECT * FROM (${relations[name]}) WHERE "at" >= $from AND "at" < $to`;
  const { rows } = await columns.read(
    names.map((name) => ({ sql: inWindow(name), parameters: parametersOf(inWindow(name), window) })),
  );
  const sorted = rows.map((items) => [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)));
  return Object.fromEntries(names.map((name, index) => [name, sorted[index] ?? []])) as Record<Relation, Row[]>;
}

const hours = (min: number, max: number) => fc.integer({ min, max }).map((number) => number * HOUR);
const oneOf = <const T>(...values: readonly T[]) => fc.constantFrom(...values);

const pullArbitrary = fc.record({
  coding: hours(-2, 30),
  stages: fc.array(fc.tuple(oneOf('draft', 'awaiting_review', 'review', 'approved', 'unknown'), hours(0, 20)), {
    maxLength: 6,
  }),
  isHotfix: fc.boolean(),
  isFork: oneOf(false, false, true),
});

const deploymentArbitrary = fc.record({
  service: oneOf('cart', 'pay'),
  wait: hours(0, 30),
  result: oneOf('success', 'success', 'success', 'success', 'failure', 'cancelled', 'unknown'),
  tier: oneOf('production', 'production', 'production', 'staging', null),
  base: oneOf('known', 'known', 'known', 'base_unknown', 'first_deployment', 'no_sha', 'commits_truncated'),
  isRollback: oneOf(false, false, true),
  hasIncident: fc.boolean(),
  verdict: oneOf(null, null, null, true, false),
  pulls: fc.array(pullArbitrary, { maxLength: 3 }),
  // So many deployments of its service back is what it reverts, itself first; -1 is none.
  reverts: fc.record({ back: oneOf(-1, 0, 1, 2, 3), by: oneOf('sha', 'title') }),
  // And what its incident names.
  names: oneOf(-1, 0, 1, 2),
});
type Told = typeof deploymentArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** Columns as they come of deployments one after the other, each with its pull requests. */
function tablesOf(told: readonly Told[]): Record<keyof TableRows, Row[]> {
  const tables: Record<keyof TableRows, Row[]> = {
    ...{ spans: [], stages: [], pull_requests: [], deployments: [], carried: [], commits: [], pushed: [], links: [] },
    verdicts: [],
  };
  let now = 100 * HOUR;
  let id = 0;
  const lanes: Record<Told['service'], number[]> = { cart: [], pay: [] };
  for (const { service, wait, result, tier, base, isRollback, hasIncident, names, verdict, pulls, reverts } of told) {
    now += wait;
    id += 1;
    const deploymentId = id;
    const lane = lanes[service];
    lane.unshift(id);
    const isError = result === 'failure';
    const ended = { identity_id: id, finished_at: now, is_open: false };
    tables.spans.push({
      ...{ ...ended, operation: 'deploy', service, environment: 'production', tier, result, is_error: isError },
    });
    if (verdict !== null)
      tables.verdicts.push({ identity_id: id, is_failure: verdict, is_rework: verdict, said_at: now });
    if (result !== 'success' || tier === null) continue;
    tables.deployments.push({ identity_id: id, service, finished_at: now, base, is_rollback: isRollback });
    if (hasIncident) {
      id += 1;
      addIncident(tables, { id, deploymentId, service, at: now, named: lane[names] });
    }
    addCommits(tables, deploymentId, reverts.by, lane[reverts.back]);
    for (const pull of pulls) {
      id += 1;
      addPull(tables, pull, { id, deploymentId, opened: now - 60 * HOUR });
    }
  }
  return tables;
}

const shaOf = (deploymentId: number) => String(deploymentId).padStart(40, '0');

/** What it brought beside pull requests: a commit, and the revert of one. */
function addCommits(
  tables: Record<keyof TableRows, Row[]>,
  deploymentId: number,
  by: Told['reverts']['by'],
  reverted: number | undefined,
): void {
  const add = (commit_sha: string, message: string) => {
    tables.carried.push({ identity_id: deploymentId, commit_sha });
    tables.commits.push({ identity_id: 30_000 + deploymentId, commit_sha, message });
  };
  add(shaOf(deploymentId), `Change ${deploymentId}`);
  if (reverted === undefined) return;
  const named = by === 'sha' ? `This reverts commit ${shaOf(reverted)}.` : '';
  add(`r${deploymentId}`, `Revert "Change ${reverted}"\n\n${named}`);
}

interface Blame {
  readonly id: number;
  readonly deploymentId: number;
  readonly service: string;
  readonly at: number;
  readonly named: number | undefined;
}

function addIncident(tables: Record<keyof TableRows, Row[]>, { id, deploymentId, service, at, named }: Blame): void {
  const lasted = { started_at: at, finished_at: at + 3 * HOUR };
  tables.spans.push({ identity_id: id, operation: 'incident', service, ...lasted });
  tables.links.push({ identity_id: deploymentId, kind: 'caused_incident', to_id: id, to_attempt: 1 });
  if (named !== undefined) tables.links.push({ identity_id: id, kind: 'caused_by', to_id: named });
}

function addPull(
  tables: Record<keyof TableRows, Row[]>,
  { coding, stages, isHotfix, isFork }: Told['pulls'][number],
  { id, deploymentId, opened }: { readonly id: number; readonly deploymentId: number; readonly opened: number },
): void {
  let at = opened;
  for (const [index, [name, lasted]] of stages.entries()) {
    tables.stages.push({ identity_id: id, number: index + 1, name, started_at: at, finished_at: at + lasted });
    at += lasted;
  }
  const branch = `${isHotfix ? 'hotfix' : 'work'}/${id}`;
  tables.spans.push({ identity_id: id, started_at: opened, finished_at: at, is_open: false, result: 'merged' });
  tables.pull_requests.push({ identity_id: id, head_branch: branch, is_fork: isFork });
  tables.links.push({ identity_id: deploymentId, kind: 'carries', to_id: id });
  tables.carried.push({ identity_id: deploymentId, commit_sha: `c${id}` });
  tables.commits.push({ identity_id: 10_000 + id, commit_sha: `c${id}`, authored_at: opened - coding });
  tables.pushed.push({
    ...{ identity_id: 20_000 + id, ref: `refs/heads/${branch}`, commit_sha: `c${id}`, pushed_at: opened },
  });
}

const worldsOf = (minLength: number) => fc.array(deploymentArbitrary, { minLength, maxLength: 8 }).map(tablesOf);
const worlds = worldsOf(1);

const sum = (items: readonly Row[]) => items.reduce((total, { value }) => total + Number(value ?? 0), 0);
const spanIds = (items: readonly Row[]) => items.map(({ span_id }) => String(span_id)).sort();

type Items = Record<Relation, Row[]>;

function expectStagesToAddUp({ leadTimeOfPullRequests: pulls, leadTimeByStage: stages }: Items): void {
  for (const pull of pulls.filter(({ value }) => value !== null)) {
    const parts = stages.filter(({ span_id }) => span_id === pull.span_id);
    const isWhole = parts.every(({ reason }) => reason === null || reason === 'stage_skipped');
    if (isWhole) expect(sum(parts)).toBe(pull.value);
  }
}

function expectValueOrReason(items: Items): void {
  for (const { value, reason } of Object.values(items).flat()) {
    expect(value === null).toBe(reason !== null);
    expect(Number(value ?? 0)).toBeGreaterThanOrEqual(0);
  }
}

function expectOneOfEachDeployment({
  changeFailRate: tried,
  deploymentReworkRate: rework,
  recoveryTime: failed,
}: Items) {
  expect(new Set(spanIds(tried)).size).toBe(tried.length);
  expect(spanIds(rework)).toEqual(spanIds(tried));
  expect(failed.filter(({ reason }) => reason !== 'environment_unknown')).toHaveLength(sum(tried));
}

test('stages add up, every item has a value or a reason, and every deployment fails once at most', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (tables) => {
      const items = await itemsOf(tables);
      expectStagesToAddUp(items);
      expectValueOrReason(items);
      expectOneOfEachDeployment(items);
    }),
    { numRuns: 30 },
  );
});

test('services do not know of each other, and it does not matter in which order rows lie', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (tables) => {
      const all = await itemsOf(tables);
      const others = tables.spans.filter(({ service }) => service === 'pay').map(({ identity_id }) => identity_id);
      const isCart = ({ identity_id = 0 }: Row) => !others.includes(identity_id);
      const cart = Object.entries(tables).map(([name, rows]) => [name, rows.filter(isCart).toReversed()]);
      const alone = await itemsOf(Object.fromEntries(cart));
      for (const name of Object.keys(relations) as Relation[])
        expect(alone[name]).toEqual(all[name].filter(({ service }) => service === 'cart'));
    }),
    { numRuns: 20 },
  );
});

test('a narrower window has those items of a wider one that lie in it, and no others', async () => {
  await fc.assert(
    fc.asyncProperty(
      worldsOf(5),
      fc.integer({ min: 105, max: 160 }),
      fc.integer({ min: 1, max: 100 }),
      async (tables, from, long) => {
        const columns = await ColumnsInMemory.of(tables);
        const all = await itemsIn(columns, ALWAYS);
        const window = { from, to: from + long };
        const alone = await itemsIn(columns, window);
        await columns.close();
        const isIn = ({ at }: Row) => Number(at) >= window.from * HOUR && Number(at) < window.to * HOUR;
        for (const name of Object.keys(relations) as Relation[]) expect(alone[name]).toEqual(all[name].filter(isIn));
      },
    ),
    { numRuns: 30 },
  );
});
