import { z } from 'zod';
import type { Row } from './row.ts';

const pageInfoSchema = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });

/** An account; null where it was deleted. */
const actorSchema = z.object({ __typename: z.string(), login: z.string() }).nullable();

const reviewSchema = z.object({
  author: actorSchema,
  state: z.string(),
  submittedAt: z.string().nullable(),
  comments: z.object({ totalCount: z.number() }),
});

const reviewsSchema = z.object({
  totalCount: z.number(),
  pageInfo: pageInfoSchema,
  nodes: z.array(reviewSchema),
});

const pullRequestSchema = z.object({
  id: z.string(),
  number: z.number(),
  title: z.string(),
  url: z.string(),
  state: z.enum(['OPEN', 'MERGED', 'CLOSED']),
  isDraft: z.boolean(),
  author: actorSchema,
  createdAt: z.string(),
  updatedAt: z.string(),
  mergedAt: z.string().nullable(),
  closedAt: z.string().nullable(),
  additions: z.number(),
  deletions: z.number(),
  changedFiles: z.number(),
  comments: z.object({ totalCount: z.number() }),
  reviews: reviewsSchema,
});
export type PullRequest = z.infer<typeof pullRequestSchema>;

/** So many reviews come with each pull request: few have more, and all that are asked for cost points. */
const REVIEWS = `totalCount pageInfo { hasNextPage endCursor }
  nodes { author { __typename login } state submittedAt comments { totalCount } }`;

/** A page of the pull requests of one repository, each with its first reviews. */
export const PULL_REQUESTS = `query PullRequests(
  $id: ID!, $first: Int!, $after: String, $states: [PullRequestState!], $orderBy: IssueOrder
) {
  node(id: $id) {
    ... on Repository {
      pullRequests(first: $first, after: $after, states: $states, orderBy: $orderBy) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id number title url state isDraft createdAt updatedAt mergedAt closedAt
          additions deletions changedFiles
          author { __typename login }
          comments { totalCount }
          reviews(first: 20) { ${REVIEWS} }
        }
      }
    }
  }
}`;
export const pullRequestsSchema = z.object({
  node: z.object({
    pullRequests: z.object({ pageInfo: pageInfoSchema, nodes: z.array(pullRequestSchema) }),
  }),
});

/** The reviews of one pull request, from a cursor on. */
export const MORE_REVIEWS = `query MoreReviews($id: ID!, $after: String) {
  node(id: $id) { ... on PullRequest { reviews(first: 100, after: $after) { ${REVIEWS} } } }
}`;
export const moreReviewsSchema = z.object({ node: z.object({ reviews: reviewsSchema }) });

const REPOSITORY = 'id name owner { login } pullRequests(states: $states) { totalCount }';
const repositorySchema = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  pullRequests: z.object({ totalCount: z.number() }),
});
export type FoundRepository = z.infer<typeof repositorySchema>;

/** One repository, by a name that it has or had. */
export const ONE_REPOSITORY = `query Repository($owner: String!, $name: String!, $states: [PullRequestState!]) {
  repository(owner: $owner, name: $name) { ${REPOSITORY} }
}`;
export const oneRepositorySchema = z.object({ repository: repositorySchema });

/** The repositories of an organization or a user; null where there is neither. */
export const REPOSITORIES = `query Repositories($owner: String!, $after: String, $states: [PullRequestState!]) {
  repositoryOwner(login: $owner) {
    repositories(first: 100, after: $after, ownerAffiliations: [OWNER], orderBy: { field: NAME, direction: ASC }) {
      pageInfo { hasNextPage endCursor }
      nodes { ${REPOSITORY} }
    }
  }
}`;
export const repositoriesSchema = z.object({
  repositoryOwner: z
    .object({ repositories: z.object({ pageInfo: pageInfoSchema, nodes: z.array(repositorySchema) }) })
    .nullable(),
});

/** The organizations of whom the token is. */
export const ORGANIZATIONS = `query Organizations($after: String) {
  viewer { organizations(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { login } } }
}`;
export const organizationsSchema = z.object({
  viewer: z.object({
    organizations: z.object({ pageInfo: pageInfoSchema, nodes: z.array(z.object({ login: z.string() })) }),
  }),
});

/** A pull request with all its reviews as a row. */
export function rowOf(pull: PullRequest, withAuthors: boolean): Row {
  const { number, title, url, isDraft, author, additions, deletions } = pull;
  const submitted = pull.reviews.nodes.filter(({ state }) => state !== 'PENDING');
  const onCode = submitted.reduce((sum, { comments }) => sum + comments.totalCount, 0);
  return {
    ...{ number, title, url, state: STATES[pull.state], is_draft: isDraft },
    author: withAuthors ? (author?.login ?? null) : null,
    author_is_bot: author === null ? null : isBot(author),
    created_at: pull.createdAt,
    first_review_at: firstReview(submitted, author?.login),
    ...{ merged_at: pull.mergedAt, closed_at: pull.closedAt },
    ...{ additions, deletions, changed_files: pull.changedFiles },
    comments: pull.comments.totalCount + onCode,
    reviews: submitted.length,
  };
}

const STATES = { OPEN: 'open', MERGED: 'merged', CLOSED: 'closed' } as const;

function isBot({ __typename, login }: { readonly __typename: string; readonly login: string }): boolean {
  return __typename === 'Bot' || login.endsWith('[bot]');
}

/** What its author or a bot says is no review; by whom that of a deleted account was is not known, but it was somebody. */
function firstReview(reviews: readonly z.infer<typeof reviewSchema>[], author: string | undefined): string | null {
  const times = reviews
    .filter((review) => review.author === null || (review.author.login !== author && !isBot(review.author)))
    .flatMap(({ submittedAt }) => submittedAt ?? [])
    .sort((a, b) => Date.parse(a) - Date.parse(b));
  return times[0] ?? null;
}
