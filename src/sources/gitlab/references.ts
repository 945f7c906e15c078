import type { Reference } from '../../domain/reference.ts';
import { closedIn, grammarOf, issueOfBranch, namedByMessage, relatedIn } from '../_kit/grammar.ts';
import { issueKeysIn, mentionsOf, spansIn } from '../_kit/mentions.ts';
import type { Place } from '../_kit/place.ts';
import { proseOf } from '../_kit/prose.ts';
import type { PushedCommit, PushPlace } from '../_kit/push.ts';
import type { Delivery } from '../contract.ts';
import { inMilestone, isBot, operationOf, placeIn, projectTags } from './operation.ts';
import type { Issue, MergeRequest, Project, User } from './schema.ts';

/**
 * https://docs.gitlab.com/user/project/issues/managing_issues/#default-closing-pattern, and the last line of the message
 * of a merge.
 */
const grammar = grammarOf({
  closing: 'clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?',
  path: String.raw`[\w.-]{1,100}(?:\/[\w.-]{1,100}){0,20}`,
  lists: true,
  changes: [/^See merge request (?<path>[\w./-]{1,512})?!(?<number>\d{1,9})[ \t\r]*$/m],
});

export function mentionedInMergeRequest(change: MergeRequest, user: User, place: Place, instance: string): Reference[] {
  const { source_branch: branch, title, description } = change;
  const prose = isWrittenByBot(change, user) ? '' : proseOf(description);
  const named = [
    ...spansIn(branch, 'branch'),
    ...spansIn(title, 'title'),
    ...spansIn(prose, 'text'),
    ...closedIn(prose, grammar, place, 'text'),
    ...closedIn(title, grammar, place, 'text'),
    ...issueKeysIn(branch, 'branch'),
    ...issueKeysIn(title, 'title'),
    ...resolvedIssue(title, branch, place),
    ...issueOfBranch(branch, place),
    ...relatedIn(prose, grammar, place, 'text'),
  ];
  return mentionsOf(named, inMilestone(instance, change.milestone_id));
}

/**
 * Bots quote the release notes of other projects, with what these have closed. Only who did something now is told by
 * name; the author is told by a number alone, but the bots that quote name their branches after themselves.
 */
function isWrittenByBot({ author_id, source_branch }: MergeRequest, user: User): boolean {
  const isOwn = author_id !== null && author_id !== undefined && user?.id === author_id;
  return (isOwn && isBot(user)) || /^(?:renovate|dependabot)[/-]/.test(source_branch ?? '');
}

/** As GitLab calls what it makes from an issue: by the issue's title, and its branch by the number. */
function resolvedIssue(title: string | undefined, branch: string | undefined, place: Place): Reference[] {
  if (!/^(?:(?:Draft|WIP): )?Resolve "/.test(title ?? '')) return [];
  return issueOfBranch(branch, place).map((issue) => ({ ...issue, via: 'title' }));
}

/** GitLab does not tell what a work item is a part of, except for its milestone. */
export function mentionedInIssue({ title, description, milestone_id }: Issue, instance: string): Reference[] {
  const named = [...spansIn(title, 'title'), ...spansIn(proseOf(description), 'text')];
  return mentionsOf(named, inMilestone(instance, milestone_id));
}

export function namedByCommit(
  { message, author }: Pick<PushedCommit, 'message' | 'author'>,
  place: Place,
): Reference[] {
  return namedByMessage(message, grammar, place, { byBot: /\[bot\]$|\bbot$/i.test(author?.name ?? '') });
}

/** Where the commits of a project stand, and what their messages name. */
export function pushPlaceOf(project: Project, delivery: Delivery): PushPlace {
  const place = placeIn(delivery.instance, project);
  return {
    scope: place.scope,
    operation: (kind, id) => operationOf(kind, project, id, delivery),
    tags: projectTags(project),
    named: (commit) => namedByCommit(commit, place),
  };
}
