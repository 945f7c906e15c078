import * as otel from '../../domain/conventions.ts';
import type { Event } from '../../domain/event.ts';
import { type Identity, type Name, shortSpanIdOf } from '../../domain/identity.ts';
import type { Reference } from '../../domain/reference.ts';
import { type Place, placeOf } from '../_kit/place.ts';
import { type Operation, prove } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import type { Milestone, Repository, User } from './schema.ts';

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
  push: 'push',
  commit: 'commit',
} as const;

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
  return user?.type === 'Bot' || isBotName(user?.login);
}

export function isBotName(name: string | null | undefined): boolean {
  return name?.endsWith('[bot]') === true;
}

/** The scope of references inside a repository; a name of a GitHub of one's own keeps its numbers apart. */
export function repositoryScope(instance: string, repositoryId: number): string {
  return ['github', ...(instance === '' ? [] : [instance]), repositoryId].join(':');
}

export function placeIn(instance: string, { id, full_name, html_url }: Repository): Place {
  return placeOf(repositoryScope(instance, id), full_name, html_url);
}

/** What issues and pull requests of a milestone find it by. */
export function milestoneReference(instance: string, { id }: Repository, number: number): Reference {
  return { type: 'milestone', scope: repositoryScope(instance, id), value: String(number) };
}

/** The milestone that an issue or a pull request is in, if any. */
export function inMilestone(instance: string, repository: Repository, milestone: Milestone): Reference[] {
  if (milestone?.number === null || milestone?.number === undefined) return [];
  return [{ ...milestoneReference(instance, repository, milestone.number), relation: 'part_of' }];
}

export function repositoryTags({ full_name, html_url }: Repository): NonNullable<Event['tags']> {
  return {
    [otel.VCS_PROVIDER_NAME]: 'github',
    [otel.VCS_REPOSITORY_NAME]: full_name.slice(full_name.indexOf('/') + 1),
    [otel.VCS_OWNER_NAME]: full_name.slice(0, Math.max(0, full_name.indexOf('/'))),
    ...(html_url === null || html_url === undefined ? {} : { [otel.VCS_REPOSITORY_URL_FULL]: html_url }),
  };
}
