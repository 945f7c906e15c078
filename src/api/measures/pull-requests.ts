import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { EpochMs } from '../../domain/event.ts';
import type { Columns } from '../../measures/columns/contract.ts';
import { askPullRequests } from '../../measures/pull-requests/ask-pull-requests.ts';
import { pullRequestDefinitions, pullRequestMeasures } from '../../measures/pull-requests/pull-requests.ts';
import { problems } from '../problem.ts';
import { time } from '../schema.ts';
import { tags } from '../tags.ts';
import type { MeasureEndpoint } from './endpoint.ts';
import { numbersQuery, questionOf } from './query.ts';
import { answerSchema, distributionSchema, measuredSchema } from './schema.ts';
import { definitionsOf, type Teller, tellAnswer, wirePeriod } from './tell.ts';

const numbersSchema = z
  .object({
    merged: measuredSchema,
    abandoned: measuredSchema,
    merge_ratio: measuredSchema.describe('merged, by merged and abandoned'),
    time_to_merge: distributionSchema,
    time_to_first_review: distributionSchema,
    review_rounds: distributionSchema,
    size: distributionSchema.describe('lines added and deleted'),
    comments: distributionSchema,
    time_per_line: distributionSchema,
    time_per_comment: distributionSchema,
  })
  .meta({ id: 'PullRequestNumbers' });

const runningSchema = z
  .array(
    z.object({
      label: z.string().describe('2026-03-29, 2026-W13, 2026-03'),
      ...{ from: time, to: time },
      n: z.number().int(),
      ...{ p50: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable() },
    }),
  )
  .describe(
    'of the time to merge: of all that were merged from the start of the window to the end of each `per`, else week',
  );

const options = {
  bots: z.enum(['true', 'false']).default('false').describe('whether those of bots count as well'),
};

export const pullRequestsSchema = answerSchema('PullRequestsAnswer', numbersSchema)
  .extend({ running_percentiles: runningSchema })
  .meta({ id: 'PullRequests' });

const schema = {
  tags: [tags.measures],
  operationId: 'getPullRequests',
  summary: 'How pull requests go: merges, size, comments, first review, rounds',
  description:
    'A pull request falls into the window by its end. `author` is only told where `measures.by_author` is switched on.',
  querystring: z.strictObject({ ...numbersQuery, ...options }),
  response: {
    200: pullRequestsSchema,
    ...problems('invalid_parameter', 'preparing'),
  },
};

/** `GET /measures/pull-requests`. */
export const pullRequestsEndpoint: MeasureEndpoint = {
  measures: Object.values(pullRequestMeasures),
  options,
  routes: pullRequestRoutes,
};

function pullRequestRoutes(columns: Columns, now: () => EpochMs): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/pull-requests', { schema }, async ({ query }) => {
      const question = questionOf(query, now(), { bots: query.bots });
      const { numbers, running } = await askPullRequests(columns, question, { fresh: query.fresh === 'true' });
      const answer = tellAnswer(numbers, question, pullRequestMeasures, numbersOf);
      return {
        ...answer,
        definitions: { ...answer.definitions, ...definitionsOf(pullRequestDefinitions) },
        running_percentiles: running.map(({ period, n, p50, p95, p99 }) => ({
          ...{ label: period.label, ...wirePeriod(period), n, p50, p95, p99 },
        })),
      };
    });
  };
}

function numbersOf(teller: Teller<keyof typeof pullRequestMeasures>): z.infer<typeof numbersSchema> {
  return {
    merged: teller.count('merged'),
    abandoned: teller.count('abandoned'),
    merge_ratio: teller.mean('merge_ratio'),
    time_to_merge: teller.distribution('time_to_merge'),
    time_to_first_review: teller.distribution('time_to_first_review'),
    review_rounds: teller.distribution('review_rounds'),
    size: teller.distribution('size'),
    comments: teller.distribution('comments'),
    time_per_line: teller.distribution('time_per_line'),
    time_per_comment: teller.distribution('time_per_comment'),
  };
}
