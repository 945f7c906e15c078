import { z } from 'zod';
import type { Github } from '../../vendors/github/client.ts';
import type { ImportPage } from '../contract.ts';
import { type Since, sinceAfter, sinceOf } from '../since.ts';
import { pathOf, toldRepository } from './repository.ts';
import { type Asked, pagesOf, type Resource } from './resource.ts';

const SIZE = 100;

const issueSchema = z.looseObject({
  node_id: z.string(),
  updated_at: z.string(),
  state: z.string(),
  state_reason: z.string().nullish(),
  pull_request: z.unknown().optional(),
});
type Issue = z.output<typeof issueSchema>;

const TURNS = `query Turns($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Issue {
      id
      timelineItems(first: 100, itemTypes: [CLOSED_EVENT, REOPENED_EVENT]) {
        nodes {
          __typename
          ... on ClosedEvent { createdAt stateReason actor { __typename login } }
          ... on ReopenedEvent { createdAt actor { __typename login } }
        }
      }
    }
  }
}`;
const turnsSchema = z.object({
  nodes: z.array(z.object({ id: z.string(), timelineItems: z.object({ nodes: z.array(z.unknown()) }) }).nullable()),
});

/**
 * Issues by when they were last changed, the oldest first: from the time of the last one that was seen on, so that nothing is
 * missed that changes meanwhile, and the next import goes on where this one ended. REST tells types and parents, which older
 * servers do not know in GraphQL; GraphQL tells when those that were closed were closed and re-opened, all of a page at once.
 */
export const issues: Resource = {
  estimate: async ({ repository: { issues: counted, pullRequests } }) => ({
    things: counted.totalCount,
    // Pull requests stand in this list too.
    requests: pagesOf(counted.totalCount + pullRequests.totalCount, SIZE) * 2,
  }),
  pages: async function* (asked, position): AsyncIterable<ImportPage> {
    let at = sinceOf(position, asked);
    if (!asked.repository.hasIssuesEnabled) return;
    for (;;) {
      const listed = await list(asked, at);
      const found = listed.filter((issue) => issue.pull_request === undefined || issue.pull_request === null);
      const turns = await turnsOf(asked.github, found.filter(mayHaveTurned));
      const isLast = listed.length < SIZE;
      at = sinceAfter(at, listed.at(-1)?.updated_at, isLast);
      yield {
        deliveries: found.map((issue) => ({
          import: 'issue',
          repository: toldRepository(asked.repository),
          issue,
          timeline: turns.get(issue.node_id) ?? [],
        })),
        position: JSON.stringify(at),
        things: found.length,
      };
      if (isLast) return;
    }
  },
};

async function list({ github, repository }: Asked, { since, page }: Since): Promise<Issue[]> {
  const { data } = await github.rest.request('GET /repos/{owner}/{repo}/issues', {
    ...pathOf(repository),
    ...{ state: 'all', sort: 'updated', direction: 'asc', per_page: SIZE, page },
    ...(since === null ? {} : { since }),
  });
  return z.array(issueSchema).parse(data);
}

function mayHaveTurned({ state, state_reason }: Issue): boolean {
  return state === 'closed' || (state_reason !== null && state_reason !== undefined);
}

async function turnsOf(github: Github, closed: readonly Issue[]): Promise<Map<string, readonly unknown[]>> {
  if (closed.length === 0) return new Map();
  const { nodes } = await github.graphql(turnsSchema, TURNS, { ids: closed.map(({ node_id }) => node_id) });
  return new Map(nodes.flatMap((node) => (node === null ? [] : [[node.id, node.timelineItems.nodes] as const])));
}
