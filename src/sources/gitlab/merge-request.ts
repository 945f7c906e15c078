import * as otel from '../../domain/conventions.ts';
import type { Event, Stage } from '../../domain/event.ts';
import { type Identity, type Name, shortSpanIdOf } from '../../domain/identity.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { kindOf } from '../_kit/kind.ts';
import { inBothScopes, type Place, placeOf } from '../_kit/place.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { actor, isBot, operationOf, placeIn, projectScope, projectTags, proveOpened, second } from './operation.ts';
import { mentionedInMergeRequest } from './references.ts';
import type { MergeRequest, MergeRequestPayload, NotePayload, Project, User } from './schema.ts';

/** A merge request's way: written, waiting to be looked at, looked at, waiting to be merged. */
export const stages = {
  draft: { key: 'draft', name: 'draft', category: 'active' },
  awaitingReview: { key: 'awaiting_review', name: 'awaiting_review', category: 'waiting' },
  review: { key: 'review', name: 'review', category: 'active' },
  approved: { key: 'approved', name: 'approved', category: 'waiting' },
} as const satisfies Record<string, Stage>;

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events */
export function readMergeRequest(hook: MergeRequestPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { object_attributes: change, project } = hook;
  const operation = mergeRequestOf(change, project, delivery);
  const told = readAction(hook, operation, delivery.instance);
  if (told === null) return ignored(`the action "${kindOf(change.action)}" of a merge request tells nothing here`);
  return byKey([...provenLife(change, operation, change.action), told]);
}

/**
 * That it was opened and, where its payload says when, that it was merged. Of one that has ended nobody knows when,
 * nothing: with its opening alone it would seem to be open.
 */
function provenLife(change: MergeRequest, operation: Operation, action?: string): Event[] {
  const { state, created_at, merged_at } = change;
  if (action === 'reopen') return [];
  const opened = proveOpened(operation, created_at);
  if (action === 'merge' || action === 'close' || (state !== 'merged' && state !== 'closed')) return [opened];
  return state === 'merged' && merged_at !== undefined
    ? [opened, prove(operation, merged_at, provenMerge(merged_at))]
    : [];
}

function mergeTelling(at: SourceTime): Pick<Event, 'key' | 'state'> & Partial<Event> {
  return { key: `merged@${second(at)}`, state: 'end', result: 'merged' };
}

/** With its state, for no later payload may come to tell that. */
export function provenMerge(at: SourceTime): Pick<Event, 'key' | 'state'> & Partial<Event> {
  const state: otel.ChangeState = 'merged';
  return { ...mergeTelling(at), tags: { [otel.VCS_CHANGE_STATE]: state } };
}

export function mergeRequestOf({ id, iid }: MergeRequest, project: Project, delivery: Delivery): Operation {
  const operation = operationOf('merge_request', project, iid, delivery);
  const identity: Identity = operation.identity;
  const byGlobalId: Name = { ...operation.name, id: String(id) };
  return { ...operation, aliases: [...(operation.aliases ?? []), shortSpanIdOf(identity, byGlobalId)] };
}

export function isDraft({ draft, work_in_progress }: MergeRequest): boolean {
  return (draft ?? work_in_progress) === true;
}

function stageOf(change: MergeRequest): Stage {
  return isDraft(change) ? stages.draft : stages.awaitingReview;
}

function readAction(hook: MergeRequestPayload, operation: Operation, instance: string): Event | null {
  const { object_attributes: change, user } = hook;
  const { action, created_at, updated_at, merged_at } = change;
  const described = detailsOf(change, hook.project, user, instance);
  const details = { ...described, ...actor(user), facts: { ...described.facts, ...labelsOf(hook) } };
  const now = (telling: Pick<Event, 'state'> & Partial<Event>) =>
    tell(operation, updated_at, updated_at, { ...details, key: `${action}@${updated_at.at}`, ...telling });
  switch (action) {
    case 'open':
      return tell(operation, created_at, updated_at, {
        ...details,
        key: 'opened',
        state: 'start',
        stage: stageOf(change),
      });
    case 'reopen':
      return now({ key: reopenKey(updated_at), state: 'start', reopens: true, stage: stageOf(change) });
    case 'close':
      return now(closeTelling(updated_at));
    case 'merge': {
      const at = merged_at ?? updated_at;
      return tell(operation, at, updated_at, { ...details, ...mergeTelling(at) });
    }
    case 'approved':
    case 'approval':
    case 'unapproved':
    case 'unapproval':
      return now(approvalTelling(action, user, updated_at, change));
    case 'update':
      return readUpdate(hook, now);
    default:
      return null;
  }
}

export function reopenKey(at: SourceTime): string {
  return `reopen@${second(at)}`;
}

export function closeTelling(at: SourceTime): Pick<Event, 'key' | 'state'> & Partial<Event> {
  return { key: `close@${second(at)}`, state: 'end', result: 'abandoned' };
}

/** Approved enough; approved by one more; not enough any longer; by one less than were needed before. */
export type Approval = 'approved' | 'approval' | 'unapproved' | 'unapproval';

/**
 * What somebody's approval, or its withdrawal, says of a merge request in a state. Several people may approve within one
 * second; what a bot says does not mean that a person has picked it up.
 */
export function approvalTelling(
  action: Approval,
  user: User,
  at: SourceTime,
  change: Pick<MergeRequest, 'state'>,
): Pick<Event, 'key' | 'state' | 'stage'> {
  const key = `${action}:${user?.username ?? ''}@${second(at)}`;
  if (action === 'unapproval' || isBot(user)) return { key, state: 'intermediary' };
  return { key, ...enters(change, action === 'approved' ? stages.approved : stages.review) };
}

