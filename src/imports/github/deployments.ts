import { z } from 'zod';
import { givenId } from '../../vendors/github/id.ts';
import { newestFirst } from './newest-first.ts';
import { pathOf, toldRepository } from './repository.ts';
import { pagesOf, type Resource } from './resource.ts';

const SIZE = 30;

/** Whoever deploys may tell of a deployment whenever they want; what takes longer than this is rare. */
const CHANGES_FOR_MS = 35 * 86_400_000;

const deploymentSchema = z.looseObject({ id: givenId, created_at: z.string(), updated_at: z.string().nullish() });
type Deployment = z.output<typeof deploymentSchema>;

/** Deployments with their statuses: one request for each. GraphQL does not tell the numbers of statuses. */
export const deployments: Resource = {
  estimate: async ({ repository: { deployments: counted } }) => ({
    things: counted.totalCount,
    requests: pagesOf(counted.totalCount, SIZE) + counted.totalCount,
  }),
  pages: ({ github, repository, since }, position) => {
    const path = pathOf(repository);
    return newestFirst<Deployment>(
      {
        ...{ size: SIZE, changesForMs: CHANGES_FOR_MS, since },
        list: async (page) => {
          const asked = { ...path, per_page: SIZE, page };
          const { data } = await github.rest.request('GET /repos/{owner}/{repo}/deployments', asked);
          return z.array(deploymentSchema).parse(data);
        },
        envelope: async (deployment) => ({
          ...{ import: 'deployment', repository: toldRepository(repository), deployment },
          statuses: await github.rest.paginate(`GET /repos/{owner}/{repo}/deployments/${deployment.id}/statuses`, {
            ...{ ...path, per_page: 100 },
          }),
        }),
      },
      position,
    );
  },
};
