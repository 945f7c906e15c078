import type { Github } from '../../vendors/github/client.ts';
import type { ResourceOf } from '../resource.ts';
import type { Repository } from './repository.ts';

/** What a resource is fetched of. */
export interface Asked {
  readonly github: Github;
  readonly repository: Repository;
  /** Nothing that ended, or was last changed, before this is fetched; null for everything. In milliseconds since 1970. */
  readonly since: number | null;
}

/** One kind of thing that a repository has. */
export type Resource = ResourceOf<Asked>;

export { pagesOf } from '../resource.ts';
