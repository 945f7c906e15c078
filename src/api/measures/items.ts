import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError, wrongParameter } from '../../domain/app-error.ts';
import type { EpochMs } from '../../domain/event.ts';
import type { Columns, Parameter } from '../../measures/columns/contract.ts';
import { type ItemPosition, itemOrders, type ListedItem, listItems } from '../../measures/items.ts';
import { exclusionReasons } from '../../measures/measured.ts';
import { problems } from '../problem.ts';
import { time } from '../schema.ts';
import { tags } from '../tags.ts';
import { wireTime, wireTimeOrNull } from '../wire.ts';
import { narrowQuery, questionOf } from './query.ts';
import { measureEndpoints } from './registry.ts';
import { asOfSchema, windowSchema } from './schema.ts';
import { definitionOf, wireAsOf, wirePeriod } from './tell.ts';

const measures = new Map(measureEndpoints.flatMap((endpoint) => endpoint.measures).map((one) => [one.name, one]));
const options = Object.assign({}, ...measureEndpoints.map((endpoint) => endpoint.options)) as Record<string, z.ZodType>;

const itemSchema = z
  .object({
    span_id: z.string(),
    attempt: z.number().int(),
    part: z.string().nullable().describe('which one of those of the attempt, where it has several: the stage'),
    at: time.describe('by which it falls into the window'),
    value: z.number().nullable(),
    reason: z.enum(exclusionReasons).nullable().describe('why it does not count; null where it does'),
    basis: z.string().nullable().describe('from what the value was taken, where there are several ways'),
    operation_name: z.string(),
    project: z.string(),
    title: z.string().nullable(),
    started_at: time.nullable(),
    finished_at: time.nullable(),
    details: z.record(z.string(), z.unknown()).describe('what else the measure has to show of it'),
  })
  .meta({ id: 'MeasureItem', description: 'One of those that a number is made of, or that it leaves out' });

const schema = {
  tags: [tags.measures],
  operationId: 'listMeasureItems',
  summary: 'The items behind a number: those that count and those left out',
  description: 'Each number carries the path of its items. `/spans/{span_id}` leads on to the deliveries behind each.',
  querystring: z.strictObject({
    measure: z.enum([...measures.keys()]),
    reason: z
      .enum(['counted', ...exclusionReasons])
      .optional()
      .describe('only those left out for this reason, or only those that count'),
    order: z.enum(itemOrders).default('at').describe('the latest first, or the greatest value first'),
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().max(2_000).optional(),
    ...narrowQuery,
    ...options,
  }),
  response: {
    200: z.object({
      as_of: asOfSchema,
      window: windowSchema,
      definition: z.object({ text: z.string(), docs: z.string() }),
      unit: z.string().describe('of the values'),
      items: z.array(itemSchema),
      next_cursor: z.string().nullable(),
    }),
    ...problems('invalid_parameter', 'preparing'),
  },
};

/** `GET /measures/items`. */
export function itemRoutes(columns: Columns, now: () => EpochMs): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/items', { schema }, async ({ query }) => {
      const measure = measures.get(query.measure);
      if (measure === undefined) throw new AppError('not_found', `there is no measure ${query.measure}`);
      const given: Record<string, unknown> = query;
      const asked = Object.keys(options).flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]));
      const { reason = null, order, limit } = query;
      // A page goes on as of when the first was asked: ages go on, and would pass each other.
      const { askedAt, after } = query.cursor === undefined ? { askedAt: now(), after: null } : cursorIn(query.cursor);
      const question = questionOf(query, askedAt, Object.fromEntries(asked) as Record<string, Parameter>);
      const { asOf, items, next } = await listItems(
        columns,
        measure,
        question,
        { reason, order, limit, after },
        {
          fresh: query.fresh === 'true',
        },
      );
      const { window } = question;
      return {
        as_of: wireAsOf(asOf),
        window: { ...wirePeriod(window), time_zone: window.timeZone, per: null },
        definition: definitionOf(measure),
        unit: measure.unit,
        items: items.map(wireItem),
        next_cursor: next === null ? null : cursorOf({ askedAt, after: next }),
      };
    });
  };
}

const cursorSchema = z.object({
  askedAt: z.int(),
  after: z.tuple([z.number(), z.string(), z.number(), z.string()]),
});

interface Cursor {
  readonly askedAt: EpochMs;
  readonly after: ItemPosition;
}

function cursorOf(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** Throws an AppError `invalid_parameter` for a cursor that is none of ours. */
function cursorIn(cursor: string): Cursor {
  const text = Buffer.from(cursor, 'base64url').toString();
  try {
    return cursorSchema.parse(JSON.parse(text));
  } catch {
    throw wrongParameter('cursor', 'give back next_cursor as it was');
  }
}

function wireItem({ spanId, attempt, part, at, value, reason, basis, details, ...span }: ListedItem) {
  const { operation, project, title, startedAt, finishedAt } = span;
  return {
    ...{ span_id: spanId, attempt, part, at: wireTime(at), value, reason, basis },
    ...{ operation_name: operation, project, title },
    started_at: wireTimeOrNull(startedAt),
    finished_at: wireTimeOrNull(finishedAt),
    details,
  };
}
