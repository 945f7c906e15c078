import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { problems } from './problem.ts';
import { tags } from './tags.ts';

const deliveryId = z.string().describe("the sender's id of it, or the one it was given");
const id = z.string().describe('our number of it, for `GET /api/v1/deliveries/{id}`');

const receipt = z
  .discriminatedUnion('status', [
    z.object({ status: z.literal('accepted'), delivery_id: deliveryId, id, events: z.number().int() }),
    z.object({ status: z.literal('duplicate'), delivery_id: deliveryId, id }).describe('it was stored before'),
    z
      .object({ status: z.literal('ignored'), delivery_id: deliveryId, id, reason: z.string() })
      .describe('stored, and without meaning for us: a ping, an action nobody measures'),
    z
      .object({ status: z.literal('dead_letter'), delivery_id: deliveryId, id, reason: z.string() })
      .describe('stored, and not readable by the mapping; can be replayed once that is mended'),
  ])
  .meta({ id: 'Receipt', description: 'What a sender is told once its delivery is on stable storage' });

const params = z.object({
  source: z.string().describe('one of the ids that `GET /api/v1/sources` lists'),
  instance: z.string().describe('one of several senders of a kind, with a secret of its own'),
});

const refusals = problems(
  'invalid_body',
  'unauthenticated',
  'forbidden',
  'not_found',
  'too_large',
  'unsupported_media_type',
  'invalid_event',
  'overloaded',
  'unavailable',
);

/**
 * Describes the webhook routes, which have no schema of their own: what a sender posts is checked by its source.
 * Undefined for any other route.
 */
export function webhookSchema(url: string, method: string | readonly string[]): FastifySchema | undefined {
  if (!url.startsWith('/webhooks/')) return undefined;
  if (method !== 'POST') return { hide: true };
  const isInstance = url.endsWith('/:instance');
  return {
    tags: [tags.webhooks],
    operationId: isInstance ? 'postWebhookOfInstance' : 'postWebhook',
    summary: isInstance ? 'Take one delivery of one of several senders of a kind' : 'Take one delivery',
    description:
      "The body is the sender's payload as it sends it, at most 25 MiB; how a sender signs, and what its payloads mean, " +
      'stands on the page of its source. The answer comes once the delivery is stored, and the spans that it changes ' +
      'can be read. Only custom HTTP answers 422, for its format is ours. `HEAD` tells whether there is such a source.',
    params: isInstance ? params : params.omit({ instance: true }),
    body: z.unknown(),
    response: { 200: receipt, ...refusals },
  };
}
