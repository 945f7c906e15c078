import { z } from 'zod';

import { pushedCommit } from '../_kit/push.ts';
import { time, timeOrNone } from '../_kit/time.ts';

// Only what is read, of https://docs.gitlab.com/user/project/integrations/webhook_events/; everything else passes.
// Versions differ in what they send, so little is demanded.

export const user = z
  .object({ id: z.number().nullish(), username: z.string().nullish(), name: z.string().nullish() })
  .nullish();

export const project = z.object({
  id: z.number(),
  path_with_namespace: z.string(),
  web_url: z.string().nullish(),
});

/** Older payloads name their project by its path, and tell its id beside what they are about. */
const namedProject = project.extend({ id: z.number().nullish() });
const projectIds = { project_id: z.number().nullish(), target_project_id: z.number().nullish() };

interface WithProject {
  readonly project: z.output<typeof namedProject>;
  readonly object_attributes: {
    readonly project_id?: number | null | undefined;
    readonly target_project_id?: number | null | undefined;
  };
}

function identified<T extends WithProject>(hook: T, context: z.RefinementCtx): T & { readonly project: Project } {
  const { project_id, target_project_id } = hook.object_attributes;
  const id = hook.project.id ?? target_project_id ?? project_id;
  if (id !== null && id !== undefined) return { ...hook, project: { ...hook.project, id } };
  context.addIssue({ code: 'custom', path: ['project', 'id'], message: 'must be a number' });
  return z.NEVER;
}

interface WithProjectOrNone extends Omit<WithProject, 'project'> {
  readonly project?: WithProject['project'] | null | undefined;
}

/** What belongs to a group is in no project. */
function identifiedOrNone<T extends WithProjectOrNone>(
  { project, ...hook }: T,
  context: z.RefinementCtx,
): Omit<T, 'project'> & { readonly project: Project | null } {
  return project ? identified({ ...hook, project }, context) : { ...hook, project: null };
}

const labels = z
  .array(z.object({ title: z.string() }))
  .nullish()
  .transform((list) => (list ?? []).map(({ title }) => title));

export const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);

export const issue = z.object({
  id: z.number(),
  iid: z.number(),
  title: text,
  url: text,
  state: text,
  type: text,
  severity: text,
  description: text,
  milestone_id: z.number().nullish(),
  moved_to_id: z.number().nullish(),
  duplicated_to_id: z.number().nullish(),
  created_at: time,
  updated_at: time,
  closed_at: timeOrNone,
});

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#work-item-events; an epic is in no project. */
export const IssueHook = z
  .object({
    user,
    project: namedProject.nullish(),
    labels,
    object_attributes: issue.extend({ action: text, ...projectIds }),
  })
  .transform(identifiedOrNone);

export const mergeRequest = z.object({
  id: z.number(),
  iid: z.number(),
  title: text,
  url: text,
  state: text,
  draft: z.boolean().nullish(),
  work_in_progress: z.boolean().nullish(),
  created_at: time,
  updated_at: time,
  merged_at: timeOrNone,
  description: text,
  source_branch: text,
  target_branch: text,
  source_project_id: z.number().nullish(),
  source: z.object({ path_with_namespace: text, web_url: text }).nullish(),
  milestone_id: z.number().nullish(),
  last_commit: z.object({ id: text }).nullish(),
  merge_commit_sha: text,
  squash_commit_sha: text,
  author_id: z.number().nullish(),
});

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events */
export const MergeRequestHook = z
  .object({
    user,
    project: namedProject,
    labels,
    object_attributes: mergeRequest.extend({ action: text, oldrev: text, ...projectIds }),
    changes: z.record(z.string(), z.unknown()).nullish(),
  })
  .transform(identified);

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#comment-events */
export const NoteHook = z
  .object({
    user,
    project: namedProject.nullish(),
    object_attributes: z.object({
      id: z.number(),
      noteable_type: text,
      action: text,
      system: z.boolean().nullish(),
      author_id: z.number().nullish(),
      created_at: time,
      ...projectIds,
    }),
    merge_request: mergeRequest.nullish(),
  })
  .transform(identifiedOrNone);

