import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { tags } from './tags.ts';

const schema = {
  tags: [tags.health],
  operationId: 'getMetrics',
  summary: 'Everything that Prometheus is told',
  description:
    'In the text format, or in OpenMetrics (with exemplars) where the `Accept` header has `application/openmetrics-text`.',
  headers: z.object({ accept: z.string().optional() }),
  response: {
    200: {
      description: 'Metrics',
      content: {
        'text/plain': { schema: z.string() },
        'application/openmetrics-text': { schema: z.string() },
      },
    },
  },
};

/** `GET /metrics`. */
export function metricsRoutes(
  expose: (accept: string | undefined) => Promise<{ readonly contentType: string; readonly text: string }>,
): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/metrics', { schema }, async (request, reply) => {
      const { contentType, text } = await expose(request.headers.accept);
      return reply.type(contentType).send(text);
    });
  };
}
