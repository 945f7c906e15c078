import { z } from 'zod';

import { pushedCommit } from '../_kit/push.ts';
import { time, timeOrEpochOrNone, timeOrNone } from '../_kit/time.ts';

// Only what is read, of https://docs.github.com/en/webhooks/webhook-events-and-payloads; everything else passes.
// What GitHub documents as always there has been missing or null in real payloads, so little is demanded.

const user = z.object({ login: z.string(), id: z.number().nullish(), type: z.string().nullish() }).nullish();

export const repository = z.object({
  id: z.number(),
  full_name: z.string(),
  html_url: z.string().nullish(),
});

const labels = z
  .array(z.object({ name: z.string() }))
  .nullish()
  .transform((list) => (list ?? []).map(({ name }) => name));

const milestone = z.object({ number: z.number().nullish(), title: z.string().nullish() }).nullish();

const common = {
  action: z.string(),
  repository,
  sender: user,
  label: z.object({ name: z.string() }).nullish(),
  assignee: user,
  milestone,
};

export const issue = z.object({
  number: z.number().int(),
  title: z.string().nullish(),
  body: z.string().nullish(),
  html_url: z.string().nullish(),
  state: z.string().nullish(),
  state_reason: z.string().nullish(),
  created_at: time,
  updated_at: time,
  closed_at: timeOrNone,
  user,
  labels,
  milestone,
  type: z.object({ name: z.string() }).nullish(),
  parent_issue_url: z.string().nullish(),
});

const movedIssue = z.object({ number: z.number().int(), created_at: timeOrNone }).nullish();

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues */
export const IssuesHook = z.object({
  ...common,
  issue,
  changes: z
    .looseObject({
      new_issue: movedIssue,
      new_repository: repository.nullish(),
      old_issue: movedIssue,
      old_repository: repository.nullish(),
    })
    .nullish(),
});

const branch = z
  .object({
    ref: z.string().nullish(),
    sha: z.string().nullish(),
    // Null once the fork was deleted.
    repo: z.object({ id: z.number(), full_name: z.string().nullish(), html_url: z.string().nullish() }).nullish(),
  })
  .nullish()
  .transform((told) => told ?? {});

