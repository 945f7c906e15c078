import { z } from 'zod';

import { time, timeOrNone } from '../_kit/time.ts';
import {
  DeploymentStatusHook,
  issue,
  pullRequest,
  ReleaseHook,
  repository,
  WorkflowJobHook,
  workflowRun,
} from './schema.ts';

// What an import brings: what GitHub's APIs gave, in an envelope that says what it is. REST tells most things as its webhooks
// do; GraphQL tells pull requests in words of its own, which are put into those of the webhooks here.

/** https://docs.github.com/en/graphql/reference/interfaces#actor; null where the account was deleted. */
const actor = z
  .object({ __typename: z.string().nullish(), login: z.string() })
  .nullish()
  // The login of an app is without this only in GraphQL.
  .transform((told) => {
    if (told === null || told === undefined) return null;
    const isApp = told.__typename === 'Bot' && !told.login.endsWith('[bot]');
    return { login: isApp ? `${told.login}[bot]` : told.login, type: told.__typename ?? null };
  });

/** https://docs.github.com/en/graphql/reference/objects#closedevent and its like. */
const moment = z.object({
  __typename: z.string(),
  createdAt: time,
  actor,
  stateReason: z.string().nullish(),
  previousReviewState: z.string().nullish(),
  review: z.object({ fullDatabaseId: z.coerce.number() }).nullish(),
});

/** https://docs.github.com/en/rest/issues/issues#list-repository-issues, and when it was closed and re-opened. */
export const ImportedIssue = z.object({ repository, issue, timeline: z.array(moment) });

const commit = z.object({
  oid: z.string(),
  message: z.string().nullish(),
  authoredDate: timeOrNone,
  committedDate: timeOrNone,
  url: z.string().nullish(),
  author: z.object({ name: z.string().nullish(), user: z.object({ login: z.string() }).nullish() }).nullish(),
});

const place = z.object({ databaseId: z.number(), nameWithOwner: z.string(), url: z.string() }).nullish();

const count = z.object({ totalCount: z.number() });

/** https://docs.github.com/en/graphql/reference/objects#pullrequest, as a webhook would tell it now. */
const graphqlPullRequest = z
  .object({
    fullDatabaseId: z.coerce.number(),
    number: z.number(),
    title: z.string().nullish(),
    body: z.string().nullish(),
    url: z.string().nullish(),
    state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
    isDraft: z.boolean(),
    createdAt: z.string(),
    updatedAt: z.string(),
    closedAt: z.string().nullish(),
    mergedAt: z.string().nullish(),
    mergeCommit: z.object({ oid: z.string() }).nullish(),
    author: actor,
    labels: z.object({ nodes: z.array(z.object({ name: z.string() })) }).nullish(),
    milestone: z.object({ number: z.number(), title: z.string() }).nullish(),
    headRefName: z.string(),
    headRefOid: z.string(),
    headRepository: place,
    baseRefName: z.string(),
    baseRepository: place,
    additions: z.number(),
    deletions: z.number(),
    changedFiles: z.number(),
    comments: count,
    commits: count,
  })
  .transform((told): unknown => ({
    id: told.fullDatabaseId,
    number: told.number,
    title: told.title,
    body: told.body,
    html_url: told.url,
    state: told.state === 'OPEN' ? 'open' : 'closed',
    draft: told.isDraft,
    merged: told.state === 'MERGED',
    created_at: told.createdAt,
    updated_at: told.updatedAt,
    closed_at: told.closedAt,
    merged_at: told.mergedAt,
    merge_commit_sha: told.mergeCommit?.oid,
    user: told.author,
    labels: told.labels?.nodes,
    milestone: told.milestone,
    head: { ref: told.headRefName, sha: told.headRefOid, repo: repositoryIn(told.headRepository) },
    base: { ref: told.baseRefName, repo: repositoryIn(told.baseRepository) },
    additions: told.additions,
    deletions: told.deletions,
    changed_files: told.changedFiles,
    commits: told.commits.totalCount,
    comments: told.comments.totalCount,
  }))
  .pipe(pullRequest);

function repositoryIn(told: z.output<typeof place>) {
  return told ? { id: told.databaseId, full_name: told.nameWithOwner, html_url: told.url } : null;
}

/** https://docs.github.com/en/graphql/reference/objects#pullrequestreview */
const review = z
  .object({
    fullDatabaseId: z.coerce.number(),
    state: z.string().transform((state) => state.toLowerCase()),
    submittedAt: time,
    author: actor,
    comments: count,
  })
  .transform(({ fullDatabaseId, submittedAt, author, comments, state }) => ({
    ...{ id: fullDatabaseId, state, submitted_at: submittedAt, user: author, comments: comments.totalCount },
  }));

/** A pull request with its reviews, its commits, and the moments in which it changed its stage. */
export const ImportedPullRequest = z.object({
  repository,
  pull_request: graphqlPullRequest,
  reviews: z.array(review),
  commits: z.array(commit),
  merge_commit: commit.nullish(),
  timeline: z.array(moment),
});

/** https://docs.github.com/en/rest/actions/workflow-runs, with its earlier attempts and the jobs of them all. */
export const ImportedWorkflowRun = z.object({
  repository,
  workflow_run: workflowRun,
  attempts: z.array(workflowRun),
  jobs: z.array(WorkflowJobHook.shape.workflow_job),
});

/** https://docs.github.com/en/rest/deployments, with its statuses. */
export const ImportedDeployment = z.object({
  repository,
  deployment: DeploymentStatusHook.shape.deployment,
  statuses: z.array(DeploymentStatusHook.shape.deployment_status),
});

/** https://docs.github.com/en/rest/releases/releases#list-releases */
export const ImportedRelease = z.object({ repository, release: ReleaseHook.shape.release });

/**
 * https://docs.github.com/en/graphql/reference/objects#commit of the default branch. `brought`: what it has that its first parent
 * has not, besides itself, the oldest first; `truncated` where that is not all.
 */
export const ImportedBranchCommit = z.object({
  repository,
  ref: z.string(),
  commit: commit.extend({ committedDate: time, parents: z.array(z.object({ oid: z.string() })) }),
  brought: z.array(z.string()),
  truncated: z.boolean(),
});

export type Moment = z.output<typeof moment>;
export type ImportedIssuePayload = z.output<typeof ImportedIssue>;
export type ImportedPullRequestPayload = z.output<typeof ImportedPullRequest>;
export type ImportedReview = z.output<typeof review>;
export type ImportedCommit = z.output<typeof commit>;
export type ImportedBranchCommitPayload = z.output<typeof ImportedBranchCommit>;
export type ImportedWorkflowRunPayload = z.output<typeof ImportedWorkflowRun>;
export type ImportedDeploymentPayload = z.output<typeof ImportedDeployment>;
