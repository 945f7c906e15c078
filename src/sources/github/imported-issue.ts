import type { Event } from '../../domain/event.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import type { ImportedIssuePayload, Moment } from './import-schema.ts';
import { detailsOf, proveClosed, resultFor } from './issues.ts';
import { actor, operationOf, proveOpened } from './operation.ts';

/** An issue with all the times at which it was closed and re-opened: every life that it had. */
export function readImportedIssue(imported: ImportedIssuePayload, delivery: Delivery): readonly Event[] {
  const { issue, repository, timeline } = imported;
  const operation = operationOf('issue', repository, issue.number, delivery);
  const { updated_at } = issue;
  return byKey([
    proveOpened(operation, issue.created_at, issue.user),
    ...(issue.closed_at === undefined ? [] : [proveClosed(operation, issue)]),
    ...timeline.flatMap((moment) => turnOf(moment, operation)),
    // As it is now. A webhook tells the same with what has changed, which the API does not keep.
    tell(operation, updated_at, updated_at, {
      ...detailsOf({ issue, repository, sender: null }, delivery.instance),
      key: `seen@${updated_at.at}`,
      state: 'intermediary',
    }),
  ]);
}

/** The keys are those of the webhooks, which are sent when the issue is updated by just this. */
function turnOf({ __typename, createdAt, actor: by, stateReason }: Moment, operation: Operation): Event[] {
  switch (__typename) {
    case 'ClosedEvent': {
      const result = resultFor(stateReason?.toLowerCase());
      return [prove(operation, createdAt, { key: `closed@${createdAt.at}`, state: 'end', ...result, ...actor(by) })];
    }
    case 'ReopenedEvent':
      return [
        prove(operation, createdAt, { key: `reopened@${createdAt.at}`, state: 'start', reopens: true, ...actor(by) }),
      ];
    default:
      return [];
  }
}
