import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { StoreReader } from '../store/contract.ts';
import { problems } from './problem.ts';
import { tags } from './tags.ts';

const instance = z
  .string()
  .regex(/^([a-z0-9][a-z0-9-]{0,62})?$/, 'an instance is called by lower-case letters, digits and dashes')
  .describe('one of several senders of a kind, as in the address of its webhooks; empty for the default one');
const source = z.string().describe('one of the ids that `GET /api/v1/sources` lists');
const cursor = z
  .object({
    scope: z.string().min(1).max(500).describe('the place, by a name that it keeps'),
    resource: z.string().min(1).max(100).describe('what is imported of it'),
    position: z.string().max(10_000).describe("where to go on, in the importer's own words"),
  })
  .meta({ id: 'ImportCursor', description: 'Where the import of one kind of thing of one place stands' });

/** The most deliveries of one batch. */
const MOST = 500;

const importBodySchema = z.object({
  source,
  instance: instance.default(''),
  deliveries: z
    .array(z.looseObject({ import: z.string().describe('what it is: `pull_request`') }))
    .max(MOST)
    .describe("each as the vendor's API gave it, in an envelope that its source reads"),
  cursor: cursor.optional().describe('where the import stands once these are stored'),
});

export const importedSchema = z
  .object({
    accepted: z.number().int(),
    duplicates: z.number().int().describe('stored before, byte for byte; nothing changes'),
    ignored: z.number().int(),
    dead_letters: z.array(z.string()).describe('our numbers of those that the mapping could not read'),
  })
  .meta({ id: 'Imported', description: 'What became of a batch, once it is on stable storage' });

const posting = {
  tags: [tags.imports],
  operationId: 'postImport',
  summary: 'Take a batch of imported deliveries',
  description:
    "What a vendor's API tells of the past, read and stored as webhooks are. All of it is stored in one transaction with " +
    'the cursor, and the answer comes once the spans that it changes can be read. At most 25 MiB.',
  body: importBodySchema,
  response: {
    200: importedSchema,
    ...problems(
      'invalid_parameter',
      'invalid_body',
      'not_found',
      'too_large',
      'unsupported_media_type',
      'overloaded',
      'unavailable',
    ),
  },
};
const listing = {
  tags: [tags.imports],
  operationId: 'listImportCursors',
  summary: 'Where the imports of a source stand',
  querystring: z.object({ source, instance: instance.default('') }),
  response: { 200: z.object({ items: z.array(cursor) }), ...problems('invalid_parameter') },
};

type ImportBody = z.output<typeof importBodySchema>;

/** What imports are stored by. */
export interface ImportParts {
  readonly reader: Pick<StoreReader, 'listImportCursors'>;
  /** Resolves once the batch is durable. */
  readonly store: (batch: ImportBody) => Promise<{
    readonly accepted: number;
    readonly duplicates: number;
    readonly ignored: number;
    readonly deadLetters: readonly number[];
  }>;
  /** Reads a body within the limits that webhooks have, and lets it go once its request is answered. */
  readonly admit: (app: Parameters<FastifyPluginAsyncZod>[0]) => void;
}

/** `POST /imports` and `GET /imports/cursors`. */
export function importRoutes({ reader, store, admit }: ImportParts): FastifyPluginAsyncZod {
  return async (app) => {
    admit(app);
    app.post('/imports', { schema: posting }, async ({ body }) => {
      const { deadLetters, ...counts } = await store(body);
      return { ...counts, dead_letters: deadLetters.map(String) };
    });
    app.get('/imports/cursors', { schema: listing }, async ({ query }) => ({
      items: (await reader.listImportCursors(query)).map(({ scope, resource, position }) => ({
        ...{ scope, resource, position },
      })),
    }));
  };
}
