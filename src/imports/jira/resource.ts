import type { Jira } from '../../vendors/jira/client.ts';
import type { ResourceOf } from '../resource.ts';
import type { Surroundings } from './surroundings.ts';

/** A project as it is called today. */
export interface Project {
  /** It keeps this when its key is changed. */
  readonly id: string;
  readonly key: string;
}

/** What a resource is fetched of. */
export interface Asked {
  readonly jira: Jira;
  readonly project: Project;
  readonly surroundings: Surroundings;
  /** Nothing that ended, or was last changed, before this is fetched; null for everything. In milliseconds since 1970. */
  readonly since: number | null;
}

/** One kind of thing that a project has. */
export type Resource = ResourceOf<Asked>;
