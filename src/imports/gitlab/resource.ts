import { z } from 'zod';
import type { Gitlab, Query } from '../../vendors/gitlab/client.ts';
import type { Estimate } from '../contract.ts';
import { pagesOf, type ResourceOf } from '../resource.ts';
import type { Project } from './project.ts';

/** What a resource is fetched of. */
export interface Asked {
  readonly gitlab: Gitlab;
  readonly project: Project;
  /** Nothing that was last changed before this is fetched; null for everything. In milliseconds since 1970. */
  readonly since: number | null;
}

/** One kind of thing that a project has. */
export type Resource = ResourceOf<Asked>;

/** A resource that no project has in which something is switched off. */
export function unless(isOff: (project: Project) => boolean, { estimate, pages }: Resource): Resource {
  return {
    estimate: async (asked) => (isOff(asked.project) ? { things: 0, requests: 0 } : estimate(asked)),
    pages: async function* (asked, position) {
      if (!isOff(asked.project)) yield* pages(asked, position);
    },
  };
}

/** Of longer lists GitLab does not tell the length. */
const COUNTED = 10_000;

interface Counting {
  readonly path: string;
  readonly query: Query;
  readonly size: number;
  /** Requests that each thing takes besides those for the list, at most. */
  readonly requestsEach: number;
}

/** How much there is of a list. */
export async function counted({ gitlab }: Asked, { path, query, size, requestsEach }: Counting): Promise<Estimate> {
  const { total } = await gitlab.page(z.unknown(), path, { ...query, per_page: 1 });
  const things = total ?? COUNTED;
  return { things, requests: pagesOf(things, size) + things * requestsEach };
}

/** Users as they are needed: their addresses and pictures are nobody's business here. */
export const userSchema = z
  .object({ id: z.number().nullish(), username: z.string().nullish(), name: z.string().nullish() })
  .nullish();

/** A thing without what differs from one request to the next, or is of no use. */
export function without<T extends object>(thing: T, fields: readonly string[]): Partial<T> {
  return Object.fromEntries(Object.entries(thing).filter(([name]) => !fields.includes(name))) as Partial<T>;
}
