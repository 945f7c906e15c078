import type { Event } from './event.ts';
import { type Fold, fold } from './fold.ts';
import { merge } from './merge.ts';

/** What several deliveries told of one fact, as one event; each fact of an identity once. */
export function mergeFacts(observations: readonly Event[]): Event[] {
  return [...Map.groupBy(observations, ({ key }) => key).values()].map(merge);
}

/** Folds everything observed of one identity, without any rules. */
export function foldHistory(observations: readonly Event[]): Fold {
  return fold(mergeFacts(observations));
}
