import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ColumnsInMemory } from '../../../test/support/columns.ts';
import { askMeasures, serveMeasures } from '../../../test/support/measures-server.ts';

const DAY = 86_400_000;
/** The Monday of 2026-W10. */
const MONDAY = Date.UTC(2026, 2, 2);
const NOW = MONDAY + 28 * DAY;

const issue = (identity_id: number, start: number, end: number | null, more: object = {}) => ({
  ...{ identity_id, operation: 'issue', started_at: MONDAY + start * DAY, title: `Issue ${identity_id}` },
  ...(end === null ? {} : { finished_at: MONDAY + end * DAY, result: 'done' }),
  ...more,
});

let columns: ColumnsInMemory;
let app: FastifyInstance;
beforeAll(async () => {
  const daily = Array.from({ length: 20 }, (_, day) => issue(100 + day, day + 0.25, day + 0.75, { type: 'Story' }));
  columns = await ColumnsInMemory.of({
    spans: [
      ...daily,
      issue(1, 1, 5, { type: 'Bug', team: 'Payments' }),
      issue(2, 3, null),
      issue(3, 2, 4, { result: 'rejected' }),
    ],
    stages: [
      {
        identity_id: 1,
        number: 1,
        name: 'To Do',
        category: 'waiting',
        started_at: MONDAY + DAY,
        finished_at: MONDAY + 4 * DAY,
      },
      {
        identity_id: 1,
        number: 2,
        name: 'Doing',
        category: 'active',
        started_at: MONDAY + 4 * DAY,
        finished_at: MONDAY + 5 * DAY,
      },
      { identity_id: 2, number: 1, name: 'Doing', category: 'active', started_at: MONDAY + 3 * DAY },
    ],
  });
  app = await serveMeasures(columns, () => NOW);
});
afterAll(async () => {
  await app.close();
  await columns.close();
});

const get = (path: string) => askMeasures(app, path);
const MARCH = 'flow?from=2026-03-02&to=2026-03-30';

describe('GET /measures/flow', () => {
  it('tells flow time, velocity, efficiency and load, each with what it leaves out', async () => {
    const { status, body } = await get(`${MARCH}&per=week`);
    expect(status).toBe(200);
    const { flow_time, velocity, throughput, efficiency, load } = body.total.numbers;
    expect(flow_time).toMatchObject({ n: 21, p50: DAY / 2, max: 4 * DAY, unit: 'ms' });
    expect(flow_time.excluded).toEqual([
      { reason: 'not_done', count: 1, example: 'span-3' },
      { reason: 'open', count: 1, example: 'span-2' },
    ]);
    expect([throughput.value, velocity.value, velocity.unit]).toEqual([21, 5.25, 'per_week']);
    expect(efficiency).toMatchObject({ value: 1 / 4, n: 1, active_ms: DAY, waiting_ms: 3 * DAY, unknown_ms: 0 });
    expect(load).toMatchObject({ value: (20 * 0.5 + 4 + 25 + 2) / 28, unit: 'count', n: 23 });
    expect(
      body.total.buckets.map(({ numbers }: { numbers: { throughput: { value: number } } }) => numbers.throughput.value),
    ).toEqual([8, 7, 6, 0]);
    expect(body.total.buckets[3].numbers).toMatchObject({
      velocity: { value: 0 },
      load: null,
      efficiency: { value: null, active_ms: null },
    });
  });

  it('lists the items behind each number', async () => {
    const { body } = await get(MARCH);
    for (const number of [
      ...Object.values(body.total.numbers),
      body.cumulative_flow.items,
      body.ageing.open,
      body.littles_law,
    ]) {
      const { n, items } = number as { n?: number; items: string };
      const listed = await get(`${items}&reason=counted&limit=200`);
      expect([listed.status, listed.body.items.length]).toEqual([200, n ?? 22]);
    }
    const { body: ages } = await get(body.ageing.open.items);
    expect(ages.items[0].details).toEqual({ stage: 'Doing', category: 'active', time_in_stage: 25 * DAY });
  });

  it('tells kinds of work, ageing work, the cumulative flow and whether Little’s law holds', async () => {
    const { body } = await get(MARCH);
    expect(body.distribution).toEqual([
      { type: 'feature', done: 20, share: 20 / 21, open: 0 },
      { type: 'defect', done: 1, share: 1 / 21, open: 0 },
      { type: null, done: 0, share: 0, open: 1 },
    ]);
    expect(body.ageing.oldest).toMatchObject([
      {
        span_id: 'span-2',
        title: 'Issue 2',
        age_ms: 25 * DAY,
        age_standing: 'above_p95',
        stage: 'Doing',
        stage_standing: 'above_p95',
      },
    ]);
    expect(body.cumulative_flow.points.at(-1)).toEqual({
      ...{ at: '2026-03-30T00:00:00.000Z', arrived: 23, done: 21, left: 1, open: 1 },
      bands: [{ stage: 'Doing', category: 'active', count: 1 }],
    });
    expect(body.littles_law).toMatchObject({ per_day: 22 / 28, is_stationary: false });
    expect(body.forecast).toBeNull();
  });

  it('forecasts when, and how many, the same for the same seed', async () => {
    const asked = `${MARCH}&forecast=10&by=2026-04-10&seed=7`;
    const { body } = await get(asked);
    const { when, how_many, past, missing } = body.forecast;
    expect(past).toEqual({ from: '2026-03-02', to: '2026-03-29', days: 28, done: 21 });
    expect(missing).toBeNull();
    expect(when.items).toBe(10);
    expect(when.days.p50).toBeGreaterThanOrEqual(10);
    expect(when.dates.p50 < when.dates.p95).toBe(true);
    expect(how_many).toMatchObject({ by: '2026-04-10', days: 11 });
    expect((await get(asked)).body.forecast).toEqual(body.forecast);
  });

  it('forecasts nothing from too little, and says so', async () => {
    const { body } = await get(`flow?from=2026-03-02&to=2026-03-12&forecast=10`);
    expect(body.forecast).toMatchObject({ missing: 'not_enough', when: null, how_many: null });
  });

  it('refuses a forecast for a day that has passed', async () => {
    const { status, body } = await get(`${MARCH}&by=2026-03-30`);
    expect([status, body.errors[0].pointer]).toEqual([400, 'by']);
  });

  it('tells of groups, and compares with the time before', async () => {
    const { body } = await get(`${MARCH}&group_by=type&compare=previous`);
    expect(
      body.groups.map(({ group, numbers }: { group: object; numbers: { throughput: { n: number } } }) => [
        group,
        numbers.throughput.n,
      ]),
    ).toEqual([
      [{ type: 'feature' }, 20],
      [{ type: 'defect' }, 1],
      [{ type: '' }, 0],
    ]);
    expect(body.total.previous.throughput.value).toBe(0);
  });
});
