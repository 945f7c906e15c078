import { readFile } from 'node:fs/promises';
import { STATUS_CODES } from 'node:http';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { version } from '../version.ts';
import { securitySchemes, withSecurity } from './permissions.ts';
import { tags } from './tags.ts';
import { webhookSchema } from './webhook-schema.ts';

const DESCRIPTION = `What ValueStream serves beside its dashboard.

JSON in snake_case; times are RFC 3339 in UTC with milliseconds, durations are in milliseconds. Lists come in pages: give
\`next_cursor\` back as \`cursor\` to read on. Errors are problem details (RFC 9457) whose \`code\` never changes its
meaning and whose \`errors\` name each wrong field.

From this machine no proof is needed, unless the server is told so; from elsewhere every operation says which scope a token
has to have. \`admin\` has all of them. Who goes on with wrong tokens is answered 429 (\`too_many_attempts\`).`;

/**
 * Describes every route that is registered afterwards at \`/openapi.json\` (OpenAPI 3.1), from the schemas that validate,
 * and shows it to people at \`/docs\`.
 */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'ValueStream', version, description: DESCRIPTION, license: { name: 'Apache-2.0' } },
      components: { securitySchemes },
      tags: Object.values(tags).map((name) => ({ name })),
    },
    transform: (document) => withNamedWildcard(jsonSchemaTransform({ ...document, schema: schemaOf(document) })),
    transformObject: (document) => withStatusText(withoutUnused(jsonSchemaTransformObject(document))),
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  // What every number means; a page of the package, as it is read in the repository.
  app.get('/docs/measures.md', { schema: { hide: true } }, async (_, reply) =>
    reply.type('text/plain; charset=utf-8').send(await readFile(MEASURES)),
  );
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: PAGE_POLICY,
    logo: { type: 'image/svg+xml', content: Buffer.from(LOGO), href: '/', target: '_self' },
    theme: { title: 'ValueStream API', css: [{ filename: 'theme.css', content: THEME }] },
    uiConfig: { docExpansion: 'list', validatorUrl: null },
  });
}

const MEASURES = new URL('../../docs/measures.md', import.meta.url);

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="190" height="32" role="img" aria-label="ValueStream">
<path d="M4 8h10M10 16h14M20 24h8" stroke="#5ec8b8" stroke-width="4" stroke-linecap="round"/>
<text x="40" y="22" fill="#fff" font-family="system-ui, sans-serif" font-size="18" font-weight="600">ValueStream</text>
</svg>`;

/** The page describes this server and no other: there is nothing to explore elsewhere. */
const THEME = '.swagger-ui .topbar .download-url-wrapper { display: none }';

/** The page loads nothing from elsewhere, and nobody may frame it. */
const PAGE_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

type Transformed = ReturnType<typeof jsonSchemaTransform>;

function schemaOf({ schema, url, route }: Parameters<typeof jsonSchemaTransform>[0]): typeof schema {
  const own = webhookSchema(url, route.method) ?? schema;
  const [method = ''] = [route.method].flat();
  return own?.hide === true ? own : withSecurity(own, method, url);
}

const WILDCARDS = new Map([
  ['spans', 'span_id'],
  ['verdicts', 'span_id'],
  ['traces', 'trace_id'],
]);

/** A span id holds slashes, so its route ends in a wildcard; to a caller it is a parameter like any other. */
function withNamedWildcard({ schema, url }: Transformed): Transformed {
  const name = url.endsWith('/*') ? WILDCARDS.get(url.split('/').at(-2) ?? '') : undefined;
  if (name === undefined) return { schema, url };
  const params = {
    type: 'object',
    properties: { [name]: { type: 'string', description: 'percent-encoded' } },
    required: [name],
  };
  return { schema: { ...schema, params }, url: url.replace('*', `:${name}`) };
}

interface Described {
  readonly paths?: Readonly<Record<string, unknown>>;
  readonly components?: { readonly schemas?: Record<string, unknown> };
}

/** Each schema is given twice, as what is sent and as what is read; most are used one way only. */
function withoutUnused<T extends Described>(description: T): T {
  const schemas = description.components?.schemas ?? {};
  const used = new Set<string>();
  const use = (part: unknown) => {
    for (const [, name = ''] of JSON.stringify(part ?? {}).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      use(schemas[name]);
    }
  };
  use(description.paths);
  for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
  return description;
}

interface Operation {
  readonly responses?: Record<string, { description: string }>;
}

function operationsOf(path: unknown): Operation[] {
  return typeof path === 'object' && path !== null ? Object.values(path) : [];
}

/** The plugin says "Default Response" of an answer that is not described; the status says more. */
function withStatusText<T extends Described>(description: T): T {
  const operations = Object.values(description.paths ?? {}).flatMap((path) => operationsOf(path));
  for (const { responses } of operations) {
    for (const [status, response] of Object.entries(responses ?? {}))
      if (response.description === 'Default Response') response.description = STATUS_CODES[status] ?? status;
  }
  return description;
}
