import { compareText } from '../domain/canonical.ts';
import type { LinkKind } from '../domain/link.ts';
import { keyPrefix, referenceFromKey } from '../domain/reference.ts';
import type { Node, StoredLink, Subject, Want } from '../store/correlation.ts';
import { certaintyOf, precedenceOf } from './precedence.ts';

/** Somebody who provides what was wanted. */
export interface Candidate {
  readonly want: Want;
  readonly subject: Subject;
  /** The attempt that the reference names. */
  readonly attempt: number | null;
  /** Whether the commit that was wanted is the one that its merge has made. */
  readonly isMerge: boolean;
  /** The commit by whose message it was found. */
  readonly through: string | null;
  /** One of several who go by the wanted name, so that none of them is meant for sure. */
  readonly isAmbiguous: boolean;
}

/**
 * The links of one attempt, from all who provide what it wants. Pure, and the same in whatever order they were found.
 *
 * Each target is linked once for each kind, by the strongest reference that leads to it. Of all causes the strongest is
 * the parent; docs/traces.md says which that is.
 */
export function linksOf(node: Node, candidates: readonly Candidate[]): StoredLink[] {
  const meant = withoutShorterNames(candidates).filter(({ subject }) => subject.identityId !== node.identityId);
  const ambiguous = meant.filter(({ isAmbiguous }) => isAmbiguous);
  const options = meant
    .filter(({ isAmbiguous, subject, want }) => !isAmbiguous && subject.operation !== null && want.as !== 'history')
    .filter(isInItsTime);
  // The push that made a tag is no span, and tells that there is this tag. A release has its tag as it has its commit.
  const isTagged = meant.some(({ want }) => want.as === 'about' && referenceFromKey(want.key).type === 'tag');
  const byKindAndTarget = Map.groupBy(
    options,
    (option) => `${kindOf(node, option, isTagged)} ${option.subject.identityId}`,
  );
  const links = [...byKindAndTarget.values()].map((same) => strongest(same));
  const causes = links
    .filter(({ option }) => kindOf(node, option, isTagged) === 'caused_by')
    .sort((a, b) => compareOptions(a, b));
  const parent = causes[0]?.option;
  return [
    ...links.map(({ option }) => linkOf(node, option, kindOf(node, option, isTagged), option === parent)),
    ...ambiguous.map((option) => linkOf(node, option, 'ambiguous', false)),
  ].filter(isFirstOfItsKind);
}

function isFirstOfItsKind(link: StoredLink, index: number, all: readonly StoredLink[]): boolean {
  return all.findIndex(({ kind, toId }) => kind === link.kind && toId === link.toId) === index;
}

/** A token names the longest span id that there is; what it begins with is another one by chance. */
function withoutShorterNames(candidates: readonly Candidate[]): Candidate[] {
  const names = [...new Set(candidates.map(({ want }) => nameIn(want)).filter((name) => name !== null))];
  return candidates.filter(({ want }) => {
    const name = nameIn(want);
    return name === null || want.via === 'parent' || !names.some((other) => isPartOf(name, other));
  });
}

/** A part ends where a name may end: `api-2` is no part of `api-27`. */
function isPartOf(name: string, other: string): boolean {
  return other.length > name.length && other.startsWith(name) && /[^\p{L}\p{N}%]/u.test(other.charAt(name.length));
}

function nameIn({ key }: Want): string | null {
  const { type, value } = referenceFromKey(key);
  return type === 'span' ? value : null;
}

/** A branch is its pull request's while that is open, and may be another one's before and after. */
function isInItsTime({ want, subject }: Candidate): boolean {
  return referenceFromKey(want.key).type !== 'branch' || subject.isInForce;
}

function kindOf(node: Node, { want, subject }: Candidate, isTagged: boolean): LinkKind {
  if (want.as !== 'cause' && want.as !== 'history') return want.as;
  if (subject.operation === 'incident' && node.operation !== 'incident' && want.via !== 'parent') return 'fixes';
  // What runs for a tag was not caused by the change that it happens to stand on, nor by what that one's message names.
  const isOfCommit = want.via === 'message' || want.key.startsWith(keyPrefix('commit', '', { whole: false }));
  return isTagged && isOfCommit ? 'about' : 'caused_by';
}

interface Chosen {
  readonly option: Candidate;
  /** How many references lead there. */
  readonly count: number;
}

/** Of all references that lead to one target the one that tells most. */
function strongest(same: readonly Candidate[]): Chosen {
  const [option] = same.toSorted(
    (a, b) =>
      precedence(a) - precedence(b) ||
      a.want.rank - b.want.rank ||
      compareText(a.want.key, b.want.key) ||
      viaOrder(a, b),
  );
  if (option === undefined) throw new RangeError('no reference leads to it');
  return { option, count: new Set(same.map(({ want }) => want.key)).size };
}

function viaOrder(a: Candidate, b: Candidate): number {
  return compareText(a.want.via, b.want.via) || compareText(a.through ?? '', b.through ?? '');
}

/** What a commit's message names counts as that, however the commit came to be known. */
function precedence({ want, through, isMerge }: Candidate): number {
  return precedenceOf(want.key, through === null ? want.via : 'message', isMerge);
}

const natural = new Intl.Collator('en', { numeric: true });

function compareOptions(a: Chosen, b: Chosen): number {
  return (
    precedence(a.option) - precedence(b.option) ||
    a.option.want.rank - b.option.want.rank ||
    b.count - a.count ||
    Number(isInForce(b.option)) - Number(isInForce(a.option)) ||
    natural.compare(a.option.subject.key, b.option.subject.key) ||
    compareText(a.option.subject.key, b.option.subject.key)
  );
}

/** Only of what comes to an end for good: an issue that was closed is the cause as it was before. */
function isInForce({ want, subject }: Candidate): boolean {
  const { type } = referenceFromKey(want.key);
  return subject.isInForce && (type === 'commit' || type === 'branch' || type === 'pull_request');
}

function linkOf(node: Node, option: Candidate, kind: StoredLink['kind'], isParent: boolean): StoredLink {
  const { want, subject, attempt, through } = option;
  const via = through === null ? want.via : 'message';
  return {
    identityId: node.identityId,
    ordinal: node.ordinal,
    kind,
    toId: subject.identityId,
    toAttempt: attempt,
    certainty: certaintyOf(referenceFromKey(want.key), via),
    reason: { key: want.key, via, through },
    isParent,
    precedence: precedence(option),
    isDropped: false,
  };
}
