import type { Event } from '../../domain/event.ts';
import { defined } from '../_kit/json.ts';
import { kindOf } from '../_kit/kind.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { actor, milestoneReference, operationOf, proveOpened, repositoryTags } from './operation.ts';
import type { MilestonePayload } from './schema.ts';

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#milestone: the nearest that GitHub has to a sprint. */
export function readMilestone(hook: MilestonePayload, delivery: Delivery): readonly Event[] | Ignored {
  const { action, milestone, repository } = hook;
  const operation = operationOf('milestone', repository, milestone.id, delivery, milestone.number);
  const told = readAction(hook, operation, delivery.instance);
  if (told === null) return ignored(`the action "${kindOf(action)}" of a milestone has no meaning here`);
  // After a re-opening its creation is not when this life began.
  const opened = action === 'opened' ? [] : [proveOpened(operation, milestone.created_at, milestone.creator)];
  return byKey([...opened, ...proveClosed(hook, operation), told]);
}

function proveClosed({ milestone: { closed_at } }: MilestonePayload, operation: Operation): Event[] {
  if (closed_at === undefined) return [];
  return [prove(operation, closed_at, { key: `closed@${closed_at.at}`, state: 'end', result: 'done' })];
}

function readAction(hook: MilestonePayload, operation: Operation, instance: string): Event | null {
  const { action, milestone, sender } = hook;
  const { created_at, updated_at, closed_at } = milestone;
  const details = { ...detailsOf(hook, instance), ...actor(sender) };
  const now = (telling: Pick<Event, 'state'> & Partial<Event>) =>
    tell(operation, updated_at, updated_at, { ...details, key: `${action}@${updated_at.at}`, ...telling });
  switch (action) {
    case 'created':
      return tell(operation, created_at, updated_at, { ...details, key: 'opened', state: 'start' });
    case 'closed': {
      const at = closed_at ?? updated_at;
      return tell(operation, at, updated_at, { ...details, key: `closed@${at.at}`, state: 'end', result: 'done' });
    }
    case 'opened':
      return now({ state: 'start', reopens: true });
    case 'deleted':
      return now({ state: 'end', result: 'cancelled' });
    case 'edited':
      return now({ state: 'intermediary' });
    default:
      return null;
  }
}

function detailsOf({ milestone, repository }: MilestonePayload, instance: string): Partial<Event> {
  const { number, title, html_url, due_on } = milestone;
  return {
    ...defined({ title: title ?? undefined, url: html_url ?? undefined }),
    provides: [milestoneReference(instance, repository, number)],
    tags: {
      ...repositoryTags(repository),
      'valuestream.milestone.number': number,
      'valuestream.sprint.due_at': due_on === undefined ? null : new Date(due_on.at).toISOString(),
    },
  };
}
