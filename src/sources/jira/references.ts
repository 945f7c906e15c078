import type { Reference, Relation } from '../../domain/reference.ts';
import { mentionsOf, spansIn } from '../_kit/mentions.ts';
import type { Delivery } from '../contract.ts';
import { siteScope } from './operation.ts';
import { type IssuePayload, isKey } from './schema.ts';
import { sprintIdsIn } from './sprints.ts';

/** An issue at some time; `sprints`: those of that time, where its fields are of another one. */
export type Issue = IssuePayload['issue'] & { readonly sprints?: readonly string[] };
type Fields = Issue['fields'];

/** Of an issue that is carried over for years the first ones are left out: Jira lists them as they came. */
const MAX_SPRINTS = 16;
/** One change moves it once. */
const MAX_MOVES = 4;

/** The keys that it had in the projects from which it was moved. */
export function oldKeysIn({ changelog }: Partial<Pick<IssuePayload, 'changelog'>>): string[] {
  const moves = (changelog?.items ?? []).filter(({ names }) => names.includes('key'));
  return keysOf(moves.map(({ fromString }) => fromString)).slice(0, MAX_MOVES);
}

/** Branches and messages go on to name it by the key of its old project. */
export function providedBy(hook: { readonly issue: Issue } & Parameters<typeof oldKeysIn>[0]): Reference[] {
  return [hook.issue.key, ...oldKeysIn(hook)].map((value) => ({ type: 'issue_key', scope: '', value }));
}

/**
 * What a payload shows the issue to name now, all of which can be edited. Jira lists all sprints in which an issue ever
 * was, so one that is gone was taken back.
 */
export function mentionsIn({ issue }: { readonly issue: Issue }, { instance }: Delivery): Reference[] {
  const { summary, description, parent } = issue.fields;
  const parents = keysOf([parent?.key]);
  const sprints = (issue.sprints ?? sprintIdsIn(issue.fields)).slice(-MAX_SPRINTS);
  const related = [...linkedIn(issue.fields), ...keysInOwnFields(issue.fields)];
  const known = [issue.key, ...parents];
  return mentionsOf(
    [
      ...spansIn(summary, 'title'),
      ...spansIn(description, 'text'),
      ...issuesBy(
        related.filter((key) => !known.includes(key)),
        'about',
      ),
    ],
    [
      ...issuesBy(parents, 'part_of'),
      ...sprints.map((value) => ({ type: 'sprint', scope: siteScope(instance), value, relation: 'part_of' }) as const),
    ],
  );
}

function issuesBy(keys: readonly string[], relation: Relation): Reference[] {
  return keys.map((value) => ({ type: 'issue_key', scope: '', value, relation }));
}

function keysOf(texts: readonly unknown[]): string[] {
  return texts.filter((text) => isKey(text));
}

/** Kinds of links have names of each team's own, so no kind is known to name a cause. */
function linkedIn({ issuelinks }: Fields): string[] {
  return keysOf((issuelinks ?? []).flatMap(({ inwardIssue, outwardIssue }) => [inwardIssue?.key, outwardIssue?.key]));
}

/**
 * Data Center tells the epic of an issue in a custom field, whose number differs from Jira to Jira. A field that holds
 * nothing but a key may as well be another one, so it is not known to contain the issue.
 */
function keysInOwnFields(fields: Fields): string[] {
  const values = Object.entries(fields).flatMap(([name, value]) => (name.startsWith('customfield_') ? [value] : []));
  // A date looks like a key that an administrator has allowed.
  return keysOf(values).filter((text) => /^[A-Z]\w*-\d+$/.test(text));
}
