import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Senders } from '../access/senders.ts';
import { AppError } from '../domain/app-error.ts';
import type { Source } from '../sources/contract.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Admission, Gate } from './admission.ts';
import { readBody } from './body.ts';
import { type Answer, type Receiver, receive } from './receive.ts';

export interface WebhookOptions {
  readonly findSource: (id: string) => Source | undefined;
  readonly receiver: Receiver;
  readonly gate: Gate;
  readonly senders: Senders;
  readonly telemetry: Telemetry;
  /** Told after each answer how long its sender has waited for it. */
  readonly answered: (durationMs: number) => void;
}

interface Params {
  readonly source: string;
  readonly instance?: string;
}

const INSTANCE = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** `POST /webhooks/{source}` and `/webhooks/{source}/{instance}`: one path for all sources. */
export async function webhookRoutes(app: FastifyInstance, options: WebhookOptions): Promise<void> {
  // The body stays a stream: its bytes are counted, and a signature is checked on them before anything is parsed.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.addHook('onResponse', async (_request, reply) => options.answered(reply.elapsedTime));
  for (const url of ['/webhooks/:source', '/webhooks/:source/:instance']) {
    app.post<{ Params: Params }>(url, (request, reply) => handle(request, reply, options));
    // Some senders (Trello) ask with HEAD before they register a webhook.
    app.head<{ Params: Params }>(url, async (request, reply) => {
      sourceOf(request.params, options);
      return reply.code(200).send();
    });
    app.route({
      method: ['GET', 'PUT', 'PATCH', 'DELETE'],
      url,
      handler: async (_request, reply) => {
        reply.header('allow', 'POST, HEAD');
        throw new AppError('method_not_allowed', 'webhooks are sent with POST');
      },
    });
  }
}

async function handle(
  request: FastifyRequest<{ Params: Params }>,
  reply: FastifyReply,
  options: WebhookOptions,
): Promise<FastifyReply> {
  const { source, instance } = sourceOf(request.params, options);
  const admission = enter(source, instance, options);
  try {
    const body = await readBody(request.raw, request.headers['content-length'], admission);
    const answer = await receive(
      {
        source,
        instance,
        headers: singleHeaders(request.headers),
        ...tokenIn(request.query),
        body,
        whyNotUnsigned: options.senders.whyNotUnsigned(request),
        hasToken: () => options.senders.hasToken(request),
      },
      options.receiver,
    );
    options.telemetry.delivered(source.id, instance, answer.status);
    return reply.send(wireAnswer(answer));
  } catch (error) {
    options.telemetry.refused(source.id, instance, error);
    // What was not read is not waited for: the connection ends with the answer.
    if (!request.raw.readableEnded) reply.header('connection', 'close');
    throw error;
  } finally {
    admission.release();
  }
}

/** One that there is no room for is refused like any other, and counts as such. */
function enter(source: Source, instance: string, { gate, telemetry }: WebhookOptions): Admission {
  try {
    return gate.enter();
  } catch (error) {
    telemetry.refused(source.id, instance, error);
    throw error;
  }
}

function sourceOf(params: Params, { findSource, receiver }: WebhookOptions): { source: Source; instance: string } {
  const source = findSource(params.source);
  if (source === undefined)
    throw new AppError('not_found', 'there is no such event source; GET /api/v1/sources lists them');
  const instance = params.instance ?? '';
  if (instance === '') return { source, instance };
  if (!INSTANCE.test(instance))
    throw new AppError('not_found', 'an instance is called by lower-case letters, digits and dashes');
  // Otherwise anybody could pass by the secret of the source under an instance of their own.
  if (receiver.secretsOf(source.id, '').length > 0 && receiver.secretsOf(source.id, instance).length === 0)
    throw new AppError('not_found', `there is no instance of that name; set its secret to have one`);
  return { source, instance };
}

/** For senders that can send no header of their own. */
function tokenIn(query: unknown): { token?: string } {
  const token = typeof query === 'object' && query !== null && 'token' in query ? query.token : undefined;
  return typeof token === 'string' ? { token } : {};
}

function singleHeaders(headers: FastifyRequest['headers']): Record<string, string | undefined> {
  const single: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) single[name] = Array.isArray(value) ? value.join(', ') : value;
  return single;
}

function wireAnswer({ status, id, deliveryKey, events, reason }: Answer): Record<string, unknown> {
  return {
    status,
    delivery_id: deliveryKey,
    id: String(id),
    ...(status === 'accepted' ? { events } : {}),
    ...(reason === null ? {} : { reason }),
  };
}
