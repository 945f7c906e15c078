import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ColumnsInMemory } from '../../../test/support/columns.ts';
import type { Row } from '../columns/contract.ts';
import type { Question } from '../measure.ts';
import type { Summary } from '../summary.ts';
import { askFlow } from './ask-flow.ts';
import type { FlowType } from './types.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The Monday of 2026-W10. */
const MONDAY = Date.UTC(2026, 2, 2);
const NOW = MONDAY + 10 * DAY;
const question: Question = {
  window: { from: MONDAY, to: MONDAY + 14 * DAY, timeZone: 'UTC' },
  ...{ filter: {}, groupBy: [], per: null, compare: false, now: NOW },
};

/** An item from one day after the Monday to another, with the stages that it was in from which day on. */
function item(
  identity_id: number,
  [start, end]: readonly [number | null, number | null],
  more: Row = {},
  stages: readonly (readonly [name: string, category: string | null, from: number])[] = [],
): { spans: Row; stages: Row[] } {
  const started_at = start === null ? null : MONDAY + start * DAY;
  const finished_at = end === null ? null : MONDAY + end * DAY;
  return {
    spans: {
      ...{ identity_id, operation: 'issue', started_at, finished_at, is_open: end === null },
      ...{ result: end === null ? null : 'done', ...more },
    },
    stages: stages.map(([name, category, from], index) => ({
      ...{ identity_id, number: index + 1, name, category, started_at: MONDAY + from * DAY },
      finished_at: index + 1 < stages.length ? MONDAY + (stages[index + 1]?.[2] ?? 0) * DAY : finished_at,
    })),
  };
}

const items = [
  item(1, [0, 4], { type: 'Story' }, [
    ['To Do', 'waiting', 0],
    ['Doing', 'active', 3],
  ]),
  item(2, [1, 3], { type: 'Bug' }, [
    ['Doing', 'active', 1],
    ['Elsewhere', null, 2],
  ]),
  item(3, [-2, 8], { labels: ['type::security'] }),
  item(4, [2, 5], { result: 'cancelled' }),
  item(5, [6, null], { type: 'Task' }, [
    ['To Do', 'waiting', 6],
    ['Doing', 'active', 7],
  ]),
  item(6, [-3, null], { operation: 'incident' }, [['To Do', 'waiting', -3]]),
  item(7, [null, 6], {}),
  item(8, [5, 4], {}),
  item(9, [1, 2], { operation: 'pull_request', result: 'merged' }),
  item(10, [7, null], { is_open: false, result: 'unknown' }),
];

let columns: ColumnsInMemory;
beforeEach(async () => {
  columns = await ColumnsInMemory.of({
    spans: items.map(({ spans }) => spans),
    stages: items.flatMap(({ stages }) => stages),
  });
});
afterEach(() => columns.close());

const askOf = async (asked: Partial<Question> = {}) => {
  const flow = await askFlow(columns, { ...question, ...asked }, { fresh: false });
  return { ...flow, ...flow.numbers.total.now };
};

const reasonsOf = ({ excluded }: Summary) => Object.fromEntries(excluded.map(({ reason, count }) => [reason, count]));

