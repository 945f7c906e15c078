import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { wrongParameter } from '../../domain/app-error.ts';
import type { EpochMs } from '../../domain/event.ts';
import { dayAfter, daysUntil } from '../../measures/calendar.ts';
import type { Columns } from '../../measures/columns/contract.ts';
import { standings } from '../../measures/flow/ageing.ts';
import { askFlow, type Flow } from '../../measures/flow/ask-flow.ts';
import {
  ageMeasure,
  arrivedMeasure,
  flowDefinitions,
  flowMeasures,
  stageTimeMeasure,
} from '../../measures/flow/flow.ts';
import { type Confidence, forecast, HORIZON_DAYS, RUNS } from '../../measures/flow/forecast.ts';
import { flowTypes } from '../../measures/flow/types.ts';
import type { Question } from '../../measures/measure.ts';
import { countOf, distributionOf } from '../../measures/summary.ts';
import { problems } from '../problem.ts';
import { time } from '../schema.ts';
import { tags } from '../tags.ts';
import { wireTime } from '../wire.ts';
import type { MeasureEndpoint } from './endpoint.ts';
import { numbersQuery, questionOf } from './query.ts';
import { answerSchema, distributionSchema, measuredSchema } from './schema.ts';
import {
  definitionOf,
  definitionsOf,
  itemsPath,
  type Teller,
  tellAnswer,
  wireDistribution,
  wireMeasured,
} from './tell.ts';

const numbersSchema = z
  .object({
    flow_time: distributionSchema,
    velocity: measuredSchema.describe('items done per week'),
    throughput: measuredSchema.describe('items done'),
    efficiency: measuredSchema
      .extend({
        active_ms: z.number().nullable(),
        waiting_ms: z.number().nullable(),
        unknown_ms: z.number().nullable().describe('in stages of which it is not known whether they wait'),
      })
      .describe('active time by active and waiting time, of all items together'),
    load: measuredSchema
      .nullable()
      .describe('items open on average; null for parts of the window and for the period before'),
  })
  .meta({ id: 'FlowNumbers' });

const typeSchema = z.enum(flowTypes).nullable().describe('null where nobody knows');
const share = z.object({
  type: typeSchema,
  done: z.number().int(),
  share: z.number().nullable().describe('of all that was done; null where nothing was'),
  open: z.number().int().describe('now'),
});

const band = z.object({
  stage: z.string().nullable().describe('null for what has no stages'),
  category: z.string().nullable().describe('waiting, active or done; null where it is not known'),
  count: z.number().int(),
});
const cumulativeSchema = z.object({
  items: measuredSchema.describe('all that have begun, however long ago'),
  points: z
    .array(
      z.object({
        at: time,
        arrived: z.number().int().describe('before then; like `done` and `left` it never falls'),
        done: z.number().int(),
        left: z.number().int().describe('ended without being done'),
        open: z.number().int().describe('arrived, and neither done nor left: the load at that time'),
        bands: z.array(band).describe('what is open, by stage; they add up to `open`'),
      }),
    )
    .describe('at the end of each `per` of the window, else of each week, as far as it has passed'),
});

const past = {
  n: z.number().int(),
  p50: z.number().nullable(),
  p85: z.number().nullable(),
  p95: z.number().nullable(),
};
const standing = z.enum(standings).nullable().describe('null where there is nothing to compare it with');
const ageingSchema = z.object({
  open: distributionSchema.describe('the ages of what is open now'),
  stages: z.array(z.object({ stage: z.string(), ...past })).describe('how long what was done had been in each stage'),
  oldest: z
    .array(
      z.object({
        span_id: z.string(),
        attempt: z.number().int(),
        title: z.string().nullable(),
        project: z.string(),
        type: typeSchema,
        age_ms: z.number(),
        age_standing: standing.describe('against the flow time of what was done'),
        stage: z.string().nullable(),
        category: z.string().nullable(),
        time_in_stage_ms: z.number().nullable(),
        stage_standing: standing.describe('against the time that what was done had been in this stage'),
      }),
    )
    .describe('the 100 oldest; `open.items` lists all'),
});

