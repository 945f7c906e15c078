import { z } from 'zod';

import { time, timeOrNone } from '../_kit/time.ts';
import {
  DeploymentHook,
  issue,
  JobHook,
  mergeRequest,
  PipelineHook,
  project,
  ReleaseHook,
  text,
  user,
} from './schema.ts';

// What an import brings: what GitLab's API gave, in an envelope that says what it is. REST tells most things in other words
// than the webhooks; they are put into those of the webhooks here, so that one mapping reads both.

const milestone = z.object({ id: z.number() }).nullish();

/** https://docs.gitlab.com/api/resource_state_events/ */
const stateEvent = z.object({ state: z.string(), created_at: time, user });

/** `test_case` of the REST API is `Test Case` in a webhook. */
function typeName(type: string | undefined): string | undefined {
  return type
    ?.split('_')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1).toLowerCase()}`)
    .join(' ');
}

/** https://docs.gitlab.com/api/issues/#list-project-issues, as a webhook would tell it now. */
const restIssue = z
  .looseObject({
    web_url: text,
    issue_type: text,
    severity: text,
    milestone,
    _links: z.object({ closed_as_duplicate_of: text }).nullish(),
  })
  .transform(({ web_url, issue_type, severity, milestone: of, _links, ...told }): unknown => ({
    ...told,
    url: web_url,
    type: typeName(issue_type),
    severity: severity?.toLowerCase(),
    milestone_id: of?.id,
    // It tells where the other one is, and not its number.
    duplicated_to_id: _links?.closed_as_duplicate_of === undefined ? undefined : -1,
  }))
  .pipe(issue.extend({ author: user, labels: z.array(z.string()) }));

/** An issue with every time at which it was closed and re-opened. */
export const ImportedIssue = z.object({ project, issue: restIssue, state_events: z.array(stateEvent) });

/** https://docs.gitlab.com/api/merge_requests/#list-project-merge-requests, as a webhook would tell it now. */
const restMergeRequest = z
  .looseObject({ web_url: text, sha: text, milestone, author: user })
  .transform(({ web_url, sha, milestone: of, author, ...told }): unknown => ({
    ...told,
    author,
    url: web_url,
    last_commit: { id: sha },
    milestone_id: of?.id,
    author_id: author?.id,
  }))
  .pipe(
    mergeRequest.extend({
      author: user,
      labels: z.array(z.string()),
      closed_at: timeOrNone,
      user_notes_count: z.number().nullish(),
    }),
  );

/** https://docs.gitlab.com/api/notes/#list-all-merge-request-notes; what people wrote is left out. */
const note = z.object({
  id: z.number(),
  system: z.boolean(),
  body: text,
  author: user,
  created_at: time,
});

/** https://docs.gitlab.com/api/commits/ */
const commit = z.object({
  id: z.string(),
  message: z.string().nullish(),
  author_name: z.string().nullish(),
  authored_date: timeOrNone,
  committed_date: timeOrNone,
  web_url: z.string().nullish(),
});

/** A commit of the default branch, and what it has that its first parent has not: of a merge what was merged. */
export const ImportedBranchCommit = z.object({
  project,
  ref: z.string(),
  commit: commit.extend({ committed_date: time, parent_ids: z.array(z.string()) }),
  brought: z.array(z.string()),
  truncated: z.boolean(),
});

/** https://docs.gitlab.com/api/graphql/reference/#diffstatssummary */
const diffStats = z.object({ additions: z.number(), deletions: z.number(), fileCount: z.number() }).nullish();

/** A merge request with what was said of it, when its state changed, and its commits. */
export const ImportedMergeRequest = z.object({
  project,
  merge_request: restMergeRequest,
  notes: z.array(note),
  state_events: z.array(stateEvent),
  /** How many approvals it needs; null where GitLab's edition knows of no such number. */
  approvals_required: z.number().nullish(),
  commits: z.array(commit),
  /** As what it came to the branch that it was merged into. */
  merge_commits: z.array(commit),
  diff_stats: diffStats,
});

const { object_attributes, source_pipeline, merge_request } = PipelineHook.shape;

/** https://docs.gitlab.com/api/pipelines/#get-a-single-pipeline, as a webhook would tell it now. */
const restPipeline = z
  .looseObject({ web_url: text })
  .transform(({ web_url, ...told }): unknown => ({ ...told, url: web_url }))
  .pipe(object_attributes.extend({ user }));

/** https://docs.gitlab.com/api/jobs/#list-all-jobs-for-a-pipeline, but for what its pipeline and its project tell. */
const restJob = z
  .looseObject({ name: text, stage: text, status: z.string(), web_url: text })
  .transform(({ name, stage, status, ...told }): unknown => ({
    build_id: told.id,
    build_name: name,
    build_stage: stage,
    build_status: status,
    build_created_at: told.created_at,
    build_started_at: told.started_at,
    build_finished_at: told.finished_at,
    build_allow_failure: told.allow_failure,
    build_failure_reason: told.failure_reason,
    ...{ ref: told.ref, user: told.user, runner: told.runner },
  }))
  .pipe(JobHook.omit({ project_id: true }));

/** A pipeline with all its jobs, each try of them. */
export const ImportedPipeline = z.object({
  project,
  pipeline: restPipeline,
  jobs: z.array(restJob),
  commit: z
    .object({ title: text, message: text, author_name: text })
    .transform(({ author_name, ...told }) => ({ ...told, author: { name: author_name } }))
    .nullish(),
  merge_request,
  upstream: source_pipeline,
});

/** https://docs.gitlab.com/api/deployments/#list-project-deployments, and the tier of its environment. */
export const ImportedDeployment = z.object({
  project,
  deployment: z.object({
    id: z.number(),
    status: DeploymentHook.shape.status,
    ref: text,
    sha: text,
    created_at: time,
    updated_at: time,
    user,
    environment: z.object({ name: text }).nullish(),
    deployable: z.object({ id: z.number(), web_url: text, started_at: timeOrNone, finished_at: timeOrNone }).nullish(),
  }),
  environment_tier: text,
});

/** https://docs.gitlab.com/api/graphql/reference/#release, as a webhook would tell it now. */
const graphqlRelease = z
  .object({
    id: z.string(),
    tagName: z.string(),
    name: text,
    createdAt: text,
    releasedAt: text,
    links: z.object({ selfUrl: text }).nullish(),
    commit: z.object({ sha: text }).nullish(),
  })
  .transform(({ id, tagName, name, createdAt, releasedAt, links, commit: of }): unknown => ({
    // `gid://gitlab/Release/801`
    id: Number(id.slice(id.lastIndexOf('/') + 1)),
    ...{ tag: tagName, name, url: links?.selfUrl, created_at: createdAt, released_at: releasedAt },
    commit: { id: of?.sha },
  }))
  .pipe(ReleaseHook.omit({ project: true, action: true }));

export const ImportedRelease = z.object({ project, release: graphqlRelease });

export type StateEvent = z.output<typeof stateEvent>;
export type Note = z.output<typeof note>;
export type ImportedCommit = z.output<typeof commit>;
export type ImportedIssuePayload = z.output<typeof ImportedIssue>;
export type ImportedMergeRequestPayload = z.output<typeof ImportedMergeRequest>;
export type ImportedPipelinePayload = z.output<typeof ImportedPipeline>;
export type ImportedJob = z.output<typeof restJob>;
export type ImportedDeploymentPayload = z.output<typeof ImportedDeployment>;
export type ImportedBranchCommitPayload = z.output<typeof ImportedBranchCommit>;
