import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** `/healthz`: the process answers. `/readyz`: it can also write and read the store. */
export function healthRoutes(checkStore: () => Promise<void>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/healthz', { schema: { response: { 200: z.object({ status: z.literal('ok') }) } } }, async () => {
      return { status: 'ok' as const };
    });
    // A failing check is thrown on, and answered as the 503 that it is.
    app.get('/readyz', { schema: { response: { 200: z.object({ status: z.literal('ready') }) } } }, async () => {
      await checkStore();
      return { status: 'ready' as const };
    });
  };
}
