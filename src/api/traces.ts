import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../domain/app-error.ts';
import type { StoreReader } from '../store/contract.ts';
import { problems } from './problem.ts';
import { pageOf, spanQuerySchema } from './schema.ts';
import { filterOf, findSpan } from './spans.ts';
import { tags } from './tags.ts';
import { traceSchema, traceSummarySchema } from './trace-schema.ts';
import { wireTrace, wireTraceSummary } from './wire-trace.ts';

/** More are no trace that anybody reads. */
const MAX_SPANS = 5_000;
const MAX_COUNTED = 1_000;

const listing = {
  tags: [tags.traces],
  operationId: 'listTraces',
  summary: 'Traces, the latest first',
  description: 'The filters are those of spans, and look at the root of each trace.',
  querystring: spanQuerySchema,
  response: { 200: pageOf(traceSummarySchema), ...problems('invalid_parameter') },
};
const one = {
  tags: [tags.traces],
  operationId: 'getTrace',
  summary: 'One trace: its spans, their links, and where the time went',
  description:
    'By the span id of any of its spans. It has all that its root led to, and marked by `via` the deployments that carried ' +
    'its changes and the incidents that came after these; not what else those deployments carried.',
  params: z.object({ '*': z.string() }),
  response: { 200: traceSchema, ...problems('not_found') },
};

/** `GET /traces` and `GET /traces/{trace_id}`. */
export function traceRoutes(reader: StoreReader): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/traces', { schema: listing }, async ({ query }) => {
      const page = { limit: query.limit, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) };
      const { items, next } = await reader.listRoots(filterOf(query), page);
      const traces = await Promise.all(
        items.map(async (root) => wireTraceSummary(root, await reader.findTrace(root.spanId, MAX_COUNTED))),
      );
      return { items: traces, next_cursor: next };
    });
    // A wildcard, because a span id holds slashes: percent-encoded or not, it is found.
    app.get('/traces/*', { schema: one }, async ({ params }) => {
      const { spanId } = await findSpan(reader, params['*']);
      const trace = await reader.findTrace(spanId, MAX_SPANS);
      if (trace === null)
        throw new AppError('not_found', `of ${spanId} only remarks are known so far, and no start or end`);
      return wireTrace(trace, Date.now());
    });
  };
}
