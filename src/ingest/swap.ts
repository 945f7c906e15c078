import type { SpanChange } from '../domain/difference.ts';
import type { Event } from '../domain/event.ts';
import type { Ruling } from '../rules/ruling.ts';
import {
  type DeliveryOutcome,
  type IdentityId,
  type Settlement,
  type Store,
  StoreError,
  type Transaction,
} from '../store/contract.ts';
import { identify, toldBy } from './identify.ts';
import { refoldIn } from './refold.ts';

/** A stored delivery as it is read now. */
export interface Retelling extends Settlement {
  readonly outcome: DeliveryOutcome;
  readonly told: readonly Event[];
}

/**
 * Puts what deliveries mean now in place of what they meant before, and folds what that changes, in one durable
 * transaction. What others told stays; a span whose attempts come out as they were is not written.
 *
 * Idempotent, and independent of how deliveries are grouped. A delivery whose fold fails becomes a dead letter and takes
 * nothing else with it. Throws a StoreError when the store cannot take the group; then nothing of it is written.
 */
export async function swap(store: Store, retellings: readonly Retelling[], ruling: Ruling): Promise<SpanChange[]> {
  try {
    return await store.write((transaction) => swapAll(transaction, retellings, ruling));
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (retellings.length === 1)
      return await store.write((transaction) => swapAll(transaction, retellings.map(asDeadLetter(error)), ruling));
    const changes: SpanChange[] = [];
    for (const retelling of retellings) changes.push(...(await swap(store, [retelling], ruling)));
    return changes;
  }
}

function asDeadLetter(error: unknown): (retelling: Retelling) => Retelling {
  const reason = `its events could not be folded: ${error instanceof Error ? error.message : String(error)}`;
  return (retelling) => ({ ...retelling, outcome: 'dead_letter', reason, events: 0, told: [] });
}

async function swapAll(
  transaction: Transaction,
  retellings: readonly Retelling[],
  ruling: Ruling,
): Promise<SpanChange[]> {
  const touched = new Set<IdentityId>();
  // One after the other, so that it makes no difference which deliveries share a transaction.
  for (const { id, told } of retellings) {
    for (const identityId of await transaction.forgetTold([id])) touched.add(identityId);
    for (const identityId of await tell(transaction, toldBy(id, told))) touched.add(identityId);
  }
  await transaction.settleDeliveries(retellings);
  return await refoldIn(transaction, [...touched], ruling);
}

async function tell(transaction: Transaction, told: ReturnType<typeof toldBy>): Promise<IdentityId[]> {
  if (told.length === 0) return [];
  const identities = await identify(transaction, told);
  await transaction.addObservations(
    told.flatMap(({ key, deliveryId, event }) => {
      const identity = identities.get(key);
      return identity === undefined ? [] : [{ identityId: identity.id, deliveryId, event }];
    }),
  );
  return [...identities.values()].map(({ id }) => id);
}
