import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../domain/app-error.ts';

/** Where the build of `web/` lies, seen from the source and from the package alike. */
const BUILT = fileURLToPath(new URL('../../dist/web/', import.meta.url));

/**
 * Nothing comes from elsewhere, nothing is inline, nothing frames the page, and no text becomes markup: what webhooks say
 * is shown in it.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** What is not a page of the dashboard, whatever a browser asks there. */
const NOT_PAGES = /^\/(api|webhooks|docs|assets|metrics|healthz|readyz|openapi\.json)(\/|$)/;

const MISSING = 'The dashboard is not built. Run "npm run build:web" (npm start does), and load this page again.';

/**
 * Serves the dashboard: its hashed files under `/assets/`, kept by browsers for a year and compressed beforehand, and its
 * one page at every other address that a browser asks for; which page it shows is for the page to say.
 */
export async function dashboardRoutes(app: FastifyInstance, folder = BUILT): Promise<void> {
  if (!existsSync(`${folder}index.html`)) {
    app.get('/*', { schema: { hide: true } }, async (request, reply) => {
      refuseOthers(request);
      return reply.code(503).type('text/plain; charset=utf-8').send(MISSING);
    });
    return;
  }
  await app.register(fastifyStatic, {
    root: `${folder}assets/`,
    prefix: '/assets/',
    preCompressed: true,
    immutable: true,
    maxAge: '365d',
    index: false,
    schemaHide: true,
  });
  app.get('/favicon.svg', { schema: { hide: true } }, (_, reply) => send(reply, 'favicon.svg', folder));
  app.get('/theme.js', { schema: { hide: true } }, (_, reply) => send(reply, 'theme.js', folder));
  app.get('/*', { schema: { hide: true } }, (request, reply) => {
    refuseOthers(request);
    reply.header('content-security-policy', POLICY);
    reply.header('referrer-policy', 'same-origin');
    reply.header('cross-origin-opener-policy', 'same-origin');
    return send(reply, 'index.html', folder);
  });
}

function send(reply: FastifyReply, file: string, folder: string): FastifyReply {
  // Asked for again each time, and answered with 304 while nothing has changed: it names the hashed files.
  reply.header('cache-control', 'no-cache');
  return reply.sendFile(file, folder, { cacheControl: false });
}

/** Throws an AppError `not_found` for what no browser asks for as a page. */
function refuseOthers({ url, method, headers }: FastifyRequest): void {
  const path = url.split('?', 1)[0] ?? '';
  if (!NOT_PAGES.test(path) && headers.accept?.includes('text/html') === true) return;
  throw new AppError('not_found', `nothing is served at ${method} ${path.slice(0, 200)}`);
}
