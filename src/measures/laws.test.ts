import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ColumnsInMemory, type TableRows } from '../../test/support/columns.ts';
import { measuredSpans, SPRING } from '../../test/support/measured-spans.ts';
import { type Asked, ask } from './ask.ts';
import type { Row } from './columns/contract.ts';
import { askDurations, durationMeasures, stageDuration } from './durations/durations.ts';
import { listItems } from './items.ts';
import type { Question } from './measure.ts';
import { percentiles } from './measured.ts';
import type { Summary } from './summary.ts';

const NOW = SPRING.to;
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Apia', 'Asia/Kathmandu'] as const;
type Name = keyof typeof durationMeasures;

const whole: Question = {
  window: { ...SPRING, timeZone: 'UTC' },
  ...{ filter: {}, groupBy: [], per: null, compare: false, now: NOW },
};

async function withColumns<T>(tables: TableRows, work: (columns: ColumnsInMemory) => Promise<T>): Promise<T> {
  const columns = await ColumnsInMemory.of(tables);
  try {
    return await work(columns);
  } finally {
    await columns.close();
  }
}

const askOf = (columns: ColumnsInMemory, question: Partial<Question>): Promise<Asked<Name>> =>
  ask(columns, { ...whole, ...question }, durationMeasures, { fresh: false });

/** What adds up: how many count, what they sum up to, and how many are left out for what. */
function sumsOf(summaries: readonly Summary[]) {
  const excluded: Record<string, number> = {};
  for (const { reason, count } of summaries.flatMap((summary) => summary.excluded))
    excluded[reason] = (excluded[reason] ?? 0) + count;
  return {
    n: summaries.reduce((sum, { n }) => sum + n, 0),
    sum: summaries.reduce((sum, summary) => sum + (summary.sum ?? 0), 0),
    excluded,
  };
}

const names = Object.keys(durationMeasures) as Name[];

