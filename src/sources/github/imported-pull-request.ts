import type { Event } from '../../domain/event.ts';
import { byKey, prove, tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import type { ImportedPullRequestPayload, ImportedReview, Moment } from './import-schema.ts';
import { readCommit } from './imported-commit.ts';
import { actor } from './operation.ts';
import { detailsOf, enters, provenLife, pullRequestOf, stages } from './pull-request.ts';
import { dismissal, type Reviewed, submission } from './review.ts';
import type { User } from './schema.ts';

/** A pull request with its whole way, its reviews and its commits. */
export function readImportedPullRequest(imported: ImportedPullRequestPayload, delivery: Delivery): readonly Event[] {
  const { repository, commits, merge_commit } = imported;
  // What is on the main branch after a squash or a merge is neither of these.
  const all = merge_commit ? [...commits, merge_commit] : commits;
  return [...byKey(lifeOf(imported, delivery)), ...all.flatMap((commit) => readCommit(commit, repository, delivery))];
}

function lifeOf(imported: ImportedPullRequestPayload, delivery: Delivery): Event[] {
  const { repository, reviews, timeline } = imported;
  const sum = reviews.reduce((total, { comments }) => total + comments, 0);
  const pullRequest = { ...imported.pull_request, review_comments: sum };
  const { updated_at, user } = pullRequest;
  const operation = pullRequestOf(pullRequest, repository, delivery);
  const way = new Way(timeline, pullRequest.draft === true);
  const asOf = (at: SourceTime) => ({ draft: way.isDraftAt(at), closed_at: way.closedAt(at), updated_at, user });
  const [opened, ...closed] = provenLife(pullRequest, operation, false);
  return [
    ...(opened === undefined ? [] : [{ ...opened, stage: way.wasDraft ? stages.draft : stages.awaitingReview }]),
    ...way.earlierEnds.map(({ createdAt, actor: by }) =>
      prove(operation, createdAt, { key: `closed@${createdAt.at}`, state: 'end', result: 'abandoned', ...actor(by) }),
    ),
    ...closed.map((end) => ({ ...end, ...actor(way.lastEndBy) })),
    ...timeline.flatMap((moment) => {
      const telling = turnOf(moment, way);
      return telling === null ? [] : [prove(operation, moment.createdAt, { ...telling, ...actor(moment.actor) })];
    }),
    ...reviews.flatMap((review) =>
      verdictsOf(review, timeline, asOf).map(({ at, facts, ...telling }) =>
        prove(operation, at, { ...telling, ...(facts === undefined ? {} : { facts }), ...actor(review.user) }),
      ),
    ),
    // As it is now. A webhook tells the same with what has changed, which the API does not keep.
    tell(operation, updated_at, updated_at, {
      ...detailsOf(pullRequest, repository, delivery.instance),
      key: `seen@${updated_at.at}`,
      state: 'intermediary',
    }),
  ];
}

type Telling = Pick<Event, 'key' | 'state'> & Partial<Event>;

/** The keys are those of the webhooks, which are sent when the pull request is updated by just this. */
function turnOf({ __typename, createdAt }: Moment, way: Way): Telling | null {
  const state = way.closedAt(createdAt) === undefined ? 'open' : 'closed';
  switch (__typename) {
    case 'ReopenedEvent': {
      const stage = way.isDraftAt(createdAt) ? stages.draft : stages.awaitingReview;
      return { key: `reopened@${createdAt.at}`, state: 'start', reopens: true, stage };
    }
    case 'ReadyForReviewEvent':
      return { key: `ready_for_review@${createdAt.at}`, ...enters({ state }, stages.awaitingReview) };
    case 'ConvertToDraftEvent':
      return { key: `converted_to_draft@${createdAt.at}`, ...enters({ state }, stages.draft) };
    default:
      return null;
  }
}

interface Verdict extends Telling {
  readonly at: SourceTime;
}

/** What a review said before it was dismissed stands in the dismissal alone. */
function verdictsOf(
  review: ImportedReview,
  timeline: readonly Moment[],
  asOf: (at: SourceTime) => Reviewed['pull_request'],
): Verdict[] {
  const dismissed = timeline.find(
    ({ __typename, review: of }) => __typename === 'ReviewDismissedEvent' && of?.fullDatabaseId === review.id,
  );
  const state = dismissed?.previousReviewState?.toLowerCase() ?? review.state;
  const { submitted_at: at } = review;
  const submitted = {
    ...submission({ review: { ...review, state }, pull_request: asOf(at) }),
    ...{ at, facts: { review_state: state } },
  };
  if (dismissed === undefined) return [submitted];
  const { createdAt } = dismissed;
  return [submitted, { ...dismissal({ review, pull_request: asOf(createdAt) }, createdAt), at: createdAt }];
}

/** A pull request's way between draft and ready, open and closed, as its timeline tells it. */
class Way {
  readonly #moments: readonly Moment[];
  /** Whether it was opened as a draft. */
  readonly wasDraft: boolean;

  constructor(timeline: readonly Moment[], isDraft: boolean) {
    this.#moments = timeline.toSorted((a, b) => a.createdAt.at - b.createdAt.at);
    const first = this.#moments.find(({ __typename }) => Object.hasOwn(DRAFT_AFTER, __typename));
    this.wasDraft = first === undefined ? isDraft : DRAFT_AFTER[first.__typename] === false;
  }

  isDraftAt({ at }: SourceTime): boolean {
    const last = this.#moments.findLast(({ __typename, createdAt }) => createdAt.at <= at && __typename in DRAFT_AFTER);
    return last === undefined ? this.wasDraft : DRAFT_AFTER[last.__typename] === true;
  }

  /** Since when it was closed at a time; undefined where it was open. */
  closedAt({ at }: SourceTime): SourceTime | undefined {
    const last = this.#turns.findLast(({ createdAt }) => createdAt.at <= at);
    return last?.__typename === 'ClosedEvent' ? last.createdAt : undefined;
  }

  /** Those after which it was re-opened. */
  get earlierEnds(): readonly Moment[] {
    return this.#turns.filter(
      ({ __typename }, index) => __typename === 'ClosedEvent' && index < this.#turns.length - 1,
    );
  }

  get lastEndBy(): User {
    const last = this.#turns.at(-1);
    return last?.__typename === 'ClosedEvent' ? last.actor : null;
  }

  get #turns(): readonly Moment[] {
    return this.#moments.filter(({ __typename }) => __typename === 'ClosedEvent' || __typename === 'ReopenedEvent');
  }
}

/** Whether it is a draft after each of these. */
const DRAFT_AFTER: Readonly<Record<string, boolean>> = { ReadyForReviewEvent: false, ConvertToDraftEvent: true };
