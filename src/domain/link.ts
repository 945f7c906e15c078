import type { Relation, Via } from './reference.ts';

/**
 * What one span has to do with another, as seen from the one that wanted the reference:
 * - `caused_by`: the other one is why there is this one. One of these is the parent.
 * - `fixes`: it mends what the other one, an incident, has shown; that is a trace of its own.
 * - `carries`: a deployment brought that change to where it went.
 * - `caused_incident`: from a deployment to an incident of its service that began soon after it; nobody has said that the
 *   one is why there is the other.
 */
export const linkKinds = ['caused_by', 'fixes', 'part_of', 'retry_of', 'about', 'carries', 'caused_incident'] as const;
export type LinkKind = (typeof linkKinds)[number];

/**
 * How sure a link is:
 * - `certain`: named by an id, or by a commit of the same repository.
 * - `likely`: read from a text, a branch, or a commit whose repository is not known.
 * - `possible`: only what came one after the other suggests it.
 */
export const certainties = ['certain', 'likely', 'possible'] as const;
export type Certainty = (typeof certainties)[number];

/** What made a link. */
export interface LinkReason {
  /** {@link import('./reference.ts').referenceKey} of the reference that was wanted. */
  readonly key: string;
  readonly via: Via;
  /** The commit by whose message it was found, where it was not wanted by the span itself. */
  readonly through: string | null;
}

/** Why something is wanted: as its cause, in some other relation, or as a change that a deployment carries. */
export type WantedAs = 'cause' | Relation | 'carries' | 'history';
