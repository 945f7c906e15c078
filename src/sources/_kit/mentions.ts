import { candidatesIn } from '../../domain/mention.ts';
import { type Reference, referenceKey, type Via } from '../../domain/reference.ts';

/** A text that names more than this is a changelog. */
const MAX_MENTIONS = 32;
/** No title, branch or message says below that what it is about. */
const MAX_LENGTH = 65_536;

export type Text = string | null | undefined;

export function bounded(text: Text): string {
  return (text ?? '').slice(0, MAX_LENGTH);
}

/**
 * What the texts and fields of one payload name: each thing once, where it was named first, the foremost first.
 * Containment is told by fields, and is never crowded out by a text.
 */
export function mentionsOf(named: readonly Reference[], contained: readonly Reference[] = []): Reference[] {
  return [...distinct(named).slice(0, Math.max(0, MAX_MENTIONS - contained.length)), ...contained];
}

/** Each reference once, where it stands first. */
export function distinct(references: readonly Reference[]): Reference[] {
  const seen = new Set<string>();
  return references.filter((reference) => {
    const key = keyOf(reference);
    return !seen.has(key) && seen.add(key);
  });
}

function keyOf(reference: Reference): string {
  return `${referenceKey(reference)} ${reference.relation}`;
}

/** Span ids (`vstrace-…`): each a whole token, of which a prefix may be meant. Give a description as its prose. */
export function spansIn(text: Text, via: Via): Reference[] {
  const found: Reference[] = [];
  let rest = bounded(text);
  while (found.length < MAX_MENTIONS) {
    const [token] = candidatesIn(rest);
    if (token === undefined) break;
    found.push({ type: 'span', scope: '', value: token, via });
    rest = rest.slice(rest.indexOf(token) + token.length);
  }
  return found;
}

const ISSUE_KEY = /(?<![\p{L}\p{N}])[A-Z][A-Z0-9_]{1,31}-[1-9]\d{0,9}(?![\p{L}\p{N}]|\.\d)/gu;
const ISSUE_KEY_IN_ANY_CASE = /(?<![\p{L}\p{N}])[A-Za-z][A-Za-z0-9_]{1,31}-[1-9]\d{0,9}(?![\p{L}\p{N}]|\.\d)/gu;
const PREFIXED = /^[A-Z0-9_]*_(?=[A-Z][A-Z0-9]+-)/;

/**
 * Keys of issues (`ABC-12`). In the name of a branch they are found in any case, and behind an underscore too
 * (`fix_abc-12`), which may be part of a key. Much looks like a key (`UTF-8`): a link forms only where an issue has it.
 */
export function issueKeysIn(text: Text, via: Via): Reference[] {
  const isBranch = via === 'branch';
  const found = bounded(text).matchAll(isBranch ? ISSUE_KEY_IN_ANY_CASE : ISSUE_KEY);
  const keys = [...found].map(([key]) => key.toUpperCase());
  const behindUnderscore = isBranch ? keys.map((key) => key.replace(PREFIXED, '')) : [];
  const named = [...keys, ...behindUnderscore].map((value) => ({ type: 'issue_key', scope: '', value, via }) as const);
  return distinct(named).slice(0, MAX_MENTIONS);
}
