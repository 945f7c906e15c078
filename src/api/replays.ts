import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../domain/app-error.ts';
import type { Replay } from '../domain/replay.ts';
import type { DeliveryFilter, DeliveryId, StoreReader } from '../store/contract.ts';
import { findDelivery } from './deliveries.ts';
import { problems } from './problem.ts';
import { replayBodySchema, replaySchema } from './schema.ts';
import { tags } from './tags.ts';
import { wireReplay } from './wire.ts';

/** What reads deliveries again. */
export interface Replayer {
  start(request: { readonly filter: DeliveryFilter; readonly dryRun: boolean }): Promise<Replay>;
  replayDelivery(id: DeliveryId, dryRun: boolean): Promise<Replay>;
  list(): readonly Replay[];
  find(id: string): Replay | undefined;
  cancel(id: string): Replay | undefined;
}

const byId = z.object({ id: z.string() });
const starting = {
  tags: [tags.replays],
  operationId: 'startReplay',
  summary: 'Read stored deliveries again',
  description:
    'Interprets their bytes once more, and puts what they mean now in place of what they meant before. Only real ' +
    'differences are written. The server goes on receiving; one replay runs at a time.',
  body: replayBodySchema.nullish(),
  response: { 202: replaySchema, ...problems('invalid_parameter', 'conflict') },
};
const listing = {
  tags: [tags.replays],
  operationId: 'listReplays',
  summary: 'The latest replays since the server was started',
  response: { 200: z.object({ items: z.array(replaySchema) }) },
};
const one = {
  tags: [tags.replays],
  operationId: 'getReplay',
  summary: 'One replay, and how far it has come',
  params: byId,
  response: { 200: replaySchema, ...problems('not_found') },
};
const cancelling = {
  tags: [tags.replays],
  operationId: 'cancelReplay',
  summary: 'Stop a replay',
  description: 'What it has changed stays.',
  params: byId,
  response: { 200: replaySchema, ...problems('not_found') },
};
const ofOneDelivery = {
  tags: [tags.deliveries],
  operationId: 'replayDelivery',
  summary: 'Read one delivery again',
  params: byId,
  querystring: z.object({ dry_run: z.enum(['true', 'false']).default('false') }),
  response: { 200: replaySchema, ...problems('invalid_parameter', 'not_found') },
};

/** `/replays`, and `POST /deliveries/{id}/replay`. */
export function replayRoutes(replays: Replayer, reader: StoreReader): FastifyPluginAsyncZod {
  return async (app) => {
    app.post('/replays', { schema: starting }, async ({ body }, reply) => {
      const { dry_run = false, ...filter } = body ?? {};
      const replay = await replays.start({ filter: filterOf(filter), dryRun: dry_run });
      reply.header('location', `/api/v1/replays/${replay.id}`);
      return reply.code(202).send(wireReplay(replay));
    });
    app.get('/replays', { schema: listing }, async () => ({
      items: replays.list().map(wireReplay),
    }));
    app.get('/replays/:id', { schema: one }, async ({ params: { id } }) => wireReplay(found(id, replays.find(id))));
    app.delete('/replays/:id', { schema: cancelling }, async ({ params: { id } }) =>
      wireReplay(found(id, replays.cancel(id))),
    );
    app.post('/deliveries/:id/replay', { schema: ofOneDelivery }, async ({ params, query }) => {
      const { id } = await findDelivery(reader, params.id);
      return wireReplay(await replays.replayDelivery(id, query.dry_run === 'true'));
    });
  };
}

/** A body's words as the store's filter. */
export function filterOf(body: Omit<z.infer<typeof replayBodySchema>, 'dry_run'>): DeliveryFilter {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

function found(id: string, replay: Replay | undefined): Replay {
  if (replay !== undefined) return replay;
  throw new AppError('not_found', `there is no replay ${id}; those of an earlier run of the server are forgotten`);
}
