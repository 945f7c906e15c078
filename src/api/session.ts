import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Proof } from '../access/access.ts';
import { failedAttempt } from '../access/bearer.ts';
import { isSecure, whyClosed } from '../access/door.ts';
import type { Grant } from '../access/grant.ts';
import { roleOf } from '../domain/access.ts';
import type { AccessFacts } from '../telemetry/access.ts';
import { linkBodySchema, linkSchema, sessionSchema, signInSchema } from './access-schema.ts';
import { noSessionCookies, sessionCookie, sessionIn } from './cookie.ts';
import { type GuardParts, grantOf, identify, refuseForeign } from './guard.ts';
import { problems } from './problem.ts';
import { tags } from './tags.ts';
import { wireTime, wireTimeOrNull } from './wire.ts';

const asking = {
  tags: [tags.access],
  operationId: 'getSession',
  summary: 'Who am I, and what may I do?',
  description: 'Answers everybody, so that the dashboard knows whether to ask for a sign-in.',
  response: { 200: sessionSchema, ...problems('unauthenticated') },
};
const beginning = {
  tags: [tags.access],
  operationId: 'signIn',
  summary: 'Sign in with a link from the terminal, or with a token',
  description:
    'Sets a cookie that no script can read and no other site can make a browser send. It is worth something for 7 days after it ' +
    'was last used, and for 30 at most. A link works once, within 10 minutes.',
  body: signInSchema,
  response: {
    200: sessionSchema,
    ...problems('invalid_parameter', 'unauthenticated', 'cross_origin', 'too_many_attempts'),
  },
};
const ending = {
  tags: [tags.access],
  operationId: 'signOut',
  summary: 'Sign out',
  response: { 204: z.null().describe('The session is over, where there was one'), ...problems('cross_origin') },
};
const linking = {
  tags: [tags.access],
  operationId: 'createSignInLink',
  summary: 'Make a link by which somebody may sign in, once',
  description: 'Its secret stands after the `#`, which browsers send nowhere: in no log and in no `Referer`.',
  body: linkBodySchema,
  response: { 201: linkSchema, ...problems('invalid_parameter') },
};

interface Parts extends GuardParts {
  readonly facts: AccessFacts;
  /** Where people reach the dashboard. */
  readonly baseUrl: () => string;
}

/** `GET`, `POST` and `DELETE /session`, and `POST /session/links`. */
export function sessionRoutes(parts: Parts): FastifyPluginAsyncZod {
  const { access, settings, facts, baseUrl } = parts;
  return async (app) => {
    app.get('/session', { schema: asking }, async (request) =>
      wireSession(identify(request, parts), whyClosed(request, settings) !== null),
    );
    app.post('/session', { schema: beginning }, async (request, reply) => {
      refuseForeign(request, null, settings);
      const secret = await access.signIn(proofIn(request.body));
      const grant = secret === null ? null : access.sessions.find(secret);
      if (secret === null || grant === null) throw failedAttempt(request, whatIsWrong(request.body), parts);
      facts.signedIn(grant.name);
      reply.header('set-cookie', sessionCookie(secret, isSecure(request, settings)));
      return wireSession(grant, whyClosed(request, settings) !== null);
    });
    app.delete('/session', { schema: ending }, async (request, reply) => {
      const secret = sessionIn(request.headers.cookie);
      const grant = secret === null ? null : access.sessions.find(secret);
      refuseForeign(request, grant, settings);
      if (secret !== null) await access.sessions.end(secret);
      reply.header('set-cookie', noSessionCookies(request.headers.cookie));
      return reply.code(204).send(null);
    });
    app.post('/session/links', { schema: linking }, async (request, reply) => {
      const { role } = request.body;
      const { secret, expiresAt } = await access.links.create(role, grantOf(request).name);
      return reply.code(201).send({ url: signInUrl(baseUrl(), secret), role, expires_at: wireTime(expiresAt) });
    });
  };
}

/** What a person opens to sign in. */
export function signInUrl(baseUrl: string, secret: string): string {
  return `${baseUrl}/login#once=${secret}`;
}

function proofIn({ once, token = '' }: z.output<typeof signInSchema>): Proof {
  return once === undefined ? { token } : { once };
}

function whatIsWrong({ once }: z.output<typeof signInSchema>): string {
  if (once !== undefined)
    return 'the link is worth nothing any more: it works once, within 10 minutes; "valuestream token link" prints a new one';
  return 'the token is not known here, has expired, or lets nobody look: it has to have the scope read or admin';
}

function wireSession(grant: Grant | null, required: boolean): z.output<typeof sessionSchema> {
  if (grant === null) return { required, via: null, role: null, scopes: [], expires_at: null };
  const { via, scopes, expiresAt } = grant;
  return { required, via, role: roleOf(scopes), scopes: [...scopes], expires_at: wireTimeOrNull(expiresAt) };
}