describe('flow', () => {
  it('tells how long what was done took, and what is left out', async () => {
    const { flow_time, throughput } = await askOf();
    expect([flow_time.n, flow_time.min, flow_time.percentiles[0], flow_time.max]).toEqual([
      3,
      2 * DAY,
      4 * DAY,
      10 * DAY,
    ]);
    expect(reasonsOf(flow_time)).toEqual({ not_done: 1, no_start: 1, negative: 1, open: 1, no_end: 1 });
    expect(throughput.n).toBe(5);
    expect(reasonsOf(throughput)).toEqual({ not_done: 1, open: 1, no_end: 1 });
  });

  it('tells of pull requests only where these are asked for', async () => {
    const { flow_time, open } = await askOf({ filter: { operation: 'pull_request' } });
    expect([flow_time.n, flow_time.mean, open.n]).toEqual([1, DAY, 0]);
    expect((await askOf({ filter: { operation: 'incident' } })).open.n).toBe(1);
  });

  it('has an efficiency by the time of all together, and says of which time nobody knows what it was', async () => {
    const { efficiency } = await askOf();
    expect(efficiency.sums).toEqual({ active: 2 * DAY, waiting: 3 * DAY, unknown: DAY });
    expect(efficiency.n).toBe(2);
    expect(reasonsOf(efficiency)).toMatchObject({ no_stages: 1 });
  });

  it('leaves out of efficiency what is only in stages of no known category', async () => {
    const { spans, stages } = item(20, [1, 2], {}, [['Somewhere', null, 1]]);
    await columns.add({ spans: [spans], stages });
    expect(reasonsOf((await askOf()).efficiency)).toMatchObject({ category_unknown: 1, no_stages: 1 });
  });

  it('has a load, and at each end of a week what is where', async () => {
    const { load, cumulative, arrived } = await askOf();
    // Open within the ten days that have passed: 4 + 2 + 8 + 3 + 4 + 10 days.
    expect(load.sum).toBe(31 * DAY);
    expect(reasonsOf(load)).toEqual({ negative: 1, no_end: 1, no_start: 1 });
    expect(cumulative).toEqual([
      {
        ...{ at: MONDAY + 7 * DAY, arrived: 6, done: 2, left: 1, open: 3 },
        bands: [
          { stage: 'To Do', category: 'waiting', count: 2 },
          { stage: null, category: null, count: 1 },
        ],
      },
      {
        ...{ at: NOW, arrived: 6, done: 3, left: 1, open: 2 },
        bands: [
          { stage: 'Doing', category: 'active', count: 1 },
          { stage: 'To Do', category: 'waiting', count: 1 },
        ],
      },
    ]);
    expect(reasonsOf(arrived)).toEqual({ negative: 1, no_end: 1, no_start: 1 });
  });

  it('tells what kinds of work were done, and are in hand', async () => {
    const { types } = await askOf();
    const shares = Object.fromEntries(types.map(({ type, done, share, openNow }) => [type, [done, share, openNow]]));
    expect(shares).toEqual({
      feature: [1, 1 / 5, 0],
      defect: [1, 1 / 5, 1],
      risk: [1, 1 / 5, 0],
      null: [2, 2 / 5, 1],
    });
  });

  it('holds the age of what is open against what was done before', async () => {
    const { oldest, stages, open } = await askOf();
    expect(open.n).toBe(2);
    expect([...stages.keys()]).toEqual(['Doing', 'Elsewhere', 'To Do']);
    expect(stages.get('Doing')).toEqual({ n: 2, p50: DAY, p85: DAY, p95: DAY });
    expect(oldest).toMatchObject([
      {
        ...{ spanId: 'span-6', type: 'defect', ageMs: 13 * DAY, ageStanding: 'above_p95' },
        ...{ stage: 'To Do', timeInStageMs: 13 * DAY, stageStanding: 'above_p95' },
      },
      {
        ...{ spanId: 'span-5', type: null, ageMs: 4 * DAY, ageStanding: 'within_p50' },
        ...{ stage: 'Doing', category: 'active', timeInStageMs: 3 * DAY, stageStanding: 'above_p95' },
      },
    ]);
  });

  it('checks itself by Little’s law', async () => {
    const { littlesLaw } = await askOf();
    // Ended: 4, 2, 10 and 3 days old, 19 together; open: 31 days of the ten.
    expect(littlesLaw).toEqual({
      ...{ averageLoad: 3.1, perDay: 0.4, meanTimeMs: 4.75 * DAY },
      ...{ ratio: 31 / 19, isStationary: false },
    });
  });

  it('counts days from the first on which anything was done, and only whole ones', async () => {
    const { past } = await askOf({ now: NOW + HOUR });
    expect(past).toEqual({ days: [1, 2, 0, 1, 0, 1, 0], from: '2026-03-05', to: '2026-03-11' });
  });

  it('of nothing is nothing', async () => {
    const { littlesLaw, cumulative, types, past, flow_time } = await askOf({ filter: { project: 'none' } });
    expect([littlesLaw, types, past.days, flow_time.n]).toEqual([null, [], [], 0]);
    expect(cumulative.map(({ arrived, open }) => [arrived, open])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const { cumulative: later } = await askOf({ window: { ...question.window, from: NOW + DAY } });
    expect(later).toEqual([]);
  });
});

describe('the kind of work', () => {
  const cases: readonly (readonly [Row, FlowType | null])[] = [
    [{ type: 'Bug' }, 'defect'],
    [{ type: 'New Feature' }, 'feature'],
    [{ type: 'Story', labels: ['bug'] }, 'feature'],
    [{ type: 'Task', labels: ['bug', 'security'] }, 'risk'],
    [{ labels: ['kind/tech-debt'] }, 'debt'],
    [{ labels: ['type: Enhancement'] }, 'feature'],
    [{ labels: ['Type::Bug', 'frontend'] }, 'defect'],
    [{ operation: 'incident' }, 'defect'],
    [{ type: 'Sub-task', labels: ['frontend'] }, null],
    [{}, null],
  ];

  it.each(cases)('of %j is %s', async (told, type) => {
    const one = await ColumnsInMemory.of({ spans: [item(1, [1, 2], told).spans] });
    const { types } = await askFlow(one, question, { fresh: false });
    await one.close();
    expect(types.map((share) => share.type)).toEqual([type]);
  });
});
