import type { Event } from '../../domain/event.ts';
import { type Identity, type Name, shortSpanIdOf } from '../../domain/identity.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import type { Repository, User } from './schema.ts';

/** What all events of one issue, pull request, run … have in common. */
export type Operation = Pick<Event, 'identity' | 'name' | 'aliases' | 'operation' | 'receivedAt' | 'channel'>;

export function operationOf(
  kind: keyof typeof operations,
  repository: Repository,
  id: number | string,
  { instance, receivedAt, channel }: Delivery,
  calledBy: string | number = id,
): Operation {
  const identity: Identity = { source: 'github', instance, kind, scope: String(repository.id), id: String(id) };
  const name: Name = { scope: repository.full_name, id: String(calledBy) };
  const aliases = [shortSpanIdOf(identity, name)];
  return { identity, name, aliases, operation: operations[kind], receivedAt, channel };
}

/** What each of GitHub's own words stands for. */
const operations = {
  issue: 'issue',
  pull_request: 'pull_request',
  workflow_run: 'pipeline',
  workflow_job: 'build',
  deployment: 'deploy',
  release: 'release',
  check_run: 'build',
  check_suite: 'pipeline',
  status: 'build',
  milestone: 'sprint',
} as const;

type Telling = Partial<Omit<Event, keyof Operation>> & Pick<Event, 'key' | 'state'>;

/** An event as the newest thing its payload tells. */
export function tell(operation: Operation, at: SourceTime, observed: SourceTime, telling: Telling): Event {
  return { ...operation, ...whenever(at), observedAt: observed.at, ...telling };
}

/**
 * An event of the past that a payload proves besides what it is about. It says the same in every payload, so that the
 * many proofs of one fact are one observation.
 */
export function prove(operation: Operation, at: SourceTime, telling: Telling): Event {
  return tell(operation, at, at, telling);
}

function whenever({ at, precisionMs }: SourceTime): Pick<Event, 'occurredAt' | 'precisionMs'> {
  return { occurredAt: at, precisionMs };
}

/** Every payload shows when its operation was opened, and by whom. */
export function proveOpened(operation: Operation, at: SourceTime, author: User): Event {
  return prove(operation, at, { key: 'opened', state: 'start', ...actor(author) });
}

export function actor(user: User): { actor?: string } {
  return user === null || user === undefined ? {} : { actor: user.login };
}

/** Who opened it: its author, as every later proof says too. The sender of a transfer or an app's call is another. */
export function opener(author: User, sender: User): { actor?: string } {
  return actor(author ?? sender);
}

export function isBot(user: User): boolean {
  return user?.type === 'Bot' || user?.login.endsWith('[bot]') === true;
}

/** The scope of references inside a repository; a name of a GitHub of one's own keeps its numbers apart. */
export function repositoryScope(instance: string, repositoryId: number): string {
  return ['github', ...(instance === '' ? [] : [instance]), repositoryId].join(':');
}

export function repositoryTags({ full_name, html_url }: Repository): NonNullable<Event['tags']> {
  return {
    'vcs.provider.name': 'github',
    'vcs.repository.name': full_name.slice(full_name.indexOf('/') + 1),
    'vcs.owner.name': full_name.slice(0, Math.max(0, full_name.indexOf('/'))),
    ...(html_url === null || html_url === undefined ? {} : { 'vcs.repository.url.full': html_url }),
  };
}

/** Later events take the place of earlier ones with the same key: what a payload is about tells more than a proof. */
export function byKey(events: readonly Event[]): Event[] {
  return [...new Map(events.map((event) => [event.key, event])).values()];
}
