import * as otel from '../domain/conventions.ts';
import type { Attempt } from '../domain/span.ts';

/** Whose deployments and incidents belong together: the service that rules tell, else the whole project. */
export function serviceOf({ tags, project }: Pick<Attempt, 'tags' | 'project'>): string {
  return Object.hasOwn(tags, otel.SERVICE_NAME) ? String(tags[otel.SERVICE_NAME]) : project;
}
