import { createHash, randomUUID } from 'node:crypto';
import { AppError } from '../domain/app-error.ts';
import type { EpochMs } from '../domain/event.ts';
import type { Delivery, Interpretation, RawDelivery, Source } from '../sources/contract.ts';
import { type NewDelivery, StoreError } from '../store/contract.ts';
import type { Entry, Receipt } from './append.ts';
import { parseBody } from './body.ts';

/** What the sender is told once its delivery is durable. */
export type Answer = Receipt & { readonly deliveryKey: string };

export interface Receiver {
  /** Makes an entry durable; rejects with a StoreError when that is impossible now. */
  readonly submit: (entry: Entry) => Promise<Receipt>;
  /** The secrets of a source's instance; several while one is rotated, none where none is set. */
  readonly secretsOf: (source: string, instance: string) => readonly string[];
  readonly now: () => EpochMs;
}

export interface Request {
  readonly source: Source;
  readonly instance: string;
  readonly headers: RawDelivery['headers'];
  readonly body: Buffer;
  readonly token?: string;
  /** Why a delivery may not come without a signature when no secret is set; null where it may. */
  readonly whyNotUnsigned: string | null;
  /** Whether it brings a token to tell events with; asked only where the source takes one. Throws an AppError. */
  readonly hasToken: () => boolean;
}

// Longer ids are no ids; their hash is as good, and keeps the index narrow.
const MAX_KEY_LENGTH = 200;

/**
 * Takes one webhook request of any source: verify → parse → interpret → append → answer.
 *
 * Resolves only when the delivery is durable. Throws an AppError, and then nothing is stored: `unauthenticated`,
 * `unsupported_media_type`, `invalid_body`, `invalid_event`, `unavailable`.
 */
export async function receive(request: Request, receiver: Receiver): Promise<Answer> {
  const entry = read(request, receiver);
  const deliveryKey = entry.delivery.key;
  const receipt = await submit(entry, receiver);
  return { ...receipt, deliveryKey };
}

/** A function of its own, so that the parsed payload is garbage before the wait for the disk, and never grows old. */
function read(request: Request, receiver: Receiver): Entry {
  const { source, instance, headers, body, token } = request;
  const channel = source.channelOf?.(headers) ?? 'webhook';
  const received: RawDelivery = { instance, headers, body, receivedAt: receiver.now(), channel };
  const raw = token === undefined ? received : { ...received, token };
  const authenticity = authenticate(request, raw, receiver);
  const payload = parseBody(body, headers['content-type'], source.forms);
  return entryOf(source, { ...raw, payload, key: keyOf(source, raw, payload) }, authenticity);
}

/** How it has proved where it comes from. A right signature suffices, whatever the token beside it is for. */
function authenticate({ source, instance, hasToken, whyNotUnsigned }: Request, raw: RawDelivery, receiver: Receiver) {
  const secrets = receiver.secretsOf(source.id, instance);
  const verification = secrets.length > 0 ? source.verify(raw, secrets) : null;
  if (verification?.ok === true) return verification.scheme;
  if (source.takesTokens === true && hasToken()) return 'api-token';
  if (verification !== null) throw new AppError('unauthenticated', verification.reason);
  if (whyNotUnsigned === null) return 'unsigned';
  throw new AppError('unauthenticated', `no secret is set for ${source.title} on this server, ${whyNotUnsigned}`);
}

function keyOf(source: Source, raw: RawDelivery, payload: unknown): string {
  const key = source.deliveryKey(raw, payload);
  if (key === null) return `vs-${randomUUID()}`;
  if (key === undefined) return `sha256:${sha256(raw.body)}`;
  return key.length <= MAX_KEY_LENGTH ? key : `sha256:${sha256(key)}`;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** What is appended of an authentic delivery. Throws an AppError `invalid_event` where its sender can mend it. */
export function entryOf(source: Source, delivery: Delivery, authenticity: string): Entry {
  const interpretation = interpret(source, delivery);
  if (interpretation.outcome === 'invalid')
    throw new AppError('invalid_event', 'some fields of the event are wrong', interpretation.errors);
  const events = interpretation.outcome === 'accepted' ? interpretation.events : [];
  const stored: NewDelivery = {
    source: source.id,
    instance: delivery.instance,
    key: delivery.key,
    channel: delivery.channel,
    receivedAt: delivery.receivedAt,
    authenticity,
    kind: interpretation.kind,
    outcome: interpretation.outcome,
    reason: interpretation.outcome === 'accepted' ? null : interpretation.reason,
    events: events.length,
    headers: kept(source, delivery.headers),
    body: interpretation.outcome === 'ignored' && interpretation.discardsBody === true ? null : delivery.body,
  };
  return { delivery: stored, events };
}

/** What reads stored deliveries: an event source, or what reads our own. */
export type Interpreter = Pick<Source, 'title' | 'forms' | 'interpret'>;

/** Reads a delivery; a mapping that throws makes a dead letter, which can be read again once it is mended. */
export function interpret(source: Interpreter, delivery: Delivery): Interpretation {
  try {
    return source.interpret(delivery);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { outcome: 'dead_letter', kind: 'unreadable', reason: `the mapping of ${source.title} failed: ${message}` };
  }
}

function kept(source: Source, headers: RawDelivery['headers']): Record<string, string> {
  return Object.fromEntries(
    source.keepHeaders.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

async function submit(entry: Entry, receiver: Receiver): Promise<Receipt> {
  try {
    return await receiver.submit(entry);
  } catch (error) {
    if (error instanceof StoreError) throw new AppError('unavailable', 'the store cannot take it now; send it again');
    throw error;
  }
}
