import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { createServer } from './server.ts';

describe('a client that takes its time', () => {
  const begin = 'POST / HTTP/1.1\r\nhost: x\r\n';

  it.each([
    ['the headers', begin],
    ['the body', `${begin}content-type: application/json\r\ncontent-length: 100\r\n\r\n{`],
  ])('is told so, and its connection closed, when it does not end %s', async (_what, sent) => {
    const telemetry = createTelemetry(pino({ level: 'silent' }), Date.now);
    const server = createServer(telemetry, { headersMs: 50, requestMs: 100, checkMs: 10 });
    server.post('/', async ({ body }) => body);
    const url = new URL(await server.listen({ host: '127.0.0.1', port: 0 }));
    const sockets = Array.from({ length: 20 }, () => connect(Number(url.port), '127.0.0.1'));
    const answers = sockets.map(async (socket) => {
      await once(socket, 'connect');
      socket.write(sent);
      return text(socket);
    });
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    await server.close();
  });
});
