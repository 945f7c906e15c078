import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { measureRoutes } from '../../src/api/measures/routes.ts';
import { createServer } from '../../src/api/server.ts';
import type { Columns } from '../../src/measures/columns/contract.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

/** The measures of the API over columns of a test, without a store. */
export async function serveMeasures(
  columns: Columns,
  now: () => number = Date.now,
  { byAuthor = false } = {},
): Promise<FastifyInstance> {
  const app = createServer(createTelemetry(pino({ level: 'silent' }), now));
  await app.register(measureRoutes(columns, now, { byAuthor }), { prefix: '/api/v1' });
  return app;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: a test says by what it expects which shape it is.
  readonly body: any;
}

/** Asks a path below `/api/v1/measures`, or one that an answer has told. */
export async function askMeasures(app: FastifyInstance, path: string): Promise<Answered> {
  const url = path.startsWith('/api/') ? path : `/api/v1/measures/${path}`;
  const answer = await app.inject({ method: 'GET', url });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}
