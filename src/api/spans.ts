import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../domain/app-error.ts';
import { candidatesIn } from '../domain/mention.ts';
import type { SpanDetail, SpanFilter, StoreReader } from '../store/contract.ts';
import { problems } from './problem.ts';
import { pageOf, spanDetailSchema, spanQuerySchema, spanSchema } from './schema.ts';
import { tags } from './tags.ts';
import { wireSpan, wireSpanDetail, wireStageItem } from './wire.ts';

const EVENTS_SHOWN = 500;
/** One token of a branch; each of its candidates costs a look-up. */
const MAX_TEXT = 512;

const listing = {
  tags: [tags.spans],
  operationId: 'listSpans',
  summary: 'Spans, the latest first',
  querystring: spanQuerySchema,
  response: { 200: pageOf(spanSchema), ...problems('invalid_parameter') },
};
const one = {
  tags: [tags.spans],
  operationId: 'getSpan',
  summary: 'One span with its attempts, stages and events, and the deliveries behind them',
  description: 'By any name it ever had, or by a text (a branch) that mentions one. A stage has an id of its own.',
  params: z.object({ '*': z.string() }),
  response: { 200: z.union([spanDetailSchema, spanSchema]), ...problems('not_found') },
};

/** `GET /spans` and `GET /spans/{span_id}`. */
export function spanRoutes(reader: StoreReader): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/spans', { schema: listing }, async ({ query }) => {
      const page = { limit: query.limit, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) };
      if (query.operation === 'stage') {
        const { items, next } = await reader.listStages(filterOf({ ...query, operation: undefined }), page);
        return { items: items.map(wireStageItem), next_cursor: next };
      }
      const { items, next } = await reader.listSpans(filterOf(query), page);
      return { items: items.map(wireSpan), next_cursor: next };
    });
    // A wildcard, because a span id holds slashes: percent-encoded or not, it is found.
    app.get('/spans/*', { schema: one }, async ({ params }) => spanById(reader, params['*']));
  };
}

/** A query's words as the store's filter, without those of a page. */
export function filterOf(query: Partial<z.infer<typeof spanQuerySchema>>): SpanFilter {
  const { is_error, limit: _limit, cursor: _cursor, ...same } = query;
  const given = Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined));
  return { ...given, ...(is_error === undefined ? {} : { isError: is_error === 'true' }) };
}

async function spanById(reader: StoreReader, id: string) {
  const stage = /^(?<spanId>.+)~(?<attempt>\d{1,9})\.(?<number>\d{1,9})$/.exec(id)?.groups;
  if (stage !== undefined) return stageById(reader, id, stage);
  const span = await findSpan(reader, id);
  const latest = span.attempts.at(-1);
  if (latest === undefined)
    throw new AppError('not_found', `of ${span.spanId} only remarks are known so far, and no start or end`);
  const [events, links] = await Promise.all([
    reader.findEvents(span.spanId, EVENTS_SHOWN),
    reader.explainLinks(span.spanId),
  ]);
  return wireSpanDetail(span, latest, { events, links });
}

async function stageById(reader: StoreReader, id: string, parts: Record<string, string>) {
  const span = await findSpan(reader, parts.spanId ?? '');
  const attempt = span.attempts.find(({ ordinal }) => ordinal === Number(parts.attempt));
  const number = Number(parts.number);
  const stage = attempt?.stages[number - 1];
  if (attempt === undefined || stage === undefined) throw new AppError('not_found', `there is no stage ${id}`);
  const { spanId, source } = span;
  const of = { spanId, source, attempt, stages: attempt.stages, place: attempt.place };
  return wireStageItem({ span: of, number, stage });
}

/**
 * By the span id, by any other name that leads to one span, or by a text that mentions one: a branch may be pasted as it
 * is. Throws an AppError `not_found`.
 */
export async function findSpan(reader: StoreReader, text: string): Promise<SpanDetail> {
  for (const name of [text, ...candidatesIn(text.slice(0, MAX_TEXT))]) {
    const span = await reader.findSpan(name);
    if (span !== null && span.attempts.length > 0) return span;
    // After a mapping was mended another span may go by the name of one that is gone.
    const named = (await findByName(reader, name)) ?? span;
    if (named !== null) return named;
  }
  throw new AppError('not_found', `there is no span called ${text}`);
}

async function findByName(reader: StoreReader, name: string): Promise<SpanDetail | null> {
  const lookup = await reader.lookUpName(name, {});
  if (lookup.found === 'several')
    throw new AppError('not_found', `${name} may mean any of ${lookup.spanIds.join(', ')}; name one of them`);
  return lookup.found === 'one' ? reader.findSpan(lookup.spanId) : null;
}
