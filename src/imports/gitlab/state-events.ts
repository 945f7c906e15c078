import { z } from 'zod';
import { type Asked, userSchema } from './resource.ts';

/** https://docs.gitlab.com/api/resource_state_events/ */
const stateEventSchema = z.object({ state: z.string(), created_at: z.string(), user: userSchema });

/** When an issue or a merge request was closed, re-opened or merged. */
export async function stateEventsOf({ gitlab, project }: Asked, kind: 'issues' | 'merge_requests', iid: number) {
  return gitlab.all(stateEventSchema, `projects/${project.id}/${kind}/${iid}/resource_state_events`);
}
