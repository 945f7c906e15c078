import { own } from '../_kit/json.ts';
import { anyOf, sharedToken, standardWebhooks } from '../_kit/signatures.ts';
import { defineSource, on } from '../define.ts';
import { readDeployment } from './deployment.ts';
import {
  ImportedBranchCommit,
  ImportedDeployment,
  ImportedIssue,
  ImportedMergeRequest,
  ImportedPipeline,
  ImportedRelease,
} from './import-schema.ts';
import { readBranchCommit } from './imported-commit.ts';
import { readImportedDeployment } from './imported-deployment.ts';
import { readImportedIssue } from './imported-issue.ts';
import { readImportedMergeRequest } from './imported-merge-request.ts';
import { readImportedPipeline } from './imported-pipeline.ts';
import { readIssue } from './issue.ts';
import { readJob } from './job.ts';
import { readMergeRequest, readNote } from './merge-request.ts';
import { readMilestone } from './milestone.ts';
import { readPipeline } from './pipeline.ts';
import { readPush } from './push.ts';
import { readRelease } from './release.ts';
import {
  DeploymentHook,
  IssueHook,
  JobHook,
  MergeRequestHook,
  MilestoneHook,
  NoteHook,
  PipelineHook,
  PushHook,
  ReleaseHook,
} from './schema.ts';

export const gitlab = defineSource({
  id: 'gitlab',
  title: 'GitLab',
  tells:
    'issues and incidents; merge requests with draft, wait for review, review, approval; pipelines, jobs with queue ' +
    'and run; deployments; releases; milestones; commits',
  stability: 'beta',
  forms: false,
  keepHeaders: [
    'content-type',
    'idempotency-key',
    'user-agent',
    'webhook-id',
    'x-gitlab-event',
    'x-gitlab-event-uuid',
    'x-gitlab-instance',
    'x-gitlab-webhook-uuid',
  ],
  // https://docs.gitlab.com/user/project/integrations/webhooks/: the signing token since 19.0, before it a plain one.
  verify: anyOf(standardWebhooks(), sharedToken('X-Gitlab-Token')),
  // The event's UUID is shared by hooks that one event sets off, so it marks no delivery.
  deliveryKey: ({ headers }) => headers['idempotency-key'] || headers['webhook-id'] || undefined,
  // Hooks of members, groups and projects have no object_kind, but an event_name.
  hook: {
    from: 'the field object_kind',
    read: ({ payload }) => own(payload, 'object_kind') ?? own(payload, 'event_name'),
  },
  action: ({ payload }) =>
    own(own(payload, 'object_attributes'), 'action') ??
    own(own(payload, 'object_attributes'), 'status') ??
    own(payload, 'action') ??
    own(payload, 'build_status') ??
    own(payload, 'status'),
  readers: {
    issue: on(IssueHook, readIssue),
    work_item: on(IssueHook, readIssue),
    merge_request: on(MergeRequestHook, readMergeRequest),
    note: on(NoteHook, readNote),
    pipeline: on(PipelineHook, readPipeline),
    build: on(JobHook, readJob),
    deployment: on(DeploymentHook, readDeployment),
    release: on(ReleaseHook, readRelease),
    milestone: on(MilestoneHook, readMilestone),
    push: on(PushHook, readPush),
    tag_push: on(PushHook, readPush),
  },
  imports: {
    issue: on(ImportedIssue, readImportedIssue),
    merge_request: on(ImportedMergeRequest, readImportedMergeRequest),
    commit: on(ImportedBranchCommit, readBranchCommit),
    pipeline: on(ImportedPipeline, readImportedPipeline),
    deployment: on(ImportedDeployment, readImportedDeployment),
    release: on(ImportedRelease, ({ release, project }, delivery) =>
      readRelease({ ...release, project, action: undefined }, delivery),
    ),
  },
});
