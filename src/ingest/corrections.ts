import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Event } from '../domain/event.ts';
import { type Correction, factsOf } from '../domain/verdict.ts';
import type { Delivery, Interpretation } from '../sources/contract.ts';
import type { Entry } from './append.ts';
import type { Interpreter } from './receive.ts';

/** Whose deliveries these are, in place of an event source: nobody can send them but the API. */
const OURSELVES = 'valuestream';
const KIND = 'verdict';

const judged = z.boolean().nullable().optional();

/** The body as it is stored. It says all that its meaning hangs on, so that it means the same whenever it is read again. */
const correctionSchema = z.object({
  identity: z.object({
    source: z.string(),
    instance: z.string(),
    kind: z.string(),
    scope: z.string(),
    id: z.string(),
  }),
  name: z.object({ scope: z.string(), id: z.string() }),
  operation: z.string(),
  attempt: z.string(),
  saying: z
    .object({ isFailure: judged, isRework: judged, author: z.string(), reason: z.string() })
    .transform(({ isFailure, isRework, ...by }) => ({
      ...by,
      ...(isFailure === undefined ? {} : { isFailure }),
      ...(isRework === undefined ? {} : { isRework }),
    })),
  saidAt: z.number(),
});

/** A correction as a delivery to append: the log has it like all that arrives, so replays and rebuilds do. */
export function entryOf(correction: Correction): Entry {
  const body = Buffer.from(JSON.stringify(correction));
  const key = `vs-${randomUUID()}`;
  const common = { instance: '', key, channel: 'correction', receivedAt: correction.saidAt } as const;
  return {
    delivery: {
      ...common,
      source: OURSELVES,
      authenticity: 'unsigned',
      kind: KIND,
      outcome: 'accepted',
      reason: null,
      events: 1,
      headers: { 'content-type': 'application/json' },
      body,
    },
    events: [eventOf(correction, common)],
  };
}

/** Reads stored corrections. */
export const corrections: Interpreter = {
  title: 'corrections',
  forms: false,
  interpret: (delivery: Delivery): Interpretation => {
    const parsed = correctionSchema.safeParse(delivery.payload);
    return parsed.success
      ? { outcome: 'accepted', kind: KIND, events: [eventOf(parsed.data, delivery)] }
      : { outcome: 'dead_letter', kind: KIND, reason: z.prettifyError(parsed.error) };
  },
};

function eventOf(
  correction: Correction,
  { key, channel, receivedAt }: Pick<Delivery, 'key' | 'channel' | 'receivedAt'>,
): Event {
  const { identity, name, operation, saidAt } = correction;
  return {
    identity,
    name,
    operation,
    key: `verdict:${key}`,
    state: 'intermediary',
    occurredAt: saidAt,
    observedAt: saidAt,
    precisionMs: 1,
    receivedAt,
    channel,
    facts: factsOf(correction),
  };
}
