import type { Event, Stage } from '../../domain/event.ts';
import { kindOf } from '../_kit/kind.ts';
import { byKey, type Operation, tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { actor, isBot } from './operation.ts';
import { detailsOf, provenLife, pullRequestOf, stages } from './pull-request.ts';
import type { PullRequestReviewPayload } from './schema.ts';

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request_review */
export function readReview(hook: PullRequestReviewPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { pull_request, repository } = hook;
  const operation = pullRequestOf(pull_request, repository, delivery);
  const told = readAction(hook, operation, delivery.instance);
  if (told === null) return ignored(`the action "${kindOf(hook.action)}" of a review has no meaning here`);
  return byKey([...provenLife(pull_request, operation, false), told]);
}

function readAction(hook: PullRequestReviewPayload, operation: Operation, instance: string): Event | null {
  const { action, review, pull_request: pullRequest, repository } = hook;
  const { updated_at } = pullRequest;
  const details = { ...detailsOf(pullRequest, repository, instance), ...actor(review.user) };
  switch (action) {
    case 'submitted': {
      const telling = enters(isActivity(hook) ? stageAfter(review.state) : null);
      const facts = { ...details.facts, review_state: review.state };
      const key = `review:${review.id}`;
      return tell(operation, submittedAt(hook), updated_at, { ...details, facts, key, ...telling });
    }
    case 'dismissed': {
      const isVerdict = !isBot(review.user) && isUnderReview(hook, updated_at);
      const telling = enters(isVerdict ? stages.review : null);
      return tell(operation, updated_at, updated_at, { ...details, key: `review:${review.id}:dismissed`, ...telling });
    }
    case 'edited': {
      const key = `review:${review.id}:edited@${updated_at.at}`;
      return tell(operation, updated_at, updated_at, { ...details, key, state: 'intermediary' });
    }
    default:
      return null;
  }
}

function submittedAt({ review, pull_request }: PullRequestReviewPayload): SourceTime {
  return review.submitted_at ?? pull_request.updated_at;
}

function stageAfter(state: string): Stage {
  return state === 'approved' ? stages.approved : stages.review;
}

function enters(stage: Stage | null): Pick<Event, 'state' | 'stage'> {
  return stage === null ? { state: 'intermediary' } : { state: 'transition', stage };
}

/**
 * Whether somebody has looked at it. An author's answers to comments are reviews too for GitHub, and so is what bots say,
 * approvals too; neither means that a person has picked it up.
 */
function isActivity(hook: PullRequestReviewPayload): boolean {
  const { review, pull_request } = hook;
  const isOwn = review.user?.login !== undefined && review.user.login === pull_request.user?.login;
  if (isBot(review.user) || (review.state === 'commented' && isOwn)) return false;
  return isUnderReview(hook, submittedAt(hook));
}

/** A draft is not under review yet, and after the end a transition would open the pull request again. */
function isUnderReview({ pull_request: { draft, closed_at } }: PullRequestReviewPayload, at: SourceTime): boolean {
  return draft !== true && (closed_at === undefined || at.at <= closed_at.at);
}
