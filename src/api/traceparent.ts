import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../domain/app-error.ts';
import type { Pin } from '../domain/pin.ts';
import { formatTraceparent, formatTracestate } from '../domain/trace-context.ts';
import type { Commits } from '../store/commits.ts';
import type { StoreReader } from '../store/contract.ts';
import { problems } from './problem.ts';
import { findSpan } from './spans.ts';
import { tags } from './tags.ts';

/** Each looks for its span again at every commit. */
const MAX_WAITING = 100;

const answerSchema = z
  .object({
    traceparent: z.string().describe('as W3C Trace Context has it: what a job hands on to what runs in it'),
    tracestate: z.string().nullable().describe('goes along with it, and says by its id which span is meant'),
    span_id: z.string(),
    attempt: z.number().int(),
    otel: z.object({ trace_id: z.string(), span_id: z.string() }),
  })
  .meta({ id: 'TraceParent', description: 'The trace context of a span' });

const schema = {
  tags: [tags.traces],
  operationId: 'getTraceparent',
  summary: 'The trace context of a span, for what runs inside it',
  description:
    'A job that puts it into its environment has its test runner and its scripts appear below it in a tracing backend, ' +
    'by the same ids that traces are exported by: from the first answer on they are its ids for good.',
  querystring: z.object({
    span_id: z.string().min(1).max(2_000).describe('any name of the span, or a branch that mentions it'),
    attempt: z.coerce.number().int().min(1).optional().describe('the latest one where it is not given'),
    wait_ms: z.coerce
      .number()
      .int()
      .min(0)
      .max(30_000)
      .default(0)
      .describe('how long to wait for the span to be known: a job may ask before its webhook has come'),
  }),
  response: { 200: answerSchema, ...problems('invalid_parameter', 'not_found', 'overloaded', 'unavailable') },
};

type Query = z.infer<typeof schema.querystring>;

/** Gives out the ids of an attempt, for good; null where it is gone. */
type HandOut = (place: {
  readonly spanId: string;
  readonly ordinal: number;
}) => Promise<Pick<Pin, 'traceId' | 'spanId'> | null>;

interface Parts {
  readonly reader: StoreReader;
  readonly commits: Commits;
  readonly handOut: HandOut;
}

/** `GET /traceparent`. */
export function traceparentRoutes({ commits, ...parts }: Parts): FastifyPluginAsyncZod {
  return async (app) => {
    const waiting = new Set<AbortController>();
    app.addHook('preClose', async () => {
      for (const controller of waiting) controller.abort();
    });
    app.get('/traceparent', { schema }, async ({ query }, reply) => {
      if (query.wait_ms === 0) return find(parts, query);
      if (waiting.size >= MAX_WAITING) throw new AppError('overloaded', `${MAX_WAITING} wait already`);
      const controller = new AbortController();
      waiting.add(controller);
      reply.raw.on('close', () => controller.abort());
      try {
        return await waitFor(() => find(parts, query), { commits, controller, waitMs: query.wait_ms });
      } finally {
        waiting.delete(controller);
        controller.abort();
      }
    });
  };
}

/** The answer, as soon as there is one; after so long, why there is none. */
async function waitFor<T>(
  look: () => Promise<T>,
  { commits, controller, waitMs }: { commits: Commits; controller: AbortController; waitMs: number },
): Promise<T> {
  const timer = setTimeout(() => controller.abort(), waitMs);
  try {
    for (;;) {
      const next = commits.next(controller.signal, waitMs);
      try {
        return await look();
      } catch (error) {
        if (controller.signal.aborted || !(error instanceof AppError && error.code === 'not_found')) throw error;
      }
      await next;
    }
  } finally {
    clearTimeout(timer);
  }
}

async function find(
  { reader, handOut }: Omit<Parts, 'commits'>,
  { span_id, attempt: ordinal }: Query,
): Promise<z.infer<typeof answerSchema>> {
  const { spanId, attempts } = await findSpan(reader, span_id);
  const attempt = ordinal === undefined ? attempts.at(-1) : attempts.find((one) => one.ordinal === ordinal);
  if (attempt === undefined)
    throw new AppError('not_found', `${spanId} has no ${ordinal === undefined ? 'start yet' : `attempt ${ordinal}`}`);
  const given = await handOut({ spanId, ordinal: attempt.ordinal });
  if (given === null) throw new AppError('not_found', `attempt ${attempt.ordinal} of ${spanId} is gone`);
  const ids = { trace_id: given.traceId, span_id: given.spanId };
  return {
    traceparent: formatTraceparent({ traceId: ids.trace_id, spanId: ids.span_id, isSampled: true }),
    tracestate: formatTracestate(spanId),
    span_id: spanId,
    attempt: attempt.ordinal,
    otel: ids,
  };
}
