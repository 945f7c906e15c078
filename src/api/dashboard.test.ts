import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { dashboardRoutes } from './dashboard.ts';
import { createServer } from './server.ts';

const AS_PAGE = { accept: 'text/html,application/xhtml+xml' };
let folder: string;
let app: FastifyInstance;

beforeEach(() => {
  folder = `${mkdtempSync(join(tmpdir(), 'valuestream-web-'))}/`;
  app = createServer(createTelemetry(pino({ enabled: false }), Date.now));
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

/** What a build leaves behind, in small. */
function build(): void {
  mkdirSync(`${folder}assets`);
  writeFileSync(`${folder}index.html`, '<!doctype html><title>ValueStream</title>');
  writeFileSync(`${folder}theme.js`, '');
  writeFileSync(`${folder}assets/index-abc.js`, 'hello()');
  writeFileSync(`${folder}assets/index-abc.js.br`, brotliCompressSync('hello()'));
}

describe('the dashboard that is served', () => {
  beforeEach(async () => {
    build();
    await app.register((own) => dashboardRoutes(own, folder));
  });

  it.each(['/', '/traces', '/traces/vstrace-github-issue-octo-org%2Fapi-27?span=x', '/login'])(
    'is one page at %s, under a policy that lets nothing inline and nothing from elsewhere in',
    async (url) => {
      const { statusCode, headers, body } = await app.inject({ url, headers: AS_PAGE });
      expect(statusCode).toBe(200);
      expect(body).toContain('<title>ValueStream</title>');
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'; require-trusted-types-for 'script'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
    },
  );

  it('is asked for again each time, and sent only if it has changed', async () => {
    const { headers } = await app.inject({ url: '/', headers: AS_PAGE });
    expect(headers['cache-control']).toBe('no-cache');
    const again = await app.inject({ url: '/', headers: { ...AS_PAGE, 'if-none-match': headers.etag } });
    expect(again.statusCode).toBe(304);
  });

  it('has files that browsers keep for a year, compressed beforehand', async () => {
    const { headers, rawPayload } = await app.inject({
      url: '/assets/index-abc.js',
      headers: { 'accept-encoding': 'gzip, br' },
    });
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-encoding']).toBe('br');
    expect(rawPayload).toEqual(brotliCompressSync('hello()'));
    const plain = await app.inject({ url: '/assets/index-abc.js' });
    expect(plain.body).toBe('hello()');
  });

  it.each(['/api/v1/nothing', '/docs/nothing', '/assets/nothing.js', '/webhooks/a/b/c'])(
    'is not what is answered at %s, whoever asks',
    async (url) => {
      const { statusCode, headers } = await app.inject({ url, headers: AS_PAGE });
      expect(statusCode).toBe(404);
      expect(headers['content-type']).toBe('application/problem+json');
    },
  );

  it('is for browsers: a program that asks for nothing that there is gets a problem', async () => {
    const { statusCode, headers } = await app.inject({ url: '/nothing', headers: { accept: 'application/json' } });
    expect(statusCode).toBe(404);
    expect(headers['content-type']).toBe('application/problem+json');
  });

  it('gives away no file beside its own', async () => {
    writeFileSync(`${folder}secret`, 'secret');
    for (const url of ['/assets/../secret', '/assets/..%2fsecret', '/assets/%2e%2e/secret'])
      expect((await app.inject({ url, headers: AS_PAGE })).body).not.toBe('secret');
  });
});

describe('a dashboard that is not built', () => {
  it('says so, and how to build it', async () => {
    await app.register((own) => dashboardRoutes(own, folder));
    const { statusCode, body } = await app.inject({ url: '/', headers: AS_PAGE });
    expect(statusCode).toBe(503);
    expect(body).toContain('npm run build:web');
  });
});
