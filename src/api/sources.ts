import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Source } from '../sources/contract.ts';
import type { DeliveryCount, StoreReader } from '../store/contract.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { sourceSchema } from './schema.ts';
import { tags } from './tags.ts';
import { wireTime } from './wire.ts';

export interface SourcesOptions {
  readonly reader: StoreReader;
  readonly sources: readonly Source[];
  readonly telemetry: Telemetry;
  /** The named instances that have a secret. */
  readonly instancesOf: (source: string) => readonly string[];
  readonly hasSecret: (source: string, instance: string) => boolean;
  readonly webhookUrl: (source: string, instance: string) => string;
}

const listing = {
  tags: [tags.sources],
  operationId: 'listSources',
  summary: 'Every event source and instance: where it posts to, and what has come',
  response: { 200: z.object({ items: z.array(sourceSchema) }) },
};

/** `GET /sources`: every event source and instance, where it posts to, and what has come. */
export function sourceRoutes(options: SourcesOptions): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/sources', { schema: listing }, async () => {
      const counts = await options.reader.countDeliveries();
      const items = options.sources.flatMap((source) =>
        instances(source, counts, options).map((instance) => describe(source, instance, counts, options)),
      );
      return { items };
    });
  };
}

function instances(
  { id }: Source,
  counts: readonly DeliveryCount[],
  { instancesOf, telemetry }: SourcesOptions,
): string[] {
  const seen = [...counts, ...telemetry.refusedInstances].filter(({ source }) => source === id);
  return [...new Set(['', ...instancesOf(id), ...seen.map(({ instance }) => instance)])].sort();
}

function describe(
  { id, title, stability }: Source,
  instance: string,
  counts: readonly DeliveryCount[],
  { hasSecret, webhookUrl, telemetry }: SourcesOptions,
): z.infer<typeof sourceSchema> {
  const own = counts.filter((count) => count.source === id && count.instance === instance);
  const countOf = (outcome: string) => own.find((count) => count.outcome === outcome)?.count ?? 0;
  const last = Math.max(...own.map(({ lastReceivedAt }) => lastReceivedAt));
  const refusals = telemetry.refusalsOf(id, instance);
  return {
    id,
    instance,
    title,
    stability,
    url: webhookUrl(id, instance),
    secret: hasSecret(id, instance) ? 'set' : 'not_set',
    last_delivery_at: own.length === 0 ? null : wireTime(last),
    deliveries: { accepted: countOf('accepted'), ignored: countOf('ignored'), dead_letter: countOf('dead_letter') },
    refused: {
      count: refusals?.count ?? 0,
      last_at: refusals === null ? null : wireTime(refusals.lastAt),
      last_reason: refusals?.lastReason ?? null,
    },
  };
}