/** Up to a year; whatever else stands there is not known. */
const seconds = z.number().min(0).max(31_536_000).nullish().catch(undefined);

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events */
export const PipelineHook = z.object({
  user,
  project,
  object_attributes: z.object({
    id: z.number(),
    name: text,
    status: z.string(),
    ref: text,
    tag: z.boolean().nullish(),
    sha: text,
    source: text,
    url: text,
    created_at: time,
    /** Of imports alone. */
    started_at: timeOrNone,
    finished_at: timeOrNone,
    queued_duration: seconds,
  }),
  merge_request: z
    .object({
      iid: z.number(),
      title: text,
      source_branch: text,
      source_project_id: z.number().nullish(),
      target_project_id: z.number().nullish(),
    })
    .nullish(),
  commit: z.object({ title: text, message: text, author: z.object({ name: text }).nullish() }).nullish(),
  builds: z.array(z.object({ created_at: timeOrNone, started_at: timeOrNone })).nullish(),
  source_pipeline: z
    .object({
      pipeline_id: z.number().nullish(),
      job_id: z.number().nullish(),
      project: z.object({ id: z.number() }).nullish(),
    })
    .nullish(),
});

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#job-events; its kind is `build`. */
export const JobHook = z.object({
  build_id: z.number(),
  build_name: text,
  build_stage: text,
  build_status: z.string(),
  build_created_at: timeOrNone,
  build_started_at: timeOrNone,
  build_finished_at: timeOrNone,
  build_allow_failure: z.boolean().nullish(),
  build_failure_reason: text,
  retries_count: z.number().nullish(),
  pipeline_id: z.number().nullish(),
  project_id: z.number(),
  project: project.nullish(),
  repository: z.object({ homepage: text }).nullish(),
  // Of the pipeline, whatever it is called.
  commit: z.object({ name: text }).nullish(),
  ref: text,
  sha: text,
  user,
  runner: z.object({ description: text }).nullish(),
  environment: z.object({ name: text, action: text, deployment_tier: text }).nullish(),
});

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#deployment-events */
export const DeploymentHook = z.object({
  status: z.string(),
  status_changed_at: time,
  deployment_id: z.number(),
  deployable_id: z.number().nullish(),
  deployable_url: text,
  environment: text,
  environment_tier: text,
  commit_url: text,
  short_sha: text,
  ref: text,
  project,
  user,
});

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#release-events */
export const ReleaseHook = z.object({
  id: z.number(),
  action: text,
  tag: z.string(),
  name: text,
  url: text,
  created_at: timeOrNone,
  released_at: timeOrNone,
  commit: z.object({ id: text }).nullish(),
  project,
});

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events, and its tag events. */
export const PushHook = z
  .object({
    ref: z.string(),
    before: z.string(),
    after: z.string(),
    checkout_sha: text,
    user_username: text,
    user_name: text,
    project_id: z.number().nullish(),
    project: namedProject,
    commits: z.array(pushedCommit).nullish(),
    total_commits_count: z.number().nullish(),
  })
  .transform(({ project_id, ...hook }) => ({ ...hook, object_attributes: { project_id } }))
  .transform(identified);

/**
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#milestone-events; a group's milestones belong to no
 * project.
 */
export const MilestoneHook = z.object({
  action: text,
  project: project.nullish(),
  group: z.object({ group_id: z.number(), full_path: z.string() }).nullish(),
  object_attributes: z.object({
    id: z.number(),
    iid: z.number(),
    title: text,
    state: text,
    created_at: time,
    updated_at: time,
    due_date: text,
  }),
});

export type User = z.output<typeof user>;
export type Project = z.output<typeof project>;
export type MergeRequest = z.output<typeof mergeRequest>;
export type Issue = z.output<typeof issue>;
export type IssuePayload = z.output<typeof IssueHook>;
export type MergeRequestPayload = z.output<typeof MergeRequestHook>;
export type NotePayload = z.output<typeof NoteHook>;
export type PipelinePayload = z.output<typeof PipelineHook>;
export type JobPayload = z.output<typeof JobHook>;
export type DeploymentPayload = z.output<typeof DeploymentHook>;
export type ReleasePayload = z.output<typeof ReleaseHook>;
export type PushPayload = z.output<typeof PushHook>;
export type MilestonePayload = z.output<typeof MilestoneHook>;
