import { isObject, own } from '../_kit/json.ts';
import { kindOf } from '../_kit/kind.ts';
import { anyOf, hexHmac, standardWebhooks } from '../_kit/signatures.ts';
import type { Delivery, Interpretation, RawDelivery, Source } from '../contract.ts';
import { parseEvents } from './parse.ts';
import { readEvent } from './read.ts';
import { words } from './schema.ts';

/** Our own format, for every tool that has no source of its own and for scripts; README.md describes it. */
export const customhttp: Source = {
  id: 'customhttp',
  title: 'Custom HTTP',
  tells: 'anything: builds, deploys, your own words, with stages',
  stability: 'stable',
  forms: false,
  keepHeaders: [
    'content-type',
    'idempotency-key',
    'traceparent',
    'tracestate',
    'user-agent',
    'webhook-id',
    'webhook-timestamp',
    'x-vs-channel',
  ],
  verify: anyOf(standardWebhooks(), hexHmac({ header: 'X-VS-Signature', prefix: 'sha256=' })),
  takesTokens: true,
  deliveryKey,
  // Our own command line says so; what it knows, it knows at first hand.
  channelOf: (headers) => (headers['x-vs-channel'] === 'cli' ? 'cli' : 'webhook'),
  interpret,
};

/** By what the sender calls it, else by the body where every event has a time: the same bytes may rightly come again. */
function deliveryKey({ headers }: RawDelivery, payload: unknown): string | undefined | null {
  const key = headers['webhook-id'] || unquoted(headers['idempotency-key']);
  if (key !== undefined && key !== '') return key;
  const items: unknown[] = Array.isArray(payload) ? payload : [payload];
  const isTimed = items.every((item) => words.time.some((word) => (own(item, word) ?? null) !== null));
  return isTimed ? undefined : null;
}

// https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ writes it as a quoted string.
function unquoted(header: string | undefined): string | undefined {
  return header?.replace(/^"(.*)"$/, '$1');
}

function interpret(delivery: Delivery): Interpretation {
  const { payload } = delivery;
  const kind = Array.isArray(payload) ? 'batch' : kindOf(firstOf(payload, words.type), firstOf(payload, words.action));
  const parsed = parseEvents(payload);
  if (!parsed.ok) return { outcome: 'invalid', kind, errors: parsed.errors };
  return { outcome: 'accepted', kind, events: parsed.events.map((event, index) => readEvent(event, index, delivery)) };
}

function firstOf(payload: unknown, names: readonly string[]): unknown {
  return isObject(payload) ? names.map((name) => own(payload, name)).find((value) => value !== undefined) : undefined;
}
