import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { EpochMs } from '../../domain/event.ts';
import type { Columns } from '../../measures/columns/contract.ts';
import { bandOfDuration, bandOfFrequency, durationBands, frequencyBands } from '../../measures/dora/bands.ts';
import { askDora, type Dora, spanOf } from '../../measures/dora/dora.ts';
import { leadTimeStages } from '../../measures/dora/lead-time.sql.ts';
import {
  doraDefinitions,
  doraMeasures,
  leadTimeStage,
  leadTimeStarts,
  leadTimes,
} from '../../measures/dora/measures.ts';
import type { ListedItem } from '../../measures/items.ts';
import { distributionOf } from '../../measures/summary.ts';
import type { MeasureFilter } from '../../measures/window.ts';
import { problems } from '../problem.ts';
import { time } from '../schema.ts';
import { tags } from '../tags.ts';
import { wireTime } from '../wire.ts';
import type { MeasureEndpoint } from './endpoint.ts';
import { numbersQuery, questionOf } from './query.ts';
import { answerSchema, distributionSchema, measuredSchema } from './schema.ts';
import { definitionsOf, itemsPath, type Teller, tellAnswer, wireDistribution } from './tell.ts';

const ANSWER = 'in which answer of the DORA survey the median lies; no grade';
const OF_WINDOW = 'null for parts of the window and for the period before';

const leadTimeSchema = distributionSchema
  .extend({
    band: z.enum(durationBands).nullable().describe(ANSWER),
    stages: z
      .record(z.enum(leadTimeStages), distributionSchema)
      .nullable()
      .describe(`how long pull requests were in each stage of their way; ${OF_WINDOW}`),
  })
  .meta({ id: 'LeadTime' });

const frequencySchema = measuredSchema
  .extend({
    days: z.number().int().nullable().describe(`on how many days there was one; ${OF_WINDOW}`),
    per_week: z
      .number()
      .nullable()
      .describe(`the median of the whole weeks of the window, those without one too; ${OF_WINDOW}`),
    band: z
      .enum(frequencyBands)
      .nullable()
      .describe(`in which answer of the DORA survey the average over the window lies; no grade; ${OF_WINDOW}`),
  })
  .meta({ id: 'DeploymentFrequency' });

const recoverySchema = distributionSchema
  .extend({
    band: z.enum(durationBands).nullable().describe(ANSWER),
    open: distributionSchema.describe('the ages of those that have not recovered yet'),
  })
  .meta({ id: 'RecoveryTime' });

export const doraNumbersSchema = z
  .object({
    change_lead_time: leadTimeSchema,
    deployment_frequency: frequencySchema,
    change_fail_rate: measuredSchema,
    failed_deployment_recovery_time: recoverySchema,
    deployment_rework_rate: measuredSchema,
  })
  .meta({ id: 'DoraNumbers' });

const failureSchema = z
  .object({
    span_id: z.string(),
    attempt: z.number().int(),
    at: time.describe('when the deployment ended'),
    title: z.string().nullable(),
    service: z.string(),
    environment: z.string(),
    causes: z
      .array(z.enum(['marked', 'failed', 'incident', 'rollback', 'revert', 'hotfix']))
      .describe('why it has failed, the strongest first'),
    recovery_ms: z.number().nullable().describe('null while it has not recovered'),
    recovered_by: z.enum(['incident', 'remedy', 'next_deployment']).nullable(),
  })
  .meta({ id: 'FailedDeployment', description: 'A deployment that has failed, and why' });

const { group_by: _groups, ...asked } = numbersQuery;
const queryOfDora = z.strictObject({
  ...asked,
  lead_time_from: z
    .enum(leadTimeStarts)
    .optional()
    .describe('where lead times begin; not given: committed where that is known of most commits, else authored'),
  details: z
    .enum(['true', 'false'])
    .default('true')
    .describe(
      'whether to tell the stages of lead times and the failures as well; without them an answer takes half the time',
    ),
  blend: z
    .enum(['true', 'false'])
    .default('false')
    .describe('whether to tell all services and environments together as well, which DORA advises against'),
});

const whole = answerSchema('DoraAnswer', doraNumbersSchema);
const schema = {
  tags: [tags.measures],
  operationId: 'getDora',
  summary: "DORA's five measures, of each service and environment",
  description:
    'Of production, unless `environment` or `tier` says of which. A deployment falls into the window by its end.',
  querystring: queryOfDora,
  response: {
    200: whole
      .extend({
        total: whole.shape.total
          .nullable()
          .describe('null for several services or environments, unless `blend` is asked'),
        is_blended: z.boolean().describe('whether the total is of several services or environments'),
        lead_time_from: z.enum(leadTimeStarts).describe('where lead times begin'),
        failures: z
          .array(failureSchema)
          .nullable()
          .describe('the latest 100 deployments that have failed; null without `details`'),
      })
      .meta({ id: 'Dora' }),
    ...problems('invalid_parameter', 'preparing'),
  },
};

