import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AS_OF, ColumnsInMemory } from '../../../test/support/columns.ts';
import { askMeasures, serveMeasures } from '../../../test/support/measures-server.ts';
import { ColumnsUnavailable } from '../../measures/columns/contract.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 3, 1);
/** The Monday of 2026-W10. */
const MONDAY = Date.UTC(2026, 2, 2);

const build = (identity_id: number, started_at: number | null, minutes: number | null, more: object = {}) => ({
  ...{ identity_id, started_at, operation: 'build', source: 'jenkins', project: 'shop', team: 'Payments' },
  ...(minutes === null ? {} : { finished_at: (started_at ?? MONDAY) + minutes * MINUTE, result: 'success' }),
  ...more,
});

let columns: ColumnsInMemory;
let app: FastifyInstance;
beforeAll(async () => {
  columns = await ColumnsInMemory.of({
    spans: [
      build(1, MONDAY + HOUR, 10),
      build(2, MONDAY + 2 * HOUR, 20),
      build(3, MONDAY + DAY, 30, { result: 'failure', is_error: true, team: null }),
      build(4, MONDAY + 8 * DAY, 40, { result: 'cancelled', project: 'billing' }),
      build(5, MONDAY + 9 * DAY, null),
      build(6, null, 11 * 24 * 60),
      build(7, MONDAY - 40 * DAY, 60),
      build(8, MONDAY - 200 * DAY, null),
    ],
    stages: [
      { identity_id: 1, number: 1, name: 'Queue', started_at: MONDAY + HOUR, finished_at: MONDAY + HOUR + 4 * MINUTE },
      {
        ...{ identity_id: 1, number: 2, name: 'Run' },
        ...{ started_at: MONDAY + HOUR + 4 * MINUTE, finished_at: MONDAY + HOUR + 10 * MINUTE },
      },
    ],
  });
  app = await serveMeasures(columns, () => NOW);
});
afterAll(async () => {
  await app.close();
  await columns.close();
});

const get = (path: string) => askMeasures(app, path);
const MARCH = 'from=2026-03-01&to=2026-04-01&operation=build';

