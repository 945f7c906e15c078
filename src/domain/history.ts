import type { Event } from './event.ts';
import { type Fold, fold } from './fold.ts';
import { merge } from './merge.ts';

/** Folds everything observed of one identity: what several deliveries told of one fact is merged first. */
export function foldHistory(observations: readonly Event[]): Fold {
  return fold([...Map.groupBy(observations, ({ key }) => key).values()].map(merge));
}
