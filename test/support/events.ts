import type { Event } from '../../src/domain/event.ts';
import type { Entry } from '../../src/ingest/append.ts';
import type { NewDelivery } from '../../src/store/contract.ts';

/** 2026-03-02T09:00:00Z, a Monday. */
export const MONDAY = Date.UTC(2026, 2, 2, 9);
export const MINUTE = 60_000;

/** An event of the build `web-7` of the team `shop`, at the given minute. */
export function event(state: Event['state'], minute: number, more: Partial<Event> = {}): Event {
  const occurredAt = MONDAY + minute * MINUTE;
  return {
    identity: { source: 'customhttp', instance: '', kind: 'build', scope: 'shop', id: 'web-7' },
    name: { scope: 'shop', id: 'web-7' },
    key: `${state}@${occurredAt}`,
    state,
    operation: 'build',
    occurredAt,
    precisionMs: 1,
    receivedAt: occurredAt,
    observedAt: occurredAt,
    channel: 'webhook',
    ...more,
  };
}

/** The build with another number. */
export function ofBuild(id: string): Pick<Event, 'identity' | 'name'> {
  return { identity: { ...event('start', 0).identity, id }, name: { scope: 'shop', id } };
}

export function delivery(key: string, more: Partial<NewDelivery> = {}): NewDelivery {
  return {
    source: 'customhttp',
    instance: '',
    key,
    channel: 'webhook',
    receivedAt: MONDAY,
    authenticity: 'unsigned',
    kind: 'build.start',
    outcome: 'accepted',
    reason: null,
    events: 1,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(`{"delivery":"${key}"}`),
    ...more,
  };
}

let deliveries = 0;

/** A delivery of its own that tells these events. */
export function entry(...events: readonly Event[]): Entry {
  deliveries += 1;
  return { delivery: delivery(`d-${deliveries}`, { events: events.length }), events };
}
