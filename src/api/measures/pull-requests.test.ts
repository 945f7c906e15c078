import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ColumnsInMemory } from '../../../test/support/columns.ts';
import { askMeasures, serveMeasures } from '../../../test/support/measures-server.ts';

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2026, 2, 2);

const pull = (identity_id: number, hours: number, author: string, more: object = {}) => ({
  ...{ identity_id, author, started_at: MONDAY, finished_at: MONDAY + hours * HOUR, result: 'merged' },
  ...more,
});

let columns: ColumnsInMemory;
let app: FastifyInstance;
beforeAll(async () => {
  columns = await ColumnsInMemory.of({
    spans: [
      ...[pull(1, 10, 'ada'), pull(2, 20, 'bob'), pull(3, 5, 'ada', { result: 'abandoned' })],
      pull(4, 1, 'renovate[bot]', { author_is_bot: true }),
    ],
    pull_requests: [{ identity_id: 1, additions: 30, deletions: 10, comments: 4 }],
  });
  app = await serveMeasures(columns, () => MONDAY + 20 * 24 * HOUR);
});
afterAll(async () => {
  await app.close();
  await columns.close();
});

const get = (path: string) => askMeasures(app, path);
const MARCH = 'pull-requests?from=2026-03-02&to=2026-03-16';

describe('GET /measures/pull-requests', () => {
  it('tells merges, size and comments, and lists the items behind each', async () => {
    const { status, body } = await get(MARCH);
    expect(status).toBe(200);
    const { numbers } = body.total;
    expect([numbers.merged.value, numbers.abandoned.value, numbers.merge_ratio.value]).toEqual([2, 1, 2 / 3]);
    expect(numbers.size).toMatchObject({ n: 1, p50: 40, unit: 'lines', histogram: null });
    expect(numbers.time_per_comment).toMatchObject({ n: 1, p50: 2.5 * HOUR, unit: 'ms_per_comment' });
    for (const { n, items } of Object.values(numbers) as { n: number; items: string }[]) {
      const listed = await get(`${items}&reason=counted`);
      expect([listed.status, listed.body.items.length]).toEqual([200, n]);
    }
    expect(body.running_percentiles).toMatchObject([
      { label: '2026-W10', n: 2, p50: 15 * HOUR },
      { label: '2026-W11', n: 2, p50: 15 * HOUR },
    ]);
  });

  it('leaves out those of bots unless they are asked for, and its items do as it does', async () => {
    const { body } = await get(`${MARCH}&bots=true`);
    expect(body.total.numbers.merged.value).toBe(3);
    expect((await get(`${body.total.numbers.merged.items}&reason=counted`)).body.items).toHaveLength(3);
    const { excluded } = (await get(MARCH)).body.total.numbers.merged;
    expect(excluded).toContainEqual({ reason: 'bot', count: 1, example: 'span-4' });
  });

  it.each([`${MARCH}&group_by=author`, `${MARCH}&author=ada`, 'items?measure=time_to_merge&author=ada'])(
    'says how to switch authors on, where somebody asks for them: %s',
    async (path) => {
      const { status, body } = await get(path);
      expect(status).toBe(400);
      expect(body.detail).toContain('by_author: true');
    },
  );

  it('tells of authors where that is switched on', async () => {
    const open = await serveMeasures(columns, () => MONDAY + 20 * 24 * HOUR, { byAuthor: true });
    const { body } = await askMeasures(open, `${MARCH}&group_by=author`);
    await open.close();
    const merged = body.groups.map(({ group, numbers }: { group: object; numbers: { merged: { n: number } } }) => [
      group,
      numbers.merged.n,
    ]);
    expect(merged).toEqual([
      [{ author: 'ada' }, 1],
      [{ author: 'bob' }, 1],
      [{ author: 'renovate[bot]' }, 0],
    ]);
  });
});
