import type { Reference, Via } from '../../domain/reference.ts';
import { bounded, issueKeysIn, mentionsOf, spansIn, type Text } from './mentions.ts';
import { addressOf, type Place } from './place.ts';

/** How the texts of one vendor name issues and changes. */
export interface Grammar {
  /** What closes, with all that it closes. */
  readonly closing: RegExp;
  /** What says that it has to do with an issue. */
  readonly relating: RegExp;
  /** Each of these. */
  readonly target: RegExp;
  /** How a commit's message names the pull request that it came by: each with a `number`, and perhaps a `path`. */
  readonly changes: readonly RegExp[];
}

interface Words {
  /** That close what follows them. */
  readonly closing: string;
  /** What stands before the `#12` of another repository. */
  readonly path: string;
  /** Whether one word may close a whole list. */
  readonly lists: boolean;
  readonly changes: readonly RegExp[];
}

const SPACE = String.raw`[ \t]{1,8}`;
const NONE_OR_SPACE = String.raw`[ \t]{0,8}`;
const COUNTED_ISSUES = `(?:issues?${SPACE})?`;
const MAX_LIST = 32;

/** All repetitions are bounded: the texts are anybody's. */
export function grammarOf({ closing, path, lists, changes }: Words): Grammar {
  const page = String.raw`https?:\/\/(?<url>[^\s\/#?]{1,255}(?:\/[\w.-]{1,100}){1,21}?)\/(?:-\/)?(?:issues|work_items)\/(?:incident\/)?`;
  const target = String.raw`(?:${page}|(?<path>${path})?#)(?<number>\d{1,9})(?![\p{L}\p{N}_])`;
  const unnamed = target.replaceAll(/\?<\w+>/g, '?:');
  const separator = `(?:${NONE_OR_SPACE},?${SPACE}and${SPACE}|${NONE_OR_SPACE},?${NONE_OR_SPACE})${COUNTED_ISSUES}`;
  const list = lists ? `${unnamed}(?:${separator}${unnamed}){0,${MAX_LIST}}` : unnamed;
  const after = (words: string) =>
    new RegExp(
      String.raw`(?<![\p{L}\p{N}_-])(?:${words})(?::${NONE_OR_SPACE}|${SPACE})${COUNTED_ISSUES}(?:${list})`,
      'giu',
    );
  return {
    closing: after(closing),
    relating: after(`relate[sd]${SPACE}to`),
    target: new RegExp(target, 'giu'),
    changes,
  };
}

/** The issues that a text says it closes. Give a description as its prose. */
export function closedIn(text: Text, grammar: Grammar, place: Place, via: Via): Reference[] {
  return issuesIn(text, grammar.closing, grammar.target, place).map((issue) => ({ ...issue, via }));
}

/** The issues that a text says it has to do with, and does not close. */
export function relatedIn(text: Text, grammar: Grammar, place: Place, via: Via): Reference[] {
  return issuesIn(text, grammar.relating, grammar.target, place).map((issue) => ({ ...issue, relation: 'about', via }));
}

function issuesIn(text: Text, statement: RegExp, target: RegExp, place: Place): Reference[] {
  const statements = [...bounded(text).matchAll(statement)].map(([stated]) => stated);
  return statements.flatMap((stated) =>
    [...stated.matchAll(target)].flatMap(({ groups }) => referenceTo('issue', groups, place)),
  );
}

/**
 * What a commit's message says that the commit came by and is for: a build that knows only the commit finds its pull
 * request and its ticket by it. Bots paste other repositories' changelogs below their first line.
 */
export function namedByMessage(
  message: Text,
  grammar: Grammar,
  place: Place,
  { byBot }: { readonly byBot: boolean },
): Reference[] {
  const text = byBot ? bounded(message).split('\n', 1)[0] : bounded(message);
  return mentionsOf([
    ...changesIn(text, grammar, place),
    ...closedIn(text, grammar, place, 'message'),
    ...issueKeysIn(text, 'message'),
  ]);
}

function changesIn(message: Text, { changes }: Grammar, place: Place): Reference[] {
  return changes
    .flatMap((change) => referenceTo('pull_request', change.exec(message ?? '')?.groups, place))
    .map((change) => ({ ...change, via: 'message' }));
}

type Named = Readonly<Record<string, string | undefined>> | undefined;

function referenceTo(type: Reference['type'], named: Named, place: Place): Reference[] {
  const value = named?.number?.replace(/^0+/, '') ?? '';
  const scope = named === undefined ? undefined : scopeOf(named, place);
  return scope === undefined || value === '' ? [] : [{ type, scope, value }];
}

/** Of another repository only the address is known; one's own may be written out too. */
function scopeOf({ url, path }: NonNullable<Named>, { scope, server, path: own }: Place): string | undefined {
  const full = path === undefined || path.includes('/') ? path : `${own.slice(0, own.lastIndexOf('/') + 1)}${path}`;
  if (url === undefined && (full === undefined || same(full, own))) return scope;
  const address = url === undefined ? addressIn(server, full) : addressOf(`https://${url}`);
  return address !== undefined && same(address, addressIn(server, own)) ? scope : address;
}

function addressIn(server: string | undefined, path: string | undefined): string | undefined {
  return server === undefined || path === undefined ? undefined : `${server}/${path}`;
}

function same(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}

const OF_ISSUE = [
  // As both vendors call a branch that is made from an issue; a date is none.
  /^(?!releases?\/)(?:[^/]{1,100}\/){0,4}(?<number>[1-9]\d{0,8})-(?!\d+(?:-|$))/iu,
  /(?:^|[/_-])issues?[-_/]?#?(?<number>[1-9]\d{0,8})(?![\p{L}\p{N}.])/iu,
];

/** The issue that a branch was made for: `12-some-title`, `issue-12`. */
export function issueOfBranch(branch: Text, { scope }: Place): Reference[] {
  const name = bounded(branch);
  const value = OF_ISSUE.map((form) => form.exec(name)?.groups?.number).find((number) => number !== undefined);
  return value === undefined ? [] : [{ type: 'issue', scope, value, via: 'branch' }];
}

/** What a run finds in the name of its branch, which never changes. */
export function namedByBranch(branch: Text, place: Place): Reference[] {
  return [...spansIn(branch, 'branch'), ...issueKeysIn(branch, 'branch'), ...issueOfBranch(branch, place)];
}
