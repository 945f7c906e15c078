import { own } from '../_kit/json.ts';
import { anyOf, hexHmac } from '../_kit/signatures.ts';
import { defineSource, fromHeader, ignored, on } from '../define.ts';
import { readCheckRun, readCheckSuite } from './check.ts';
import { readStatus } from './commit-status.ts';
import { readDeployment, readDeploymentStatus } from './deployment.ts';
import {
  ImportedBranchCommit,
  ImportedDeployment,
  ImportedIssue,
  ImportedPullRequest,
  ImportedRelease,
  ImportedWorkflowRun,
} from './import-schema.ts';
import { readBranchCommit } from './imported-commit.ts';
import { readImportedDeployment } from './imported-deployment.ts';
import { readImportedIssue } from './imported-issue.ts';
import { readImportedPullRequest } from './imported-pull-request.ts';
import { readImportedWorkflowRun } from './imported-runs.ts';
import { readIssue } from './issues.ts';
import { readMergeGroup } from './merge-group.ts';
import { readMilestone } from './milestone.ts';
import { readPullRequest } from './pull-request.ts';
import { readPush } from './push.ts';
import { readRelease } from './release.ts';
import { readReview } from './review.ts';
import {
  CheckRunHook,
  CheckSuiteHook,
  DeploymentHook,
  DeploymentStatusHook,
  IssuesHook,
  MergeGroupHook,
  MilestoneHook,
  PingHook,
  PullRequestHook,
  PullRequestReviewHook,
  PushHook,
  ReleaseHook,
  StatusHook,
  SubIssuesHook,
  WorkflowJobHook,
  WorkflowRunHook,
} from './schema.ts';
import { readSubIssue } from './sub-issue.ts';
import { readWorkflowJob } from './workflow-job.ts';
import { readWorkflowRun } from './workflow-run.ts';

export const github = defineSource({
  id: 'github',
  title: 'GitHub',
  tells:
    'issues; pull requests with draft, wait for review, review, approval; Actions runs with their attempts, jobs with ' +
    'queue and run; checks of other CIs; deployments; releases; milestones; commits',
  stability: 'stable',
  forms: true,
  keepHeaders: [
    'content-type',
    'user-agent',
    'x-github-delivery',
    'x-github-enterprise-host',
    'x-github-event',
    'x-github-hook-id',
    'x-github-hook-installation-target-type',
  ],
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries; the older SHA-1 header is not read.
  verify: anyOf(hexHmac({ header: 'X-Hub-Signature-256', prefix: 'sha256=' })),
  // The same for a redelivery, and for every hook that one event goes to.
  deliveryKey: ({ headers }) => headers['x-github-delivery'],
  hook: fromHeader('X-GitHub-Event'),
  action: ({ payload }) => own(payload, 'action'),
  readers: {
    issues: on(IssuesHook, readIssue),
    sub_issues: on(SubIssuesHook, readSubIssue),
    pull_request: on(PullRequestHook, readPullRequest),
    pull_request_review: on(PullRequestReviewHook, readReview),
    workflow_run: on(WorkflowRunHook, readWorkflowRun),
    workflow_job: on(WorkflowJobHook, readWorkflowJob),
    deployment: on(DeploymentHook, readDeployment),
    deployment_status: on(DeploymentStatusHook, readDeploymentStatus),
    release: on(ReleaseHook, readRelease),
    check_run: on(CheckRunHook, readCheckRun),
    check_suite: on(CheckSuiteHook, readCheckSuite),
    status: on(StatusHook, readStatus),
    milestone: on(MilestoneHook, readMilestone),
    merge_group: on(MergeGroupHook, readMergeGroup),
    push: on(PushHook, readPush),
    ping: on(PingHook, () => ignored('a ping: the webhook is set up')),
  },
  imports: {
    issue: on(ImportedIssue, readImportedIssue),
    pull_request: on(ImportedPullRequest, readImportedPullRequest),
    commit: on(ImportedBranchCommit, readBranchCommit),
    workflow_run: on(ImportedWorkflowRun, readImportedWorkflowRun),
    deployment: on(ImportedDeployment, readImportedDeployment),
    release: on(ImportedRelease, ({ release, repository }, delivery) =>
      readRelease({ action: 'published', release, repository, sender: null }, delivery),
    ),
  },
});
