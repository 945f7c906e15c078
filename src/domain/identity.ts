/**
 * What makes two events speak of the same operation.
 *
 * Built from the sender's immutable ids, never from names: a renamed repository, a moved issue key or a rule that
 * calls a build a deploy leaves the identity as it is.
 */
export interface Identity {
  /** The event source's id: `github`, `customhttp`, … */
  readonly source: string;
  /** Which of several senders of one kind, from the webhook's URL; `''` is the default one. */
  readonly instance: string;
  /** The sender's own word for the operation (`issue`, `pull_request`, `build` …), never the outcome of a rule. */
  readonly kind: string;
  /** The immutable id of what the native id is unique in: a repository's id, a custom namespace. */
  readonly scope: string;
  /** The sender's id inside the scope: an issue's number, a run's id. */
  readonly id: string;
}

/** The words an operation is called by at one moment; unlike an {@link Identity} they may change. */
export interface Name {
  /** The qualified name of the scope: `octo-org/api`, `group/project`, a custom namespace. */
  readonly scope: string;
  readonly id: string;
}

const SEPARATOR = '\u001f';

/** One string per identity, for maps and unique indexes. Not for display. */
export function identityKey(identity: Identity): string {
  const { source, instance, kind, scope, id } = identity;
  return [source, instance, kind, scope, id].join(SEPARATOR);
}

/** The identity that a key was made of. Throws a RangeError for any other text. */
export function identityFromKey(key: string): Identity {
  const [source, instance, kind, scope, id, ...more] = key.split(SEPARATOR);
  if (source === undefined || instance === undefined || kind === undefined || scope === undefined || id === undefined)
    throw new RangeError('not an identity key');
  if (more.length > 0) throw new RangeError('not an identity key');
  return { source, instance, kind, scope, id };
}

/**
 * The display name of an operation, `vstrace-{source}-{kind}-{scope}-{id}`.
 *
 * Reversible: a `-` inside the kind or the id is percent-encoded, so the last `-` always separates scope and id. A named
 * instance stands before the scope as `ghe:octo-org/api`.
 */
export function spanIdOf(identity: Identity, name: Name): string {
  const { source, instance, kind } = identity;
  const scope = instance === '' ? encodeScope(name.scope) : `${instance}:${encodeScope(name.scope)}`;
  return `vstrace-${source}-${encodePart(kind)}-${scope}-${encodePart(name.id)}`;
}

/** A span id taken apart: what {@link spanIdOf} was given, except that names stand where an identity has ids. */
export interface ParsedSpanId {
  readonly source: string;
  /** `''` is the default one. */
  readonly instance: string;
  readonly kind: string;
  readonly scope: string;
  readonly id: string;
}

const SPAN_ID = /^vstrace-(?<source>[a-z]+)-(?<kind>[^-]+)-(?:(?<instance>[a-z0-9-]+):)?(?<scope>.+)-(?<id>[^-]+)$/u;

/** The parts of a span id; null for a text that is none. */
export function parseSpanId(spanId: string): ParsedSpanId | null {
  const { source, kind, instance = '', scope, id } = SPAN_ID.exec(spanId)?.groups ?? {};
  if (source === undefined || kind === undefined || scope === undefined || id === undefined) return null;
  try {
    const [decodedKind, decodedScope, decodedId] = [kind, scope, id].map(decodeURIComponent);
    return { source, instance, kind: decodedKind ?? '', scope: decodedScope ?? '', id: decodedId ?? '' };
  } catch {
    return null;
  }
}

/**
 * The older, unqualified form that people have written into branches: `vstrace-github-issue-api-27`. Only the last
 * segment of the scope is kept, so it is ambiguous as soon as two owners have an `api`.
 */
export function shortSpanIdOf(identity: Identity, name: Name): string {
  const lastSegment = name.scope.slice(name.scope.lastIndexOf('/') + 1);
  return `vstrace-${identity.source}-${encodePart(identity.kind)}-${encodeScope(lastSegment)}-${encodePart(name.id)}`;
}

/** The owner of a qualified scope: `octo-org` of `octo-org/api`, and the scope itself where it has no segments. */
export function ownerOf(scope: string): string {
  const slash = scope.indexOf('/');
  return slash === -1 ? scope : scope.slice(0, slash);
}

/** The id of a stage as an item of its own: the third stage of the first attempt is `…-27~1.3`. */
export function stageSpanId(spanId: string, attempt: number, stage: number): string {
  return `${spanId}~${attempt}.${stage}`;
}

// White space and control characters would break a name apart in a branch or a text; `%` keeps the encoding reversible.
// `~` marks a stage's id and ':' an instance, so neither may come from the sender.
const UNSAFE_IN_SCOPE = /[%:~\s\p{Cc}]/gu;
const UNSAFE_IN_PART = /[%:~\-\s\p{Cc}]/gu;

function encodeScope(scope: string): string {
  return scope.replace(UNSAFE_IN_SCOPE, percentEncode);
}

function encodePart(part: string): string {
  return part.replace(UNSAFE_IN_PART, percentEncode);
}

function percentEncode(character: string): string {
  return Array.from(
    Buffer.from(character, 'utf8'),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
