import type { Issue } from './references.ts';
import { type Changed, isKey, type User } from './schema.ts';
import { sprintIdsIn } from './sprints.ts';

/** What is looked up to tell how an issue was: its changelog has ids and names alone. */
export interface Known {
  /** The key of the category of each status that there still is, by the status's id. */
  readonly categories: ReadonlyMap<string, string | undefined>;
  /** Who is named in full somewhere else. */
  readonly people: readonly User[];
}

/** One value of a change: that from before it, or that from after it. */
interface Value {
  readonly id: string | undefined;
  readonly text: string | undefined;
}

/** An issue as it was before a change; the same object where nothing of what is read was changed. */
export function before(issue: Issue, items: readonly Changed[], known: Known): Issue {
  return items.reduce((after, item) => withValue(after, item, fromOf(item), toOf(item), known), issue);
}

/** An issue as it was after a change, whatever became of it later that no change tells. */
export function after(issue: Issue, items: readonly Changed[], known: Known): Issue {
  return items.reduce((before, item) => withValue(before, item, toOf(item), fromOf(item), known), issue);
}

const fromOf = ({ from: id, fromString: text }: Changed): Value => ({ id, text });
const toOf = ({ to: id, toText: text }: Changed): Value => ({ id, text });

type Fields = Issue['fields'];
type Field = (value: Value, known: Known) => Partial<Fields>;

const named = ({ text }: Value) => (text === undefined ? null : { name: text });

/** What of an issue is read, by the names that a changelog gives its fields; all but those that hold several things. */
const FIELDS: Readonly<Record<string, Field>> = {
  summary: ({ text: summary }) => ({ summary }),
  description: ({ text: description }) => ({ description }),
  status: ({ id, text: name }, { categories }) => ({
    status: id === undefined ? null : { id, name, statusCategory: { key: categories.get(id) } },
  }),
  resolution: (value) => ({ resolution: named(value) }),
  issuetype: (value) => ({ issuetype: named(value) }),
  priority: (value) => ({ priority: named(value) }),
  labels: ({ text = '' }) => ({ labels: text.split(/\s+/).filter((label) => label !== '') }),
  assignee: (value, known) => ({ assignee: personIn(value, known) }),
  // Of Cloud's new and older changes, and of Data Center's.
  issueparentassociation: parentOf,
  parent: parentOf,
  'parent issue': parentOf,
};

function parentOf(value: Value): Partial<Fields> {
  return { parent: { key: keyIn(value) } };
}

function withValue(issue: Issue, item: Changed, value: Value, other: Value, known: Known): Issue {
  const { fields } = issue;
  const { names, field = '' } = item;
  const read = names.find((name) => Object.hasOwn(FIELDS, name));
  if (read !== undefined) return { ...issue, fields: { ...fields, ...FIELDS[read]?.(value, known) } };
  if (names.includes('key')) return isKey(value.text) ? { ...issue, key: value.text } : issue;
  if (names.includes('link')) return { ...issue, fields: { ...fields, issuelinks: linksWith(fields, value, other) } };
  // A field of the team's own, as far as Jira knows.
  if (field === 'sprint') return { ...issue, sprints: idsIn(value) ?? issue.sprints ?? sprintIdsIn(fields) };
  return isKey(value.text) || isKey(other.text) ? withOwnField(issue, item, value, other) : issue;
}

function keyIn({ id, text }: Value): string | undefined {
  return [text, id].find(isKey);
}

/** A changelog has the key of a user, which in Data Center is not the name, and what people read. */
function personIn({ id, text }: Value, { people }: Known): User {
  if (id === undefined) return null;
  const person = people.find((one) => [one?.accountId, one?.key, one?.name].includes(id));
  return person ?? { name: undefined, key: id, displayName: text, accountId: id, accountType: undefined };
}

function linksWith({ issuelinks }: Fields, { id }: Value, { id: other }: Value): NonNullable<Fields['issuelinks']> {
  const keysOf = ({ inwardIssue, outwardIssue }: NonNullable<Fields['issuelinks']>[number]) => [
    inwardIssue?.key,
    outwardIssue?.key,
  ];
  const left = (issuelinks ?? []).filter((link) => other === undefined || !keysOf(link).includes(other));
  if (id === undefined || left.some((link) => keysOf(link).includes(id))) return left;
  return [...left, { inwardIssue: null, outwardIssue: { key: id } }];
}

/** `41, 42`; undefined where something else is called as sprints are. */
function idsIn({ id = '' }: Value): readonly string[] | undefined {
  if (!/^(\d+(, *\d+)*)?$/.test(id)) return undefined;
  return id.split(',').flatMap((one) => one.trim() || []);
}

/** A field that holds a key and nothing else, such as an epic. Data Center does not tell its number: it is known by what it holds. */
function withOwnField(issue: Issue, { names, field }: Changed, { text }: Value, { text: other }: Value): Issue {
  const { fields } = issue;
  const isOwn = (name: string) => name.startsWith('customfield_');
  const holding = (key: string | undefined) =>
    Object.keys(fields).filter((name) => key !== undefined && isOwn(name) && fields[name] === key);
  const named = names.filter(isOwn);
  const found = named.length > 0 ? named : holding(other);
  if (found.length === 0 && (text === undefined || holding(text).length > 0)) return issue;
  const changed = found.length > 0 ? found : [`customfield_${field}`];
  return { ...issue, fields: { ...fields, ...Object.fromEntries(changed.map((name) => [name, text ?? null])) } };
}