/** `GET /measures/dora`. */
export const doraEndpoint: MeasureEndpoint = {
  measures: [...Object.values(leadTimes), leadTimeStage, ...Object.values(doraMeasures)],
  options: {},
  routes: doraRoutes,
};

function doraRoutes(columns: Columns, now: () => EpochMs): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/dora', { schema }, async ({ query }) => {
      const question = { ...questionOf(query, now()), groupBy: ['service', 'environment'] as const };
      const leadTimeFrom = query.lead_time_from ?? null;
      const fresh = query.fresh === 'true';
      const dora = await askDora(columns, question, { leadTimeFrom, withDetails: query.details === 'true', fresh });
      return wireDora(dora, query.blend === 'true');
    });
  };
}

function wireDora(dora: Dora, isAskedToBlend: boolean) {
  const { asked, question, measures, leadTimeFrom, failures } = dora;
  const answer = tellAnswer(asked, question, measures, numbersOf);
  const { total, groups } = answer;
  // What is left out as a whole is blended with nothing.
  const counting = asked.groups.filter(
    ({ now, before }) => now.change_fail_rate.n + (before?.change_fail_rate.n ?? 0) > 0,
  );
  const isBlended = counting.length + asked.groupsLeftOut > 1;
  return {
    ...answer,
    definitions: { ...answer.definitions, ...definitionsOf(doraDefinitions) },
    total: isBlended && !isAskedToBlend ? null : { ...total, numbers: ofWindow(total.numbers, dora, null) },
    groups: groups.map((one) => ({ ...one, numbers: ofWindow(one.numbers, dora, one.group) })),
    is_blended: isBlended && isAskedToBlend,
    lead_time_from: leadTimeFrom,
    failures: failures?.items.flatMap(wireFailure) ?? null,
  };
}

type DoraTeller = Teller<keyof Dora['measures']>;

function numbersOf(teller: DoraTeller): z.infer<typeof doraNumbersSchema> {
  const leadTime = teller.distribution('change_lead_time');
  const recovery = teller.distribution('failed_deployment_recovery_time');
  return {
    change_lead_time: { ...leadTime, band: bandAround(leadTime.p50), stages: null },
    deployment_frequency: { ...teller.count('deployment_frequency'), days: null, per_week: null, band: null },
    change_fail_rate: teller.mean('change_fail_rate'),
    failed_deployment_recovery_time: {
      ...recovery,
      band: bandAround(recovery.p50),
      open: teller.distribution('open_failures'),
    },
    deployment_rework_rate: teller.mean('deployment_rework_rate'),
  };
}

function bandAround(median: number | null) {
  return median === null ? null : bandOfDuration(median);
}

/** What is told of a whole window only. */
function ofWindow(
  numbers: z.infer<typeof doraNumbersSchema>,
  { question, asked, rhythmOf, stagesOf }: Dora,
  group: MeasureFilter | null,
): z.infer<typeof doraNumbersSchema> {
  const { days, perWeek } = rhythmOf(group);
  const { change_lead_time: leadTime, deployment_frequency: frequency } = numbers;
  const band = bandOfFrequency(frequency.n, spanOf(question.window, asked.asOf));
  const summaries = stagesOf(group);
  const stages =
    summaries === null
      ? null
      : leadTimeStages.map((stage) => {
          const filter = { ...question.filter, ...group, stage };
          const distribution = distributionOf(summaries[stage], leadTimeStage.unit);
          return [
            stage,
            wireDistribution(distribution, itemsPath(leadTimeStage, { ...question, filter }), true),
          ] as const;
        });
  return {
    ...numbers,
    change_lead_time: { ...leadTime, stages: stages === null ? null : fromEntries(stages) },
    deployment_frequency: { ...frequency, days, per_week: perWeek, band },
  };
}

function fromEntries<K extends string, V>(entries: readonly (readonly [K, V])[]): Record<K, V> {
  return Object.fromEntries(entries) as Record<K, V>;
}

const details = failureSchema.pick({ causes: true, service: true, environment: true });
const recoveredBy = failureSchema.shape.recovered_by;

/** Of an item without causes nobody knows whether it counts. */
function wireFailure({ spanId, attempt, at, title, value, basis, details: told }: ListedItem) {
  const known = details.safeParse(told);
  if (!known.success) return [];
  const recovery = { recovery_ms: value, recovered_by: recoveredBy.parse(basis) };
  return [{ span_id: spanId, attempt, at: wireTime(at), title, ...known.data, ...recovery }];
}
