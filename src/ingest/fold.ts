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

/**
 * Writes folds and forms the links that follow from them. Those whose attempts are the same as before have only a tail;
 * what was and is no span (a commit) is fed on to nobody who follows spans.
 */
export async function saveAndCorrelate(
  transaction: Transaction,
  folds: readonly Refold[],
  { names, byRules }: Pick<Correlating, 'names' | 'byRules'>,
  ruling: Ruling,
  isSame: (write: FoldWrite) => boolean = () => false,
): Promise<void> {
  const writes = folds.map(({ write }) => write);
  const before = await statesBefore(transaction, writes);
  const isNoSpan = (write: FoldWrite) => hasNoAttempt(write) && before.get(write.identityId)?.length === 0;
  const [told, spans] = [writes.filter(isNoSpan), writes.filter((write) => !isNoSpan(write))];
  const isIdle = (write: FoldWrite) => isSame(write) || (!write.whole && write.changes.length === 0);
  const [idle, changed] = [spans.filter(isIdle), spans.filter((write) => !isIdle(write))];
  await transaction.saveFolds(changed);
  await transaction.saveTold(told);
  await transaction.saveTails(idle);
  const fed = changed.map(({ identityId }) => identityId);
  await correlate(transaction, folds.map(asFolded), { before, names, fed, byRules }, ruling);
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

function hasNoAttempt(write: FoldWrite): boolean {
  return write.whole ? write.attempts.length === 0 : write.changes.length === 0;
}
