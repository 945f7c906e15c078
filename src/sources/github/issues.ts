import type { Event, Result } from '../../domain/event.ts';
import { spanIdOf } from '../../domain/identity.ts';
import { defined } from '../_kit/json.ts';
import { kindOf } from '../_kit/kind.ts';
import { inBothScopes } from '../_kit/place.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { actor, isBot, opener, operationOf, placeIn, proveOpened, repositoryTags } from './operation.ts';
import { mentionedInIssue } from './references.ts';
import type { IssuesPayload } from './schema.ts';

/** Actions that only add to what is known of an issue; the text tells two of one second apart. */
const REMARKS: Readonly<Record<string, (hook: IssuesPayload) => string | number | null | undefined>> = {
  assigned: ({ assignee }) => assignee?.login,
  unassigned: ({ assignee }) => assignee?.login,
  labeled: ({ label }) => label?.name,
  unlabeled: ({ label }) => label?.name,
  milestoned: ({ milestone }) => milestone?.number,
  demilestoned: ({ milestone }) => milestone?.number,
  edited: () => null,
  locked: () => null,
  unlocked: () => null,
  pinned: () => null,
  unpinned: () => null,
  typed: () => null,
  untyped: () => null,
};

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues */
export function readIssue(hook: IssuesPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { issue, repository } = hook;
  const operation = operationOf('issue', repository, issue.number, delivery);
  const told = readAction(hook, operation, delivery);
  if (told === null) return ignored(`the action "${kindOf(hook.action)}" of an issue has no meaning here`);
  return byKey([...provenLife(hook, operation), ...told, ...readTransfer(hook, operation, delivery)]);
}

/** What this payload shows of the issue's life besides its own action. */
function provenLife({ action, issue }: IssuesPayload, operation: Operation): Event[] {
  const end = issue.closed_at === undefined ? [] : [proveClosed(operation, issue)];
  // After a re-opening, created_at is not when this life began, and closed_at when the one before ended.
  if (action === 'reopened') return end;
  if (issue.state_reason === 'reopened') return [];
  const opened = proveOpened(operation, issue.created_at, issue.user);
  return issue.state === 'closed' ? [opened, ...end] : [opened];
}

export function proveClosed(operation: Operation, issue: IssuesPayload['issue']): Event {
  const at = issue.closed_at ?? issue.updated_at;
  return prove(operation, at, { key: `closed@${at.at}`, state: 'end', ...resultOf(issue) });
}

// https://docs.github.com/en/rest/issues/issues#update-an-issue: completed, not_planned, duplicate, reopened or null.
function resultOf({ state, state_reason }: IssuesPayload['issue']): { result?: Result } {
  return state === 'closed' ? resultFor(state_reason) : {};
}

export function resultFor(reason: string | null | undefined): { result: Result } {
  return { result: reason === 'not_planned' || reason === 'duplicate' ? 'cancelled' : 'done' };
}

function readAction(hook: IssuesPayload, operation: Operation, { instance }: Delivery): Event[] | null {
  const { action, issue } = hook;
  const { created_at, updated_at, closed_at } = issue;
  const details = detailsOf(hook, instance);
  const now = (key: string, telling: Pick<Event, 'state'> & Partial<Event>) =>
    tell(operation, updated_at, updated_at, { ...details, key: `${key}@${updated_at.at}`, ...telling });
  switch (action) {
    case 'opened':
      return [
        tell(operation, created_at, updated_at, {
          ...details,
          ...opener(issue.user, hook.sender),
          key: 'opened',
          state: 'start',
        }),
      ];
    case 'reopened':
      return [now('reopened', { state: 'start', reopens: true })];
    case 'closed': {
      const at = closed_at ?? updated_at;
      const telling = { ...details, key: `closed@${at.at}`, state: 'end', ...resultOf(issue) } as const;
      return [tell(operation, at, updated_at, telling)];
    }
    case 'deleted':
    case 'transferred':
      return [now(action, { state: 'end', result: 'cancelled' })];
    default: {
      const remark = Object.hasOwn(REMARKS, action) ? REMARKS[action] : undefined;
      if (remark === undefined) return null;
      const detail = remark(hook);
      return [now(detail === null || detail === undefined ? action : `${action}:${detail}`, { state: 'intermediary' })];
    }
  }
}

export function detailsOf(
  { issue, repository, sender }: Pick<IssuesPayload, 'issue' | 'repository' | 'sender'>,
  instance: string,
): Partial<Event> {
  const place = placeIn(instance, repository);
  return {
    ...defined({ title: issue.title ?? undefined, url: issue.html_url ?? undefined }),
    ...actor(sender),
    tags: { ...repositoryTags(repository), 'valuestream.issue.number': issue.number },
    facts: {
      labels: issue.labels,
      is_open: issue.state === 'open',
      author_is_bot: isBot(issue.user),
      author: issue.user?.login ?? null,
      issue_type: issue.type?.name ?? null,
      milestone: issue.milestone?.title ?? null,
      state_reason: issue.state_reason ?? null,
    },
    provides: inBothScopes(place, { type: 'issue', value: String(issue.number) }),
    mentions: mentionedInIssue(issue, repository, place, instance),
  };
}

/**
 * A transferred issue gets a new number in another repository. Both sides tell the same fact of the new issue: the name
 * it had before, which so leads to it.
 */
function readTransfer({ changes, issue }: IssuesPayload, operation: Operation, delivery: Delivery): Event[] {
  const { new_issue, new_repository, old_issue, old_repository } = changes ?? {};
  if (old_issue && old_repository) {
    const old = operationOf('issue', old_repository, old_issue.number, delivery);
    return [proveTransfer(old, operation, issue.created_at)];
  }
  if (new_issue?.created_at && new_repository) {
    const successor = operationOf('issue', new_repository, new_issue.number, delivery);
    return [proveTransfer(operation, successor, new_issue.created_at)];
  }
  return [];
}

function proveTransfer(from: Operation, to: Operation, at: IssuesPayload['issue']['created_at']): Event {
  const successor = { ...to, aliases: [...(to.aliases ?? []), spanIdOf(from.identity, from.name)] };
  const { scope, id } = from.identity;
  return prove(successor, at, { key: `transferred_from:${scope}#${id}`, state: 'intermediary' });
}
