import type { Landed } from '../correlate/references.ts';
import type { Event } from '../domain/event.ts';
import { type AttemptChange, landingOf, type Tail } from '../domain/fold.ts';
import { foldOntoByRules } from '../rules/fold.ts';
import type { Ruling } from '../rules/ruling.ts';
import {
  type AddedDelivery,
  type DeliveryId,
  type IdentityId,
  type NewDelivery,
  type Novelty,
  type Store,
  type StoredIdentity,
  StoreError,
  type Transaction,
} from '../store/contract.ts';
import { foldWhole, type Refold, saveAndCorrelate } from './fold.ts';
import { identify, namesOf, toldBy } from './identify.ts';

/** An authentic delivery with the events interpreted from it. */
export interface Entry {
  readonly delivery: NewDelivery;
  readonly events: readonly Event[];
}

/** What became of an entry; all of it is durable and readable. */
export interface Receipt {
  readonly id: DeliveryId;
  readonly status: 'accepted' | 'ignored' | 'dead_letter' | 'duplicate';
  readonly reason: string | null;
  readonly events: number;
}

/**
 * Appends a group of deliveries with their events, and folds what they change, in one durable transaction.
 *
 * Answers in the order asked. A fold that fails takes nothing else with it: its delivery is kept as a dead letter.
 * Throws a StoreError when the store cannot take the group; then nothing of it is stored.
 */
export async function append(
  store: Store,
  entries: readonly Entry[],
  ruling: Ruling,
  conclude: Conclude = async () => undefined,
): Promise<Receipt[]> {
  const write = (written: readonly Entry[]) =>
    store.write(async (transaction) => {
      const receipts = await appendAll(transaction, written, ruling);
      await conclude(transaction);
      return receipts;
    });
  try {
    return await write(entries);
  } catch (error) {
    if (error instanceof StoreError || entries.length === 0) throw error;
    if (entries.length === 1) return await write(entries.map(asDeadLetter(error)));
    return await appendOneByOne(store, entries, ruling, conclude);
  }
}

/** What is noted with a group, in the transaction that stores the last of it. */
export type Conclude = (transaction: Transaction) => Promise<void>;

async function appendOneByOne(
  store: Store,
  entries: readonly Entry[],
  ruling: Ruling,
  conclude: Conclude,
): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for (const [index, entry] of entries.entries())
    receipts.push(...(await append(store, [entry], ruling, index === entries.length - 1 ? conclude : undefined)));
  return receipts;
}

function asDeadLetter(error: unknown): (entry: Entry) => Entry {
  const reason = `its events could not be folded: ${error instanceof Error ? error.message : String(error)}`;
  return ({ delivery }) => ({ delivery: { ...delivery, outcome: 'dead_letter', reason, events: 0 }, events: [] });
}

async function appendAll(transaction: Transaction, entries: readonly Entry[], ruling: Ruling): Promise<Receipt[]> {
  const added = await transaction.addDeliveries(entries.map(({ delivery }) => delivery));
  const steps = entries.flatMap((entry, index) => {
    const stored = added[index];
    return stored === undefined ? [] : [{ entry, stored, isRead: isToBeRead(entry, stored) }];
  });
  const read = steps.filter((step) => step.isRead);
  await settle(transaction, read);
  await foldIn(transaction, read, ruling);
  return steps.map(({ entry, stored, isRead }) => receiptOf(entry, stored, isRead));
}

interface Step {
  readonly entry: Entry;
  readonly stored: AddedDelivery;
}

// A redelivered dead letter is read again: the mapping may have been mended meanwhile.
function isToBeRead({ delivery }: Entry, { before }: AddedDelivery): boolean {
  return before === null || (before === 'dead_letter' && delivery.outcome !== 'dead_letter');
}