export const pullRequest = z.object({
  id: z.number(),
  number: z.number().int(),
  title: z.string().nullish(),
  body: z.string().nullish(),
  html_url: z.string().nullish(),
  state: z.string().nullish(),
  draft: z.boolean().nullish(),
  merged: z.boolean().nullish(),
  created_at: time,
  updated_at: time,
  closed_at: timeOrNone,
  merged_at: timeOrNone,
  merge_commit_sha: z.string().nullish(),
  user,
  labels,
  milestone,
  head: branch,
  base: branch,
  additions: z.number().nullish(),
  deletions: z.number().nullish(),
  changed_files: z.number().nullish(),
  commits: z.number().nullish(),
  comments: z.number().nullish(),
  review_comments: z.number().nullish(),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request */
export const PullRequestHook = z.object({
  ...common,
  pull_request: pullRequest,
  after: z.string().nullish(),
  requested_reviewer: user,
  requested_team: z.object({ name: z.string() }).nullish(),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request_review */
export const PullRequestReviewHook = z.object({
  action: z.string(),
  repository,
  sender: user,
  pull_request: pullRequest,
  review: z.object({
    id: z.number(),
    state: z.string().transform((state) => state.toLowerCase()),
    submitted_at: timeOrNone,
    user,
  }),
});

/** The repository that it belongs to is not always the one that sends. */
const pullRequests = z
  .array(
    z.object({
      number: z.number(),
      base: z.object({ repo: z.object({ id: z.number() }).nullish() }).nullish(),
    }),
  )
  .nullish();

const conclusion = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);

export const workflowRun = z.object({
  id: z.number(),
  name: z.string().nullish(),
  display_title: z.string().nullish(),
  path: z.string().nullish(),
  event: z.string().nullish(),
  status: z.string().nullish(),
  conclusion,
  run_attempt: z.number().int().nullish(),
  created_at: time,
  run_started_at: timeOrNone,
  updated_at: time,
  html_url: z.string().nullish(),
  head_branch: z.string().nullish(),
  head_sha: z.string().nullish(),
  head_repository: z.object({ id: z.number() }).nullish(),
  head_commit: z
    .object({ message: z.string().nullish(), author: z.object({ name: z.string().nullish() }).nullish() })
    .nullish(),
  pull_requests: pullRequests,
  actor: user,
  triggering_actor: user,
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run */
export const WorkflowRunHook = z.object({
  action: z.string(),
  repository,
  sender: user,
  workflow_run: workflowRun,
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job */
export const WorkflowJobHook = z.object({
  action: z.string(),
  repository,
  sender: user,
  workflow_job: z.object({
    id: z.number(),
    run_id: z.number(),
    run_attempt: z.number().int().nullish(),
    name: z.string().nullish(),
    workflow_name: z.string().nullish(),
    status: z.string().nullish(),
    conclusion,
    created_at: timeOrNone,
    started_at: timeOrNone,
    completed_at: timeOrNone,
    html_url: z.string().nullish(),
    head_branch: z.string().nullish(),
    head_sha: z.string().nullish(),
    labels: z.array(z.string()).nullish(),
    runner_name: z.string().nullish(),
  }),
  deployment: z.object({ id: z.number() }).nullish(),
});

const deployment = z.object({
  id: z.number(),
  sha: z.string().nullish(),
  ref: z.string().nullish(),
  task: z.string().nullish(),
  environment: z.string().nullish(),
  production_environment: z.boolean().nullish(),
  transient_environment: z.boolean().nullish(),
  created_at: time,
  creator: user,
});

const madeBy = {
  repository,
  sender: user,
  deployment,
  workflow_run: z.object({ id: z.number(), run_attempt: z.number().int().nullish() }).nullish(),
};

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment */
export const DeploymentHook = z.object(madeBy);

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status */
export const DeploymentStatusHook = z.object({
  ...madeBy,
  check_run: z.object({ id: z.number() }).nullish(),
  deployment_status: z.object({
    id: z.number(),
    state: z.string(),
    created_at: time,
    log_url: z.string().nullish(),
    target_url: z.string().nullish(),
    creator: user,
  }),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#release */
export const ReleaseHook = z.object({
  action: z.string(),
  repository,
  sender: user,
  release: z.object({
    id: z.number(),
    tag_name: z.string(),
    name: z.string().nullish(),
    html_url: z.string().nullish(),
    draft: z.boolean().nullish(),
    prerelease: z.boolean().nullish(),
    target_commitish: z.string().nullish(),
    published_at: timeOrNone,
    author: user,
  }),
});

const app = z.object({ slug: z.string().nullish(), name: z.string().nullish() }).nullish();

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_run */
export const CheckRunHook = z.object({
  repository,
  sender: user,
  check_run: z.object({
    id: z.number(),
    name: z.string().nullish(),
    status: z.string().nullish(),
    conclusion,
    started_at: timeOrNone,
    completed_at: timeOrNone,
    head_sha: z.string().nullish(),
    html_url: z.string().nullish(),
    details_url: z.string().nullish(),
    check_suite: z.object({ id: z.number(), head_branch: z.string().nullish() }).nullish(),
    app,
  }),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_suite */
export const CheckSuiteHook = z.object({
  repository,
  sender: user,
  check_suite: z.object({
    id: z.number(),
    status: z.string().nullish(),
    conclusion,
    created_at: timeOrNone,
    updated_at: time,
    head_branch: z.string().nullish(),
    head_sha: z.string().nullish(),
    pull_requests: pullRequests,
    app,
  }),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#status */
export const StatusHook = z.object({
  repository,
  sender: user,
  id: z.number(),
  sha: z.string(),
  context: z.string(),
  state: z.string(),
  description: z.string().nullish(),
  target_url: z.string().nullish(),
  created_at: time,
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#milestone */
export const MilestoneHook = z.object({
  action: z.string(),
  repository,
  sender: user,
  milestone: z.object({
    id: z.number(),
    number: z.number(),
    title: z.string().nullish(),
    html_url: z.string().nullish(),
    created_at: time,
    updated_at: time,
    closed_at: timeOrNone,
    due_on: timeOrNone,
    creator: user,
  }),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group */
export const MergeGroupHook = z.object({
  action: z.string(),
  repository,
  sender: user,
  merge_group: z.object({ head_sha: z.string(), head_ref: z.string() }),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
export const PushHook = z.object({
  // Here alone the repository's times are seconds since 1970.
  repository: repository.extend({ pushed_at: timeOrEpochOrNone }),
  sender: user,
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  forced: z.boolean().nullish(),
  head_commit: z.object({ id: z.string() }).nullish(),
  commits: z.array(pushedCommit).nullish(),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#sub_issues */
export const SubIssuesHook = z.object({
  action: z.string(),
  repository,
  sender: user,
  sub_issue: issue,
  sub_issue_repo: repository.nullish(),
  parent_issue: z.object({ number: z.number().int() }),
  parent_issue_repo: repository.nullish(),
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping */
export const PingHook = z.object({});

export type User = z.output<typeof user>;
export type Milestone = z.output<typeof milestone>;
export type Repository = z.output<typeof repository>;
export type Issue = z.output<typeof issue>;
export type IssuesPayload = z.output<typeof IssuesHook>;
export type PullRequestPayload = z.output<typeof PullRequestHook>;
export type PullRequest = PullRequestPayload['pull_request'];
export type PullRequests = z.output<typeof pullRequests>;
export type PullRequestReviewPayload = z.output<typeof PullRequestReviewHook>;
export type WorkflowRunPayload = z.output<typeof WorkflowRunHook>;
export type WorkflowJobPayload = z.output<typeof WorkflowJobHook>;
export type DeploymentPayload = z.output<typeof DeploymentHook>;
export type DeploymentStatusPayload = z.output<typeof DeploymentStatusHook>;
export type ReleasePayload = z.output<typeof ReleaseHook>;
export type CheckRunPayload = z.output<typeof CheckRunHook>;
export type CheckSuitePayload = z.output<typeof CheckSuiteHook>;
export type StatusPayload = z.output<typeof StatusHook>;
export type MilestonePayload = z.output<typeof MilestoneHook>;
export type MergeGroupPayload = z.output<typeof MergeGroupHook>;
export type PushPayload = z.output<typeof PushHook>;
export type SubIssuesPayload = z.output<typeof SubIssuesHook>;
