import type { Attempt } from '../domain/span.ts';

const SERVICE = 'service.name';

/** Whose deployments and incidents belong together: the service that rules tell, else the whole project. */
export function serviceOf({ tags, project }: Pick<Attempt, 'tags' | 'project'>): string {
  return Object.hasOwn(tags, SERVICE) ? String(tags[SERVICE]) : project;
}
