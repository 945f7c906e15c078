import { z } from 'zod';
import type { Github } from '../../vendors/github/client.ts';
import type { ImportPage } from '../contract.ts';
import {
  PULL_REQUESTS,
  pullRequestsSchema,
  REST_OF,
  restOfSchema,
  type ToldPullRequest,
} from './pull-request-query.ts';
import { pathOf, toldRepository } from './repository.ts';
import { type Asked, pagesOf, type Resource } from './resource.ts';

/** GitHub gives up on a query after ten seconds, and each of these brings its reviews and commits. */
const SIZE = 25;

/**
 * `done`: up to when everything was seen before this round. `newest`: what the first page of this round began with; that is
 * `done` of the next one. `after`: the cursor of the page before.
 */
const positionSchema = z.object({
  done: z.string().nullable(),
  newest: z.string().nullable(),
  after: z.string().nullable(),
});
type Position = z.output<typeof positionSchema>;

/**
 * Pull requests by when they were last changed, the latest first, down to what the round before has seen. One that changes
 * meanwhile moves to the front: the next round finds it there.
 */
export const pullRequests: Resource = {
  estimate: async ({ repository: { pullRequests: counted } }) => ({
    things: counted.totalCount,
    requests: pagesOf(counted.totalCount, SIZE),
  }),
  pages: async function* (asked, position): AsyncIterable<ImportPage> {
    let at: Position | null =
      position === null ? { done: null, newest: null, after: null } : positionSchema.parse(JSON.parse(position));
    while (at !== null) {
      const { nodes, pageInfo } = await list(asked, at.after);
      const newest: string | null = at.newest ?? nodes[0]?.updatedAt ?? null;
      const isNew = isNotBefore(at.done, asked.since);
      const found = nodes.filter(isNew);
      const isLast = found.length < nodes.length || !pageInfo.hasNextPage;
      const next: Position = isLast
        ? { done: newest ?? at.done, newest: null, after: null }
        : { done: at.done, newest, after: pageInfo.endCursor };
      const whole = await Promise.all(found.map((one) => withRest(asked.github, one)));
      yield {
        deliveries: whole.map((one) => envelopeOf(one, asked)),
        position: JSON.stringify(next),
        things: found.length,
      };
      at = isLast ? null : next;
    }
  },
};

/** Times to the second: one of the same second may be another change. */
function isNotBefore(done: string | null, since: number | null): (told: ToldPullRequest) => boolean {
  const from = Math.max(done === null ? 0 : Date.parse(done), since ?? 0);
  return ({ updatedAt }) => Date.parse(updatedAt) >= from;
}

async function list({ github, repository }: Asked, after: string | null) {
  const { owner, repo: name } = pathOf(repository);
  const asked = { owner, name, first: SIZE, after };
  return (await github.graphql(pullRequestsSchema, PULL_REQUESTS, asked)).repository.pullRequests;
}

/** With all of its reviews, commits and turns, where it has more than come along. */
async function withRest(github: Github, told: ToldPullRequest): Promise<ToldPullRequest> {
  let whole = told;
  for (;;) {
    const { reviews, commits, timelineItems } = whole;
    if (![reviews, commits, timelineItems].some(({ pageInfo }) => pageInfo.hasNextPage)) return whole;
    const { node } = await github.graphql(restOfSchema, REST_OF, {
      id: told.id,
      reviews: reviews.pageInfo.endCursor,
      commits: commits.pageInfo.endCursor,
      turns: timelineItems.pageInfo.endCursor,
    });
    whole = {
      ...whole,
      reviews: joined(reviews, node.reviews),
      commits: joined(commits, node.commits),
      timelineItems: joined(timelineItems, node.timelineItems),
    };
  }
}

interface Part<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** A list that was whole before has no more, and so no cursor after which there would be. */
function joined<T, P extends Part<T>>(before: P, more: P): P {
  const nodes = [...before.nodes, ...more.nodes];
  return {
    ...more,
    nodes,
    pageInfo: { ...more.pageInfo, endCursor: more.pageInfo.endCursor ?? before.pageInfo.endCursor },
  };
}

function envelopeOf(
  { id: _node, reviews, commits, timelineItems, mergeCommit, ...told }: ToldPullRequest,
  { repository }: Asked,
): object {
  return {
    import: 'pull_request',
    repository: toldRepository(repository),
    pull_request: {
      ...told,
      mergeCommit: mergeCommit === null ? null : { oid: mergeCommit.oid },
      commits: { totalCount: commits.totalCount },
    },
    // What is not submitted yet is nobody's business.
    reviews: reviews.nodes.filter(({ submittedAt }) => submittedAt !== null),
    commits: commits.nodes.map(({ commit }) => commit),
    merge_commit: mergeCommit,
    timeline: timelineItems.nodes,
  };
}
