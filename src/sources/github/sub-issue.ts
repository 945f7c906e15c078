import type { Event } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { kindOf } from '../_kit/kind.ts';
import { tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { actor, operationOf, placeIn, proveOpened, repositoryScope } from './operation.ts';
import { mentionedInIssue } from './references.ts';
import type { SubIssuesPayload } from './schema.ts';

/**
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#sub_issues
 *
 * The repositories of both issues send a hook each, and both tell the same fact of the sub-issue.
 */
const ACTIONS: Readonly<Record<string, 'added' | 'removed'>> = {
  sub_issue_added: 'added',
  parent_issue_added: 'added',
  sub_issue_removed: 'removed',
  parent_issue_removed: 'removed',
};

export function readSubIssue(hook: SubIssuesPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { action, repository, sender, sub_issue: issue, parent_issue: parent } = hook;
  const change = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (change === undefined) return ignored(`the action "${kindOf(action)}" of a sub-issue has no meaning here`);
  const parentRepository = hook.parent_issue_repo ?? repository;
  const scope = repositoryScope(delivery.instance, parentRepository.id);
  const own = hook.sub_issue_repo ?? repository;
  const operation = operationOf('issue', own, issue.number, delivery);
  const isAdded = change === 'added';
  const container: Reference = { type: 'issue', scope, value: String(parent.number), relation: 'part_of' };
  const name = `${parentRepository.full_name}#${parent.number}`;
  return [
    proveOpened(operation, issue.created_at, issue.user),
    tell(operation, issue.updated_at, issue.updated_at, {
      key: `parent_${change}:${scope}#${parent.number}@${issue.updated_at.at}`,
      state: 'intermediary',
      ...actor(sender),
      facts: { parent_issue: isAdded ? name : null },
      mentions: mentionedInIssue(
        issue,
        own,
        placeIn(delivery.instance, own),
        delivery.instance,
        isAdded ? [container] : [],
      ),
    }),
  ];
}
