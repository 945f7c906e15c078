import { canonical } from '../domain/canonical.ts';
import type { Event } from '../domain/event.ts';
import type { Interpretation } from '../sources/contract.ts';
import type { Recorded, StoredDelivery } from '../store/contract.ts';
import { parseBody } from './body.ts';
import { type Interpreter, interpret } from './receive.ts';
import type { Retelling } from './swap.ts';

/** What a stored delivery means to today's mapping. */
export function reread(delivery: StoredDelivery, body: Uint8Array, source: Interpreter): Retelling {
  try {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const payload = parseBody(bytes, delivery.headers['content-type'], source.forms);
    const { instance, key, headers, receivedAt, channel } = delivery;
    const interpretation = interpret(source, { instance, key, headers, receivedAt, channel, body: bytes, payload });
    return retellingOf(delivery, interpretation);
  } catch (error) {
    return deadLetter(delivery, error instanceof Error ? error.message : String(error));
  }
}

function deadLetter({ id, kind }: StoredDelivery, reason: string): Retelling {
  return { id, kind, outcome: 'dead_letter', reason, events: 0, told: [] };
}

function retellingOf(delivery: StoredDelivery, interpretation: Interpretation): Retelling {
  const { id } = delivery;
  const { kind, outcome } = interpretation;
  switch (outcome) {
    case 'accepted':
      return { id, kind, outcome, reason: null, events: interpretation.events.length, told: interpretation.events };
    // Its sender can no longer be asked to mend it.
    case 'invalid': {
      const fields = interpretation.errors.map(({ pointer, message }) => `${pointer}: ${message}`);
      return deadLetter({ ...delivery, kind }, fields.join('; '));
    }
    default:
      return { id, kind, outcome, reason: interpretation.reason, events: 0, told: [] };
  }
}

/** Whether a delivery means something else than what was recorded. */
export function differs({ delivery, told }: Recorded, now: Retelling): boolean {
  const isSettled =
    delivery.kind === now.kind &&
    delivery.outcome === now.outcome &&
    delivery.reason === now.reason &&
    delivery.events === now.events;
  return !isSettled || contentsOf(told) !== contentsOf(now.told);
}

/** When it was heard is not what it says: of two deliveries that say the same, only the first one's time is kept. */
function contentsOf(events: readonly Event[]): string {
  const contents = events.map((event) => canonical({ ...event, receivedAt: 0 }));
  return [...new Set(contents)].sort().join('\n');
}
