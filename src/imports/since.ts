import { z } from 'zod';

const schema = z.object({ since: z.string().nullable(), page: z.number().int() });

/**
 * Where a list by when things were last changed, the oldest first, goes on: everything that was changed at `since` or later comes
 * on the page of that number.
 */
export type Since = z.output<typeof schema>;

/** Where an import goes on, by its position; where there is none, where it begins by what is asked for. */
export function sinceOf(position: string | null, asked: { readonly since: number | null }): Since {
  if (position !== null) return schema.parse(JSON.parse(position));
  return { since: asked.since === null ? null : new Date(asked.since).toISOString(), page: 1 };
}

/**
 * Where it goes on after a page whose last thing was changed at `last`. A page of which all have one time leads nowhere by that
 * time; then the number of the page does. After the last page the next import goes on, with a first page.
 */
export function sinceAfter({ since, page }: Since, last: string | undefined, isLast: boolean): Since {
  const isLater = last !== undefined && (since === null || Date.parse(last) > Date.parse(since));
  return isLater ? { since: last, page: 1 } : { since, page: isLast ? 1 : page + 1 };
}
