import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problems } from './problem.ts';
import { tags } from './tags.ts';

const live = {
  tags: [tags.health],
  operationId: 'isAlive',
  summary: 'Is the process alive?',
  response: { 200: z.object({ status: z.literal('ok') }) },
};
const ready = {
  tags: [tags.health],
  operationId: 'isReady',
  summary: 'Can it write to its store, and read from it?',
  response: { 200: z.object({ status: z.literal('ready') }), ...problems('unavailable') },
};

/** `/healthz`: the process answers. `/readyz`: it can also write and read the store. */
export function healthRoutes(checkStore: () => Promise<void>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/healthz', { schema: live }, async () => {
      return { status: 'ok' as const };
    });
    // A failing check is thrown on, and answered as the 503 that it is.
    app.get('/readyz', { schema: ready }, async () => {
      await checkStore();
      return { status: 'ready' as const };
    });
  };
}
