/**
 * The least that a receiver of webhooks can do: read the body, check its signature, parse it, answer. Stores nothing.
 * With FLOOR_PROCESSES=2 two processes share the port.
 */
import cluster from 'node:cluster';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { SECRET } from './_secret.ts';

const processes = Number(process.env.FLOOR_PROCESSES ?? '1');

if (processes > 1 && cluster.isPrimary) {
  const pids = Array.from({ length: processes }, () => cluster.fork().process.pid);
  let listening = 0;
  cluster.on('listening', (_worker, { port }) => {
    listening += 1;
    if (listening === processes) process.send?.({ port, pids: [process.pid, ...pids] });
  });
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.kill();
    process.exit(0);
  });
} else serve();

function serve(): void {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const signature = Buffer.from(String(request.headers['x-hub-signature-256']).slice(7), 'hex');
      const isAuthentic = timingSafeEqual(signature, createHmac('sha256', SECRET).update(body).digest());
      const payload: unknown = JSON.parse(body.toString('utf8'));
      const text = JSON.stringify({ status: isAuthentic && payload !== null ? 'accepted' : 'refused' });
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
      response.end(text);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null && cluster.isPrimary)
      process.send?.({ port: address.port, pids: [process.pid] });
  });
}
