import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { EpochMs } from '../../domain/event.ts';
import type { Columns } from '../../measures/columns/contract.ts';
import { itemRoutes } from './items.ts';
import { measureEndpoints } from './registry.ts';

/** Everything below `/measures`. */
export function measureRoutes(columns: Columns, now: () => EpochMs): FastifyPluginAsyncZod {
  return async (app) => {
    for (const { routes } of measureEndpoints) await app.register(routes(columns, now), { prefix: '/measures' });
    await app.register(itemRoutes(columns, now), { prefix: '/measures' });
  };
}
