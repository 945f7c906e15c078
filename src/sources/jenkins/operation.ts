import { type Identity, type Name, shortSpanIdOf } from '../../domain/identity.ts';
import type { Operation } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';

/** A build is the number of a job, and nothing else of it never changes: its start and its end must meet. */
export function buildOf(job: string, number: number, delivery: Delivery): Operation {
  const operation = operationOf('build', job, String(number), delivery);
  return { ...operation, aliases: [shortSpanIdOf(operation.identity, operation.name)] };
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
