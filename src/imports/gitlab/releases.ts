import { z } from 'zod';
import { toldProject } from './project.ts';
import { counted, unless } from './resource.ts';

const SIZE = 100;

const RELEASES = `query Releases($path: ID!, $first: Int!, $after: String) {
  project(fullPath: $path) {
    releases(first: $first, after: $after, sort: CREATED_ASC) {
      pageInfo { hasNextPage endCursor }
      nodes { id tagName name createdAt releasedAt links { selfUrl } commit { sha } }
    }
  }
}`;
const releasesSchema = z.object({
  project: z
    .object({
      releases: z.object({
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
        nodes: z.array(z.looseObject({ id: z.string() })),
      }),
    })
    .nullable(),
});

const positionSchema = z.object({ after: z.string().nullable() });

/**
 * Releases, from GraphQL: REST does not tell their numbers, by which webhooks name them. There are few, and any may be edited at
 * any time, so that all of them are looked at each time.
 */
export const releases = unless(({ releases_access_level }) => releases_access_level === 'disabled', {
  estimate: (asked) =>
    counted(asked, { path: `projects/${asked.project.id}/releases`, query: {}, size: SIZE, requestsEach: 0 }),
  pages: async function* ({ gitlab, project }, position) {
    let { after } = position === null ? { after: null } : positionSchema.parse(JSON.parse(position));
    for (;;) {
      const variables = { path: project.path_with_namespace, first: SIZE, after };
      const told = (await gitlab.graphql(releasesSchema, RELEASES, variables)).project?.releases;
      const nodes = told?.nodes ?? [];
      after = told?.pageInfo.hasNextPage === true ? told.pageInfo.endCursor : null;
      yield {
        deliveries: nodes.map((release) => ({ import: 'release', project: toldProject(project), release })),
        position: JSON.stringify({ after }),
        things: nodes.length,
      };
      if (after === null) return;
    }
  },
});
