import type { Event } from '../domain/event.ts';
import { type Fold, type FoldStep, fold, foldOnto, type Tail } from '../domain/fold.ts';
import { mergeFacts } from '../domain/history.ts';
import type { Decision, Ruling } from './ruling.ts';

/** Folds everything observed of one identity, by the rules. */
export function foldByRules(observations: readonly Event[], ruling: Ruling): Fold {
  const events = mergeFacts(observations);
  const folded = fold(events.map((event) => ruling.event(event)));
  const identity = events[0]?.identity;
  if (identity === undefined) return folded;
  return { ...folded, attempts: folded.attempts.map((attempt) => ruling.attempt(attempt, identity)) };
}

/** Folds one merged event onto the stored state, by the rules; null when only the whole history can tell. */
export function foldOntoByRules(tail: Tail, event: Event, ruling: Ruling): FoldStep | null {
  const step = foldOnto(tail, ruling.event(event));
  if (step === null) return null;
  const changes = step.changes.map((change) => ({
    ...change,
    attempt: ruling.attempt(change.attempt, event.identity),
  }));
  return { tail: step.tail, changes };
}

/** What {@link foldByRules} gives, and everything that the rules have decided on the way. */
export function explainFold(
  observations: readonly Event[],
  ruling: Ruling,
): { readonly attempts: Fold['attempts']; readonly decisions: readonly Decision[] } {
  const events = mergeFacts(observations);
  const { attempts } = fold(events.map((event) => ruling.event(event)));
  const identity = events[0]?.identity;
  if (identity === undefined) return { attempts, decisions: [] };
  const ofStages = events.flatMap((event) => ruling.stageDecision(event) ?? []);
  return {
    attempts: attempts.map((attempt) => ruling.attempt(attempt, identity)),
    decisions: [...ofStages, ...attempts.flatMap((attempt) => ruling.decisions(attempt, identity))],
  };
}
