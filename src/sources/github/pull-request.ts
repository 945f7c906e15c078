import * as otel from '../../domain/conventions.ts';
import type { Event, Result, Stage } from '../../domain/event.ts';
import { shortSpanIdOf } from '../../domain/identity.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { kindOf } from '../_kit/kind.ts';
import { inBothScopes, type Place, placeOf } from '../_kit/place.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import {
  actor,
  isBot,
  opener,
  operationOf,
  placeIn,
  proveOpened,
  repositoryScope,
  repositoryTags,
} from './operation.ts';
import { mentionedInPullRequest } from './references.ts';
import type { PullRequest, PullRequestPayload, Repository } from './schema.ts';

/** A pull request's way: written, waiting to be looked at, looked at, waiting to be merged. */
export const stages = {
  draft: { key: 'draft', name: 'draft', category: 'active' },
  awaitingReview: { key: 'awaiting_review', name: 'awaiting_review', category: 'waiting' },
  review: { key: 'review', name: 'review', category: 'active' },
  approved: { key: 'approved', name: 'approved', category: 'waiting' },
} as const satisfies Record<string, Stage>;

/** Actions that only add to what is known of a pull request; the text tells two of one second apart. */
const REMARKS: Readonly<Record<string, (hook: PullRequestPayload) => string | number | null | undefined>> = {
  assigned: ({ assignee }) => assignee?.login,
  unassigned: ({ assignee }) => assignee?.login,
  labeled: ({ label }) => label?.name,
  unlabeled: ({ label }) => label?.name,
  milestoned: ({ milestone }) => milestone?.number,
  demilestoned: ({ milestone }) => milestone?.number,
  review_requested: ({ requested_reviewer, requested_team }) => requested_reviewer?.login ?? requested_team?.name,
  review_request_removed: ({ requested_reviewer, requested_team }) => requested_reviewer?.login ?? requested_team?.name,
  synchronize: ({ after }) => after,
  edited: () => null,
  locked: () => null,
  unlocked: () => null,
  auto_merge_enabled: () => null,
  auto_merge_disabled: () => null,
  enqueued: () => null,
  dequeued: () => null,
};

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request */
export function readPullRequest(hook: PullRequestPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { pull_request, repository } = hook;
  const operation = pullRequestOf(pull_request, repository, delivery);
  const told = readAction(hook, operation, delivery);
  if (told === null) return ignored(`the action "${kindOf(hook.action)}" of a pull request has no meaning here`);
  return byKey([...provenLife(pull_request, operation, hook.action === 'reopened'), told]);
}

export function pullRequestOf(pullRequest: PullRequest, repository: Repository, delivery: Delivery): Operation {
  const operation = operationOf('pull_request', repository, pullRequest.number, delivery);
  // The older short form named pull requests by their global id.
  const byGlobalId = shortSpanIdOf(operation.identity, { ...operation.name, id: String(pullRequest.id) });
  return { ...operation, aliases: [...(operation.aliases ?? []), byGlobalId] };
}

/** That it was opened and, where it is closed, that it was closed; after a re-opening only when it had been closed. */
export function provenLife(pullRequest: PullRequest, operation: Operation, isReopened: boolean): Event[] {
  const ending = endingOf(pullRequest);
  const closed = ending === undefined ? [] : [prove(operation, ending.at, provenEnd(ending))];
  return isReopened ? closed : [proveOpened(operation, pullRequest.created_at, pullRequest.user), ...closed];
}

interface Ending {
  readonly at: SourceTime;
  readonly result: Result;
}

function endingOf({ state, merged, merged_at, closed_at }: PullRequest): Ending | undefined {
  if (merged_at !== undefined) return { at: merged_at, result: 'merged' };
  if (closed_at === undefined || state !== 'closed') return undefined;
  return { at: closed_at, result: merged === true ? 'merged' : 'abandoned' };
}

function endTelling({ at, result }: Ending): Pick<Event, 'key' | 'state'> & { result: Result } {
  return { key: `closed@${at.at}`, state: 'end', result };
}

/** With its state, for no later payload may come to tell that. */
function provenEnd(ending: Ending): Pick<Event, 'key' | 'state'> & Partial<Event> {
  const state: otel.ChangeState = ending.result === 'merged' ? 'merged' : 'closed';
  return { ...endTelling(ending), tags: { [otel.VCS_CHANGE_STATE]: state } };
}

