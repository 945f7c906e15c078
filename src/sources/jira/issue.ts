import type { Event, Result, Stage, StageCategory } from '../../domain/event.ts';
import { spanIdOf } from '../../domain/identity.ts';
import { defined } from '../_kit/json.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { isBot, nameOf, operationOf, personOf } from './operation.ts';
import { type Issue, mentionsIn, oldKeysIn, providedBy } from './references.ts';
import type { IssuePayload } from './schema.ts';

/** What tells of an issue: a webhook, or a change of which an import tells. */
export interface Telling extends Partial<Pick<IssuePayload, 'user' | 'changelog' | 'issue_event_type_name'>> {
  readonly issue: Issue;
}

/** By their keys, for names are translated; `undefined` is Jira's own word for none. */
const categories: Readonly<Record<string, StageCategory>> = {
  new: 'waiting',
  indeterminate: 'active',
  done: 'done',
};

/**
 * An issue on its board: each status is a stage, whose category Jira tells with it.
 *
 * A payload shows the issue as it is after a change, so it also proves in which status it is when nothing changed that.
 */
export function readIssue(hook: IssuePayload, delivery: Delivery): readonly Event[] | Ignored {
  const { issue, webhookEvent, changelog } = hook;
  const operation = issueOperation(hook, delivery);
  const details = detailsOf(hook, delivery);
  const opened = prove(operation, issue.fields.created, { key: 'opened', state: 'start', ...creatorOf(issue) });
  switch (webhookEvent) {
    case 'jira:issue_created':
      return byKey([opened, ...readCreation(hook, operation, details)]);
    case 'jira:issue_deleted': {
      const { timestamp } = hook;
      const telling = { ...details, key: 'deleted', state: 'end', result: 'cancelled' } as const;
      // What was done already stays so: of two ends the first one counts.
      const end = isDone(issue) ? proveDone(issue, operation) : [];
      return [opened, ...end, tell(operation, timestamp, timestamp, telling)];
    }
    default:
      if (isOnlyRanked(changelog?.items ?? [])) return ignored('it was only moved up or down');
      return byKey([...(isReopening(hook) ? [] : [opened]), ...readChange(hook, operation, details)]);
  }
}

export function issueOperation(telling: Telling, delivery: Delivery): Operation {
  const { id, key } = telling.issue;
  return { ...operationOf('issue', id, nameOf(key), delivery), ...aliasesOf(telling, delivery) };
}

function isOnlyRanked(items: readonly { readonly names: readonly string[] }[]): boolean {
  return items.length > 0 && items.every(({ names }) => names.includes('rank'));
}

function readCreation({ issue, timestamp }: IssuePayload, operation: Operation, details: Partial<Event>): Event[] {
  const { created, updated, resolutiondate } = issue.fields;
  return creationOf(issue, operation, {
    ...{ details, observed: updated ?? timestamp, doneAt: resolutiondate ?? created },
  });
}

interface Creation {
  readonly details: Partial<Event>;
  readonly observed: SourceTime;
  /** When it was done, if it was created as done. */
  readonly doneAt: SourceTime;
}

/** An issue as it was created. */
export function creationOf(issue: Issue, operation: Operation, { details, observed, doneAt }: Creation): Event[] {
  const { created } = issue.fields;
  const stage = stageOf(issue);
  const telling = { ...details, key: 'opened', state: 'start' } as const;
  if (stage?.category !== 'done')
    return [tell(operation, created, observed, { ...telling, ...defined({ stage }), ...creatorOf(issue) })];
  // Imported as it was done elsewhere; since when its status has been this one says only when it was imported.
  return [
    tell(operation, created, observed, telling),
    prove(operation, doneAt, { key: 'created_done', state: 'end', ...outcomeOf(issue) }),
  ];
}

function readChange(hook: IssuePayload, operation: Operation, details: Partial<Event>): Event[] {
  const { issue, timestamp, changelog } = hook;
  const at = issue.fields.updated ?? timestamp;
  const key = changelog?.id ? `changelog:${changelog.id}` : `updated@${timestamp.at}`;
  const reopens = isReopening(hook);
  const proofs = isDone(issue) ? proveDone(issue, operation) : reopens ? [] : disproveDone(issue, operation, at);
  const turn = turnOf(issue, { changesStatus: changesStatus(hook), reopens });
  return [...proofs, tell(operation, at, at, { ...details, key, ...turn })];
}

export function changesStatus({ changelog }: Telling): boolean {
  return changelog?.items?.some(({ names }) => names.includes('status')) === true;
}

export function isDone(issue: Issue): boolean {
  return stageOf(issue)?.category === 'done';
}

