import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Access } from '../access/access.ts';
import { AppError, wrongParameter } from '../domain/app-error.ts';
import type { EpochMs } from '../domain/event.ts';
import type { StoredToken } from '../store/access.ts';
import type { AccessFacts } from '../telemetry/access.ts';
import { newTokenSchema, tokenBodySchema, tokenSchema } from './access-schema.ts';
import { grantOf } from './guard.ts';
import { problems } from './problem.ts';
import { tags } from './tags.ts';
import { wireTime, wireTimeOrNull } from './wire.ts';

const listing = {
  tags: [tags.access],
  operationId: 'listTokens',
  summary: 'The tokens of this API, without their secrets',
  response: { 200: z.object({ items: z.array(tokenSchema) }) },
};
const creating = {
  tags: [tags.access],
  operationId: 'createToken',
  summary: 'Make a token',
  description: 'The token stands in this answer and nowhere else: only its hash is kept.',
  body: tokenBodySchema,
  response: { 201: newTokenSchema, ...problems('invalid_parameter') },
};
const revoking = {
  tags: [tags.access],
  operationId: 'revokeToken',
  summary: 'End a token for good',
  description: 'What it has open ends with it: streams, and the sessions that were signed in by it.',
  params: z.object({ id: z.string() }),
  response: { 204: z.null().describe('It is worth nothing any more'), ...problems('not_found') },
};

interface Parts {
  readonly access: Pick<Access, 'tokens' | 'revoke'>;
  readonly facts: AccessFacts;
  readonly now: () => EpochMs;
}

/** `GET`, `POST` and `DELETE /tokens`. */
export function tokenRoutes({ access, facts, now }: Parts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/tokens', { schema: listing }, async () => ({
      items: access.tokens.list().map((token) => wireToken(token, now())),
    }));
    app.post('/tokens', { schema: creating }, async (request, reply) => {
      const { name: by } = grantOf(request);
      const { token, secret } = await createToken(access, request.body, by, now());
      facts.tokenCreated(token, by);
      return reply.code(201).send({ ...wireToken(token, now()), token: secret });
    });
    app.delete('/tokens/:id', { schema: revoking }, async (request, reply) => {
      const { id } = request.params;
      const token = /^\d{1,15}$/.test(id) ? await access.revoke(Number(id)) : null;
      if (token === null) throw new AppError('not_found', 'there is no such token: GET /api/v1/tokens has all');
      facts.tokenRevoked(token, grantOf(request).name);
      return reply.code(204).send(null);
    });
  };
}

/** Makes a token as it was asked for. Throws an AppError `invalid_parameter`: the name is taken, or its time is over. */
export async function createToken(
  { tokens }: Pick<Access, 'tokens'>,
  { name, scopes, expires_at }: z.output<typeof tokenBodySchema>,
  createdBy: string,
  now: EpochMs,
) {
  const expiresAt = expires_at == null ? null : Date.parse(expires_at);
  if (expiresAt !== null && expiresAt <= now) throw wrongParameter('expires_at', 'this time is over already');
  const created = await tokens.create({ name, scopes, expiresAt, createdBy });
  if (created === null)
    throw wrongParameter('name', `there is a token ${name} already; revoke it, or choose another name`);
  return created;
}

/** A token on the wire; nothing of its secret. */
export function wireToken(token: StoredToken, now: EpochMs): z.output<typeof tokenSchema> {
  const { id, name, scopes, createdAt, createdBy, expiresAt, lastUsedAt } = token;
  return {
    id: String(id),
    name,
    scopes: [...scopes],
    created_at: wireTime(createdAt),
    created_by: createdBy,
    expires_at: wireTimeOrNull(expiresAt),
    is_expired: expiresAt !== null && expiresAt <= now,
    last_used_at: wireTimeOrNull(lastUsedAt),
  };
}
