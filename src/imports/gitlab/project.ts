import { z } from 'zod';

/** `disabled`, `private`, `enabled`; older versions do not tell it of everything. */
const access = z.string().nullish();

/** https://docs.gitlab.com/api/projects/#get-a-single-project */
export const projectSchema = z.object({
  id: z.number(),
  path_with_namespace: z.string(),
  web_url: z.string(),
  default_branch: z.string().nullish(),
  repository_access_level: access,
  issues_access_level: access,
  merge_requests_access_level: access,
  builds_access_level: access,
  environments_access_level: access,
  releases_access_level: access,
});

/** A project as it is called today, and what is switched on in it. */
export type Project = z.output<typeof projectSchema>;

/** A project as webhooks tell it, for the envelope of what belongs to it. */
export function toldProject({ id, path_with_namespace, web_url }: Project) {
  return { id, path_with_namespace, web_url };
}
