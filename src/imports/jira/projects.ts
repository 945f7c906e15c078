import { z } from 'zod';
import type { Jira } from '../../vendors/jira/client.ts';
import { inParallel } from '../parallel.ts';
import { listed } from './listed.ts';
import type { Project } from './resource.ts';

const projectSchema = z.object({ id: z.string(), key: z.string() });

const AT_ONCE = 4;

/**
 * The projects of these keys, old ones too; all that the account may see where none are given. In the order of their keys.
 * `onRenamed` hears of a project that is called otherwise today.
 */
export async function findProjects(
  jira: Jira,
  keys: readonly string[],
  onRenamed: (asked: string, today: string) => void,
): Promise<readonly Project[]> {
  const named = await inParallel(keys, AT_ONCE, async (key) => {
    const project = await jira.get(projectSchema, `${jira.api}/project/${encodeURIComponent(key)}`);
    if (key !== project.id && key.toUpperCase() !== project.key.toUpperCase()) onRenamed(key, project.key);
    return project;
  });
  const found = new Map(named.map((project) => [project.id, project]));
  const projects = keys.length === 0 ? await allProjects(jira) : [...found.values()];
  return projects.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** Data Center tells all of them at once. */
async function allProjects(jira: Jira): Promise<readonly Project[]> {
  if (!jira.isCloud) return jira.get(z.array(projectSchema), `${jira.api}/project`);
  const projects: Project[] = [];
  for await (const page of listed(jira, projectSchema, `${jira.api}/project/search`)) projects.push(...page.values);
  return projects;
}
