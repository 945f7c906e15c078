import { type SpanChange, spanChange } from '../domain/difference.ts';
import { identityKey } from '../domain/identity.ts';
import type { Ruling } from '../rules/ruling.ts';
import type { FoldWrite, History, IdentityId, Store, Transaction } from '../store/contract.ts';
import { foldWhole, saveAndCorrelate } from './fold.ts';
import { namesOf } from './identify.ts';

/** The store remembers under this name by which rules all of it is folded. */
export const RULES_APPLIED = 'rules_applied';

/**
 * Folds some identities again from all that is known of them, in one durable transaction: what a change of rules needs.
 * A span whose attempts come out as they were is not written.
 */
export function refold(store: Store, identityIds: readonly IdentityId[], ruling: Ruling): Promise<SpanChange[]> {
  return store.write((transaction) => refoldIn(transaction, identityIds, ruling));
}

/** The same inside of a transaction that has more to do. */
export async function refoldIn(
  transaction: Transaction,
  identityIds: readonly IdentityId[],
  ruling: Ruling,
): Promise<SpanChange[]> {
  const histories = await transaction.findHistories(identityIds);
  const folds = [...histories].map(([identityId, { observed }]) =>
    foldWhole(
      identityId,
      observed.map(({ event }) => event),
      ruling,
    ),
  );
  const names: { identityId: IdentityId; name: string }[] = [];
  for (const [identityId, history] of histories)
    for (const name of await transaction.replaceNames(identityId, namesIn(history))) names.push({ identityId, name });
  const changes = new Map(folds.map(({ write }) => [write.identityId, changeOf(write, histories)]));
  const isSame = ({ identityId }: FoldWrite) => changes.get(identityId) === null;
  await saveAndCorrelate(transaction, folds, { names, byRules: true }, ruling, isSame);
  return [...changes.values()].flatMap((change) => change ?? []);
}

function changeOf(write: FoldWrite, histories: ReadonlyMap<IdentityId, History>): SpanChange | null {
  const history = histories.get(write.identityId);
  if (history === undefined || !write.whole) return null;
  return spanChange(history.spanId, history.attempts, write.attempts);
}

function namesIn({ observed, writtenAt }: History): ReturnType<typeof namesOf> {
  const told = observed.flatMap(({ event, deliveryIds }) =>
    deliveryIds.map((id) => ({ key: identityKey(event.identity), event, writtenAt: writtenAt.get(id) ?? 0 })),
  );
  return namesOf(told, new Map(told.map(({ key }) => [key, { id: 0 }])));
}
