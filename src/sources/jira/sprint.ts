import type { Event } from '../../domain/event.ts';
import { defined } from '../_kit/json.ts';
import { kindOf } from '../_kit/kind.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { operationOf, siteScope } from './operation.ts';
import type { SprintPayload } from './schema.ts';

/** A sprint is planned, then started, then closed; being planned is no work yet. */
export function readSprint(hook: SprintPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { sprint, timestamp, webhookEvent } = hook;
  const name = { scope: `board-${sprint.originBoardId ?? 'unknown'}`, id: String(sprint.id) };
  const operation = operationOf('sprint', String(sprint.id), name, delivery);
  const telling = tellingOf(hook);
  if (telling === null) return ignored(`"${kindOf(webhookEvent)}" has no meaning here`);
  const isDeleted = webhookEvent === 'sprint_deleted';
  const at = (telling.state === 'end' && !isDeleted ? sprint.completeDate : undefined) ?? timestamp;
  const isStart = telling.state === 'start' && telling.reopens !== true;
  return byKey([
    ...(telling.reopens === true ? [] : proveStarted(hook, operation)),
    ...proveClosed(hook, operation),
    tell(operation, isStart ? (sprint.startDate ?? at) : at, timestamp, {
      ...detailsOf(hook, delivery.instance),
      key: isStart ? 'started' : `${telling.state}@${at.at}`,
      ...telling,
    }),
  ]);
}

function proveStarted({ sprint, webhookEvent }: SprintPayload, operation: Operation): Event[] {
  const hasStarted = sprint.state === 'active' || sprint.state === 'closed' || webhookEvent === 'sprint_started';
  if (!hasStarted || sprint.startDate === undefined) return [];
  return [prove(operation, sprint.startDate, { key: 'started', state: 'start' })];
}

function proveClosed({ sprint: { state, completeDate } }: SprintPayload, operation: Operation): Event[] {
  if (state !== 'closed' || completeDate === undefined) return [];
  return [prove(operation, completeDate, { key: `end@${completeDate.at}`, state: 'end', result: 'done' })];
}

type Telling = Pick<Event, 'state'> & Partial<Event>;

function tellingOf({ webhookEvent, sprint, oldValue }: SprintPayload): Telling | null {
  const hasRun = sprint.state === 'active' || sprint.state === 'closed';
  switch (webhookEvent) {
    case 'sprint_created':
      return { state: 'intermediary' };
    case 'sprint_started':
      return oldValue?.state === 'closed' ? { state: 'start', reopens: true } : { state: 'start' };
    case 'sprint_closed':
      return { state: 'end', result: 'done' };
    case 'sprint_deleted':
      return { key: 'deleted', ...(hasRun ? { state: 'end', result: 'cancelled' } : { state: 'intermediary' }) };
    case 'sprint_updated':
      return changeOf(sprint.state, oldValue?.state);
    default:
      return null;
  }
}

/** An update may be what started, closed or re-opened it. */
function changeOf(state: string | undefined, before: string | undefined): Telling {
  if (before === undefined || state === before) return { state: 'intermediary' };
  if (state === 'closed') return { state: 'end', result: 'done' };
  if (state !== 'active') return { state: 'intermediary' };
  return before === 'closed' ? { state: 'start', reopens: true } : { state: 'start' };
}

function detailsOf({ sprint }: SprintPayload, instance: string): Partial<Event> {
  return {
    ...defined({ title: sprint.name }),
    tags: {
      'valuestream.sprint.due_at': sprint.endDate === undefined ? null : new Date(sprint.endDate.at).toISOString(),
    },
    provides: [{ type: 'sprint', scope: siteScope(instance), value: String(sprint.id) }],
  };
}
