import { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../domain/app-error.ts';
import { environmentOf } from '../domain/span.ts';
import type { Commits } from '../store/commits.ts';
import type { Change, Revision, SpanFilter, StoredSpan, StoreReader } from '../store/contract.ts';
import { grantOf } from './guard.ts';
import { problems } from './problem.ts';
import { spanQuerySchema } from './schema.ts';
import { filterOf } from './spans.ts';
import { tags } from './tags.ts';
import { wireSpan } from './wire.ts';

const MAX_STREAMS = 100;
const CHANGES_AT_ONCE = 100;
/** Proxies cut connections on which nothing is heard. */
const HEARTBEAT_MS = 15_000;

const schema = {
  tags: [tags.spans],
  operationId: 'streamSpans',
  summary: 'Spans as they change',
  description:
    'Server-sent events, from now on or after the `Last-Event-ID`. `span` has the latest attempt of a span that has ' +
    'changed, as `GET /api/v1/spans` gives it; `removed` has the `span_id` of one that is gone. A span that changes often ' +
    'is told at its newest. The filters are those of `GET /api/v1/spans`.',
  querystring: spanQuerySchema.omit({ limit: true, cursor: true }),
  headers: z.object({
    'last-event-id': z
      .string()
      .regex(/^\d{1,15}$/, 'must be an id of this stream')
      .optional(),
  }),
  response: {
    200: { description: 'Server-sent events', content: { 'text/event-stream': { schema: z.string() } } },
    ...problems('invalid_parameter', 'overloaded'),
  },
};

/** `GET /stream`. */
export function streamRoutes(reader: StoreReader, commits: Commits): FastifyPluginAsyncZod {
  return async (app) => {
    const open = new Set<AbortController>();
    // Otherwise a server that is told to stop would wait for whoever watches.
    app.addHook('preClose', async () => {
      for (const controller of open) controller.abort();
    });
    app.get('/stream', { schema }, async (request, reply) => {
      if (open.size >= MAX_STREAMS) throw new AppError('overloaded', `${MAX_STREAMS} streams are open already`);
      const controller = new AbortController();
      open.add(controller);
      const { ended } = grantOf(request);
      const stop = () => controller.abort();
      ended?.addEventListener('abort', stop);
      reply.raw.on('close', () => {
        ended?.removeEventListener('abort', stop);
        controller.abort();
        open.delete(controller);
      });
      const lastId = request.headers['last-event-id'];
      const after = lastId === undefined ? await reader.latestRevision() : Number(lastId);
      const filter = filterOf(request.query);
      const events = eventsAfter(after, filter, { reader, commits, signal: controller.signal });
      const stream: unknown = Readable.from(events, { objectMode: false });
      // To a client it is text, as the schema says; to Fastify a stream, which it reads no faster than the client does.
      return reply.type('text/event-stream').send(stream as string);
    });
  };
}

interface Watching {
  readonly reader: StoreReader;
  readonly commits: Commits;
  readonly signal: AbortSignal;
}

async function* eventsAfter(
  after: Revision,
  filter: SpanFilter,
  { reader, commits, signal }: Watching,
): AsyncGenerator<string> {
  let position = after;
  yield ': listening\n\n';
  while (!signal.aborted) {
    const next = commits.next(signal, HEARTBEAT_MS);
    const changes = await reader.changesAfter(position, CHANGES_AT_ONCE);
    for (const change of changes) yield eventOf(change, filter);
    position = changes.at(-1)?.revision ?? position;
    if (changes.length > 0) continue;
    await next;
    if (!signal.aborted) yield ':\n\n';
  }
}

/** Empty where the filter leaves the change out. */
function eventOf({ revision, spanId, source, attempts }: Change, filter: SpanFilter): string {
  const attempt = attempts.at(-1);
  if (attempt === undefined) return `id: ${revision}\nevent: removed\ndata: ${JSON.stringify({ span_id: spanId })}\n\n`;
  const span: StoredSpan = { spanId, source, attempt, stages: attempt.stages, place: attempt.place };
  return matches(span, filter) ? `id: ${revision}\nevent: span\ndata: ${JSON.stringify(wireSpan(span))}\n\n` : '';
}

function matches({ spanId, source, attempt }: StoredSpan, filter: SpanFilter): boolean {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, q, ...same } = filter;
  const at = attempt.startedAt ?? attempt.finishedAt ?? 0;
  const told: Required<typeof same> = {
    operation: attempt.operation,
    source,
    project: attempt.project,
    team: '',
    environment: environmentOf(attempt) ?? '',
    state: attempt.state,
    isError: attempt.isError,
    result: attempt.result ?? '',
  };
  const isSame = Object.entries(same).every(([field, value]) => told[field as keyof typeof told] === value);
  const text = `${attempt.title ?? ''}\n${spanId}`.toLowerCase();
  return isSame && at >= from && at < to && (q === undefined || text.includes(q.toLowerCase()));
}
