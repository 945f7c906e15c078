import type { Event } from '../../domain/event.ts';
import { defined } from '../_kit/json.ts';
import { kindOf } from '../_kit/kind.ts';
import { byKey, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { milestoneReference, operationOf, projectTags, proveOpened } from './operation.ts';
import type { MilestonePayload } from './schema.ts';

type Telling = Pick<Event, 'state'> & Partial<Event>;

const ACTIONS: Readonly<Record<string, Telling>> = {
  create: { state: 'start' },
  reopen: { state: 'start', reopens: true },
  close: { state: 'end', result: 'done' },
  delete: { state: 'end', result: 'cancelled' },
};

/**
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#milestone-events: the nearest that GitLab's free
 * version has to a sprint. Tells when it was last changed, and so when it was closed only by the hook of its closing.
 */
export function readMilestone(hook: MilestonePayload, delivery: Delivery): readonly Event[] | Ignored {
  const { project, group, object_attributes: milestone } = hook;
  const action = hook.action ?? '';
  const telling = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (telling === undefined) return ignored(`the action "${kindOf(action)}" of a milestone has no meaning here`);
  const place =
    project ?? (group ? { id: `group:${group.group_id}`, path_with_namespace: group.full_path } : undefined);
  if (place === undefined) return ignored('a milestone of no project and no group');
  const { id, iid, title, created_at, updated_at, due_date } = milestone;
  const operation = operationOf('milestone', place, id, delivery, iid);
  const isCreation = action === 'create';
  const at = isCreation ? created_at : updated_at;
  return byKey([
    ...(action === 'reopen' ? [] : [proveOpened(operation, created_at)]),
    tell(operation, at, updated_at, {
      key: isCreation ? 'opened' : `${action}@${updated_at.at}`,
      ...telling,
      ...defined({ title }),
      provides: [milestoneReference(delivery.instance, id)],
      tags: {
        ...projectTags(place),
        'valuestream.milestone.number': iid,
        'valuestream.sprint.due_at': due_date ?? null,
      },
    }),
  ]);
}
