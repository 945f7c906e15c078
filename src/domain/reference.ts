/** The kinds of thing by which events of different tools find each other. */
type ReferenceType =
  | 'span'
  | 'commit'
  | 'branch'
  | 'tag'
  | 'pull_request'
  | 'issue'
  | 'issue_key'
  | 'sprint'
  | 'context'
  | 'milestone'
  | 'run'
  | 'job'
  | 'deployment'
  | 'environment';

/**
 * Something an event *provides* (this is me) or *wants* (I belong to that). A link forms where a wanted reference meets
 * a provided one.
 */
export interface Reference {
  readonly type: ReferenceType;
  /** What the value is unique in: a repository's immutable id, a host. `''` for a span's own id. */
  readonly scope: string;
  readonly value: string;
  /** Of a wanted one: that it contains this work (an epic, a milestone), and did not cause it. */
  readonly relation?: 'part_of';
}
