import fc from 'fast-check';
import { expect } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import type { Cursor, Importer, ImportTarget } from '../../src/imports/contract.ts';
import { NOTHING_WRITTEN, runImport } from '../../src/imports/run.ts';
import { World } from './world.ts';

/** A target that remembers in memory. */
export class Memory implements ImportTarget {
  readonly deliveries: object[] = [];
  readonly moved = new Map<string, Cursor>();
  cursors = async () => [...this.moved.values()];
  write: ImportTarget['write'] = async ({ deliveries, cursor }) => {
    this.deliveries.push(...deliveries);
    if (cursor !== undefined) this.moved.set(`${cursor.scope} ${cursor.resource}`, cursor);
    return { ...NOTHING_WRITTEN, accepted: deliveries.length };
  };
  close = async () => undefined;
}

export const OPTIONS = {
  ...{ places: 4, signal: new AbortController().signal, restart: false },
  onProgress: () => undefined,
};

/** What an importer brings to a target in one run, in which nothing fails. */
export async function imported(target: Memory, importer: Importer): Promise<readonly object[]> {
  const before = target.deliveries.length;
  const { failed } = await runImport(importer, target, OPTIONS);
  expect(failed).toEqual([]);
  return target.deliveries.slice(before);
}

/** Every span, with its stages and links, whatever the order in which it was told. */
export async function spansAfter(deliveries: Deliveries, atOnce = 50): Promise<unknown[]> {
  const world = await new World().tell(deliveries, atOnce);
  try {
    const { items } = await world.reader.listSpans({}, { limit: 1_000 });
    const told = items.map(({ spanId, attempt, stages, place }) => ({
      ...{ spanId, attempt, stages, parent: place.parentSpanId, trace: place.traceId },
      links: place.links.map((link) => JSON.stringify(link)).sort(),
    }));
    return told.sort((a, b) => (`${a.spanId} ${a.attempt.ordinal}` < `${b.spanId} ${b.attempt.ordinal}` ? -1 : 1));
  } finally {
    await world.close();
  }
}

type Deliveries = readonly (readonly Event[])[];

/** Expects these spans, as {@link spansAfter} tells them, in every order and in groups of every size. */
export async function expectInEveryOrder(all: Deliveries, spans: readonly unknown[]): Promise<void> {
  const order = fc.shuffledSubarray([...all.keys()], { minLength: all.length, maxLength: all.length });
  await fc.assert(
    fc.asyncProperty(order, fc.integer({ min: 1, max: 60 }), async (indices, atOnce) => {
      const shuffled = indices.map((index) => all[index] ?? []);
      expect(await spansAfter(shuffled, atOnce)).toEqual(spans);
    }),
    { numRuns: 6 },
  );
}

/** Expects the spans of both, whichever of the webhooks had come before the import. */
export async function expectUnion(
  { byWebhook, byImport }: { readonly byWebhook: Deliveries; readonly byImport: Deliveries },
  spans: readonly unknown[],
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.subarray([...byWebhook.keys()]), async (kept) => {
      const some = kept.map((index) => byWebhook[index] ?? []);
      expect(await spansAfter([...some, ...byImport, ...byWebhook])).toEqual(spans);
      expect(await spansAfter([...byImport, ...some])).toHaveLength(spans.length);
    }),
    { numRuns: 4 },
  );
}

/** What stands inside of something at a path. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inside, key) => (typeof inside === 'object' && inside !== null ? Reflect.get(inside, key) : undefined),
    value,
  );
}
