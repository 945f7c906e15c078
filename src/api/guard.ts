import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../access/access.ts';
import { byBearer, type Proving } from '../access/bearer.ts';
import { type DoorSettings, isForeign, isOwnPage, whyClosed } from '../access/door.ts';
import { type Grant, OPEN } from '../access/grant.ts';
import { covers, type Scope } from '../domain/access.ts';
import { AppError } from '../domain/app-error.ts';
import { sessionIn } from './cookie.ts';
import { neededFor } from './permissions.ts';
import { CHALLENGE } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What it may do; null where it needs nothing, and so was not asked. */
    grant: Grant | null;
  }
}

export interface GuardParts extends Proving {
  readonly access: Access;
  readonly settings: DoorSettings;
}

/**
 * Lets in who may come in, to every route that is registered afterwards, before a byte of a body is read. What a route needs
 * stands in permissions.ts. Refuses with an AppError: `unauthenticated`, `forbidden`, `cross_origin`, `wrong_host`,
 * `too_many_attempts`.
 */
export function guard(app: FastifyInstance, parts: GuardParts): void {
  app.decorateRequest('grant', null);
  app.addHook('onRequest', async (request, reply) => {
    const needed = neededFor(request.method, routeOf(request));
    if (needed !== null) request.grant = admit(request, reply, needed, parts);
  });
}

/** The pattern of its route; of what has none, or only that of all pages, the path itself. */
function routeOf({ routeOptions, url }: FastifyRequest): string {
  return routeOptions.url === undefined || routeOptions.url === '/*' ? url : routeOptions.url;
}

/** What a request may do on a route that needs something. Throws where it has none, so that nothing is open by mistake. */
export function grantOf(request: FastifyRequest): Grant {
  if (request.grant === null) throw new Error(`${request.url} is not guarded`);
  return request.grant;
}

/** What a request may do by what it brings, or because access is open; null where it brings nothing and has to. */
export function identify(request: FastifyRequest, { access, settings, ...proving }: GuardParts): Grant | null {
  const byToken = byBearer(request, proving);
  if (byToken !== null) return byToken;
  const session = sessionIn(request.headers.cookie);
  const bySession = session === null ? null : access.sessions.find(session);
  return bySession ?? (whyClosed(request, settings) === null ? OPEN : null);
}

function admit(request: FastifyRequest, reply: FastifyReply, needed: Scope, parts: GuardParts): Grant {
  const grant = identified(request, reply, parts);
  if (grant === null) throw stranger(request, parts.settings);
  if (grant.via !== 'token') refuseForeign(request, grant, parts.settings);
  if (covers(grant.scopes, needed)) return grant;
  reply.header('www-authenticate', `${CHALLENGE}, error="insufficient_scope", scope="${needed}"`);
  const means = grant.via === 'session' ? 'you are signed in to read only; this needs' : 'the token has to have';
  throw new AppError('forbidden', `${means} the scope ${needed}${needed === 'admin' ? '' : ', or admin'}`);
}

function identified(request: FastifyRequest, reply: FastifyReply, parts: GuardParts): Grant | null {
  try {
    return identify(request, parts);
  } catch (error) {
    reply.header('www-authenticate', `${CHALLENGE}, error="invalid_token"`);
    throw error;
  }
}

function stranger(request: FastifyRequest, settings: DoorSettings): AppError {
  const how = 'send a token as "Authorization: Bearer vst_…", or sign in ("valuestream token link" prints a link)';
  switch (whyClosed(request, settings)) {
    case 'host':
      return new AppError(
        'wrong_host',
        'without a token this server answers to localhost only, so that no page of a stranger can read it under a name of ' +
          'its own; open it as localhost, or name it with server.public_url and make a token',
      );
    case 'proxied':
      return new AppError('unauthenticated', `this came through a proxy, so it may be from anybody: ${how}`);
    default:
      return new AppError('unauthenticated', how);
  }
}

/** A browser sends a cookie, or is let in because of where it runs, whoever's page asks it to. Throws `cross_origin`. */
export function refuseForeign(request: FastifyRequest, grant: Grant | null, settings: DoorSettings): void {
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  const isProven = isReading || grant?.via !== 'session' || isOwnPage(request, settings);
  if (isProven && !isForeign(request, settings)) return;
  const why = 'a page of another site, or one that does not say which, makes your browser ask this';
  throw new AppError('cross_origin', `${why}; open the dashboard itself, or use a token`);
}
