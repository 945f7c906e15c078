import { z } from 'zod';
import { orNull } from '../../vendors/error.ts';
import { changedSince } from './changed-since.ts';
import { toldProject } from './project.ts';
import { type Asked, unless, userSchema } from './resource.ts';

/** https://docs.gitlab.com/api/deployments/#list-project-deployments */
const deploymentSchema = z.object({
  id: z.number(),
  iid: z.number().nullish(),
  status: z.string(),
  ref: z.string().nullish(),
  sha: z.string().nullish(),
  created_at: z.string(),
  updated_at: z.string(),
  user: userSchema,
  environment: z.object({ id: z.number(), name: z.string() }).nullish(),
  // All else of it comes with its pipeline.
  deployable: z
    .object({
      id: z.number(),
      name: z.string().nullish(),
      web_url: z.string().nullish(),
      started_at: z.string().nullish(),
      finished_at: z.string().nullish(),
    })
    .nullish(),
});
type Deployment = z.output<typeof deploymentSchema>;

/** Deployments with the tiers of their environments: one request for each environment. */
export const deployments = unless(
  ({ environments_access_level, builds_access_level }) =>
    [environments_access_level, builds_access_level].includes('disabled'),
  changedSince({
    ...{ name: 'deployments', schema: deploymentSchema, size: 100, requestsEach: 0 },
    tell: (asked) => {
      const tiers = new Map<number, Promise<string | null>>();
      return async () => async (deployment) => ({
        ...{ import: 'deployment', project: toldProject(asked.project), deployment },
        environment_tier: await tierOf(deployment, tiers, asked),
      });
    },
  }),
);

function tierOf({ environment }: Deployment, tiers: Map<number, Promise<string | null>>, asked: Asked) {
  if (!environment) return null;
  const known = tiers.get(environment.id) ?? readTier(environment.id, asked);
  tiers.set(environment.id, known);
  return known;
}

const environmentSchema = z.object({ tier: z.string().nullish() });

/** Null of an environment that was deleted, and in versions that know of no tiers. */
async function readTier(id: number, { gitlab, project }: Asked): Promise<string | null> {
  const found = await orNull(gitlab.one(environmentSchema, `projects/${project.id}/environments/${id}`));
  return found?.tier ?? null;
}
