import type { EpochMs, Event } from '../domain/event.ts';
import { identityKey, spanIdOf } from '../domain/identity.ts';
import type { DeliveryId, NewName, StoredIdentity, Transaction } from '../store/contract.ts';

/** An event as one delivery told it. */
export interface Told {
  readonly key: string;
  readonly event: Event;
  readonly deliveryId: DeliveryId;
  /** The source time of the newest thing the delivery tells, so the time at which its names were in use. */
  readonly writtenAt: EpochMs;
}

export function toldBy(deliveryId: DeliveryId, events: readonly Event[]): Told[] {
  const writtenAt = Math.max(...events.map(({ observedAt }) => observedAt));
  return events.map((event) => ({ key: identityKey(event.identity), event, deliveryId, writtenAt }));
}

/** The stored identities of what was told, by their keys; those that are new are added. */
export async function identify(transaction: Transaction, told: readonly Told[]): Promise<Map<string, StoredIdentity>> {
  const first = new Map<string, Event>();
  for (const { key, event } of told) if (!first.has(key)) first.set(key, event);
  const identities = await transaction.findIdentities([...first.keys()]);
  const missing = [...first].filter(([key]) => !identities.has(key));
  if (missing.length === 0) return identities;
  const added = await transaction.addIdentities(missing.map(([key, event]) => ({ key, ...spanIdsOf(event) })));
  added.forEach((identity, index) => {
    const key = missing[index]?.[0];
    if (key !== undefined) identities.set(key, identity);
  });
  return identities;
}

// A repository may be deleted and made anew under its old name; then the immutable scope tells the two apart.
function spanIdsOf({ identity, name }: Event): { spanId: string; otherwise: string } {
  return {
    spanId: spanIdOf(identity, name),
    otherwise: spanIdOf(identity, { ...name, scope: `${name.scope}:${identity.scope}` }),
  };
}

/** Every name that was told of each identity, each from the first time it was in use. */
export function namesOf(
  told: readonly Pick<Told, 'key' | 'event' | 'writtenAt'>[],
  identities: ReadonlyMap<string, Pick<StoredIdentity, 'id'>>,
): NewName[] {
  const names = new Map<string, NewName>();
  for (const { key, event, writtenAt } of told) {
    const identityId = identities.get(key)?.id;
    if (identityId === undefined) continue;
    for (const name of [spanIdOf(event.identity, event.name), ...(event.aliases ?? [])]) {
      const validFrom = Math.min(writtenAt, names.get(`${identityId} ${name}`)?.validFrom ?? writtenAt);
      names.set(`${identityId} ${name}`, { name, identityId, validFrom });
    }
  }
  return [...names.values()];
}
