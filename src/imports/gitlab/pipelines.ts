import { z } from 'zod';
import { changedSince } from './changed-since.ts';
import { toldProject } from './project.ts';
import { type Asked, unless, userSchema, without } from './resource.ts';

const listedSchema = z.object({
  id: z.number(),
  ref: z.string().nullish(),
  updated_at: z.string(),
});
type Listed = z.output<typeof listedSchema>;

/** https://docs.gitlab.com/api/pipelines/#get-a-single-pipeline */
const pipelineSchema = z.looseObject({
  id: z.number(),
  iid: z.number().nullish(),
  source: z.string().nullish(),
  user: userSchema,
});
type Pipeline = z.output<typeof pipelineSchema>;

const LEFT_OUT = ['coverage', 'detailed_status', 'yaml_errors', 'archived'];

/** https://docs.gitlab.com/api/jobs/#list-all-jobs-for-a-pipeline */
const jobSchema = z.object({
  id: z.number(),
  name: z.string(),
  stage: z.string().nullish(),
  status: z.string(),
  ref: z.string().nullish(),
  allow_failure: z.boolean().nullish(),
  failure_reason: z.string().nullish(),
  created_at: z.string().nullish(),
  started_at: z.string().nullish(),
  finished_at: z.string().nullish(),
  web_url: z.string().nullish(),
  user: userSchema,
  runner: z.object({ description: z.string().nullish() }).nullish(),
  commit: z
    .object({
      id: z.string(),
      title: z.string().nullish(),
      message: z.string().nullish(),
      author_name: z.string().nullish(),
    })
    .nullish(),
});

const mergeRequestSchema = z.object({
  iid: z.number(),
  title: z.string().nullish(),
  source_branch: z.string().nullish(),
  source_project_id: z.number().nullish(),
  target_project_id: z.number().nullish(),
});
type MergeRequest = z.output<typeof mergeRequestSchema>;

/** Pipelines with their jobs, those too that were tried again: two requests for each. */
export const pipelines = unless(
  ({ builds_access_level }) => builds_access_level === 'disabled',
  changedSince({
    // Small pages, for each takes two requests of its own, and what was fetched of a page is lost with it.
    ...{ name: 'pipelines', schema: listedSchema, size: 30, requestsEach: 2 },
    tell: (asked) => async (listed) => {
      const changes = await mergeRequestsOf(listed, asked);
      return (one) => envelopeOf(one, changes.get(numberIn(one) ?? 0) ?? null, asked);
    },
  }),
);

async function envelopeOf({ id }: Listed, change: MergeRequest | null, asked: Asked): Promise<object> {
  const { gitlab, project } = asked;
  const path = `projects/${project.id}/pipelines/${id}`;
  const pipeline = await gitlab.one(pipelineSchema, path);
  const jobs = await gitlab.all(jobSchema, `${path}/jobs`, { include_retried: true });
  return {
    import: 'pipeline',
    project: toldProject(project),
    pipeline: without(pipeline, LEFT_OUT),
    // Of the one commit that all jobs are of.
    commit: jobs.find(({ commit }) => commit)?.commit ?? null,
    jobs: jobs.map(({ commit: _ofAll, ...job }) => job).toSorted((a, b) => a.id - b.id),
    merge_request: change,
    upstream: await upstreamOf(pipeline, asked),
  };
}

/** The ref of a pipeline of a merge request says which. */
function numberIn({ ref }: Listed): number | undefined {
  const iid = /^refs\/merge-requests\/(\d+)\//.exec(ref ?? '')?.[1];
  return iid === undefined ? undefined : Number(iid);
}

/** The merge requests of a page of pipelines, by their numbers. */
async function mergeRequestsOf(listed: readonly Listed[], { gitlab, project }: Asked) {
  const iids = [...new Set(listed.map(numberIn).filter((iid) => iid !== undefined))];
  if (iids.length === 0 || project.merge_requests_access_level === 'disabled') return new Map<number, MergeRequest>();
  const asked = { iids, scope: 'all', state: 'all' };
  const found = await gitlab.all(mergeRequestSchema, `projects/${project.id}/merge_requests`, asked);
  return new Map(found.map((one) => [one.iid, one]));
}

const UPSTREAM = `query Upstream($path: ID!, $iid: ID!) {
  project(fullPath: $path) { pipeline(iid: $iid) { upstream { id project { id } } sourceJob { id } } }
}`;
/** `gid://gitlab/Ci::Pipeline/501` */
const globalId = z.string().transform((text) => Number(text.slice(text.lastIndexOf('/') + 1)));
const upstreamSchema = z.object({
  project: z
    .object({
      pipeline: z
        .object({
          upstream: z.object({ id: globalId, project: z.object({ id: globalId }).nullable() }).nullable(),
          sourceJob: z.object({ id: globalId }).nullable(),
        })
        .nullable(),
    })
    .nullable(),
});

/** What started a pipeline that another one did: REST tells it of the other one alone. */
async function upstreamOf({ iid, source }: Pipeline, { gitlab, project }: Asked) {
  if ((source !== 'parent_pipeline' && source !== 'pipeline') || iid === null || iid === undefined) return null;
  const asked = { path: project.path_with_namespace, iid: String(iid) };
  const told = (await gitlab.graphql(upstreamSchema, UPSTREAM, asked)).project?.pipeline;
  const { upstream, sourceJob } = told ?? {};
  if (!upstream) return null;
  return { pipeline_id: upstream.id, job_id: sourceJob?.id ?? null, project: upstream.project };
}
