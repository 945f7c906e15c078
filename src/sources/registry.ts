import type { Source } from './contract.ts';
import * as listed from './list.ts';

/** Every source there is, by the order of their ids. */
export const sources: readonly Source[] = Object.values(listed);

export function findSource(id: string): Source | undefined {
  return sources.find((source) => source.id === id);
}
