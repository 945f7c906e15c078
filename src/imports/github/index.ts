import { RepositoryFinder } from '../../report/repositories.ts';
import type { Github } from '../../vendors/github/client.ts';
import type { Importer } from '../contract.ts';
import { importerOf, type Wanted } from '../importer.ts';
import { inParallel } from '../parallel.ts';
import { commits } from './commits.ts';
import { deployments } from './deployments.ts';
import { issues } from './issues.ts';
import { withPlainNumbers } from './plain-numbers.ts';
import { pullRequests } from './pull-requests.ts';
import { releases } from './releases.ts';
import { type Repository, readRepository } from './repository.ts';
import type { Asked, Resource } from './resource.ts';
import { workflowRuns } from './workflow-runs.ts';

/** What is imported, in this order: issues, pull requests and commits are what runs and deployments refer to. */
const resources = {
  issues,
  pull_requests: pullRequests,
  commits,
  workflow_runs: workflowRuns,
  deployments,
  releases,
} as const satisfies Record<string, Resource>;

export type GithubResource = keyof typeof resources;
export const githubResources = Object.keys(resources) as readonly GithubResource[];

export interface GithubImportOptions extends Wanted<GithubResource> {
  readonly orgs: readonly string[];
  /** Names, `owner/name`, or patterns; empty for all of the organizations. */
  readonly repos: readonly string[];
}

/** Imports from a GitHub. */
export function createGithubImporter(github: Github, options: GithubImportOptions): Importer {
  const { since, only } = options;
  const importer = importerOf<Asked>({
    ...{ source: 'github', api: "GitHub's REST API", resources, only },
    places: async () =>
      (await repositoriesOf(github, options)).map((repository) => ({
        ...{ scope: String(repository.databaseId), name: repository.nameWithOwner },
        asked: { github, repository, since },
      })),
  });
  return {
    ...importer,
    pages: async function* (part, position) {
      for await (const page of importer.pages(part, position))
        yield { ...page, deliveries: withPlainNumbers(page.deliveries) };
    },
  };
}

/** Each once, by its name of today. */
async function repositoriesOf(github: Github, { orgs, repos, onRenamed }: GithubImportOptions): Promise<Repository[]> {
  const finder = new RepositoryFinder(github, { state: 'all' }, onRenamed);
  const named = await finder.find({ orgs: [...orgs], repos: [...repos] });
  const read = await inParallel(named, 4, ({ owner, name }) => readRepository(github, owner, name));
  const found = new Map(read.map((repository) => [repository.databaseId, repository]));
  return [...found.values()].sort((a, b) => (a.nameWithOwner < b.nameWithOwner ? -1 : 1));
}
