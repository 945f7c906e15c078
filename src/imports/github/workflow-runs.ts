import { z } from 'zod';
import { orNull } from '../../vendors/error.ts';
import { givenId } from '../../vendors/github/id.ts';
import { newestFirst } from './newest-first.ts';
import { pathOf, toldRepository } from './repository.ts';
import { type Asked, pagesOf, type Resource } from './resource.ts';

/** Small pages, for each run takes a request of its own, and what was fetched of a page is lost with it. */
const SIZE = 30;

/** A run may be re-run for 30 days, and a run takes 35 days at most: https://docs.github.com/en/actions/reference/limits. */
const CHANGES_FOR_MS = 65 * 86_400_000;

const runSchema = z
  .looseObject({
    id: givenId,
    run_attempt: z.number().int().nullish(),
    created_at: z.string(),
    updated_at: z.string(),
    repository: z.unknown().optional(),
  })
  // It stands in the envelope already, and is larger than all the rest.
  .transform(({ repository: _inEnvelope, ...run }) => run);
type Run = z.output<typeof runSchema>;
const runsSchema = z.object({ total_count: z.number(), workflow_runs: z.array(runSchema) });

/** Workflow runs with their earlier attempts and the jobs of all: one request for each run, and one for each re-run. */
export const workflowRuns: Resource = {
  estimate: async (asked) => {
    const { total_count: things } = await list(asked, 1, 1);
    return { things, requests: pagesOf(things, SIZE) + things };
  },
  pages: (asked, position) =>
    newestFirst<Run>(
      {
        ...{ size: SIZE, changesForMs: CHANGES_FOR_MS, since: asked.since },
        list: async (page) => (await list(asked, page, SIZE)).workflow_runs,
        envelope: async (run) => ({
          ...{ import: 'workflow_run', repository: toldRepository(asked.repository), workflow_run: run },
          attempts: await attemptsBefore(run, asked),
          jobs: await jobsOf(run, asked),
        }),
      },
      position,
    ),
};

async function list({ github, repository }: Asked, page: number, size: number) {
  const asked = { ...pathOf(repository), per_page: size, page };
  return runsSchema.parse((await github.rest.request('GET /repos/{owner}/{repo}/actions/runs', asked)).data);
}

async function attemptsBefore({ id, run_attempt }: Run, asked: Asked): Promise<Run[]> {
  const attempts: Run[] = [];
  for (let attempt = 1; attempt < (run_attempt ?? 1); attempt += 1)
    attempts.push(...(await attemptOf(id, attempt, asked)));
  return attempts;
}

/** Old attempts are kept for a while only. */
async function attemptOf(id: Run['id'], attempt: number, { github, repository }: Asked): Promise<Run[]> {
  const route = `GET /repos/{owner}/{repo}/actions/runs/${id}/attempts/${attempt}`;
  const found = await orNull(github.rest.request(route, pathOf(repository)));
  return found === null ? [] : [runSchema.parse(found.data)];
}

async function jobsOf({ id }: Run, { github, repository }: Asked): Promise<unknown[]> {
  const route = `GET /repos/{owner}/{repo}/actions/runs/${id}/jobs`;
  return github.rest.paginate(route, { ...pathOf(repository), filter: 'all', per_page: 100 });
}
