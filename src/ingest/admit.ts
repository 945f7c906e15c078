import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Admission, Gate } from './admission.ts';
import { parseBody, readBody } from './body.ts';

/** Makes the routes of a part of the API read their bodies within the limits that webhooks have, and as strictly. */
export function admitBodies(app: FastifyInstance, gate: Gate): void {
  const admissions = new WeakMap<FastifyRequest, Admission>();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: FastifyRequest['raw']) => {
    const admission = gate.enter();
    admissions.set(request, admission);
    const { 'content-length': length, 'content-type': type } = request.headers;
    return parseBody(await readBody(payload, length, admission), type, false);
  });
  app.addHook('onResponse', async (request) => admissions.get(request)?.release());
}
