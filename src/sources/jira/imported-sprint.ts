import type { Event } from '../../domain/event.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import type { ImportedSprintPayload } from './import-schema.ts';
import { readSprint } from './sprint.ts';

/** A sprint, as the webhooks of its start and its end would tell it. */
export function readImportedSprint({ sprint }: ImportedSprintPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { state, startDate, completeDate } = sprint;
  if (state === 'closed' && completeDate !== undefined)
    return readSprint({ webhookEvent: 'sprint_closed', timestamp: completeDate, sprint, oldValue: null }, delivery);
  if ((state === 'active' || state === 'closed') && startDate !== undefined)
    return readSprint({ webhookEvent: 'sprint_started', timestamp: startDate, sprint, oldValue: null }, delivery);
  return ignored('it has not begun');
}
