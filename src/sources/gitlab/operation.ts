import * as otel from '../../domain/conventions.ts';
import type { Event, Result, Stage } from '../../domain/event.ts';
import { type Identity, type Name, shortSpanIdOf } from '../../domain/identity.ts';
import type { Reference } from '../../domain/reference.ts';
import { type Place, placeOf } from '../_kit/place.ts';
import { type Operation, prove } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import type { Project, User } from './schema.ts';

/** What each of GitLab's own words stands for. */
const operations = {
  issue: 'issue',
  merge_request: 'pull_request',
  pipeline: 'pipeline',
  job: 'build',
  deployment: 'deploy',
  release: 'release',
  milestone: 'sprint',
  push: 'push',
  commit: 'commit',
} as const;

export function operationOf(
  kind: keyof typeof operations,
  { id: projectId, path_with_namespace }: { readonly id: number | string; readonly path_with_namespace: string },
  id: number | string,
  { instance, receivedAt, channel }: Delivery,
  calledBy: string | number = id,
): Operation {
  const identity: Identity = { source: 'gitlab', instance, kind, scope: String(projectId), id: String(id) };
  const name: Name = { scope: path_with_namespace, id: String(calledBy) };
  const aliases = [shortSpanIdOf(identity, name)];
  return { identity, name, aliases, operation: operations[kind], receivedAt, channel };
}

/** Every payload of an issue or a merge request shows when it was opened. */
export function proveOpened(operation: Operation, at: SourceTime): Event {
  return prove(operation, at, { key: 'opened', state: 'start' });
}

/**
 * A time in the key of a fact, in whole seconds: most payloads tell no more, where others and the API tell milliseconds of the
 * same moment.
 */
export function second({ at }: SourceTime): number {
  return Math.floor(at / 1_000) * 1_000;
}

export function actor(user: User): { actor?: string } {
  const name = user?.username ?? user?.name;
  return name === null || name === undefined ? {} : { actor: name };
}

/**
 * https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects, and the names that service
 * accounts have unless somebody gives them another: https://docs.gitlab.com/user/profile/service_accounts/
 */
export function isBot(user: User): boolean {
  return /^((project|group)_\d+_bot|service_account_)/.test(user?.username ?? '');
}

/** The scope of references inside a project; a GitLab of one's own keeps its numbers apart by its name. */
export function projectScope(instance: string, projectId: number): string {
  return ['gitlab', ...(instance === '' ? [] : [instance]), projectId].join(':');
}

export function placeIn(instance: string, { id, path_with_namespace, web_url }: Project): Place {
  return placeOf(projectScope(instance, id), path_with_namespace, web_url);
}

/** By its id in the whole of this GitLab: a milestone is a project's or a group's. */
export function milestoneReference(instance: string, id: number): Reference {
  return { type: 'milestone', scope: ['gitlab', ...(instance === '' ? [] : [instance])].join(':'), value: String(id) };
}

/** The milestone that an issue or a merge request is in, if any. */
export function inMilestone(instance: string, id: number | null | undefined): Reference[] {
  return id ? [{ ...milestoneReference(instance, id), relation: 'part_of' }] : [];
}

export const provider = { [otel.VCS_PROVIDER_NAME]: 'gitlab' } as const;

export function projectTags({ path_with_namespace, web_url }: Omit<Project, 'id'>): NonNullable<Event['tags']> {
  const slash = path_with_namespace.lastIndexOf('/');
  return {
    ...provider,
    [otel.VCS_REPOSITORY_NAME]: path_with_namespace.slice(slash + 1),
    [otel.VCS_OWNER_NAME]: path_with_namespace.slice(0, Math.max(0, slash)),
    ...(web_url === null || web_url === undefined ? {} : { [otel.VCS_REPOSITORY_URL_FULL]: web_url }),
  };
}

export const stages = {
  queued: { key: 'queued', name: 'queued', category: 'waiting' },
  running: { key: 'running', name: 'running', category: 'active' },
} as const satisfies Record<string, Stage>;

const results: Readonly<Record<string, Result>> = {
  success: 'success',
  failed: 'failure',
  canceled: 'cancelled',
  skipped: 'skipped',
};

/** Of a pipeline, a job or a deployment: how it ended; undefined while it has not. */
export function resultOf(status: string): Result | undefined {
  return Object.hasOwn(results, status) ? results[status] : undefined;
}
