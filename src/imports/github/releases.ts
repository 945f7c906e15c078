import { z } from 'zod';
import { newestFirst } from './newest-first.ts';
import { pathOf, toldRepository } from './repository.ts';
import { pagesOf, type Resource } from './resource.ts';

const SIZE = 100;

const releaseSchema = z.looseObject({ created_at: z.string(), published_at: z.string().nullish() });

/** Releases. There are few, and any may be edited at any time, so that all of them are looked at each time. */
export const releases: Resource = {
  estimate: async ({ repository: { releases: counted } }) => ({
    things: counted.totalCount,
    requests: pagesOf(counted.totalCount, SIZE),
  }),
  pages: ({ github, repository }, position) =>
    newestFirst(
      {
        ...{ size: SIZE, changesForMs: Number.POSITIVE_INFINITY, since: null },
        list: async (page) => {
          const asked = { ...pathOf(repository), per_page: SIZE, page };
          const { data } = await github.rest.request('GET /repos/{owner}/{repo}/releases', asked);
          return z.array(releaseSchema).parse(data);
        },
        envelope: async (release) => ({ import: 'release', repository: toldRepository(repository), release }),
      },
      position,
    ),
};
