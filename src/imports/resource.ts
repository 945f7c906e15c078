import type { Estimate, ImportPage } from './contract.ts';

/** One kind of thing that a place has, and how it is fetched of what is asked. */
export interface ResourceOf<Asked> {
  readonly estimate: (asked: Asked) => Promise<Estimate>;
  readonly pages: (asked: Asked, position: string | null) => AsyncIterable<ImportPage>;
}

/** How many pages there are of so many things; the one that shows that there is nothing takes a request too. */
export function pagesOf(things: number, size: number): number {
  return Math.max(1, Math.ceil(things / size));
}
