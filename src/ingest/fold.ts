import { type Correlating, correlate, statesBefore } from '../correlate/correlate.ts';
import type { Folded } from '../correlate/folded.ts';
import type { Landed } from '../correlate/references.ts';
import type { Event } from '../domain/event.ts';
import { mergeFacts } from '../domain/history.ts';
import { foldByRules } from '../rules/fold.ts';
import type { Ruling } from '../rules/ruling.ts';
import type { FoldWrite, IdentityId, Transaction } from '../store/contract.ts';

/** An identity folded again, with the events by which it was. */
export interface Refold {
  readonly write: FoldWrite;
  readonly landed: readonly Landed[];
}

/** Folds all that is known of an identity. */
export function foldWhole(identityId: IdentityId, observations: readonly Event[], ruling: Ruling): Refold {
  const { landings, ...fold } = foldByRules(observations, ruling);
  const landed = mergeFacts(observations).map((event) => ({ event, ordinal: landings.get(event.key) ?? 0 }));
  return { write: { identityId, whole: true, ...fold }, landed };
}

/** Writes folds and forms the links that follow from them; those of which nothing is to be fed on have only a tail. */
export async function saveAndCorrelate(
  transaction: Transaction,
  folds: readonly Refold[],
  { names, byRules }: Pick<Correlating, 'names' | 'byRules'>,
  ruling: Ruling,
  isIdle: (write: FoldWrite) => boolean = tellsNothing,
): Promise<void> {
  const writes = folds.map(({ write }) => write);
  const [idle, changed] = [writes.filter(isIdle), writes.filter((write) => !isIdle(write))];
  const before = await statesBefore(transaction, writes);
  await transaction.saveFolds(changed);
  await transaction.saveTails(idle);
  const fed = changed.map(({ identityId }) => identityId);
  await correlate(transaction, folds.map(asFolded), { before, names, fed, byRules }, ruling);
}

/** What is no span yet, or never will be (a commit). */
function tellsNothing(write: FoldWrite): boolean {
  return !write.whole && write.changes.length === 0;
}

function asFolded({ write, landed }: Refold): Folded {
  const { identityId, whole } = write;
  return {
    identityId,
    whole,
    landed,
    attempts: write.whole ? write.attempts : write.changes.map(({ attempt }) => attempt),
  };
}