describe('GET /measures/durations', () => {
  it('tells how long builds took, how many there were, how they ended, and what it leaves out', async () => {
    const { status, body } = await get(`durations?${MARCH}`);
    expect(status).toBe(200);
    expect(body.as_of).toEqual({ at: new Date(AS_OF.at).toISOString(), revision: AS_OF.revision });
    expect(body.window).toEqual({
      ...{ from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z', time_zone: 'UTC', per: null },
    });
    const { duration, started, finished, errors, success_ratio, open } = body.total.numbers;
    expect(duration).toMatchObject({
      ...{ n: 4, is_few: true, missing: null, unit: 'ms' },
      ...{ mean: 25 * MINUTE, min: 10 * MINUTE, p50: 25 * MINUTE, p75: 32.5 * MINUTE, max: 40 * MINUTE },
      excluded: [
        { reason: 'no_start', count: 1, example: 'span-6' },
        { reason: 'open', count: 1, example: 'span-5' },
      ],
    });
    expect(duration.histogram.filter(({ count }: { count: number }) => count > 0)).toEqual([
      { up_to: 15 * MINUTE, count: 1 },
      { up_to: 30 * MINUTE, count: 2 },
      { up_to: HOUR, count: 1 },
    ]);
    expect([started.value, finished.value, errors.value]).toEqual([5, 5, 1]);
    expect(success_ratio).toMatchObject({ value: 3 / 4, n: 4, excluded: [{ reason: 'not_tried', count: 1 }] });
    expect(open).toMatchObject({ n: 2, max: NOW - (MONDAY - 200 * DAY), min: NOW - (MONDAY + 9 * DAY) });
    expect(body.definitions.duration).toEqual({
      text: expect.stringContaining('from the start of an attempt to its end'),
      docs: '/docs/measures.md#duration',
    });
  });

  it('takes the last 90 days, from the start of a day, where no window is given', async () => {
    const { body } = await get('durations?time_zone=Europe/Berlin');
    expect(body.window).toMatchObject({ from: '2025-12-31T23:00:00.000Z', to: '2026-04-01T00:00:00.000Z' });
  });

  it('tells of each week, the empty ones too, and says which the window cuts', async () => {
    const { body } = await get(`durations?${MARCH}&per=week&time_zone=Europe/Berlin`);
    expect(
      body.total.buckets.map(({ label, is_whole, numbers }: Bucket) => [
        ...[label, is_whole, numbers.duration.n, numbers.duration.missing],
      ]),
    ).toEqual([
      ['2026-W09', false, 0, 'nothing_in_window'],
      ['2026-W10', true, 3, null],
      ['2026-W11', true, 1, null],
      ['2026-W12', true, 0, 'nothing_in_window'],
      ['2026-W13', true, 0, 'nothing_in_window'],
      ['2026-W14', false, 0, 'nothing_in_window'],
    ]);
  });

  it('tells of groups, and of those of whom the team is not known', async () => {
    const { body } = await get(`durations?${MARCH}&group_by=team,project`);
    expect(body.groups.map(({ group, numbers }: Group) => [group, numbers.duration.n])).toEqual([
      [{ team: 'Payments', project: 'shop' }, 2],
      [{ team: '', project: 'shop' }, 1],
      [{ team: 'Payments', project: 'billing' }, 1],
    ]);
    expect(body.groups_left_out).toBe(0);
  });

  it('tells of the largest groups, and how many more there are', async () => {
    const spans = Array.from({ length: 206 }, (_, id) => build(id, MONDAY, 10, { project: `p${Math.max(id, 1)}` }));
    const many = await ColumnsInMemory.of({ spans });
    const server = await serveMeasures(many, () => NOW);
    const { body } = await askMeasures(server, `durations?${MARCH}&group_by=project`);
    await server.close();
    await many.close();
    expect([body.groups.length, body.groups_left_out, body.total.numbers.duration.n]).toEqual([200, 5, 206]);
    expect(body.groups[0]).toMatchObject({ group: { project: 'p1' }, numbers: { duration: { n: 2 } } });
  });

  it('compares whole months with the months before', async () => {
    const { body } = await get(`durations?from=2026-02-01&to=2026-04-01&compare=previous&operation=build`);
    expect(body.compared_with).toEqual({ from: '2025-12-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' });
    expect(body.total.previous.duration).toMatchObject({ n: 1, p50: HOUR, histogram: null });
    expect(body.total.previous.open).toBeNull();
  });

  it('tells of stages where it is asked for them', async () => {
    for (const path of [
      `durations?${MARCH}&group_by=stage`,
      'durations?from=2026-03-01&operation=stage&group_by=stage',
    ]) {
      const { body } = await get(path);
      const told = body.groups.map(({ group, numbers }: Group) => [group.stage, numbers.duration.p50]);
      expect(told).toEqual([
        ['Queue', 4 * MINUTE],
        ['Run', 6 * MINUTE],
        ['', null],
      ]);
      expect(body.groups[2].numbers).toMatchObject({ started: null, duration: { missing: 'all_excluded' } });
    }
  });

  it('has null, and why, where there is nothing', async () => {
    const { body } = await get('durations?operation=deploy');
    const { duration, started, success_ratio } = body.total.numbers;
    expect(duration).toMatchObject({ n: 0, p50: null, mean: null, missing: 'nothing_in_window' });
    expect(success_ratio).toMatchObject({ value: null, missing: 'nothing_in_window' });
    expect(started).toMatchObject({ value: 0, missing: null });
  });

  it.each([
    ['time_zone', 'durations?time_zone=Mars/Olympus'],
    ['time_zone', 'durations?time_zone=%2B01:00'],
    ['from', 'durations?from=2026-03-02&to=2026-03-01'],
    ['from', 'durations?from=2026-03-02&to=2026-03-02'],
    ['from', 'durations?from=yesterday'],
    ['to', 'durations?to=2026-02-30'],
    ['per', 'durations?from=2010-01-01&per=day'],
    ['from', 'durations?from=1600-01-01'],
    ['from', 'dora?from=2026-01-01&to=2600-01-01'],
    ['from', 'flow?from=0001-01-01'],
    ['from', 'pull-requests?from=1970-01-01'],
    ['per', 'durations?per=year'],
    ['group_by', 'durations?group_by=colour'],
    ['group_by', 'durations?group_by=author'],
    ['author', 'durations?author=ada'],
    ['measure', 'items?measure=happiness'],
    ['cursor', 'items?measure=duration&cursor=bm9uZQ'],
    ['stage', 'items?measure=duration&stage=Run'],
  ])('names %s as wrong in %s', async (pointer, path) => {
    const { status, headers, body } = await get(path);
    expect({ status, type: headers['content-type'], code: body.code }).toEqual({
      ...{ status: 400, type: 'application/problem+json', code: 'invalid_parameter' },
    });
    expect(body.errors[0].pointer.split('/')[0]).toBe(pointer);
  });

  it('refuses what it does not know rather than leaving it out', async () => {
    const { body } = await get('durations?envrionment=production&speed=high');
    expect(body).toMatchObject({
      detail: 'envrionment: is not known here; speed: is not known here',
      errors: [{ pointer: 'envrionment' }, { pointer: 'speed' }],
    });
  });

  it('asks to come back while the columns are being made, and tells how far that is', async () => {
    const making = { read: () => Promise.reject(new ColumnsUnavailable(0.42)), close: async () => {} };
    const { status, headers, body } = await askMeasures(await serveMeasures(making), 'durations');
    expect({ status, retry: Number(headers['retry-after']) > 0, code: body.code, progress: body.progress }).toEqual({
      ...{ status: 503, retry: true, code: 'preparing', progress: 0.42 },
    });
  });
});

describe('the items behind a number', () => {
  it('are as many as it says, counted and left out, for every number of an answer', async () => {
    const { body } = await get(`durations?${MARCH}&per=week&group_by=team&compare=previous`);
    const portions = [body.total, ...body.groups].flatMap(({ numbers, previous, buckets }: Portion) => [
      ...[numbers, previous, ...buckets.map((bucket) => bucket.numbers)],
    ]);
    const numbers = portions.flatMap((portion) => Object.values(portion)).filter((one) => one !== null);
    expect(numbers.length).toBeGreaterThan(100);
    for (const { items, n, excluded } of numbers) {
      const counted = await get(`${items}&reason=counted`);
      expect(counted.body.items).toHaveLength(n);
      const all = await get(items);
      expect(all.body.items).toHaveLength(excluded.reduce((sum, { count }) => sum + count, n));
    }
  });

  it('lead from an exclusion to what is excluded', async () => {
    const { body } = await get(`items?measure=duration&${MARCH}&reason=open`);
    expect(body.items).toEqual([
      expect.objectContaining({
        ...{ span_id: 'span-5', attempt: 1, value: null, reason: 'open', finished_at: null },
        ...{ started_at: new Date(MONDAY + 9 * DAY).toISOString(), operation_name: 'build', project: 'shop' },
      }),
    ]);
  });

  it('come page by page, the oldest first, each once, though all of them grow older meanwhile', async () => {
    let now = NOW;
    const later = await serveMeasures(columns, () => now);
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; now += 1_000) {
      const path: string = `items?measure=open&order=value&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await askMeasures(later, path);
      found.push(...body.items.map(({ span_id }: { span_id: string }) => span_id));
      cursor = body.next_cursor;
    }
    expect(found).toEqual(['span-8', 'span-5']);
    await later.close();
  });

  it('has no age for what begins later by its sender’s clock', async () => {
    const early = await serveMeasures(columns, () => MONDAY + 8 * DAY);
    const { body } = await askMeasures(early, 'items?measure=open&to=2026-04-01');
    expect(body.items.map(({ span_id, value, reason }: Record<string, unknown>) => [span_id, value, reason])).toEqual([
      ['span-5', null, 'negative'],
      ['span-8', 208 * DAY, null],
    ]);
    await early.close();
  });

  it.each(['at', 'value'])('come page by page, ordered by %s, each once', async (order) => {
    const whole = await get(`items?measure=duration&${MARCH}&order=${order}`);
    const paged: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `items?measure=duration&${MARCH}&order=${order}&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await get(path);
      paged.push(...body.items);
      cursor = body.next_cursor;
    }
    expect(paged).toEqual(whole.body.items);
    expect(paged).toHaveLength(6);
  });
});

interface Number {
  readonly n: number;
  readonly items: string;
  readonly excluded: readonly { readonly count: number }[];
}
type Numbers = Readonly<Record<string, Number | null>>;
interface Portion {
  readonly numbers: Numbers;
  readonly previous: Numbers;
  readonly buckets: readonly { readonly numbers: Numbers }[];
}
interface Bucket {
  readonly label: string;
  readonly is_whole: boolean;
  readonly numbers: { readonly duration: { readonly n: number; readonly missing: string } };
}
interface Group {
  readonly group: Readonly<Record<string, string>>;
  readonly numbers: { readonly duration: { readonly n: number; readonly p50: number | null } };
}
