import { z } from 'zod';
import { orNull } from '../../vendors/error.ts';
import { encoded } from '../../vendors/gitlab/client.ts';
import type { Told } from '../ancestry.ts';
import { branchCommits, type CommitPage, oldestCommit } from '../branch-commits.ts';
import { pagesOf } from '../resource.ts';
import { type Commit, commitSchema } from './commit.ts';
import { toldProject } from './project.ts';
import { type Asked, unless } from './resource.ts';

const SIZE = 100;

interface Listed {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly committedAt: number;
  readonly told: Commit;
}

const branchSchema = z.object({ name: z.string(), commit: z.object({ id: z.string() }) });
/** Of a project without a repository there are no statistics. */
const statisticsSchema = z.object({ statistics: z.object({ commit_count: z.number() }).nullish() });

/** The commits of the default branch. */
export const commits = unless(
  ({ repository_access_level, default_branch }) => repository_access_level === 'disabled' || !default_branch,
  {
    estimate: async ({ gitlab, project }) => {
      const { statistics } = await gitlab.one(statisticsSchema, `projects/${project.id}`, { statistics: true });
      const things = statistics?.commit_count ?? 0;
      return { things, requests: 1 + pagesOf(things, SIZE) };
    },
    pages: (asked, position) =>
      branchCommits<Listed>(
        {
          branch: () => branchOf(asked),
          list: (head, after) => list(asked, head, after),
          envelope: (told, ref) => envelopeOf(told, ref, asked),
          oldest: oldestCommit(asked.since),
        },
        position,
      ),
  },
);

/** Null of a branch that has no commit yet. */
async function branchOf({ gitlab, project }: Asked) {
  const path = `projects/${project.id}/repository/branches/${encoded(project.default_branch ?? '')}`;
  const found = await orNull(gitlab.one(branchSchema, path));
  return found && { ref: `refs/heads/${found.name}`, head: found.commit.id };
}

/** By page numbers, which stay what they are, for the list is that of one commit. */
async function list(
  { gitlab, project }: Asked,
  head: string,
  after: string | null,
): Promise<CommitPage<Listed> | null> {
  const page = Number(after ?? 1);
  const asked = { ref_name: head, per_page: SIZE, page };
  const found = await orNull(gitlab.page(commitSchema, `projects/${project.id}/repository/commits`, asked));
  if (found === null || (page === 1 && found.items.length === 0)) return null;
  return { commits: found.items.map(listed), next: found.items.length < SIZE ? null : String(page + 1) };
}

function listed(told: Commit): Listed {
  const committedAt = Date.parse(told.committed_date ?? '');
  return { oid: told.id, parents: told.parent_ids ?? [], committedAt, told };
}

function envelopeOf({ commit: { told }, brought, truncated }: Told<Listed>, ref: string, { project }: Asked): object {
  return { import: 'commit', project: toldProject(project), ref, commit: told, brought, truncated };
}