/** GitLab sends updates in which nothing has changed. */
function readUpdate(
  { object_attributes: change, changes }: MergeRequestPayload,
  now: (telling: Pick<Event, 'state'> & Partial<Event>) => Event,
): Event | null {
  const changed = Object.keys(changes ?? {});
  if (changed.includes('draft') || changed.includes('work_in_progress')) return now(enters(change, stageOf(change)));
  return changed.length === 0 && change.oldrev === undefined ? null : now({ state: 'intermediary' });
}

/** A transition after the end would open it again. */
export function enters({ state }: Pick<MergeRequest, 'state'>, stage: Stage): Pick<Event, 'state' | 'stage'> {
  return state === undefined || state === 'opened' ? { state: 'transition', stage } : { state: 'intermediary' };
}

// A payload tells the author by a number, and by name only whoever did what it is about: often that is the author.
function authorOf({ author_id }: MergeRequest, user: User): NonNullable<Event['facts']> {
  const { actor: author } = actor(user);
  if (author === undefined || !author_id || user?.id !== author_id) return {};
  return { author, author_is_bot: isBot(user) };
}

function labelsOf({ labels, user }: MergeRequestPayload): NonNullable<Event['facts']> {
  return { labels, actor_is_bot: isBot(user) };
}

export function detailsOf(change: MergeRequest, project: Project, user: User, instance: string): Partial<Event> {
  const place = placeIn(instance, project);
  const { iid, title, url, source_branch, target_branch, source_project_id, last_commit } = change;
  return {
    ...defined({ title, url }),
    tags: {
      ...projectTags(project),
      [otel.VCS_CHANGE_ID]: String(iid),
      ...defined({
        [otel.VCS_CHANGE_STATE]: changeStateOf(change),
        [otel.VCS_CHANGE_TITLE]: title,
        [otel.VCS_REF_HEAD_REVISION]: last_commit?.id,
        [otel.VCS_REF_HEAD_NAME]: source_branch,
        [otel.VCS_REF_HEAD_TYPE]: source_branch === undefined ? undefined : 'branch',
        [otel.VCS_REF_BASE_NAME]: target_branch,
      }),
    },
    facts: {
      ...authorOf(change, user),
      head_branch: source_branch ?? null,
      base_branch: target_branch ?? null,
      fork: source_project_id ? source_project_id !== project.id : null,
    },
    provides: providedBy(change, place, instance),
    mentions: mentionedInMergeRequest(change, user, place, instance),
  };
}

const changeStates: Readonly<Record<string, otel.ChangeState>> = {
  opened: 'open',
  // While it is being merged.
  locked: 'open',
  closed: 'closed',
  merged: 'merged',
};

function changeStateOf(change: MergeRequest): otel.ChangeState | undefined {
  const { state = '' } = change;
  const told = Object.hasOwn(changeStates, state) ? changeStates[state] : undefined;
  return told === 'open' && isDraft(change) ? 'wip' : told;
}

function providedBy(change: MergeRequest, place: Place, instance: string): Reference[] {
  const { iid, state, last_commit, merge_commit_sha, squash_commit_sha } = change;
  const source = sourceOf(change, place, instance);
  const scopes = [...new Set([place.scope, source?.scope ?? place.scope])];
  const merged = state === 'merged' ? [merge_commit_sha, squash_commit_sha] : [];
  const commits = merged.filter((sha) => sha !== undefined);
  return [
    ...inBothScopes(place, { type: 'pull_request', value: String(iid) }),
    // The pipelines of a fork run there.
    ...(last_commit?.id
      ? scopes.map((scope): Reference => ({ type: 'commit', scope, value: `${last_commit.id}` }))
      : []),
    ...commits.map((value): Reference => ({ type: 'merge', scope: place.scope, value })),
    ...(change.source_branch && source ? inBothScopes(source, { type: 'branch', value: change.source_branch }) : []),
  ];
}

/** Branches of forks share their names; the project they are in tells them apart. */
function sourceOf({ source, source_project_id }: MergeRequest, place: Place, instance: string): Place | undefined {
  if (!source_project_id) return undefined;
  const scope = projectScope(instance, source_project_id);
  return scope === place.scope ? place : placeOf(scope, source?.path_with_namespace ?? '', source?.web_url);
}

/**
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#comment-events: somebody else's comment on a merge
 * request means that it is being looked at.
 */
export function readNote(hook: NotePayload, delivery: Delivery): readonly Event[] | Ignored {
  const { object_attributes: note, merge_request: change, project, user } = hook;
  if (note.noteable_type !== 'MergeRequest' || !change || !project)
    return ignored('only comments on merge requests are read');
  if (note.system === true || note.action === 'update') return ignored('it is no comment that somebody has just made');
  const operation = mergeRequestOf(change, project, delivery);
  const isOwn = note.author_id !== undefined && note.author_id === change.author_id;
  const details = { ...detailsOf(change, project, user, delivery.instance), ...actor(user) };
  return [
    ...provenLife(change, operation),
    tell(operation, note.created_at, note.created_at, {
      ...details,
      facts: { ...details.facts, review_state: 'commented' },
      ...noteTelling(note.id, { isOwn, isDraft: isDraft(change), by: user, state: change.state }),
    }),
  ];
}

/** What a comment says of the merge request that it was written on as that was then. */
export function noteTelling(
  id: number,
  { isOwn, isDraft, by, state }: { isOwn: boolean; isDraft: boolean; by: User; state: MergeRequest['state'] },
): Pick<Event, 'key' | 'state' | 'stage'> {
  const isActivity = !isOwn && !isBot(by) && !isDraft;
  return { key: `note:${id}`, ...(isActivity ? enters({ state }, stages.review) : { state: 'intermediary' }) };
}
