import type { ImportPage } from '../contract.ts';

/**
 * Deliveries with numbers alone, read as they are out of a webhook. The client gives what no number holds, beyond 2^53, as a
 * bigint, which JSON cannot hold: an id, or nanoseconds in what somebody has put into the payload of a deployment.
 */
export function withPlainNumbers(deliveries: ImportPage['deliveries']): ImportPage['deliveries'] {
  return deliveries.map((delivery) => JSON.parse(JSON.stringify(delivery, asNumber)));
}

function asNumber(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
