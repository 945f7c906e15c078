/**
 * The kinds of thing by which events of different tools find each other. A `merge` is the commit that a pull request's
 * merge has made: provided apart from the commits of its branch, and found by who wants that commit.
 */
type ReferenceType =
  | 'span'
  | 'commit'
  | 'merge'
  | 'branch'
  | 'tag'
  | 'push'
  | 'pull_request'
  | 'issue'
  | 'issue_key'
  | 'sprint'
  | 'milestone'
  | 'run'
  | 'job'
  | 'job_name'
  | 'deployment'
  | 'service';

/**
 * How a wanted reference belongs to what it names, where that has not caused it:
 * - `part_of`: it contains this work (an epic, a sprint, a milestone).
 * - `retry_of`: this was run again in its place.
 * - `about`: this has to do with it and was not caused by it (a nightly build of a commit).
 */
export type Relation = 'part_of' | 'retry_of' | 'about';

/**
 * Where a wanted reference was read: `parent`, a field that names the cause; `field`, one made to name it (this is
 * meant where nothing is said); a name of a run, job or branch; or a text.
 */
export const vias = ['parent', 'field', 'parameter', 'branch', 'title', 'text', 'message'] as const;
export type Via = (typeof vias)[number];

/**
 * Something an event *provides* (this is me) or *wants* (I belong to that). A link forms where a wanted reference meets
 * a provided one.
 */
export interface Reference {
  readonly type: ReferenceType;
  /**
   * What the value is unique in: a repository's immutable id or its address (`github.com/octo-org/api`), a server. `''`
   * for a span's id, and for a commit whose repository is not known.
   */
  readonly scope: string;
  readonly value: string;
  /** Of a provided one: the sender's number of the attempt that it names. */
  readonly attempt?: number;
  /** Of a wanted one; without it the work that it names has caused this work. */
  readonly relation?: Relation;
  /** Of a wanted one; without it a field made for it. */
  readonly via?: Via;
}

const SEPARATOR = '\u001f';

/**
 * One text for each reference, by which a wanted one finds a provided one. The value stands before the scope, so that a
 * shortened commit, or one of an unknown repository, finds all that begin like it.
 */
export function referenceKey({ type, value, scope }: Pick<Reference, 'type' | 'value' | 'scope'>): string {
  // Those who write an address by hand do not mind its letter case, and neither do their servers.
  const place = scope.includes('/') ? scope.toLowerCase() : scope;
  return [type, value, place].map(unseparated).join(SEPARATOR);
}

function unseparated(part: string): string {
  return part.replaceAll(SEPARATOR, '%1F');
}

/** The reference that a key was made of. Throws a RangeError for any other text. */
export function referenceFromKey(key: string): Pick<Reference, 'type' | 'value' | 'scope'> {
  const [type, value, scope, ...more] = key.split(SEPARATOR);
  if (type === undefined || value === undefined || scope === undefined || more.length > 0)
    throw new RangeError('not the key of a reference');
  return { type: type as ReferenceType, value, scope };
}

/** What the keys of all references of a type begin with whose value begins like this, or is this where it is `whole`. */
export function keyPrefix(type: ReferenceType, value: string, { whole }: { readonly whole: boolean }): string {
  return `${type}${SEPARATOR}${unseparated(value)}${whole ? SEPARATOR : ''}`;
}
