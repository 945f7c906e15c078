import { z } from 'zod';
import { orNull } from '../../vendors/error.ts';
import { changedSince } from './changed-since.ts';
import { commitSchema } from './commit.ts';
import { toldProject } from './project.ts';
import { type Asked, unless, userSchema, without } from './resource.ts';
import { stateEventsOf } from './state-events.ts';

/** Small pages, for each takes several requests of its own, and what was fetched of a page is lost with it. */
const SIZE = 20;

const mergeRequestSchema = z.looseObject({
  id: z.number(),
  iid: z.number(),
  updated_at: z.string(),
  author: userSchema,
  merge_commit_sha: z.string().nullish(),
  squash_commit_sha: z.string().nullish(),
});
type MergeRequest = z.output<typeof mergeRequestSchema>;

/** What GitLab computes anew whenever it feels like it, of the signed-in user, or of no use. */
const LEFT_OUT = [
  ...['merge_status', 'detailed_merge_status', 'has_conflicts', 'subscribed', 'assignee', 'assignees', 'reviewers'],
  ...['merged_by', 'merge_user', 'closed_by', 'references', 'time_stats', 'task_completion_status', 'prepared_at'],
];

/** https://docs.gitlab.com/api/notes/#list-all-merge-request-notes */
const noteSchema = z
  .object({ id: z.number(), system: z.boolean(), body: z.string(), author: userSchema, created_at: z.string() })
  // What GitLab says itself tells what has happened; what people say stays with them.
  .transform(({ body, ...note }) => (note.system ? { ...note, body } : note));

/** https://docs.gitlab.com/api/merge_request_approvals/; the number is known to paid editions alone. */
const approvalsSchema = z.object({ approvals_required: z.number().nullish() });

/** Merge requests with what was said of them, when they were closed, re-opened and approved, and their commits. */
export const mergeRequests = unless(
  ({ merge_requests_access_level }) => merge_requests_access_level === 'disabled',
  changedSince({
    ...{ name: 'merge_requests', schema: mergeRequestSchema, query: { scope: 'all', state: 'all' } },
    ...{ size: SIZE, requestsEach: 5 },
    tell: (asked) => async (listed) => {
      const sizes = await sizesOf(listed, asked);
      return (one) => envelopeOf(one, sizes.get(one.iid) ?? null, asked);
    },
  }),
);

async function envelopeOf(one: MergeRequest, diffStats: DiffStats | null, asked: Asked): Promise<object> {
  const { gitlab, project } = asked;
  const path = `projects/${project.id}/merge_requests/${one.iid}`;
  const notes = await gitlab.all(noteSchema, `${path}/notes`, { sort: 'asc', order_by: 'created_at' });
  return {
    import: 'merge_request',
    project: toldProject(project),
    merge_request: without(one, LEFT_OUT),
    notes,
    state_events: await stateEventsOf(asked, 'merge_requests', one.iid),
    approvals_required: await approvalsRequired(notes, path, asked),
    commits: await gitlab.all(commitSchema, `${path}/commits`),
    merge_commits: await mergeCommitsOf(one, asked),
    diff_stats: diffStats,
  };
}

/** How many approvals it needs, where it has any. */
async function approvalsRequired(
  notes: readonly z.output<typeof noteSchema>[],
  path: string,
  { gitlab }: Asked,
): Promise<number | null> {
  if (!notes.some((note) => 'body' in note && note.body === 'approved this merge request')) return null;
  return (await gitlab.one(approvalsSchema, `${path}/approvals`)).approvals_required ?? null;
}

/** What is on the branch after a merge or a squash is none of its own commits. */
async function mergeCommitsOf({ merge_commit_sha, squash_commit_sha }: MergeRequest, asked: Asked) {
  const shas = [merge_commit_sha, squash_commit_sha].filter((sha) => sha !== null && sha !== undefined);
  return (await Promise.all(shas.map((sha) => commitOf(sha, asked)))).flat();
}

/** A branch may have been rewritten since, and its commits thrown away. */
async function commitOf(sha: string, { gitlab, project }: Asked) {
  const found = await orNull(gitlab.one(commitSchema, `projects/${project.id}/repository/commits/${sha}`));
  return found === null ? [] : [found];
}

const SIZES = `query Sizes($path: ID!, $iids: [String!]!, $first: Int!) {
  project(fullPath: $path) {
    mergeRequests(iids: $iids, first: $first) { nodes { iid diffStatsSummary { additions deletions fileCount } } }
  }
}`;
const diffStatsSchema = z.object({ additions: z.number(), deletions: z.number(), fileCount: z.number() });
type DiffStats = z.output<typeof diffStatsSchema>;
const sizesSchema = z.object({
  project: z
    .object({
      mergeRequests: z.object({
        nodes: z.array(z.object({ iid: z.coerce.number(), diffStatsSummary: diffStatsSchema.nullable() })),
      }),
    })
    .nullable(),
});

/** How many lines each changes, of all of a page at once: REST does not tell it. */
async function sizesOf(listed: readonly MergeRequest[], { gitlab, project }: Asked) {
  if (listed.length === 0) return new Map<number, DiffStats | null>();
  const iids = listed.map(({ iid }) => String(iid));
  const asked = { path: project.path_with_namespace, iids, first: SIZE };
  const told = (await gitlab.graphql(sizesSchema, SIZES, asked)).project?.mergeRequests.nodes ?? [];
  return new Map(told.map(({ iid, diffStatsSummary }) => [iid, diffStatsSummary]));
}
