import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { answerProblems, sendProblem } from './problem.ts';

/** How long a client may take, in milliseconds. */
interface Patience {
  /** For the headers of a request. */
  readonly headersMs: number;
  /** For a whole request. */
  readonly requestMs: number;
  /** How often the two are looked at. */
  readonly checkMs: number;
}

const PATIENCE: Patience = { headersMs: 10_000, requestMs: 30_000, checkMs: 5_000 };

/**
 * The HTTP server without routes: limits against slow and oversized requests, problem details for every error.
 * The limits are explained in SECURITY.md.
 */
export function createServer(telemetry: Telemetry, patience = PATIENCE): FastifyInstance {
  const app = Fastify({
    logger: false,
    // A URL that cannot be decoded never reaches the error handler.
    frameworkErrors: (error, _request, reply) => sendProblem(reply, error),
    forceCloseConnections: 'idle',
    requestTimeout: patience.requestMs,
    keepAliveTimeout: 65_000,
    maxRequestsPerSocket: 10_000,
    routerOptions: { maxParamLength: 4_000 },
    http: {
      headersTimeout: patience.headersMs,
      connectionsCheckingInterval: patience.checkMs,
      maxHeaderSize: 32 * 1024,
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerProblems(app, telemetry);
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', 'no-store');
    // Pages of others may not even embed it.
    reply.header('cross-origin-resource-policy', 'same-origin');
    done();
  });
  return app;
}
