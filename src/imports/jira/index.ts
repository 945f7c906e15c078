import type { Jira } from '../../vendors/jira/client.ts';
import type { Importer } from '../contract.ts';
import { importerOf, type Wanted } from '../importer.ts';
import { issues } from './issues.ts';
import { findProjects } from './projects.ts';
import type { Asked, Resource } from './resource.ts';
import { sprints } from './sprints.ts';
import { readSurroundings } from './surroundings.ts';
import { versions } from './versions.ts';

/** What is imported, in this order: issues are a part of sprints. */
const resources = { sprints, issues, versions } as const satisfies Record<string, Resource>;

export type JiraResource = keyof typeof resources;
export const jiraResources = Object.keys(resources) as readonly JiraResource[];

export interface JiraImportOptions extends Wanted<JiraResource> {
  /** Their keys; empty for all that the account may see. */
  readonly projects: readonly string[];
}

/** Imports from a Jira. */
export function createJiraImporter(jira: Jira, options: JiraImportOptions): Importer {
  const { projects: keys, since, only, onRenamed } = options;
  return importerOf<Asked>({
    ...{ source: 'jira', api: "Jira's REST API", resources, only },
    places: async () => {
      const surroundings = await readSurroundings(jira);
      const projects = await findProjects(jira, keys, onRenamed);
      return projects.map((project) => ({
        ...{ scope: project.id, name: project.key },
        asked: { jira, project, surroundings, since },
      }));
    },
  });
}
