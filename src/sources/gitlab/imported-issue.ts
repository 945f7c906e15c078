import type { Event } from '../../domain/event.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import type { ImportedIssuePayload, StateEvent } from './import-schema.ts';
import { closeTelling, detailsOf, issueOf, reopenKey } from './issue.ts';
import { actor, isBot, operationOf, proveOpened } from './operation.ts';

type Issue = ImportedIssuePayload['issue'];

/** An issue with all the times at which it was closed and re-opened: every life that it had. */
export function readImportedIssue(imported: ImportedIssuePayload, delivery: Delivery): readonly Event[] {
  const { project, issue } = imported;
  const operation = issueOf(issue, project, delivery) ?? operationOf('issue', project, issue.iid, delivery);
  const { updated_at, labels, author } = issue;
  const details = detailsOf(issue, project, labels, delivery.instance);
  const by = actor(author).actor;
  return byKey([
    ...livesOf(imported, operation),
    // As it is now. A webhook tells the same with what has changed, which the API does not keep.
    tell(operation, updated_at, updated_at, {
      ...details,
      facts: { ...details.facts, ...(by === undefined ? {} : { author: by, author_is_bot: isBot(author) }) },
      key: `seen@${updated_at.at}`,
      state: 'intermediary',
    }),
  ]);
}

/** With its opening alone an issue that was closed nobody knows when would seem to be open. */
function livesOf({ issue, state_events }: ImportedIssuePayload, operation: Operation): Event[] {
  const turns = turnsOf(issue, state_events);
  const isClosed = issue.state === 'closed';
  if (isClosed && turns.at(-1)?.state !== 'closed') return [];
  return [
    { ...proveOpened(operation, issue.created_at), ...actor(issue.author) },
    ...turns.map(({ state, created_at: at, user }, index) => {
      if (state === 'reopened')
        return prove(operation, at, { key: reopenKey(at), state: 'start', reopens: true, ...actor(user) });
      // Why it is closed is known of its last end only.
      const why = index === turns.length - 1 ? issue : {};
      return prove(operation, at, { ...closeTelling(why, at), ...actor(user) });
    }),
  ];
}

/** The issue itself tells its last end as its webhooks do. Old ones were closed before such events were kept. */
function turnsOf({ state, closed_at }: Issue, events: readonly StateEvent[]): readonly StateEvent[] {
  const turns = events
    .filter((event) => event.state === 'closed' || event.state === 'reopened')
    .toSorted((a, b) => a.created_at.at - b.created_at.at);
  if (state !== 'closed' || closed_at === undefined) return turns;
  const last = turns.at(-1);
  if (last?.state !== 'closed') return [...turns, { state: 'closed', created_at: closed_at, user: null }];
  return [...turns.slice(0, -1), { ...last, created_at: closed_at }];
}
