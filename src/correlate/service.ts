import type { Attempt } from '../domain/span.ts';

const SERVICE = 'service.name';
const TIER = 'valuestream.environment.tier';

/** Whose deployments and incidents belong together: the service that rules tell, else the whole project. */
export function serviceOf({ tags, project }: Pick<Attempt, 'tags' | 'project'>): string {
  return Object.hasOwn(tags, SERVICE) ? String(tags[SERVICE]) : project;
}

export function isProduction({ tags }: Pick<Attempt, 'tags'>): boolean {
  return Object.hasOwn(tags, TIER) && tags[TIER] === 'production';
}