function readAction(hook: PullRequestPayload, operation: Operation, { instance }: Delivery): Event | null {
  const { action, pull_request: pullRequest } = hook;
  const { created_at, updated_at, draft } = pullRequest;
  const details = { ...detailsOf(pullRequest, hook.repository, instance), ...actor(hook.sender) };
  const now = (key: string, telling: Pick<Event, 'state'> & Partial<Event>) =>
    tell(operation, updated_at, updated_at, { ...details, key: `${key}@${updated_at.at}`, ...telling });
  const stage = draft === true ? stages.draft : stages.awaitingReview;
  switch (action) {
    case 'opened': {
      const by = opener(pullRequest.user, hook.sender);
      return tell(operation, created_at, updated_at, { ...details, ...by, key: 'opened', state: 'start', stage });
    }
    case 'reopened':
      return now('reopened', { state: 'start', reopens: true, stage });
    case 'closed': {
      const ending = endingOf(pullRequest) ?? { at: updated_at, result: 'abandoned' };
      return tell(operation, ending.at, updated_at, { ...details, ...endTelling(ending) });
    }
    case 'ready_for_review':
      return now(action, enters(pullRequest, stages.awaitingReview));
    case 'converted_to_draft':
      return now(action, enters(pullRequest, stages.draft));
    default: {
      const remark = Object.hasOwn(REMARKS, action) ? REMARKS[action] : undefined;
      if (remark === undefined) return null;
      const detail = remark(hook);
      return now(detail === null || detail === undefined ? action : `${action}:${detail}`, { state: 'intermediary' });
    }
  }
}

// A transition after the end would open it again.
export function enters({ state }: Pick<PullRequest, 'state'>, stage: Stage): Pick<Event, 'state' | 'stage'> {
  return state === 'closed' ? { state: 'intermediary' } : { state: 'transition', stage };
}

export function detailsOf(pullRequest: PullRequest, repository: Repository, instance: string): Partial<Event> {
  const { number, title, html_url, head, base, user, labels, draft, milestone } = pullRequest;
  const place = placeIn(instance, repository);
  return {
    ...defined({ title: title ?? undefined, url: html_url ?? undefined }),
    tags: {
      ...repositoryTags(repository),
      [otel.VCS_CHANGE_ID]: String(number),
      ...defined({
        [otel.VCS_CHANGE_STATE]: stateOf(pullRequest),
        [otel.VCS_CHANGE_TITLE]: title ?? undefined,
        [otel.VCS_REF_HEAD_REVISION]: head.sha ?? undefined,
        [otel.VCS_REF_HEAD_NAME]: head.ref ?? undefined,
        [otel.VCS_REF_HEAD_TYPE]: head.ref ? 'branch' : undefined,
        [otel.VCS_REF_BASE_NAME]: base.ref ?? undefined,
      }),
    },
    facts: {
      labels,
      author: user?.login ?? null,
      author_is_bot: isBot(user),
      draft: draft === true,
      milestone: milestone?.title ?? null,
      head_branch: head.ref ?? null,
      base_branch: base.ref ?? null,
      fork: isFork(pullRequest, repository),
      ...sizeOf(pullRequest),
      ...commentsOf(pullRequest),
    },
    provides: providedBy(pullRequest, place, instance),
    mentions: mentionedInPullRequest(pullRequest, repository, place, instance),
  };
}

/** As it is in this payload; every payload has it, so that the last one that was told is the one that holds. */
function stateOf({ state, merged, merged_at, draft }: PullRequest): otel.ChangeState | undefined {
  if (merged_at !== undefined || merged === true) return 'merged';
  if (state === 'closed') return 'closed';
  if (state !== 'open') return undefined;
  return draft === true ? 'wip' : 'open';
}

/** A head whose repository is gone was a fork's; nothing is known of one that is not told at all. */
function isFork({ head }: PullRequest, repository: Repository): boolean | null {
  if (!head.ref && !head.repo) return null;
  return head.repo?.id !== repository.id;
}

// Only the hooks of the pull request itself tell its size; those of its reviews leave it out.
function sizeOf({ additions, deletions, changed_files, commits }: PullRequest): NonNullable<Event['facts']> {
  return defined({
    additions: additions ?? undefined,
    deletions: deletions ?? undefined,
    changed_files: changed_files ?? undefined,
    commits: commits ?? undefined,
  });
}

// Those of the conversation and those on lines of code; each alone would be too few.
function commentsOf({ comments, review_comments }: PullRequest): NonNullable<Event['facts']> {
  if (typeof comments !== 'number' || typeof review_comments !== 'number') return {};
  return { comments: comments + review_comments };
}

function providedBy(pullRequest: PullRequest, place: Place, instance: string): Reference[] {
  const { number, head, merged_at, merge_commit_sha } = pullRequest;
  const { scope } = place;
  return [
    ...inBothScopes(place, { type: 'pull_request', value: String(number) }),
    ...(head.sha ? [{ type: 'commit', scope, value: head.sha } as const] : []),
    // Before the merge this is the commit of a test merge, which is on no branch.
    ...(merge_commit_sha && merged_at !== undefined
      ? [{ type: 'merge', scope, value: merge_commit_sha } as const]
      : []),
    ...branchOf(head, place, instance),
  ];
}

/** Branches of forks share their names; the repository they are in tells them apart. */
function branchOf({ ref, repo }: PullRequest['head'], base: Place, instance: string): readonly Reference[] {
  if (!ref || !repo) return [];
  const scope = repositoryScope(instance, repo.id);
  const place = scope === base.scope ? base : placeOf(scope, repo.full_name ?? '', repo.html_url);
  return inBothScopes(place, { type: 'branch', value: ref });
}
