import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { EpochMs } from '../domain/event.ts';
import { healthOf, type RefusalCause, type Traffic } from '../domain/source-health.ts';
import { type Source, WRONG_CLOCK } from '../sources/contract.ts';
import type { DeliveryCount, DeliveryHour, DeliveryOutcome, Recorded, StoreReader } from '../store/contract.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { sourceSchema } from './schema.ts';
import { tags } from './tags.ts';
import { wireTime } from './wire.ts';

export interface SourcesOptions {
  readonly reader: StoreReader;
  readonly sources: readonly Source[];
  readonly telemetry: Telemetry;
  readonly now: () => EpochMs;
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
      const { reader, now } = options;
      const counts = await reader.countDeliveries();
      const hours = await reader.countDeliveriesByHour(earliest(counts, now()) - LATELY_MS);
      const items = options.sources.flatMap((source) =>
        instances(source, counts, options).map((instance) => describe(source, instance, { counts, hours }, options)),
      );
      return { items: await Promise.all(items) };
    });
  };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What a source usually does shows in these weeks before it was last heard. */
const LATELY_MS = 28 * DAY_MS;
/** Who has been silent for longer has been given up. */
const LONGEST_SILENCE_MS = 365 * DAY_MS;

/** When the source that has been silent for longest was last heard, of those that have not been given up. */
function earliest(counts: readonly DeliveryCount[], now: EpochMs): EpochMs {
  const last = Map.groupBy(counts, ({ source, instance }) => `${source}/${instance}`).values();
  const times = [...last].map((own) => Math.max(...own.map(({ lastReceivedAt }) => lastReceivedAt)));
  return Math.min(now, ...times.filter((time) => time > now - LONGEST_SILENCE_MS));
}

interface Counts {
  readonly counts: readonly DeliveryCount[];
  readonly hours: readonly DeliveryHour[];
}

function instances(
  { id }: Source,
  counts: readonly DeliveryCount[],
  { instancesOf, telemetry }: SourcesOptions,
): string[] {
  const seen = [...counts, ...telemetry.refusedInstances].filter(({ source }) => source === id);
  return [...new Set(['', ...instancesOf(id), ...seen.map(({ instance }) => instance)])].sort();
}

async function describe(
  { id, title, stability }: Source,
  instance: string,
  { counts, hours }: Counts,
  { reader, hasSecret, webhookUrl, telemetry, now }: SourcesOptions,
): Promise<z.infer<typeof sourceSchema>> {
  const isOwn = (one: { readonly source: string; readonly instance: string }) =>
    one.source === id && one.instance === instance;
  const own = counts.filter(isOwn);
  const countOf = (outcome: DeliveryOutcome) => own.find((count) => count.outcome === outcome)?.count ?? 0;
  const lastReason = async (outcome: DeliveryOutcome) => (await lastOf(own, outcome, reader))?.delivery.reason ?? null;
  const deliveries = {
    accepted: countOf('accepted'),
    ignored: countOf('ignored'),
    dead_letter: countOf('dead_letter'),
  };
  const lastReasons = { ignored: await lastReason('ignored'), dead_letter: await lastReason('dead_letter') };
  const lastAt = own.length === 0 ? null : Math.max(...own.map(({ lastReceivedAt }) => lastReceivedAt));
  const refused = telemetry.refusalsOf(id, instance);
  const { status, hints } = healthOf({
    now: now(),
    ...deliveries,
    deadLetters: deliveries.dead_letter,
    lastAt,
    lastIgnored: lastReasons.ignored,
    lastDeadLetter: lastReasons.dead_letter,
    refused: refused === null ? null : { ...refused, cause: causeOf(refused, hasSecret(id, instance)) },
    lastAccepted: acceptedOf(await lastOf(own, 'accepted', reader)),
    hours: [...new Set(hours.filter(isOwn).map(({ hour }) => hour))].filter(
      (hour) => lastAt !== null && hour >= (lastAt - LATELY_MS) / HOUR_MS,
    ),
  });
  return {
    id,
    instance,
    title,
    stability,
    url: webhookUrl(id, instance),
    secret: hasSecret(id, instance) ? 'set' : 'not_set',
    last_delivery_at: lastAt === null ? null : wireTime(lastAt),
    health: { status, hints: [...hints] },
    deliveries,
    last_reasons: lastReasons,
    refused: {
      count: refused?.count ?? 0,
      last_at: refused === null ? null : wireTime(refused.lastAt),
      last_reason: refused?.lastReason ?? null,
    },
  };
}

type Refusals = NonNullable<ReturnType<Telemetry['refusalsOf']>>;

function causeOf({ lastCode, lastReason }: Refusals, hasSecret: boolean): RefusalCause {
  switch (lastCode) {
    case 'unauthenticated':
      if (!hasSecret) return 'no_secret';
      return lastReason === WRONG_CLOCK ? 'clock' : 'secret';
    case 'unsupported_media_type':
      return lastReason.includes('x-www-form-urlencoded') ? 'form' : 'body';
    case 'overloaded':
    case 'unavailable':
    case 'internal':
      return 'server';
    default:
      return 'body';
  }
}

/** The last delivery of an outcome; a replay may have given it another one meanwhile. */
async function lastOf(
  counts: readonly DeliveryCount[],
  outcome: DeliveryOutcome,
  reader: StoreReader,
): Promise<Recorded | undefined> {
  const id = counts.find((count) => count.outcome === outcome)?.lastDeliveryId ?? 0;
  const [recorded] = id === 0 ? [] : await reader.findRecorded([id]);
  return recorded?.delivery.outcome === outcome ? recorded : undefined;
}

function acceptedOf(recorded: Recorded | undefined): Traffic['lastAccepted'] {
  if (recorded === undefined) return null;
  const { delivery, told } = recorded;
  const newest = Math.max(...told.map(({ occurredAt }) => occurredAt));
  return {
    contentType: delivery.headers['content-type'] ?? '',
    ageMs: told.length === 0 ? null : delivery.receivedAt - newest,
  };
}
