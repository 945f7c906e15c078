import { buildSchema, graphql } from 'graphql';
import type { Company } from './past.ts';

/** What is used of GitLab's schema, with its own types: https://docs.gitlab.com/api/graphql/reference/ */
const schema = buildSchema(`
  scalar Time
  scalar ReleaseID
  scalar CiPipelineID
  scalar JobID
  scalar ProjectID
  enum ReleaseSort { CREATED_ASC CREATED_DESC RELEASED_AT_ASC RELEASED_AT_DESC }
  type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }
  type DiffStatsSummary { additions: Int! changes: Int! deletions: Int! fileCount: Int! }
  type MergeRequest { iid: String! diffStatsSummary: DiffStatsSummary }
  type MergeRequestConnection { count: Int! nodes: [MergeRequest] pageInfo: PageInfo! }
  type Commit { sha: String! }
  type ReleaseLinks { selfUrl: String }
  type Release {
    id: ReleaseID! tagName: String name: String createdAt: Time releasedAt: Time links: ReleaseLinks commit: Commit
  }
  type ReleaseConnection { count: Int! nodes: [Release] pageInfo: PageInfo! }
  type CiJob { id: JobID }
  type Pipeline { id: CiPipelineID! iid: String! project: Project upstream: Pipeline sourceJob: CiJob }
  type Project {
    id: ID!
    mergeRequests(iids: [String!], first: Int, after: String): MergeRequestConnection
    releases(sort: ReleaseSort, first: Int, after: String): ReleaseConnection
    pipeline(id: CiPipelineID, iid: ID, sha: String): Pipeline
  }
  type Query { project(fullPath: ID!): Project }
`);

/** The answer to a request of GraphQL. */
export async function answerGraphql(company: Company, body: string) {
  const { query, variables } = JSON.parse(body);
  return graphql({ schema, source: query, variableValues: variables, rootValue: { project: projectOf(company) } });
}

interface Wanted {
  readonly iids?: readonly string[];
  readonly iid?: string;
  readonly first?: number;
  readonly after?: string | null;
}

function projectOf(company: Company) {
  return ({ fullPath }: { readonly fullPath: string }) => {
    const project = company.projects.find(({ info }) => info.path_with_namespace === fullPath);
    if (project === undefined) return null;
    const sizes = ({ iids = [] }: Wanted) =>
      iids.map((iid) => ({ iid, diffStatsSummary: project.sizes.get(Number(iid)) ?? null }));
    return {
      id: `gid://gitlab/Project/${project.info.id}`,
      mergeRequests: (wanted: Wanted) => ({ nodes: sizes(wanted) }),
      pipeline: ({ iid }: Wanted) => project.upstreams.get(Number(iid)) ?? null,
      releases: ({ first = 100, after }: Wanted) => {
        const from = after ? Number(after) : 0;
        const end = from + first;
        return {
          nodes: project.releases.slice(from, end),
          pageInfo: { hasNextPage: project.releases.length > end, endCursor: String(end) },
        };
      },
    };
  };
}
