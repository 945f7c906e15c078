import type { z } from 'zod';
import type { Query } from '../../vendors/gitlab/client.ts';
import type { ImportPage } from '../contract.ts';
import { inParallel } from '../parallel.ts';
import { type Since, sinceAfter, sinceOf } from '../since.ts';
import { type Asked, counted, type Resource } from './resource.ts';

/** Several projects are read at one time, and each asks so many things at one time for what its list does not tell. */
const DETAILS_AT_ONCE = 5;

/** What was being written while a list was read may have an earlier time than what that list ended with. */
const OVERLAP_MS = 60_000;

/** A thing of a list that GitLab can give by when things were last changed. */
export interface Changed {
  readonly id: number;
  readonly updated_at: string;
}

/** A list of a project that GitLab gives by when its things were last changed, and what is told of each. */
interface ChangingList<T extends Changed> {
  /** Its name in paths, below that of the project. */
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** What is asked for besides the things' order. */
  readonly query?: Query;
  readonly size: number;
  /** Requests that each thing takes besides those for the list, at most. */
  readonly requestsEach: number;
  /** What is delivered of the things of a page. Made once for all pages, so that it can keep what they share. */
  readonly tell: (asked: Asked) => (page: readonly T[]) => Promise<(thing: T) => Promise<object>>;
}

/**
 * Things by when they were last changed, the oldest first: from the time of the last one that was seen on, so that nothing is
 * missed that changes meanwhile, no page is far down a list, and the next import goes on where this one ended.
 */
export function changedSince<T extends Changed>(list: ChangingList<T>): Resource {
  const { size, requestsEach } = list;
  return {
    estimate: (asked) => {
      const { since } = asked;
      // Of deployments GitLab takes a time only together with the order.
      const from = since === null ? {} : { order_by: 'updated_at', updated_after: new Date(since).toISOString() };
      return counted(asked, { path: pathOf(list, asked), query: { ...list.query, ...from }, size, requestsEach });
    },
    pages: (asked, position) => pagesFrom(list, asked, position),
  };
}

async function* pagesFrom<T extends Changed>(
  list: ChangingList<T>,
  asked: Asked,
  position: string | null,
): AsyncIterable<ImportPage> {
  const { schema, size } = list;
  const ordered = { ...list.query, order_by: 'updated_at', sort: 'asc', per_page: size };
  const envelopesOf = list.tell(asked);
  let at = position === null ? sinceOf(null, asked) : resumed(sinceOf(position, asked));
  // A page begins with what the one before ended with.
  let before = new Set<string>();
  for (;;) {
    const { items: listed } = await asked.gitlab.page(schema, pathOf(list, asked), { ...ordered, ...queryOf(at) });
    const found = listed.filter((thing) => !before.has(keyOf(thing)));
    before = new Set(listed.map(keyOf));
    const deliveries = await inParallel(found, DETAILS_AT_ONCE, await envelopesOf(found));
    const isLast = listed.length < size;
    at = sinceAfter(at, listed.at(-1)?.updated_at, isLast);
    yield { deliveries, position: JSON.stringify(at), things: found.length };
    if (isLast) return;
  }
}

function pathOf({ name }: Pick<ChangingList<Changed>, 'name'>, { project }: Asked): string {
  return `projects/${project.id}/${name}`;
}

function keyOf({ id, updated_at }: Changed): string {
  return `${id}@${updated_at}`;
}

function resumed({ since, page }: Since): Since {
  if (since === null || page > 1) return { since, page };
  return { since: new Date(Date.parse(since) - OVERLAP_MS).toISOString(), page };
}

/** GitLab keeps more digits than it tells, and it is not said whether a time itself is after itself. */
function queryOf({ since, page }: Since): Query {
  return since === null ? { page } : { updated_after: new Date(Date.parse(since) - 1).toISOString(), page };
}
