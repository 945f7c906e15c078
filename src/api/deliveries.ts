import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { covers } from '../domain/access.ts';
import { AppError } from '../domain/app-error.ts';
import type { StoredDelivery, StoreReader } from '../store/contract.ts';
import { grantOf } from './guard.ts';
import { problems } from './problem.ts';
import { deliveryDetailSchema, deliveryQuerySchema, deliverySchema, pageOf } from './schema.ts';
import { tags } from './tags.ts';
import { wireDelivery } from './wire.ts';

const listing = {
  tags: [tags.deliveries],
  operationId: 'listDeliveries',
  summary: 'What has arrived, the latest first',
  querystring: deliveryQuerySchema,
  response: { 200: pageOf(deliverySchema), ...problems('invalid_parameter') },
};
const one = {
  tags: [tags.deliveries],
  operationId: 'getDelivery',
  summary: 'One delivery with its raw body and its spans',
  description:
    "By our number, or by the sender's delivery id where only one sender used it. The raw body is for the scope `admin`.",
  params: z.object({ id: z.string() }),
  response: { 200: deliveryDetailSchema, ...problems('not_found') },
};

/** `GET /deliveries` and `GET /deliveries/{id}`. */
export function deliveryRoutes(reader: StoreReader): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/deliveries', { schema: listing }, async ({ query: { limit, cursor, ...filter } }) => {
      const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
      const { items, next } = await reader.listDeliveries(given, cursor === undefined ? { limit } : { limit, cursor });
      return { items: items.map(wireDelivery), next_cursor: next };
    });
    app.get('/deliveries/:id', { schema: one }, async (request) => {
      const delivery = await findDelivery(reader, request.params.id);
      const mayReadBody = covers(grantOf(request).scopes, 'admin');
      const [body, spanIds] = await Promise.all([
        mayReadBody ? reader.readBody(delivery.id) : null,
        reader.spanIdsOf(delivery.id),
      ]);
      return {
        ...wireDelivery(delivery),
        headers: { ...delivery.headers },
        span_ids: [...spanIds],
        body: body === null ? null : Buffer.from(body).toString('utf8'),
        body_status: statusOf(body, mayReadBody),
      };
    });
  };
}

function statusOf(body: Uint8Array | null, mayReadBody: boolean): z.output<typeof deliveryDetailSchema>['body_status'] {
  if (!mayReadBody) return 'withheld';
  return body === null ? 'removed' : 'shown';
}

/** By our number, or by the sender's delivery id where only one sender used it. Throws an AppError `not_found`. */
export async function findDelivery(reader: StoreReader, id: string): Promise<StoredDelivery> {
  const byNumber = /^\d{1,15}$/.test(id) ? await reader.findDelivery(Number(id)) : null;
  if (byNumber !== null) return byNumber;
  const [first, ...others] = await reader.findDeliveriesByKey(id);
  if (first === undefined) throw new AppError('not_found', `there is no delivery ${id}`);
  if (others.length === 0) return first;
  const ids = [first, ...others].map((delivery) => delivery.id).join(', ');
  throw new AppError('not_found', `several senders used the delivery id ${id}; ask for one of ${ids}`);
}