/** What a change does to an issue's life, which is as given after it. */
export function turnOf(
  issue: Issue,
  change: { readonly changesStatus: boolean; readonly reopens: boolean },
): Pick<Event, 'state'> & Partial<Event> {
  const stage = stageOf(issue);
  if (isDone(issue) && change.changesStatus) return { state: 'end', ...defined({ stage }), ...outcomeOf(issue) };
  if (isDone(issue) || stage === undefined) return { state: 'intermediary' };
  return change.reopens ? { state: 'start', reopens: true, stage } : { state: 'transition', stage };
}

/**
 * When it was done, as every later payload shows. Cloud tells since when its status has been of this category; in Data
 * Center the resolution says it, where there is one.
 */
export function proveDone(issue: Issue, operation: Operation): Event[] {
  const { statuscategorychangedate, resolutiondate } = issue.fields;
  const at = statuscategorychangedate ?? resolutiondate;
  if (at === undefined) return [];
  return [prove(operation, at, { key: `done@${at.at}`, state: 'end', ...outcomeOf(issue) })];
}

/**
 * In Data Center a resolution may be set before the work is done. Later payloads would take its date for the end; this one
 * knows better, and makes that fact one that ends nothing.
 */
export function disproveDone(issue: Issue, operation: Operation, observed: SourceTime): Event[] {
  const { statuscategorychangedate, resolutiondate } = issue.fields;
  if (stageOf(issue)?.category === undefined) return [];
  if (statuscategorychangedate !== undefined || resolutiondate === undefined) return [];
  return [tell(operation, resolutiondate, observed, { key: `done@${resolutiondate.at}`, state: 'intermediary' })];
}

/**
 * What was resolved is no longer; without that an earlier life shows only where its end is known. The name of the kind of
 * change is Data Center's; Cloud's newer projects call all changes alike.
 */
export function isReopening({ issue, changelog, issue_event_type_name }: Telling): boolean {
  if (isDone(issue)) return false;
  if (issue_event_type_name === 'issue_reopened') return true;
  const items = changelog?.items ?? [];
  const isUnresolved = items.some(
    ({ names, from, to }) => names.includes('resolution') && from !== undefined && to === undefined,
  );
  return isUnresolved && items.some(({ names }) => names.includes('status'));
}

export function stageOf({ fields: { status } }: Issue): Stage | undefined {
  if (!status) return undefined;
  const category = categoryOf(status.statusCategory?.key);
  return { key: status.id, name: status.name ?? status.id, ...(category === undefined ? {} : { category }) };
}

function categoryOf(key: string | undefined): StageCategory | undefined {
  return key !== undefined && Object.hasOwn(categories, key) ? categories[key] : undefined;
}

/** Jira's own resolutions for what is not going to be done; a team may call them otherwise. */
const NOT_DONE =
  /^(won.?t (do|fix)|duplicate|cannot reproduce|declined|rejected|abandoned|obsolete|incomplete|known error)$/i;

function outcomeOf({ fields: { resolution } }: Issue): { result: Result } {
  return { result: NOT_DONE.test(resolution?.name ?? '') ? 'cancelled' : 'done' };
}

function creatorOf({ fields: { creator } }: Issue): { actor?: string } {
  return defined({ actor: personOf(creator) });
}

/** Its old key leads to it in the name of a span too. */
function aliasesOf(hook: Telling, { instance }: Delivery): Pick<Event, 'aliases'> {
  const keys = oldKeysIn(hook);
  if (keys.length === 0) return {};
  const identity = { source: 'jira', instance, kind: 'issue', scope: '', id: '' };
  return { aliases: keys.map((key) => spanIdOf(identity, nameOf(key))) };
}

export function detailsOf(hook: Telling, delivery: Delivery): Partial<Event> {
  const { issue, user } = hook;
  const { key, self, fields } = issue;
  const { summary, status, issuetype, priority, labels, creator, assignee, resolution } = fields;
  const stage = stageOf(issue);
  return {
    ...defined({ title: summary, url: browseUrl(self, key), actor: personOf(user) }),
    tags: {
      'valuestream.issue.key': key,
      'valuestream.issue.type': issuetype?.name ?? null,
      'valuestream.issue.priority': priority?.name ?? null,
    },
    facts: {
      issue_type: issuetype?.name ?? null,
      labels: labels ?? [],
      is_open: stage?.category !== 'done',
      status: status?.name ?? null,
      // What one telling does not know, another one may have told.
      ...(status?.statusCategory?.key === undefined
        ? {}
        : { [`status_category.${status.id}`]: status.statusCategory.key }),
      resolution: resolution?.name ?? null,
      author: personOf(creator) ?? null,
      author_is_bot: isBot(creator),
      assignee: personOf(assignee) ?? null,
    },
    provides: providedBy(hook),
    mentions: mentionsIn(hook, delivery),
  };
}

/** The page that people look at; a payload has only the address for programs. */
function browseUrl(self: string | undefined, key: string): string | undefined {
  const rest = self?.indexOf('/rest/') ?? -1;
  return self === undefined || rest === -1 ? undefined : `${self.slice(0, rest)}/browse/${key}`;
}
