import { z } from 'zod';

const PAGE = 'pageInfo { hasNextPage endCursor }';
const ACTOR = '{ __typename login }';
const REVIEWS = `${PAGE} nodes { fullDatabaseId state submittedAt author ${ACTOR} comments { totalCount } }`;
/** What is asked for of each commit. */
export const COMMIT = '{ oid message authoredDate committedDate url author { name user { login } } }';
const COMMITS = `totalCount ${PAGE} nodes { commit ${COMMIT} }`;
const TURN_TYPES =
  'itemTypes: [CLOSED_EVENT, REOPENED_EVENT, READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT, REVIEW_DISMISSED_EVENT]';
const TURNS = `${PAGE} nodes {
  __typename
  ... on ClosedEvent { createdAt actor ${ACTOR} }
  ... on ReopenedEvent { createdAt actor ${ACTOR} }
  ... on ReadyForReviewEvent { createdAt actor ${ACTOR} }
  ... on ConvertToDraftEvent { createdAt actor ${ACTOR} }
  ... on ReviewDismissedEvent { createdAt previousReviewState actor ${ACTOR} review { fullDatabaseId } }
}`;
const REPOSITORY = '{ databaseId nameWithOwner url }';

/** A page of the pull requests of a repository, each with its first reviews, commits and turns: few have more. */
export const PULL_REQUESTS = `query PullRequests($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: $first, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
      ${PAGE}
      nodes {
        id fullDatabaseId number title body url state isDraft createdAt updatedAt closedAt mergedAt
        mergeCommit ${COMMIT}
        author ${ACTOR}
        labels(first: 100) { nodes { name } }
        milestone { number title }
        headRefName headRefOid headRepository ${REPOSITORY} baseRefName baseRepository ${REPOSITORY}
        additions deletions changedFiles
        comments { totalCount }
        reviews(first: 50) { ${REVIEWS} }
        commits(first: 50) { ${COMMITS} }
        timelineItems(first: 50, ${TURN_TYPES}) { ${TURNS} }
      }
    }
  }
}`;

const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });
// What is not looked at here goes on as it came.
const reviews = z.object({ pageInfo, nodes: z.array(z.looseObject({ submittedAt: z.string().nullable() })) });
const commits = z.object({
  totalCount: z.number(),
  pageInfo,
  nodes: z.array(z.object({ commit: z.looseObject({ oid: z.string() }) })),
});
const timelineItems = z.object({ pageInfo, nodes: z.array(z.unknown()) });
const lists = { reviews, commits, timelineItems };

const pullRequest = z.looseObject({
  id: z.string(),
  updatedAt: z.string(),
  mergeCommit: z.looseObject({ oid: z.string() }).nullable(),
  ...lists,
});
export type ToldPullRequest = z.output<typeof pullRequest>;

export const pullRequestsSchema = z.object({
  repository: z.object({ pullRequests: z.object({ pageInfo, nodes: z.array(pullRequest) }) }),
});

/** What one pull request has of each after a cursor. */
export const REST_OF = `query RestOf($id: ID!, $reviews: String, $commits: String, $turns: String) {
  node(id: $id) {
    ... on PullRequest {
      reviews(first: 100, after: $reviews) { ${REVIEWS} }
      commits(first: 100, after: $commits) { ${COMMITS} }
      timelineItems(first: 100, after: $turns, ${TURN_TYPES}) { ${TURNS} }
    }
  }
}`;
export const restOfSchema = z.object({ node: z.object(lists) });
