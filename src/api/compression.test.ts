import { gunzipSync, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { compressAnswers } from './compression.ts';
import { createServer } from './server.ts';

const LONG = { numbers: Array.from({ length: 2_000 }, (_, index) => index % 7) };
let app: FastifyInstance;

beforeEach(async () => {
  app = createServer(createTelemetry(pino({ enabled: false }), Date.now));
  await app.register(async (api) => {
    await compressAnswers(api);
    api.get('/long', async () => LONG);
    api.get('/short', async () => ({ ok: true }));
    api.get('/events', (_request, reply) => reply.type('text/event-stream').send(`data: ${'x'.repeat(5_000)}\n\n`));
    api.post('/echo', async ({ body }) => body);
  });
});

afterEach(() => app.close());

const get = (url: string, encodings: string) =>
  app.inject({ method: 'GET', url, headers: { 'accept-encoding': encodings } });

describe('answers of the API', () => {
  test('are compressed where the client takes that', async () => {
    const { headers, rawPayload } = await get('/long', 'br, gzip');
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: expect.stringMatching(/accept-encoding/i) });
    expect(JSON.parse(gunzipSync(rawPayload).toString())).toEqual(LONG);
  });

  test('are as they are where it takes none, or they are short', async () => {
    expect((await get('/long', 'identity')).json()).toEqual(LONG);
    const { headers, body } = await get('/short', 'gzip');
    expect(headers['content-encoding']).toBeUndefined();
    expect(body).toBe('{"ok":true}');
  });

  test('are not held back where they are events', async () => {
    expect((await get('/events', 'gzip')).headers['content-encoding']).toBeUndefined();
  });
});

test('a compressed request is not inflated, however little it would take', async () => {
  const { statusCode } = await app.inject({
    method: 'POST',
    url: '/echo',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    payload: gzipSync('{"a":1}'),
  });
  expect(statusCode).toBe(400);
});
