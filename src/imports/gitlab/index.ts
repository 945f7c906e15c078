import type { Gitlab } from '../../vendors/gitlab/client.ts';
import type { Importer } from '../contract.ts';
import { importerOf, type Wanted } from '../importer.ts';
import { commits } from './commits.ts';
import { deployments } from './deployments.ts';
import { issues } from './issues.ts';
import { mergeRequests } from './merge-requests.ts';
import { pipelines } from './pipelines.ts';
import { type Named, ProjectFinder } from './projects.ts';
import { releases } from './releases.ts';
import type { Asked, Resource } from './resource.ts';

/** What is imported, in this order: issues and merge requests are what pipelines and deployments refer to. */
const resources = {
  issues,
  merge_requests: mergeRequests,
  commits,
  pipelines,
  deployments,
  releases,
} as const satisfies Record<string, Resource>;

export type GitlabResource = keyof typeof resources;
export const gitlabResources = Object.keys(resources) as readonly GitlabResource[];

export interface GitlabImportOptions extends Named, Wanted<GitlabResource> {}

/** Imports from a GitLab. */
export function createGitlabImporter(gitlab: Gitlab, options: GitlabImportOptions): Importer {
  const { since, only, onRenamed } = options;
  return importerOf<Asked>({
    ...{ source: 'gitlab', api: "GitLab's REST API", resources, only },
    places: async () =>
      (await new ProjectFinder(gitlab, onRenamed).find(options)).map((project) => ({
        ...{ scope: String(project.id), name: project.path_with_namespace },
        asked: { gitlab, project, since },
      })),
  });
}
