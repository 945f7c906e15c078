import type { Event } from '../../domain/event.ts';
import { byKey, type Operation, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { after, before, type Known } from './changelog.ts';
import type { History, ImportedIssuePayload } from './import-schema.ts';
import {
  changesStatus,
  creationOf,
  detailsOf,
  disproveDone,
  isDone,
  isReopening,
  issueOperation,
  proveDone,
  stageOf,
  type Telling,
  turnOf,
} from './issue.ts';
import type { Issue } from './references.ts';

/** A change, with the issue as it was before and after it. */
interface Change {
  readonly history: History;
  readonly before: Issue;
  readonly after: Issue;
}

/**
 * An issue with its whole way: how it looked at each time follows from how it looks now, by undoing its changelog from the
 * latest change on. So each change becomes the event that the webhook of it became, with the same key.
 */
export function readImportedIssue(imported: ImportedIssuePayload, delivery: Delivery): readonly Event[] {
  // A program's address, from which the page for people is known; that of a gateway leads to no such page.
  const now = { ...imported.issue, self: `${imported.site}/rest/api/2/issue/${imported.issue.id}` };
  const changes = changesOf(now, imported);
  const first = changes[0]?.before ?? now;
  const operation = issueOperation({ issue: now }, delivery);
  return byKey([
    ...createdAs(first, imported, delivery),
    ...changes.flatMap((change) => eventOf(change, delivery)),
    ...doneAccordingTo(now, changes, operation),
    ...asItIsNow(now, operation, delivery),
  ]);
}

/** From the first change to the last. Changes of nothing that is read are left out: they tell only who was there. */
function changesOf(now: Issue, { changelog, statuses, issue }: ImportedIssuePayload): readonly Change[] {
  const { creator, assignee } = issue.fields;
  const known: Known = {
    categories: new Map(statuses.map(({ id, statusCategory }) => [id, statusCategory?.key])),
    people: [...changelog.map(({ author }) => author), creator, assignee],
  };
  const latestFirst = changelog.toSorted(
    (a, b) => b.created.at - a.created.at || b.id.length - a.id.length || (b.id > a.id ? 1 : -1),
  );
  const changes: Change[] = [];
  let later = now;
  for (const history of latestFirst) {
    const changed = after(later, history.items, known);
    const earlier = before(changed, history.items, known);
    if (earlier !== changed)
      changes.unshift({ history, before: withPresumedCategory(earlier), after: withPresumedCategory(changed) });
    later = earlier;
  }
  return changes;
}

/** Of a status that there is no more nobody tells the category; what was resolved in it was done. */
function withPresumedCategory(issue: Issue): Issue {
  const { status, resolution } = issue.fields;
  if (!status || !resolution || status.statusCategory?.key !== undefined) return issue;
  return { ...issue, fields: { ...issue.fields, status: { ...status, statusCategory: { key: 'done' } } } };
}

function createdAs(issue: Issue, { changelog }: ImportedIssuePayload, delivery: Delivery): Event[] {
  const { created, resolutiondate, creator } = issue.fields;
  const telling: Telling = { issue, user: creator };
  // Its date is that of the last resolution.
  const isFirst = !changelog.some(({ items }) => items.some(({ names }) => names.includes('resolution')));
  return creationOf(issue, issueOperation(telling, delivery), {
    details: detailsOf(telling, delivery),
    observed: created,
    doneAt: isFirst && resolutiondate !== undefined ? resolutiondate : created,
  });
}

function eventOf(change: Change, delivery: Delivery): Event[] {
  const { id, author, created, items } = change.history;
  const telling: Telling = { issue: change.after, user: author, changelog: { id, items } };
  const turn = turnOf(change.after, { changesStatus: changesStatus(telling), reopens: reopens(change, telling) });
  return [
    tell(issueOperation(telling, delivery), created, created, {
      ...detailsOf(telling, delivery),
      key: `changelog:${id}`,
      ...turn,
    }),
  ];
}

/** Whether it was done before is known of statuses that there still are; of others the resolution says it, as to webhooks. */
function reopens(change: Change, telling: Telling): boolean {
  if (!changesStatus(telling) || isDone(change.after)) return false;
  return stageOf(change.before)?.category === undefined ? isReopening(telling) : isDone(change.before);
}

/**
 * What later webhooks prove of when it was done. In Data Center that is the date of the resolution, which may have been set
 * while it was not done: then the date ends nothing, whichever webhook took it for an end.
 */
function doneAccordingTo(now: Issue, changes: readonly Change[], operation: Operation): Event[] {
  const { statuscategorychangedate, resolutiondate } = now.fields;
  if (statuscategorychangedate !== undefined) return isDone(now) ? proveDone(now, operation) : [];
  if (resolutiondate === undefined) return [];
  const resolved = changes.findLast(({ history }) =>
    history.items.some(({ names, to }) => names.includes('resolution') && to !== undefined),
  );
  const then = resolved?.after ?? changes[0]?.before ?? now;
  return isDone(then)
    ? proveDone({ ...then, fields: { ...then.fields, resolutiondate } }, operation)
    : disproveDone(then, operation, now.fields.updated ?? resolutiondate);
}

/** As it is now, which no webhook may have told, nor a change: statuses are also changed by administrators, all at once. */
function asItIsNow(issue: Issue, operation: Operation, delivery: Delivery): Event[] {
  const { updated } = issue.fields;
  if (updated === undefined) return [];
  const turn = turnOf(issue, { changesStatus: false, reopens: false });
  const details = detailsOf({ issue }, delivery);
  return [tell(operation, updated, updated, { ...details, key: `seen@${updated.at}`, ...turn })];
}
