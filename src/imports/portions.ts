/** Far below the 25 MiB that a request may have, and small enough for webhooks to be written in between. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_DELIVERIES = 100;

export interface Portion {
  readonly deliveries: readonly object[];
  readonly isLast: boolean;
}

/** A page in portions that one request can carry; a page without deliveries is one empty portion. */
export function portions(deliveries: readonly object[]): Portion[] {
  const all: object[][] = [[]];
  let bytes = 0;
  for (const delivery of deliveries) {
    const size = Buffer.byteLength(JSON.stringify(delivery));
    const last = all.at(-1) ?? [];
    if (last.length > 0 && (last.length >= MOST_DELIVERIES || bytes + size > MOST_BYTES)) {
      all.push([delivery]);
      bytes = size;
    } else {
      last.push(delivery);
      bytes += size;
    }
  }
  return all.map((portion, index) => ({ deliveries: portion, isLast: index === all.length - 1 }));
}
