import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { EpochMs } from '../../domain/event.ts';
import { ask } from '../../measures/ask.ts';
import type { Columns } from '../../measures/columns/contract.ts';
import { askDurations, durationMeasures, stageDuration } from '../../measures/durations/durations.ts';
import { problems } from '../problem.ts';
import { tags } from '../tags.ts';
import type { MeasureEndpoint } from './endpoint.ts';
import { numbersQuery, questionOf } from './query.ts';
import { answerSchema, distributionSchema, measuredSchema } from './schema.ts';
import { tellAnswer } from './tell.ts';

const OF_ATTEMPTS = 'null for stages';

export const durationNumbersSchema = z
  .object({
    duration: distributionSchema,
    started: measuredSchema.nullable().describe(OF_ATTEMPTS),
    finished: measuredSchema.nullable().describe(OF_ATTEMPTS),
    errors: measuredSchema.nullable().describe(OF_ATTEMPTS),
    success_ratio: measuredSchema.nullable().describe(OF_ATTEMPTS),
    open: distributionSchema
      .nullable()
      .describe('ages of what is open now; null for stages, for parts of the window and for the period before'),
  })
  .meta({ id: 'DurationNumbers' });

const schema = {
  tags: [tags.measures],
  operationId: 'getDurations',
  summary: 'How long operations take, how many there are, and how they end',
  description:
    'An attempt falls into the window by its end. `operation=stage`, `stage` and `group_by=stage` tell of stages instead.',
  querystring: z.strictObject(numbersQuery),
  response: { 200: answerSchema('Durations', durationNumbersSchema), ...problems('invalid_parameter', 'preparing') },
};

type Query = z.infer<typeof schema.querystring>;

/** The operation by which `GET /spans` lists stages. */
const STAGE = 'stage';

/** `GET /measures/durations`. */
export const durationsEndpoint: MeasureEndpoint = {
  measures: [...Object.values(durationMeasures), stageDuration],
  options: {},
  routes: durationRoutes,
};

function durationRoutes(columns: Columns, now: () => EpochMs): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/durations', { schema }, async ({ query }) => {
      const isOfStages =
        query.operation === STAGE || query.stage !== undefined || query.group_by?.includes('stage') === true;
      return isOfStages ? ofStages(columns, query, now()) : ofAttempts(columns, query, now());
    });
  };
}

async function ofAttempts(columns: Columns, query: Query, now: EpochMs) {
  const question = questionOf(query, now);
  const asked = await askDurations(columns, question, { fresh: query.fresh === 'true' });
  return tellAnswer(asked, question, durationMeasures, (teller) => ({
    duration: teller.distribution('duration'),
    started: teller.count('started'),
    finished: teller.count('finished'),
    errors: teller.count('errors'),
    success_ratio: teller.mean('success_ratio'),
    open: teller.part === 'window' ? teller.distribution('open') : null,
  }));
}

async function ofStages(columns: Columns, { operation, ...query }: Query, now: EpochMs) {
  const question = questionOf(operation === STAGE ? query : { ...query, operation }, now);
  const measures = { duration: stageDuration };
  const asked = await ask(columns, question, measures, { fresh: query.fresh === 'true' });
  return tellAnswer(asked, question, measures, (teller) => ({
    duration: teller.distribution('duration'),
    ...{ started: null, finished: null, errors: null, success_ratio: null, open: null },
  }));
}
