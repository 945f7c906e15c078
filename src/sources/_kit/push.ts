import { z } from 'zod';

import type { Event } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from './json.ts';
import { type Operation, prove, tell } from './telling.ts';
import { type SourceTime, timeOrNone } from './time.ts';

const files = z.array(z.string()).nullish();

/** A commit as senders put it into a push. */
export const pushedCommit = z.object({
  id: z.string(),
  message: z.string().nullish(),
  /** When it was authored; a rebase or a squash leaves that time as it was. */
  timestamp: timeOrNone,
  url: z.string().nullish(),
  author: z.object({ name: z.string().nullish(), username: z.string().nullish() }).nullish(),
  added: files,
  modified: files,
  removed: files,
});

export type PushedCommit = z.output<typeof pushedCommit>;

export interface Push {
  /** `refs/heads/main`, `refs/tags/v1`. */
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  /** The commit that the ref names now; of an annotated tag `after` is the tag itself. */
  readonly head: string;
  readonly at: SourceTime;
  readonly actor: string | undefined;
  /** Whether it threw commits away; null where the sender does not say. */
  readonly forced: boolean | null;
  /** Whether the sender left commits out. */
  readonly truncated: boolean;
  readonly commits: readonly PushedCommit[];
}

/** What a push is told of, and in which scope its commits have their names. */
export interface PushPlace {
  readonly scope: string;
  readonly operation: (kind: 'push' | 'commit', id: string) => Operation;
  readonly tags: NonNullable<Event['tags']>;
  /** What a commit's message names. */
  readonly named: (commit: PushedCommit) => readonly Reference[];
}

/** A ref that is gone points at this. */
const NOTHING = /^0+$/;

export function isDeletion({ after }: Pick<Push, 'after'>): boolean {
  return NOTHING.test(after);
}

/**
 * A push, and each commit in it. They begin and end nothing, so they are no spans: they are what deployments, releases
 * and pull requests find their commits and the times of these by. All of it happened once, however many hooks tell it.
 */
export function tellPush(push: Push, place: PushPlace): Event[] {
  const { ref, before, after, at, head, forced, truncated, commits } = push;
  const tag = /^refs\/tags\/(.+)$/.exec(ref)?.[1];
  const shas = [...new Set([after, head, ...commits.map(({ id }) => id)])];
  const moved = tell(unnamed(place.operation('push', `${ref}@${after}`)), at, at, {
    key: `pushed:${before}`,
    state: 'intermediary',
    ...defined({ actor: push.actor }),
    tags: place.tags,
    facts: { ref, before, after, forced, truncated, commits: commits.map(({ id }) => id) },
    provides: [
      ...(tag === undefined ? [] : [{ type: 'tag', scope: place.scope, value: tag } as const]),
      ...shas.map((value): Reference => ({ type: 'push', scope: place.scope, value })),
    ],
    wants: [{ type: 'commit', scope: place.scope, value: head }],
  });
  return [moved, ...commits.flatMap((commit) => tellCommit(commit, place))];
}

/** Nobody writes the span id of what is no span into a branch. */
function unnamed({ aliases: _unused, ...operation }: Operation): Operation {
  return operation;
}

/** More of a message is a changelog, and more files are a vendored tree. */
const MAX_MESSAGE = 4_000;
const MAX_PATHS = 300;

/** A commit, as whoever tells of it knows it; nothing where it does not tell when it was authored. */
export function tellCommit(commit: PushedCommit, { scope, operation, tags, named }: PushPlace): Event[] {
  const { id, timestamp, author } = commit;
  if (timestamp === undefined) return [];
  const message = commit.message ?? '';
  return [
    tell(unnamed(operation('commit', id)), timestamp, timestamp, {
      key: 'authored',
      state: 'intermediary',
      ...defined({
        title: message.split('\n', 1)[0] || undefined,
        url: commit.url ?? undefined,
        actor: author?.username ?? author?.name ?? undefined,
      }),
      tags,
      facts: { message: message.slice(0, MAX_MESSAGE), ...pathsOf(commit) },
      provides: [{ type: 'commit', scope, value: id }],
      wants: named(commit),
    }),
  ];
}

function pathsOf({ added, modified, removed }: PushedCommit): { paths?: readonly string[] } {
  if (added === undefined && modified === undefined && removed === undefined) return {};
  const paths = new Set([...(added ?? []), ...(modified ?? []), ...(removed ?? [])]);
  return { paths: [...paths].sort().slice(0, MAX_PATHS) };
}

/** When a commit was committed, which its push does not tell. */
export function tellCommitted(id: string, at: SourceTime, { operation, tags }: PushPlace): Event {
  return prove(unnamed(operation('commit', id)), at, { key: 'committed', state: 'intermediary', tags });
}

/** What a commit stands on, as the repository itself tells it. */
export interface Standing {
  readonly id: string;
  /** When it was committed. */
  readonly at: SourceTime;
  /** The branch that has it: `refs/heads/main`. */
  readonly ref: string;
  /** Its first parent; undefined of the first commit of all. */
  readonly parent: string | undefined;
  /** What it has besides itself that this parent has not, the oldest first: of a merge what was merged, else nothing. */
  readonly brought: readonly string[];
  /** Whether it brought more than that. */
  readonly truncated: boolean;
}

/**
 * What a commit stands on, where an import tells it: from this the commits between two deployments are known as from a push of
 * this commit alone. It is no push, for nobody knows when the commit was pushed, or with which others.
 */
export function tellStanding({ id, at, ref, parent, brought, truncated }: Standing, place: PushPlace): Event {
  const { scope, operation, tags } = place;
  return prove(unnamed(operation('commit', id)), at, {
    key: 'stands_on',
    state: 'intermediary',
    tags,
    facts: { ref, before: parent ?? '0'.repeat(id.length), after: id, commits: [...brought, id], truncated },
    provides: [{ type: 'push', scope, value: id }],
  });
}
