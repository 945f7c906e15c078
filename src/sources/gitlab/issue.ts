import type { Event } from '../../domain/event.ts';
import { defined } from '../_kit/json.ts';
import { kindOf } from '../_kit/kind.ts';
import { inBothScopes } from '../_kit/place.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { actor, isBot, operationOf, placeIn, projectTags, proveOpened, provider, second } from './operation.ts';
import { mentionedInIssue } from './references.ts';
import type { Issue, IssuePayload, Project } from './schema.ts';

/** Issues, incidents and the other work items that share their numbers. */
export function readIssue(hook: IssuePayload, delivery: Delivery): readonly Event[] | Ignored {
  const { object_attributes: issue } = hook;
  const operation = issueOf(issue, hook.project, delivery);
  if (operation === undefined) return ignored('a work item of no project and no group');
  const told = readAction(hook, operation, delivery.instance);
  if (told === null) return ignored(`the action "${kindOf(issue.action)}" of an issue has no meaning here`);
  return byKey([...provenLife(hook, operation), told]);
}

const OF_GROUP = /\/groups\/(.+?)\/-\//;

export function issueOf(issue: Issue, project: Project | null, delivery: Delivery): Operation | undefined {
  const operation = placedIn(issue, project, delivery);
  return operation !== undefined && isIncident(issue) ? { ...operation, operation: 'incident' } : operation;
}

/** Those of a group tell its name in their address alone, and are the only ones of their global id. */
function placedIn(issue: Issue, project: Project | null, delivery: Delivery): Operation | undefined {
  if (project !== null) return operationOf('issue', project, issue.iid, delivery);
  const group = OF_GROUP.exec(issue.url ?? '')?.[1];
  if (group === undefined) return undefined;
  return operationOf('issue', { id: 'group', path_with_namespace: group }, issue.id, delivery, issue.iid);
}

/** Some versions do not tell the type of a work item, but each type's page has its place. */
function isIncident({ type, url }: Issue): boolean {
  return type === undefined ? url?.includes('/-/issues/incident/') === true : type === 'Incident';
}

function provenLife({ object_attributes: issue }: IssuePayload, operation: Operation): Event[] {
  const { action, state, created_at, closed_at } = issue;
  const opened = action === 'reopen' ? [] : [proveOpened(operation, created_at)];
  if (state !== 'closed') return opened;
  if (closed_at !== undefined) return [...opened, prove(operation, closed_at, closeTelling(issue, closed_at))];
  // With its opening alone an issue that was closed nobody knows when would seem to be open.
  return action === 'close' ? opened : [];
}

/** One that was moved, or that is the same as another, goes on there and was not done here. */
export function closeTelling(
  { moved_to_id, duplicated_to_id }: Pick<Issue, 'moved_to_id' | 'duplicated_to_id'>,
  at: SourceTime,
): Pick<Event, 'key' | 'state'> & Partial<Event> {
  return { key: `closed@${second(at)}`, state: 'end', result: moved_to_id || duplicated_to_id ? 'cancelled' : 'done' };
}

function readAction(hook: IssuePayload, operation: Operation, instance: string): Event | null {
  const { created_at, updated_at, closed_at, action } = hook.object_attributes;
  const { object_attributes: issue, project, labels, user } = hook;
  const described = detailsOf(issue, project, labels, instance);
  const details = { ...described, ...actor(user), facts: { ...described.facts, actor_is_bot: isBot(user) } };
  const now = (telling: Pick<Event, 'state'> & Partial<Event>) =>
    tell(operation, updated_at, updated_at, { ...details, key: `${action}@${updated_at.at}`, ...telling });
  switch (action) {
    case 'open':
      return tell(operation, created_at, updated_at, { ...details, key: 'opened', state: 'start' });
    case 'reopen':
      return now({ key: reopenKey(updated_at), state: 'start', reopens: true });
    case 'close': {
      const at = closed_at ?? updated_at;
      return tell(operation, at, updated_at, { ...details, ...closeTelling(hook.object_attributes, at) });
    }
    case 'update':
      return now({ state: 'intermediary' });
    default:
      return null;
  }
}

export function reopenKey(at: SourceTime): string {
  return `reopen@${second(at)}`;
}

export function detailsOf(
  issue: Issue,
  project: Project | null,
  labels: readonly string[],
  instance: string,
): Partial<Event> {
  const { iid, title, url, state, type, severity } = issue;
  return {
    ...defined({ title, url }),
    tags: { ...(project ? projectTags(project) : provider), 'valuestream.issue.number': iid },
    facts: { labels, is_open: state === 'opened', issue_type: type ?? null, severity: severity ?? null },
    provides: project ? inBothScopes(placeIn(instance, project), { type: 'issue', value: String(iid) }) : [],
    mentions: mentionedInIssue(issue, instance),
  };
}
