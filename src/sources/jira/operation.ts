import type { Identity, Name } from '../../domain/identity.ts';
import type { Operation } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import type { User } from './schema.ts';

const operations = { issue: 'issue', sprint: 'sprint', version: 'release' } as const;

/** Ids are unique in the whole of a Jira, so they need no scope. */
export function operationOf(
  kind: keyof typeof operations,
  id: string,
  name: Name,
  { instance, receivedAt, channel }: Delivery,
): Operation {
  const identity: Identity = { source: 'jira', instance, kind, scope: '', id };
  return { identity, name, operation: operations[kind], receivedAt, channel };
}

/** `PAY-12` is the 12 of PAY. */
export function nameOf(key: string): Name {
  const dash = key.lastIndexOf('-');
  return { scope: key.slice(0, dash), id: key.slice(dash + 1) };
}

/** The scope of what is unique in one Jira. */
export function siteScope(instance: string): string {
  return instance === '' ? 'jira' : `jira:${instance}`;
}

export function personOf(user: User): string | undefined {
  return user?.name ?? user?.displayName ?? user?.accountId;
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/: `atlassian`, `app` or `customer`. */
export function isBot(user: User): boolean {
  return user?.accountType === 'app';
}
