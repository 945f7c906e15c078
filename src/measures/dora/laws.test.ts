import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ColumnsInMemory, type TableRows } from '../../../test/support/columns.ts';
import { worldsOf } from '../../../test/support/deployments.ts';
import type { Row } from '../columns/contract.ts';
import { doraMeasures, leadTimeStage, leadTimes } from './measures.ts';

const deploymentFrequency = doraMeasures.deployment_frequency.items;
const changeFailRate = doraMeasures.change_fail_rate.items;
const deploymentReworkRate = doraMeasures.deployment_rework_rate.items;
const recoveryTime = doraMeasures.failed_deployment_recovery_time.items;
const leadTimeOfCommits = (from: 'committed' | 'authored') => leadTimes[from].items;
const leadTimeOfPullRequests = (from: 'first_commit' | 'opened') => leadTimes[from].items;
const leadTimeByStage = leadTimeStage.items;

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

/** The items of every relation, in an order of their own. */
async function itemsOf(tables: TableRows): Promise<Record<Relation, Row[]>> {
  const columns = await ColumnsInMemory.of(tables);
  const names = Object.keys(relations) as Relation[];
  const { rows } = await columns.read(names.map((name) => ({ sql: relations[name], parameters: {} })));
  await columns.close();
  const sorted = rows.map((items) => [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)));
  return Object.fromEntries(names.map((name, index) => [name, sorted[index] ?? []])) as Record<Relation, Row[]>;
}

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
