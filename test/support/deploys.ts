import type { Event } from '../../src/domain/event.ts';

/** A deployment of a repository as GitHub tells it. */
export const deployIdentity = {
  identity: { source: 'github', instance: '', kind: 'deployment', scope: '4711', id: '7' },
  name: { scope: 'octo-org/api', id: '7' },
} as const;

/** One state of it, at a time. */
export function deployTold(state: Event['state'], occurredAt: number, more: Partial<Event> = {}): Event {
  const common = { precisionMs: 1, receivedAt: occurredAt, observedAt: occurredAt, channel: 'webhook' } as const;
  return {
    ...deployIdentity,
    ...common,
    key: `${state}@${occurredAt}`,
    state,
    operation: 'deploy',
    occurredAt,
    ...more,
  };
}