const lawSchema = z
  .object({
    average_load: z.number(),
    per_day: z.number().describe('items ended per day, done or not'),
    mean_time_ms: z.number().describe('from start to end, of those'),
    ratio: z.number().describe('average_load by per_day times mean_time_ms: 1 where as much leaves as arrives'),
    is_stationary: z
      .boolean()
      .describe('whether the ratio is between 0.8 and 1.25; if not, flow times of the past say little of the future'),
    items: z.string().describe('the path that lists the items that have ended'),
  })
  .nullable()
  .describe('null where nothing has ended in the window');

const ofConfidence = <T extends z.ZodType>(value: T) => z.object({ p50: value, p70: value, p85: value, p95: value });
const forecastSchema = z
  .object({
    seed: z.number().int(),
    runs: z.number().int(),
    past: z.object({
      from: z.iso.date().nullable().describe('the first day that futures are drawn from'),
      to: z.iso.date().nullable(),
      days: z.number().int(),
      done: z.number().int(),
    }),
    missing: z.enum(['not_enough']).nullable().describe('the past is too short, or too little was done in it'),
    when: z
      .object({
        items: z.number().int(),
        days: ofConfidence(z.number().int().nullable()).describe(`null beyond ${HORIZON_DAYS}`),
        dates: ofConfidence(z.iso.date().nullable()),
      })
      .nullable()
      .describe('so many items are done at the latest by then, in so many percent of the futures'),
    how_many: z
      .object({ by: z.iso.date(), days: z.number().int(), items: ofConfidence(z.number().int()) })
      .nullable()
      .describe('at least so many items are done by then, in so many percent of the futures'),
  })
  .nullable()
  .describe('null where neither `forecast` nor `by` is asked');

export const flowSchema = answerSchema('FlowAnswer', numbersSchema)
  .extend({
    distribution: z.array(share).describe('by kind of work'),
    cumulative_flow: cumulativeSchema,
    ageing: ageingSchema,
    littles_law: lawSchema,
    forecast: forecastSchema,
  })
  .meta({ id: 'Flow' });

const schema = {
  tags: [tags.measures],
  operationId: 'getFlow',
  summary: 'How work flows: time, velocity, load, efficiency, kinds of work, ageing, cumulative flow, forecast',
  description:
    'Of issues and incidents; `operation=pull_request`, or another, tells of that instead. An item falls into the window by its end.',
  querystring: z.strictObject({
    ...numbersQuery,
    forecast: z.coerce.number().int().min(1).max(10_000).optional().describe('when so many items will be done'),
    by: z.iso.date().optional().describe('how many items will be done by this day'),
    seed: z.coerce
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1)
      .describe('of the chance in a forecast: one seed, one answer'),
  }),
  response: {
    200: flowSchema,
    ...problems('invalid_parameter', 'preparing'),
  },
};

/** `GET /measures/flow`. */
export const flowEndpoint: MeasureEndpoint = {
  measures: [...Object.values(flowMeasures), arrivedMeasure, stageTimeMeasure, ageMeasure],
  options: {},
  routes: flowRoutes,
};

function flowRoutes(columns: Columns, now: () => EpochMs): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/flow', { schema }, async ({ query }) => {
      const question = questionOf(query, now());
      const asked = { items: query.forecast ?? null, by: query.by ?? null, seed: query.seed };
      const days = asked.by === null ? null : daysLeft(asked.by, question);
      const flow = await askFlow(columns, question, { fresh: query.fresh === 'true' });
      return {
        ...wireFlow(flow, { ...question, window: flow.window }),
        forecast: asked.items === null && asked.by === null ? null : await foretell(flow, question, { ...asked, days }),
      };
    });
  };
}

/** Throws an AppError `invalid_parameter` where that day is not to come, or too far away. */
function daysLeft(by: string, { now, window: { timeZone } }: Question): number {
  const days = daysUntil(by, now, timeZone);
  if (days !== null && days >= 1 && days <= HORIZON_DAYS) return days;
  throw wrongParameter('by', `must be a day to come, within ${HORIZON_DAYS} days`);
}

