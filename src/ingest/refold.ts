import { type SpanChange, spanChange } from '../domain/difference.ts';
import { identityKey } from '../domain/identity.ts';
import { foldByRules } from '../rules/fold.ts';
import type { Ruling } from '../rules/ruling.ts';
import type { FoldWrite, History, IdentityId, Store, Transaction } from '../store/contract.ts';
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
  const folds = [...histories].map(([identityId, history]) => foldAgain(identityId, history, ruling));
  for (const [identityId, history] of histories) await transaction.replaceNames(identityId, namesIn(history));
  await transaction.saveFolds(folds.filter(({ change }) => change !== null).map(({ write }) => write));
  const unchanged = folds.filter(({ change }) => change === null);
  await transaction.saveTails(unchanged.map(({ write: { identityId, tail } }) => ({ identityId, tail })));
  return folds.flatMap(({ change }) => change ?? []);
}

function foldAgain(
  identityId: IdentityId,
  history: History,
  ruling: Ruling,
): { write: FoldWrite; change: SpanChange | null } {
  const observations = history.observed.map(({ event }) => event);
  const { attempts, tail } = foldByRules(observations, ruling);
  const change = spanChange(history.spanId, history.attempts, attempts);
  return { write: { identityId, whole: true, attempts, tail }, change };
}

function namesIn({ observed, writtenAt }: History): ReturnType<typeof namesOf> {
  const told = observed.flatMap(({ event, deliveryIds }) =>
    deliveryIds.map((id) => ({ key: identityKey(event.identity), event, writtenAt: writtenAt.get(id) ?? 0 })),
  );
  return namesOf(told, new Map(told.map(({ key }) => [key, { id: 0 }])));
}
