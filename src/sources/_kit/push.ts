import { z } from 'zod';

import type { Event } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from './json.ts';
import { type Operation, tell } from './telling.ts';
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

function tellCommit(commit: PushedCommit, { scope, operation, tags, named }: PushPlace): Event[] {
  const { id, timestamp, author, added, modified, removed } = commit;
  if (timestamp === undefined) return [];
  const message = commit.message ?? '';
  const paths = [...new Set([...(added ?? []), ...(modified ?? []), ...(removed ?? [])])].sort();
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
      facts: { message: message.slice(0, MAX_MESSAGE), paths: paths.slice(0, MAX_PATHS) },
      provides: [{ type: 'commit', scope, value: id }],
      wants: named(commit),
    }),
  ];
}
