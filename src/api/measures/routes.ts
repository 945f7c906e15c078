import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { wrongParameter } from '../../domain/app-error.ts';
import type { EpochMs } from '../../domain/event.ts';
import type { Columns } from '../../measures/columns/contract.ts';
import { itemRoutes } from './items.ts';
import { measureEndpoints } from './registry.ts';

/** Everything below `/measures`. Where it is not `byAuthor`, what asks for authors is refused. */
export function measureRoutes(
  columns: Columns,
  now: () => EpochMs,
  { byAuthor }: { readonly byAuthor: boolean },
): FastifyPluginAsyncZod {
  return async (app) => {
    if (!byAuthor) app.addHook<{ Querystring: AskedAuthor }>('preHandler', async ({ query }) => refuseAuthors(query));
    for (const { routes } of measureEndpoints) await app.register(routes(columns, now), { prefix: '/measures' });
    await app.register(itemRoutes(columns, now), { prefix: '/measures' });
  };
}

interface AskedAuthor {
  readonly author?: string;
  readonly group_by?: readonly string[];
}

function refuseAuthors({ author, group_by }: AskedAuthor): void {
  const pointer = author === undefined ? 'group_by' : 'author';
  if (author === undefined && group_by?.includes('author') !== true) return;
  throw wrongParameter(
    pointer,
    'measures by author are switched off; `measures: { by_author: true }` in valuestream.yaml switches them on',
  );
}
