import type { FastifySchema } from 'fastify';
import type { Scope } from '../domain/access.ts';
import { problems } from './problem.ts';

/** What differs from the rule; `null` is open to everybody. */
const OTHERWISE: Readonly<Record<string, Scope | null>> = {
  'GET /metrics': 'read',
  'GET /api/v1/tokens': 'admin',
  // Who asks whether they are signed in is not; and who signs in brings the proof in the body.
  'GET /api/v1/session': null,
  'POST /api/v1/session': null,
  'DELETE /api/v1/session': null,
};

/**
 * The scope that a route needs; null where everybody may come in.
 *
 * Data is served below `/api/` and at `/metrics` and nowhere else: to look is for `read`, everything else for `admin`. Webhooks
 * prove where they come from in their own ways; what remains (health, the description, the dashboard's files) tells nothing of
 * what is stored.
 */
export function neededFor(method: string, url: string): Scope | null {
  const asked = method === 'HEAD' ? 'GET' : method;
  const exception = OTHERWISE[`${asked} ${url}`];
  if (exception !== undefined) return exception;
  if (!url.startsWith('/api/')) return null;
  return asked === 'GET' ? 'read' : 'admin';
}

/** The two ways to prove who one is, for the description. */
export const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of `valuestream token create`, as `Authorization: Bearer vst_…`.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'valuestream_session',
    description:
      'A person who has signed in with a browser (`POST /api/v1/session`); `__Host-` before its name over https.',
  },
} as const;

/** Says in a route's description what it needs, and how it is refused. */
export function withSecurity(schema: FastifySchema, method: string, url: string): FastifySchema {
  if (url.startsWith('/webhooks/')) return { ...schema, security: [{}, { token: ['ingest'] }] };
  const needed = neededFor(method, url);
  if (needed === null) return { ...schema, security: [] };
  const security = [{ token: [needed] }, ...(needed === 'ingest' ? [] : [{ session: [needed] }])];
  const refusals = problems('unauthenticated', 'forbidden', 'cross_origin', 'wrong_host');
  return { ...schema, security, response: { ...refusals, ...(schema.response as object | undefined) } };
}
