import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ColumnsInMemory } from '../../../test/support/columns.ts';
import type { Row } from '../columns/contract.ts';
import type { Question } from '../measure.ts';
import type { Summary } from '../summary.ts';
import { askPullRequests } from './ask-pull-requests.ts';

const HOUR = 3_600_000;
/** The Monday of 2026-W10. */
const MONDAY = Date.UTC(2026, 2, 2);
const question: Question = {
  window: { from: MONDAY, to: MONDAY + 14 * 24 * HOUR, timeZone: 'UTC' },
  ...{ filter: {}, groupBy: [], per: null, compare: false, now: MONDAY + 30 * 24 * HOUR, options: { bots: 'false' } },
};

let columns: ColumnsInMemory | undefined;
afterEach(async () => {
  await columns?.close();
  columns = undefined;
});

interface Pull {
  /** Stages from its opening on, in order, each with its hours. */
  readonly stages?: readonly (readonly [name: string, hours: number])[];
  readonly hours?: number;
  readonly span?: Row;
  readonly size?: Row;
}

/** Pull requests opened on the Monday, one hour after the other. */
async function of(...pulls: readonly Pull[]): Promise<ColumnsInMemory> {
  const tables = pulls.map(({ stages = [], hours, span, size }, identity_id) => {
    const started_at = MONDAY + identity_id * HOUR;
    let at = started_at;
    const lived = stages.map(([name, length], index) => {
      const from = at;
      at += length * HOUR;
      return { identity_id, number: index + 1, name, started_at: from, finished_at: at };
    });
    const finished_at = hours === undefined ? at : started_at + hours * HOUR;
    return {
      spans: { identity_id, started_at, finished_at, result: 'merged', ...span },
      stages: lived,
      pull_requests: size === undefined ? [] : [{ identity_id, ...size }],
    };
  });
  columns = await ColumnsInMemory.of({
    spans: tables.map(({ spans }) => spans),
    stages: tables.flatMap(({ stages }) => stages),
    pull_requests: tables.flatMap(({ pull_requests }) => pull_requests),
  });
  return columns;
}

async function askOf(of: ColumnsInMemory, asked: Partial<Question> = {}) {
  const answer = await askPullRequests(of, { ...question, ...asked }, { fresh: false });
  return { ...answer, ...answer.numbers.total.now };
}

/** Hours from the last time that it was ready for review to the first look, and how many rounds there were. */
function countByHand(stages: readonly (readonly [name: string, hours: number])[]) {
  let [hours, rounds, before] = [0, 0, ''];
  let [ready, wait]: [number | null, number | null] = [null, null];
  for (const [stage, length] of stages) {
    if (stage === 'awaiting_review') ready = hours;
    const isLook = stage === 'review' || (stage === 'approved' && before !== 'review');
    if (isLook && rounds === 0 && ready !== null) wait = hours - ready;
    if (isLook) rounds += 1;
    [hours, before] = [hours + length, stage];
  }
  return { wait, rounds };
}

const reasonsOf = ({ excluded }: Summary) => Object.fromEntries(excluded.map(({ reason, count }) => [reason, count]));
const valuesOf = ({ n, min, max }: Summary) => [n, min, max];

