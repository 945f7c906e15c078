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
      const facts = { ...details.facts, review_state: review.state };
      return tell(operation, submittedAt(hook), updated_at, { ...details, facts, ...submission(hook) });
    }
    case 'dismissed':
      return tell(operation, updated_at, updated_at, { ...details, ...dismissal(hook, updated_at) });
    case 'edited': {
      const key = `review:${review.id}:edited@${updated_at.at}`;
      return tell(operation, updated_at, updated_at, { ...details, key, state: 'intermediary' });
    }
    default:
      return null;
  }
}

/** What of a hook says how a review is to be taken. */
export interface Reviewed {
  readonly review: PullRequestReviewPayload['review'];
  readonly pull_request: Pick<PullRequestReviewPayload['pull_request'], 'draft' | 'closed_at' | 'updated_at' | 'user'>;
}

/** What is told of a review that was submitted, whoever tells it. */
export function submission(hook: Reviewed): Pick<Event, 'key' | 'state' | 'stage'> {
  const { review } = hook;
  return { key: `review:${review.id}`, ...enters(isActivity(hook) ? stageAfter(review.state) : null) };
}

/** The same of a review that was dismissed at a time. */
export function dismissal(hook: Reviewed, at: SourceTime): Pick<Event, 'key' | 'state' | 'stage'> {
  const isVerdict = !isBot(hook.review.user) && isUnderReview(hook, at);
  return { key: `review:${hook.review.id}:dismissed`, ...enters(isVerdict ? stages.review : null) };
}

function submittedAt({ review, pull_request }: Reviewed): SourceTime {
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
function isActivity(hook: Reviewed): boolean {
  const { review, pull_request } = hook;
  const isOwn = review.user?.login !== undefined && review.user.login === pull_request.user?.login;
  if (isBot(review.user) || (review.state === 'commented' && isOwn)) return false;
  return isUnderReview(hook, submittedAt(hook));
}

/** A draft is not under review yet, and after the end a transition would open the pull request again. */
function isUnderReview({ pull_request: { draft, closed_at } }: Reviewed, at: SourceTime): boolean {
  return draft !== true && (closed_at === undefined || at.at <= closed_at.at);
}
