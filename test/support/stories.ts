import fc from 'fast-check';
import { expect } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import { identityKey } from '../../src/domain/identity.ts';
import { durationMs, type FoldedAttempt } from '../../src/domain/span.ts';
import { foldByRules } from '../../src/rules/fold.ts';
import { Ruling } from '../../src/rules/ruling.ts';
import { rulesSchema } from '../../src/rules/schema.ts';
import { findSource } from '../../src/sources/registry.ts';

const builtIn = new Ruling({ rules: rulesSchema.parse({}), teams: [] });

/** What one payload tells; throws where it is not accepted. */
export function told(source: string, payload: object, headers: Record<string, string> = {}): readonly Event[] {
  const body = Buffer.from(JSON.stringify(payload));
  const receivedAt = Date.UTC(2026, 5, 1);
  const raw = { instance: '', headers, body, payload, key: 'k', receivedAt, channel: 'webhook' } as const;
  const read = findSource(source)?.interpret(raw);
  if (read?.outcome !== 'accepted') throw new Error(`it is ${JSON.stringify(read)}`);
  return read.events;
}

/** The spans of a story by their kind and id, folded by the built-in rules. */
export function spansOf(deliveries: readonly (readonly Event[])[]): Record<string, readonly FoldedAttempt[]> {
  const byIdentity = Map.groupBy(deliveries.flat(), ({ identity }) => identityKey(identity));
  const spans = [...byIdentity.values()].map((events): [string, readonly FoldedAttempt[]] => {
    const { kind, id } = events[0]?.identity ?? { kind: '', id: '' };
    return [`${kind} ${id}`, foldByRules(events, builtIn).attempts];
  });
  return Object.fromEntries(spans.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Holds a story to being the same in any order, and with anything twice. */
export function expectSameInAnyOrder(deliveries: readonly (readonly Event[])[]): void {
  const expected = spansOf(deliveries);
  const twice = [...deliveries, ...deliveries];
  fc.assert(
    fc.property(fc.shuffledSubarray(twice, { minLength: twice.length }), (arrivals) => {
      expect(spansOf(arrivals)).toEqual(expected);
    }),
  );
}

/** `To Do 24, In Progress 48.5`: the stages of an attempt with their hours. */
export function hoursOf({ stages }: FoldedAttempt): string {
  return stages.map((stage) => `${stage.name} ${Math.round((durationMs(stage) ?? 0) / 360_000) / 10}`).join(', ');
}
