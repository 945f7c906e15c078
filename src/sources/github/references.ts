import type { Reference } from '../../domain/reference.ts';
import { closedIn, grammarOf, issueOfBranch, namedByMessage } from '../_kit/grammar.ts';
import { issueKeysIn, mentionsOf, spansIn } from '../_kit/mentions.ts';
import type { Place } from '../_kit/place.ts';
import { proseOf } from '../_kit/prose.ts';
import type { PushedCommit, PushPlace } from '../_kit/push.ts';
import type { Delivery } from '../contract.ts';
import { inMilestone, isBot, isBotName, operationOf, placeIn, repositoryScope, repositoryTags } from './operation.ts';
import type { Issue, PullRequest, PullRequests, Repository, User } from './schema.ts';

/**
 * https://docs.github.com/en/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue, and the messages
 * of the commits by which GitHub merges: `Add a test (#12)` of a squash, `Merge pull request #12 from octo/branch`.
 */
const grammar = grammarOf({
  closing: 'close[sd]?|fix(?:e[sd])?|resolve[sd]?',
  path: String.raw`[\w.-]{1,100}\/[\w.-]{1,100}`,
  lists: false,
  changes: [/^[^\n]*\(#(?<number>\d{1,9})\)[ \t]*\r?(?:\n|$)/, /^Merge pull request #(?<number>\d{1,9}) from /],
});

/** Bots quote the release notes of other repositories, with what these have closed. */
function proseBy(author: User, body: string | null | undefined): string {
  return isBot(author) ? '' : proseOf(body);
}

export function mentionedInPullRequest(
  { head, title, body, user, milestone }: PullRequest,
  repository: Repository,
  place: Place,
  instance: string,
): Reference[] {
  const prose = proseBy(user, body);
  const named = [
    ...spansIn(head.ref, 'branch'),
    ...spansIn(title, 'title'),
    ...spansIn(prose, 'text'),
    ...closedIn(prose, grammar, place, 'text'),
    ...closedIn(title, grammar, place, 'text'),
    ...issueKeysIn(head.ref, 'branch'),
    ...issueKeysIn(title, 'title'),
    ...issueOfBranch(head.ref, place),
  ];
  return mentionsOf(named, inMilestone(instance, repository, milestone));
}

/**
 * Whoever wrote it: what opens an incident by itself may well know which deployment is to blame. `parents`, where
 * something else than the issue tells them.
 */
export function mentionedInIssue(
  issue: Issue,
  repository: Repository,
  place: Place,
  instance: string,
  parents: readonly Reference[] = parentOf(issue, place),
): Reference[] {
  const contained = [...inMilestone(instance, repository, issue.milestone), ...parents];
  return mentionsOf([...spansIn(issue.title, 'title'), ...spansIn(proseOf(issue.body), 'text')], contained);
}

const ISSUE_OF_API = /\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)$/;

/** The issue that it is a part of, by the address that the API has for it. */
function parentOf({ parent_issue_url }: Issue, { scope, server, path }: Place): Reference[] {
  const [, repository, value] = ISSUE_OF_API.exec(parent_issue_url ?? '') ?? [];
  if (repository === undefined || value === undefined) return [];
  if (repository === path) return [{ type: 'issue', scope, value, relation: 'part_of' }];
  return server === undefined ? [] : [{ type: 'issue', scope: `${server}/${repository}`, value, relation: 'part_of' }];
}

export function namedByCommit(
  { message, author }: Pick<PushedCommit, 'message' | 'author'>,
  place: Place,
): Reference[] {
  return namedByMessage(message, grammar, place, { byBot: isBotName(author?.username ?? author?.name) });
}

/** Where commits are told, whichever way they came. */
export function pushPlaceOf(repository: Repository, delivery: Delivery): PushPlace {
  const place = placeIn(delivery.instance, repository);
  return {
    scope: place.scope,
    operation: (kind, id) => operationOf(kind, repository, id, delivery),
    tags: repositoryTags(repository),
    named: (commit) => namedByCommit(commit, place),
  };
}

/** Those of a run or a suite belong to the repository that they are to be merged into, which need not be its own. */
export function pullRequestsOf(pullRequests: PullRequests, place: Place, instance: string): Reference[] {
  return (pullRequests ?? []).map(({ number, base }) => {
    const scope = base?.repo ? repositoryScope(instance, base.repo.id) : place.scope;
    return { type: 'pull_request', scope, value: String(number) };
  });
}