function numbersOf(teller: Teller<keyof typeof flowMeasures>): z.infer<typeof numbersSchema> {
  const { from, to } = teller.period;
  const timeIn = (kind: 'active' | 'waiting' | 'unknown') =>
    teller.number('efficiency', 'ms', (of) => of.efficiency.sums[kind] ?? null).value;
  const [active, waiting] = [timeIn('active') ?? 0, timeIn('waiting') ?? 0];
  return {
    flow_time: teller.distribution('flow_time'),
    velocity: teller.perWeek('throughput'),
    throughput: teller.count('throughput'),
    efficiency: {
      ...teller.number('efficiency', 'ratio', () => active / (active + waiting)),
      ...{ active_ms: timeIn('active'), waiting_ms: timeIn('waiting'), unknown_ms: timeIn('unknown') },
    },
    load: teller.part === 'window' ? teller.number('load', 'count', ({ load }) => (load.sum ?? 0) / (to - from)) : null,
  };
}

function wireFlow(flow: Flow, question: Question) {
  const whole = { ...question, groupBy: [], per: null };
  const { arrived, open, littlesLaw } = flow;
  const answer = tellAnswer(flow.numbers, question, flowMeasures, numbersOf);
  return {
    ...answer,
    definitions: {
      ...answer.definitions,
      ...definitionsOf(flowDefinitions),
      cumulative_flow: definitionOf(arrivedMeasure),
      stage_time: definitionOf(stageTimeMeasure),
      age: definitionOf(ageMeasure),
    },
    distribution: flow.types.map(({ openNow, ...one }) => ({ ...one, open: openNow })),
    cumulative_flow: {
      items: wireMeasured(countOf(arrived), itemsPath(arrivedMeasure, whole)),
      points: flow.cumulative.map(({ at, bands, ...point }) => ({ at: wireTime(at), ...point, bands: [...bands] })),
    },
    ageing: {
      open: wireDistribution(distributionOf(open, ageMeasure.unit), itemsPath(ageMeasure, whole), true),
      stages: [...flow.stages].map(([stage, before]) => ({ stage, ...before })),
      oldest: flow.oldest.map((item) => ({
        ...{ span_id: item.spanId, attempt: item.attempt, title: item.title, project: item.project, type: item.type },
        ...{ age_ms: item.ageMs, age_standing: item.ageStanding, stage: item.stage, category: item.category },
        ...{ time_in_stage_ms: item.timeInStageMs, stage_standing: item.stageStanding },
      })),
    },
    littles_law: littlesLaw && {
      ...{ average_load: littlesLaw.averageLoad, per_day: littlesLaw.perDay, mean_time_ms: littlesLaw.meanTimeMs },
      ...{ ratio: littlesLaw.ratio, is_stationary: littlesLaw.isStationary },
      items: itemsPath(flowMeasures.departures, whole),
    },
  };
}

async function foretell(
  { past: { days: past, from, to } }: Flow,
  { now, window: { timeZone } }: Question,
  { items, by, days, seed }: { items: number | null; by: string | null; days: number | null; seed: number },
): Promise<z.infer<typeof forecastSchema>> {
  const foretold = await forecast(past, { items, days, seed });
  const dateOf = (left: number | null) => (left === null ? null : dayAfter(now, left, timeZone));
  return {
    ...{ seed, runs: RUNS, missing: foretold === null ? 'not_enough' : null },
    past: { from, to, days: past.length, done: past.reduce((sum, count) => sum + count, 0) },
    when:
      items === null || !foretold?.days
        ? null
        : { items, days: byConfidence(foretold.days, (left) => left), dates: byConfidence(foretold.days, dateOf) },
    how_many:
      by === null || days === null || !foretold?.items
        ? null
        : { by, days, items: byConfidence(foretold.items, (count) => count) },
  };
}

function byConfidence<T, U>(values: Readonly<Record<Confidence, T>>, tell: (value: T) => U) {
  return { p50: tell(values[50]), p70: tell(values[70]), p85: tell(values[85]), p95: tell(values[95]) };
}