describe('of any spans', () => {
  it('groups add up to the whole', async () => {
    await fc.assert(
      fc.asyncProperty(measuredSpans, fc.subarray(['project', 'team', 'result'] as const), async (tables, groupBy) => {
        const { total, groups } = await withColumns(tables, (columns) => askOf(columns, { groupBy }));
        if (groupBy.length === 0) return;
        for (const name of names) expect(sumsOf(groups.map(({ now }) => now[name]))).toEqual(sumsOf([total.now[name]]));
      }),
      { numRuns: 30 },
    );
  });

  it('days, weeks and months add up to the whole, in any time zone', async () => {
    await fc.assert(
      fc.asyncProperty(
        measuredSpans,
        fc.constantFrom(...zones),
        fc.constantFrom('day', 'week', 'month'),
        async (tables, timeZone, per) => {
          const question = { window: { ...SPRING, timeZone }, per };
          const { total } = await withColumns(tables, (columns) => askOf(columns, question));
          for (const name of names.filter((one) => one !== 'open'))
            expect(sumsOf(total.buckets.map((bucket) => bucket[name]))).toEqual(sumsOf([total.now[name]]));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('a week, and a group, is the answer to the same question of it alone', async () => {
    await fc.assert(
      fc.asyncProperty(measuredSpans, fc.constantFrom(...zones), (tables, timeZone) =>
        withColumns(tables, async (columns) => {
          const window = { ...SPRING, timeZone };
          const { calendar, groups } = await askOf(columns, { window, per: 'week', groupBy: ['team'] });
          for (const { key, buckets } of groups)
            for (const [index, period] of calendar.slice(0, 3).entries()) {
              const { total } = await askOf(columns, { window: { ...period, timeZone }, filter: key });
              const { open: _open, ...rest } = total.now;
              // Its histogram alone is told of all of a window only.
              const alone = Object.entries(rest).map(([name, { histogram: _histogram, ...summary }]) => [
                name,
                summary,
              ]);
              expect(buckets[index]).toMatchObject(Object.fromEntries(alone));
            }
        }),
      ),
      { numRuns: 10 },
    );
  });

  it('what has finished, and what in an error, is as many as there are items of it', async () => {
    await fc.assert(
      fc.asyncProperty(measuredSpans, (tables) =>
        withColumns(tables, async (columns) => {
          const question = { ...whole, per: 'week', groupBy: ['team'], compare: true } as const;
          const scanned = await askOf(columns, question);
          const told = await askDurations(columns, question, { fresh: false });
          const counts = ({ now, before, buckets }: Asked<Name>['total']) =>
            [now, before, ...buckets].map((one) => [one?.finished.n, one?.errors.n, one?.duration.n]);
          expect([told.total, ...told.groups].map(counts)).toEqual([scanned.total, ...scanned.groups].map(counts));
        }),
      ),
      { numRuns: 20 },
    );
  });

  it('a wider window never has fewer items', async () => {
    const widening = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: SPRING.to - SPRING.from })));
    await fc.assert(
      fc.asyncProperty(measuredSpans, widening, async (tables, offsets) => {
        const [a = 0, b = 0, c = 0, d = 0] = offsets.map((offset) => SPRING.from + offset).sort((x, y) => x - y);
        if (b === c) return;
        const [narrow, wide] = await withColumns(tables, (columns) =>
          Promise.all([
            askOf(columns, { window: { from: b, to: c, timeZone: 'UTC' } }),
            askOf(columns, { window: { from: a, to: d, timeZone: 'UTC' } }),
          ]),
        );
        for (const name of names) {
          const [few, many] = [sumsOf([narrow.total.now[name]]), sumsOf([wide.total.now[name]])];
          expect(many.n).toBeGreaterThanOrEqual(few.n);
          for (const [reason, count] of Object.entries(few.excluded))
            expect(many.excluded[reason]).toBeGreaterThanOrEqual(count);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('percentiles, mean, ends and histogram agree with those of a naive implementation', async () => {
    await fc.assert(
      fc.asyncProperty(measuredSpans, async (tables) => {
        const { total } = await withColumns(tables, (columns) => askOf(columns, {}));
        const { duration } = total.now;
        const values = durationsIn(tables.spans ?? []);
        expect(duration.n).toBe(values.length);
        if (values.length === 0) return;
        expect([duration.min, duration.max]).toEqual([values[0], values.at(-1)]);
        expect(duration.mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 3);
        for (const [index, percentile] of percentiles.entries())
          expect(duration.percentiles[index]).toBeCloseTo(typeSeven(values, percentile / 100), 3);
        expect(duration.histogram.reduce((sum, count) => sum + count, 0)).toBe(values.length);
        expect(duration.histogram[4]).toBe(values.filter((value) => value > 1_800_000 && value <= 3_600_000).length);
      }),
      { numRuns: 50 },
    );
  });

  it('the stages of an attempt add up to its duration', async () => {
    await fc.assert(
      fc.asyncProperty(measuredSpans, (tables) =>
        withColumns(tables, async (columns) => {
          const page = { reason: 'counted', order: 'at', limit: 1_000, after: null } as const;
          const stages = await listItems(columns, stageDuration, whole, page, { fresh: false });
          const attempts = await listItems(columns, durationMeasures.duration, whole, page, { fresh: false });
          const durations = new Map(attempts.items.map(({ spanId, value }) => [spanId, value]));
          for (const [spanId, parts] of Map.groupBy(stages.items, (stage) => stage.spanId))
            expect(parts.reduce((sum, { value }) => sum + (value ?? 0), 0)).toBe(durations.get(spanId));
        }),
      ),
      { numRuns: 30 },
    );
  });
});

/** The known durations of what ended in the window, in order. */
function durationsIn(spans: readonly Row[]): number[] {
  return spans
    .filter(({ finished_at: end }) => typeof end === 'number' && end >= SPRING.from && end < SPRING.to)
    .flatMap(({ started_at: start, finished_at: end }) =>
      typeof start === 'number' && typeof end === 'number' && start <= end ? [end - start] : [],
    )
    .sort((a, b) => a - b);
}

/** Type 7 of Hyndman and Fan: at (n − 1)p, interpolated. */
function typeSeven(sorted: readonly number[], p: number): number {
  const at = (sorted.length - 1) * p;
  const [below, above] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return below + (at - Math.floor(at)) * (above - below);
}
