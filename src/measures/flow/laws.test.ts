import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ColumnsInMemory, type TableRows } from '../../../test/support/columns.ts';
import { measuredSpans, SPRING } from '../../../test/support/measured-spans.ts';
import type { Row } from '../columns/contract.ts';
import { listItems } from '../items.ts';
import type { Question } from '../measure.ts';
import { askFlow, type Flow } from './ask-flow.ts';
import { flowMeasures } from './flow.ts';

const NOW = SPRING.to - 86_400_000;
const whole: Question = {
  window: { ...SPRING, timeZone: 'Europe/Berlin' },
  ...{ filter: {}, groupBy: [], per: 'day', compare: false, now: NOW },
};
const categories: Record<string, string | null> = { Queue: 'waiting', Run: 'active', Review: null };
const types = ['Bug', 'Story', null, 'Task'];

/** The spans of any operation as items of flow, what is open in a stage too. */
const items: fc.Arbitrary<TableRows> = measuredSpans.map(({ spans = [], stages = [] }) => ({
  spans: spans.map((span, index) => ({
    ...span,
    operation: span.operation === 'build' ? 'issue' : 'incident',
    result: span.result === 'success' ? 'done' : (span.result ?? null),
    type: types[index % types.length] ?? null,
  })),
  stages: [...stages, ...spans.filter((span) => span.is_open === true).map(firstStageOf)].map((stage) => ({
    ...stage,
    category: categories[String(stage.name)] ?? null,
  })),
}));

function firstStageOf({ identity_id = null, started_at = null }: Row): Row {
  return { identity_id, name: 'Queue', started_at };
}

async function askOf(tables: TableRows, question: Partial<Question> = {}): Promise<Flow> {
  const columns = await ColumnsInMemory.of(tables);
  try {
    return await askFlow(columns, { ...whole, ...question }, { fresh: false });
  } finally {
    await columns.close();
  }
}

const isKnown = ({ started_at: start, finished_at: end, is_open }: Row) =>
  typeof start === 'number' && (is_open === true || (typeof end === 'number' && start <= end));

describe('of any items', () => {
  it('the cumulative flow never falls, and its bands are what is open by an independent count', async () => {
    await fc.assert(
      fc.asyncProperty(items, async (tables) => {
        const { cumulative } = await askOf(tables);
        const known = (tables.spans ?? []).filter(isKnown);
        for (const [index, { at, arrived, done, left, open, bands }] of cumulative.entries()) {
          const before = cumulative[index - 1] ?? { arrived: 0, done: 0, left: 0 };
          expect(arrived).toBeGreaterThanOrEqual(before.arrived);
          expect(done).toBeGreaterThanOrEqual(before.done);
          expect(left).toBeGreaterThanOrEqual(before.left);
          expect(bands.reduce((sum, { count }) => sum + count, 0)).toBe(arrived - done - left);
          expect(open).toBe(
            known.filter(({ started_at, finished_at, is_open }) => {
              return Number(started_at) < at && (is_open === true || Number(finished_at) >= at);
            }).length,
          );
        }
        expect(cumulative.length).toBeGreaterThan(60);
      }),
      { numRuns: 15 },
    );
  });

  it('the load is the time that all were open in the window', async () => {
    await fc.assert(
      fc.asyncProperty(items, async (tables) => {
        const { numbers } = await askOf(tables, { per: null });
        const open = (tables.spans ?? []).filter(isKnown).map(({ started_at, finished_at }) => {
          const end = Math.min(typeof finished_at === 'number' ? finished_at : NOW, NOW);
          return Math.max(0, end - Math.max(Number(started_at), SPRING.from));
        });
        expect(numbers.total.now.load.sum ?? 0).toBe(open.reduce((sum, ms) => sum + ms, 0));
      }),
      { numRuns: 15 },
    );
  });

  it('active, waiting and unknown time add up to that of the stages', async () => {
    await fc.assert(
      fc.asyncProperty(items, async (tables) => {
        const columns = await ColumnsInMemory.of(tables);
        const page = { reason: 'counted', order: 'at', limit: 1_000, after: null } as const;
        const counted = await listItems(columns, flowMeasures.efficiency, { ...whole, per: null }, page, {
          fresh: false,
        });
        const { numbers } = await askFlow(
          columns,
          { ...whole, window: { ...SPRING, timeZone: 'UTC' }, now: SPRING.to },
          { fresh: false },
        );
        await columns.close();
        const { efficiency } = numbers.total.now;
        const { active = 0, waiting = 0, unknown = 0 } = efficiency.sums;
        const ids = new Set(counted.items.map(({ spanId }) => spanId));
        const inStages = (tables.stages ?? [])
          .filter(({ identity_id }) => ids.has(`span-${identity_id}`))
          .reduce((sum, { started_at, finished_at }) => sum + Number(finished_at) - Number(started_at), 0);
        expect((active ?? 0) + (waiting ?? 0) + (unknown ?? 0)).toBe(inStages);
        expect(efficiency.n).toBe(ids.size);
      }),
      { numRuns: 15 },
    );
  });

  it('kinds of work add up to all that was done, and to all that is open', async () => {
    await fc.assert(
      fc.asyncProperty(items, async (tables) => {
        const { types, numbers, open } = await askOf(tables, { per: null });
        expect(types.reduce((sum, { done }) => sum + done, 0)).toBe(numbers.total.now.throughput.n);
        expect(types.reduce((sum, { openNow }) => sum + openNow, 0)).toBe(open.n);
      }),
      { numRuns: 10 },
    );
  });

  it('their order changes nothing', async () => {
    const shuffled = items.chain((tables) =>
      fc.tuple(
        fc.constant(tables),
        fc.record({
          spans: fc.shuffledSubarray([...(tables.spans ?? [])], { minLength: tables.spans?.length ?? 0 }),
          stages: fc.shuffledSubarray([...(tables.stages ?? [])], { minLength: tables.stages?.length ?? 0 }),
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([tables, others]) => {
        expect(await askOf(others)).toEqual(await askOf(tables));
      }),
      { numRuns: 10 },
    );
  });
});