function receiptOf({ delivery }: Entry, { id }: AddedDelivery, isRead: boolean): Receipt {
  if (!isRead) return { id, status: 'duplicate', reason: null, events: 0 };
  return { id, status: delivery.outcome, reason: delivery.reason, events: delivery.events };
}

async function settle(transaction: Transaction, read: readonly Step[]): Promise<void> {
  const again = read.filter(({ stored }) => stored.before !== null);
  if (again.length === 0) return;
  await transaction.settleDeliveries(
    again.map(
      ({
        stored: { id },
        entry: {
          delivery: { kind, outcome, reason, events },
        },
      }) => ({
        id,
        kind,
        outcome,
        reason,
        events,
      }),
    ),
  );
}

async function foldIn(transaction: Transaction, read: readonly Step[], ruling: Ruling): Promise<void> {
  const told = read.flatMap(({ entry, stored }) => toldBy(stored.id, entry.events));
  if (told.length === 0) return;
  const identities = await identify(transaction, told);
  const names = await transaction.addNames(namesOf(told, identities));
  const known = told.flatMap((item) => {
    const identity = identities.get(item.key);
    return identity === undefined ? [] : [{ ...item, identity }];
  });
  const novelties = await transaction.addObservations(
    known.map(({ identity, deliveryId, event }) => ({ identityId: identity.id, deliveryId, event })),
  );
  const folds = await refold(transaction, collectNews(known, novelties), ruling);
  await saveAndCorrelate(transaction, folds, { names, byRules: false }, ruling);
}

/** What is new about one identity. */
interface News {
  readonly identity: StoredIdentity;
  readonly events: Event[];
  /** A fact that was folded before is now told in another way. */
  isRetold: boolean;
}

function collectNews(
  told: readonly { readonly event: Event; readonly identity: StoredIdentity }[],
  novelties: readonly Novelty[],
): News[] {
  const byIdentity = new Map<IdentityId, News>();
  told.forEach(({ event, identity }, index) => {
    const novelty = novelties[index];
    if (novelty === 'known') return;
    const news = byIdentity.get(identity.id) ?? { identity, events: [], isRetold: false };
    byIdentity.set(identity.id, news);
    news.events.push(event);
    news.isRetold ||= novelty === 'changed';
  });
  return [...byIdentity.values()];
}

async function refold(transaction: Transaction, news: readonly News[], ruling: Ruling): Promise<Refold[]> {
  const steps = news.map((item) => ({ item, fold: foldInOrder(item, ruling) }));
  const late = steps.filter(({ fold }) => fold === null).map(({ item }) => item.identity.id);
  const histories = late.length === 0 ? new Map<IdentityId, Event[]>() : await transaction.findObservations(late);
  return steps.map(
    ({ item: { identity }, fold }) => fold ?? foldWhole(identity.id, histories.get(identity.id) ?? [], ruling),
  );
}

/** Folds new events onto what is stored; null when one of them is late and the whole history is needed. */
function foldInOrder({ identity, events, isRetold }: News, ruling: Ruling): Refold | null {
  if (isRetold) return null;
  let tail: Tail = identity.tail;
  const landed: Landed[] = [];
  const changes = new Map<string, AttemptChange>();
  for (const event of events.toSorted((a, b) => a.occurredAt - b.occurredAt)) {
    const step = foldOntoByRules(tail, event, ruling);
    if (step === null) return null;
    tail = step.tail;
    landed.push({ event, ordinal: landingOf(tail) });
    for (const change of step.changes) changes.set(change.attempt.key, joined(changes.get(change.attempt.key), change));
  }
  return { write: { identityId: identity.id, whole: false, changes: [...changes.values()], tail }, landed };
}

function joined(before: AttemptChange | undefined, after: AttemptChange): AttemptChange {
  if (before === undefined) return after;
  const kept = before.stages.slice(0, after.stagesFrom - before.stagesFrom);
  return { attempt: after.attempt, stagesFrom: before.stagesFrom, stages: [...kept, ...after.stages] };
}
