import { z } from 'zod';
import type { Told } from '../ancestry.ts';
import { branchCommits, type CommitPage, oldestCommit } from '../branch-commits.ts';
import { COMMIT } from './pull-request-query.ts';
import { pathOf, toldRepository } from './repository.ts';
import { type Asked, pagesOf, type Resource } from './resource.ts';

const SIZE = 100;

const BRANCH = `query Branch($owner: String!, $name: String!, $since: GitTimestamp) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name target { oid ... on Commit { history(since: $since) { totalCount } } } }
  }
}`;
const branchSchema = z.object({
  repository: z.object({
    defaultBranchRef: z
      .object({
        name: z.string(),
        target: z.object({ oid: z.string(), history: z.object({ totalCount: z.number() }) }),
      })
      .nullable(),
  }),
});

// An octopus has few arms.
const HISTORY = `query Commits($owner: String!, $name: String!, $head: GitObjectID!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    object(oid: $head) {
      ... on Commit {
        history(first: $first, after: $after) {
          pageInfo { hasNextPage endCursor }
          nodes { ...Commit parents(first: 30) { nodes { oid } } }
        }
      }
    }
  }
}
fragment Commit on Commit ${COMMIT}`;
const commitSchema = z
  .looseObject({
    oid: z.string(),
    committedDate: z.string(),
    parents: z.object({ nodes: z.array(z.object({ oid: z.string() })) }),
  })
  .transform((told) => ({
    ...{
      oid: told.oid,
      parents: told.parents.nodes.map(({ oid }) => oid),
      committedAt: Date.parse(told.committedDate),
    },
    told: { ...told, parents: told.parents.nodes },
  }));
const historySchema = z.object({
  repository: z.object({
    object: z
      .object({
        history: z.object({
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
          nodes: z.array(commitSchema),
        }),
      })
      .nullable(),
  }),
});

type Commit = z.output<typeof commitSchema>;

/** The commits of the default branch. */
export const commits: Resource = {
  estimate: async (asked) => {
    const things = (await branchOf(asked))?.target.history.totalCount ?? 0;
    return { things, requests: 1 + pagesOf(things, SIZE) };
  },
  pages: (asked, position) =>
    branchCommits<Commit>(
      {
        branch: async () => {
          const branch = await branchOf(asked);
          return branch && { ref: `refs/heads/${branch.name}`, head: branch.target.oid };
        },
        list: (head, after) => list(asked, head, after),
        envelope: (told, ref) => envelopeOf(told, ref, asked),
        oldest: oldestCommit(asked.since),
      },
      position,
    ),
};

async function branchOf({ github, repository, since: from }: Asked) {
  const { owner, repo: name } = pathOf(repository);
  const oldest = oldestCommit(from);
  const since = oldest === null ? null : new Date(oldest).toISOString();
  return (await github.graphql(branchSchema, BRANCH, { owner, name, since })).repository.defaultBranchRef;
}

async function list(
  { github, repository }: Asked,
  head: string,
  after: string | null,
): Promise<CommitPage<Commit> | null> {
  const { owner, repo: name } = pathOf(repository);
  const answer = await github.graphql(historySchema, HISTORY, { owner, name, head, first: SIZE, after });
  const { nodes, pageInfo } = answer.repository.object?.history ?? {};
  return nodes === undefined
    ? null
    : { commits: nodes, next: pageInfo?.hasNextPage === true ? pageInfo.endCursor : null };
}

function envelopeOf({ commit, brought, truncated }: Told<Commit>, ref: string, { repository }: Asked): object {
  return { import: 'commit', repository: toldRepository(repository), ref, commit: commit.told, brought, truncated };
}
