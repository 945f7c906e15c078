import { type Identity, type Name, shortSpanIdOf } from '../../domain/identity.ts';
import type { Operation } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';

/** A build is the number of a job, and nothing else of it never changes: its start and its end must meet. */
export function buildOf(job: string, number: number, delivery: Delivery): Operation {
  const operation = operationOf('build', job, String(number), delivery);
  const { pipeline } = placeOf(job);
  return {
    ...operation,
    aliases: [shortSpanIdOf(operation.identity, operation.name)],
    ...(pipeline === job ? {} : { project: pipeline }),
  };
}

/** The branch of a job that builds a pull request, and the job itself: as it is, or as merged with its target. */
export const PULL_REQUEST = /^(?:PR|MR)-([1-9]\d{0,9})(?:-(?:head|merge))?$/;
/** Branches that have no job of another meaning. */
const MAIN = ['main', 'master', 'develop', 'trunk'];

/**
 * Of a multibranch job the last part is the branch, or the pull request, and what comes before is the pipeline, of which
 * there are few. A folder's job looks the same, so it is taken for a branch only where it is called as pull requests or main
 * branches are, or is encoded as Jenkins encodes branches. By the name alone, for the end of a build knows no more.
 */
export function placeOf(job: string): { readonly pipeline: string; readonly last: string | undefined } {
  const folder = job.lastIndexOf('/');
  const last = job.slice(folder + 1);
  const isBranch = folder > 0 && (PULL_REQUEST.test(last) || MAIN.includes(last) || /%[0-9A-F]{2}/.test(last));
  return isBranch ? { pipeline: job.slice(0, folder), last } : { pipeline: job, last: undefined };
}

export function operationOf(
  kind: 'build' | 'queue',
  scope: string,
  id: string,
  { instance, receivedAt, channel }: Delivery,
): Operation {
  const identity: Identity = { source: 'jenkins', instance, kind, scope, id };
  const name: Name = { scope, id };
  return { identity, name, operation: kind, receivedAt, channel };
}

/** The scope of what is unique in one Jenkins. */
export function serverScope({ instance }: Delivery): string {
  return instance === '' ? 'jenkins' : `jenkins:${instance}`;
}

/** `job/team/job/app/17/` is the build 17 of `team/app`; null for any other address. */
export function buildAt(buildUrl: string): { readonly job: string; readonly number: number } | null {
  const parts = buildUrl.split('/').filter((part) => part !== '');
  const number = Number(parts.at(-1));
  const names = parts.slice(0, -1);
  const first = names.indexOf('job');
  const folders = first === -1 ? [] : names.slice(first);
  const isPath =
    folders.length > 0 && folders.length % 2 === 0 && folders.every((part, i) => i % 2 === 1 || part === 'job');
  if (!isPath || !Number.isInteger(number)) return null;
  try {
    return {
      job: folders
        .filter((_, i) => i % 2 === 1)
        .map(decodeURIComponent)
        .join('/'),
      number,
    };
  } catch {
    return null;
  }
}
