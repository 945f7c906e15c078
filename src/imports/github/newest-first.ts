import { z } from 'zod';
import type { ImportPage } from '../contract.ts';
import { inParallel } from '../parallel.ts';

/** The API allows a hundred requests at one time; several repositories share them. */
const DETAILS_AT_ONCE = 5;

/** A thing of a list that GitHub gives by when things were made, the latest first. */
export interface Listed {
  readonly created_at: string;
  readonly updated_at?: string | null | undefined;
}

export interface NewestFirst<T extends Listed> {
  readonly size: number;
  /** One page, from 1 on. */
  readonly list: (page: number) => Promise<readonly T[]>;
  /** What is delivered of one, with what has to be asked for besides. */
  readonly envelope: (thing: T) => Promise<object>;
  readonly since: number | null;
  /** For how long after it was made a thing may still change, in milliseconds. */
  readonly changesForMs: number;
}

/**
 * `done`: when the latest thing was made that the round before has seen; null before the first. `newest`: the same of this
 * round. `page`: the next page. What is made meanwhile moves things to later pages, so that they are seen twice, never missed.
 */
const positionSchema = z.object({
  done: z.string().nullable(),
  newest: z.string().nullable(),
  page: z.number().int(),
});
type Position = z.output<typeof positionSchema>;

/** The pages of such a list. Of what was there in an earlier round only what may have changed since is looked at. */
export async function* newestFirst<T extends Listed>(
  { size, list, envelope, since, changesForMs }: NewestFirst<T>,
  position: string | null,
): AsyncIterable<ImportPage> {
  let at: Position =
    position === null ? { done: null, newest: null, page: 1 } : positionSchema.parse(JSON.parse(position));
  const doneAt = at.done === null ? null : Date.parse(at.done);
  const oldest = Math.max(since ?? 0, doneAt === null ? 0 : doneAt - changesForMs);
  for (;;) {
    const listed = await list(at.page);
    const near = listed.filter(({ created_at }) => Date.parse(created_at) >= oldest);
    const found = near.filter(({ updated_at }) => isChanged(updated_at, doneAt));
    const deliveries = await inParallel(found, DETAILS_AT_ONCE, envelope);
    const newest = at.newest ?? listed[0]?.created_at ?? null;
    const isLast = near.length < listed.length || listed.length < size;
    at = isLast ? { done: newest ?? at.done, newest: null, page: 1 } : { ...at, newest, page: at.page + 1 };
    yield { deliveries, position: JSON.stringify(at), things: found.length };
    if (isLast) return;
  }
}

/** What does not say when it was changed may have been. */
function isChanged(updatedAt: string | null | undefined, doneAt: number | null): boolean {
  return doneAt === null || updatedAt === null || updatedAt === undefined || Date.parse(updatedAt) >= doneAt;
}