describe('pull requests', () => {
  const some: readonly Pull[] = [
    { hours: 10 },
    { hours: 20 },
    { hours: 2, span: { result: 'abandoned' } },
    { span: { finished_at: null, is_open: true, result: null } },
    { hours: 1, span: { author: 'renovate[bot]', author_is_bot: true } },
    { hours: 5, span: { result: 'unknown' } },
    { span: { finished_at: null, is_open: false, result: 'unknown' } },
  ];

  it('that are closed are merged or abandoned, and their ratio leaves out what is neither', async () => {
    const { merged, abandoned, merge_ratio, time_to_merge } = await askOf(await of(...some));
    expect([merged.n, abandoned.n, merge_ratio.mean]).toEqual([2, 1, 2 / 3]);
    expect(reasonsOf(merge_ratio)).toEqual({ bot: 1, open: 1, no_end: 1, inconclusive: 1 });
    expect(reasonsOf(merged)).toEqual({ bot: 1, open: 1, no_end: 1, not_done: 2 });
    expect(valuesOf(time_to_merge)).toEqual([2, 10 * HOUR, 20 * HOUR]);
  });

  it('of bots count where they are asked for', async () => {
    const { merged, time_to_merge } = await askOf(await of(...some), { options: { bots: 'true' } });
    expect([merged.n, time_to_merge.min]).toEqual([3, HOUR]);
    expect(reasonsOf(merged)).toEqual({ open: 1, no_end: 1, not_done: 2 });
  });

  it('have a size and comments, and time by each, where these are told and are any', async () => {
    const { size, comments, time_per_line, time_per_comment } = await askOf(
      await of(
        { hours: 10, size: { additions: 90, deletions: 10, comments: 5 } },
        { hours: 20, size: { additions: 0, deletions: 0, comments: 0 } },
        { hours: 5, size: {} },
        { hours: 6 },
      ),
    );
    expect(valuesOf(size)).toEqual([2, 0, 100]);
    expect(valuesOf(comments)).toEqual([2, 0, 5]);
    expect(valuesOf(time_per_line)).toEqual([1, HOUR / 10, HOUR / 10]);
    expect(valuesOf(time_per_comment)).toEqual([1, 2 * HOUR, 2 * HOUR]);
    expect(reasonsOf(time_per_line)).toEqual({ size_unknown: 2, nothing_to_divide_by: 1 });
    expect(reasonsOf(size)).toEqual({ size_unknown: 2 });
  });

  it.each<[string, Pull['stages'], number | string, number | string]>([
    [
      'draft, then waiting',
      [
        ['draft', 4],
        ['awaiting_review', 3],
        ['review', 1],
        ['approved', 1],
      ],
      3,
      1,
    ],
    [
      'approved at once',
      [
        ['awaiting_review', 2],
        ['approved', 1],
      ],
      2,
      1,
    ],
    [
      'a draft again',
      [
        ['awaiting_review', 9],
        ['draft', 9],
        ['awaiting_review', 2],
        ['review', 1],
      ],
      2,
      1,
    ],
    [
      'back after an approval',
      [
        ['awaiting_review', 2],
        ['review', 1],
        ['approved', 1],
        ['review', 1],
        ['approved', 1],
      ],
      2,
      2,
    ],
    [
      'a draft between two reviews',
      [
        ['awaiting_review', 2],
        ['review', 1],
        ['draft', 1],
        ['awaiting_review', 7],
        ['approved', 1],
      ],
      2,
      2,
    ],
    [
      'its beginning not known',
      [
        ['unknown', 2],
        ['review', 1],
      ],
      'ready_unknown',
      1,
    ],
    [
      'its draft not known',
      [
        ['unknown', 2],
        ['awaiting_review', 5],
        ['review', 1],
      ],
      5,
      1,
    ],
    ['never reviewed', [['awaiting_review', 2]], 'stage_skipped', 'stage_skipped'],
    ['without stages', [], 'no_stages', 'no_stages'],
  ])('wait for their first review and go through rounds: %s', async (_, stages, wait, rounds) => {
    const { time_to_first_review: first, review_rounds } = await askOf(await of({ ...(stages && { stages }) }));
    expect(first.n === 1 ? (first.mean ?? 0) / HOUR : first.excluded[0]?.reason).toBe(wait);
    expect(review_rounds.n === 1 ? review_rounds.mean : review_rounds.excluded[0]?.reason).toBe(rounds);
  });

  it('wait and go through rounds as somebody would count who reads their stages one by one, in whatever order they are told', async () => {
    const name = fc.constantFrom('draft', 'awaiting_review', 'review', 'approved', 'unknown');
    const stages = fc.array(fc.tuple(name, fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(stages, { minLength: 1, maxLength: 12 }), async (all) => {
        const apart = all.map((one) => one.filter(([stage], index) => stage !== one[index - 1]?.[0]));
        const counted = apart.map(countByHand);
        const told = await askOf(await of(...apart.map((one) => ({ stages: one }))));
        await columns?.close();
        columns = undefined;
        const known = counted.flatMap(({ wait }) => (wait === null ? [] : [wait * HOUR]));
        const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
        expect([told.time_to_first_review.n, told.time_to_first_review.sum ?? 0]).toEqual([known.length, sum(known)]);
        expect(told.review_rounds.sum ?? 0).toBe(sum(counted.map(({ rounds }) => rounds)));
      }),
      { numRuns: 15 },
    );
  });

  it('have running percentiles of all that were merged up to each week', async () => {
    const { running } = await askOf(await of({ hours: 10 }, { hours: 20 }, { hours: 8 * 24 }, { hours: 30 * 24 }));
    expect(
      running.map(({ period, n, p50, p95 }) => [
        period.label,
        n,
        (p50 ?? 0) / HOUR,
        Math.round(((p95 ?? 0) / HOUR) * 10) / 10,
      ]),
    ).toEqual([
      ['2026-W10', 2, 15, 19.5],
      ['2026-W11', 3, 20, 174.8],
    ]);
  });

  it('without any say so, rather than 0', async () => {
    const { running, merge_ratio } = await askOf(await of());
    expect(merge_ratio).toMatchObject({ n: 0, mean: null });
    expect(running[0]).toMatchObject({ n: 0, p50: null, p95: null, p99: null });
  });
});
