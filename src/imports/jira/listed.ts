import { z } from 'zod';
import type { Jira } from '../../vendors/jira/client.ts';

/** As many as Jira gives at one time of most lists. */
export const SIZE = 50;

/** One page of a list. */
export interface Listed<T> {
  readonly values: readonly T[];
  /** How many there are on all pages; null where Jira does not count them. */
  readonly total: number | null;
  /** Where the next page begins; null after the last one. */
  readonly next: number | null;
}

/**
 * The pages of one of Jira's lists, from a place on. None where it answers with one of the statuses `none`.
 *
 * Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#pagination
 */
export async function* listed<T>(
  jira: Jira,
  schema: z.ZodType<T>,
  path: string,
  { from = 0, size = SIZE, none = [], query = {} }: ListedOptions = {},
): AsyncIterable<Listed<T>> {
  const pageSchema = z.object({
    values: z.array(schema),
    total: z.number().nullish(),
    isLast: z.boolean().nullish(),
  });
  let next: number | null = from;
  while (next !== null) {
    const startAt: number = next;
    const page = await jira.find(pageSchema, none, path, { ...query, startAt, maxResults: size });
    if (page === null) return;
    const { values, total = null, isLast } = page;
    const end = startAt + values.length;
    // Some lists have no count and some no word on whether this is the last page; a page may be shorter than was asked for.
    const isOver = values.length === 0 || (isLast ?? (total !== null && end >= total));
    next = isOver ? null : end;
    yield { values, total, next };
  }
}

interface ListedOptions {
  readonly from?: number;
  readonly size?: number;
  readonly none?: readonly number[];
  /** What else is asked for. */
  readonly query?: Readonly<Record<string, string>>;
}
