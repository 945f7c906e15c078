import type { EpochMs, Event } from '../domain/event.ts';
import { candidatesIn } from '../domain/mention.ts';
import { keyPrefix, type Reference, referenceFromKey, referenceKey } from '../domain/reference.ts';
import type { Attempt } from '../domain/span.ts';
import type { IdentityId } from '../store/contract.ts';
import type { Place, Provision, Want, WanterLookup } from '../store/correlation.ts';

/** An event, and the ordinal of the attempt that it belongs to (0 where there was none yet). */
export interface Landed {
  readonly event: Event;
  readonly ordinal: number;
}

export function provisionsOf(identityId: IdentityId, landed: readonly Landed[]): Provision[] {
  const byKey = new Map<string, Provision>();
  for (const { event } of landed)
    for (const reference of event.provides ?? []) {
      const key = referenceKey(reference);
      byKey.set(key, { identityId, key, attempt: reference.attempt ?? null });
    }
  return [...byKey.values()];
}

/** What an attempt wants by what its events told for good. */
export function toldWants(place: Place, events: readonly Event[], at: EpochMs): Want[] {
  const references = events.flatMap(({ wants }) => wants ?? []);
  return references.flatMap((reference) => wantsOf(place, reference, { origin: 'told', rank: 0, at }));
}

/** What an attempt wants by what its texts and fields name at last. */
export function mentionedWants(place: Place, { mentions }: Attempt, at: EpochMs): Want[] {
  return (mentions ?? []).flatMap((reference, index) =>
    wantsOf(place, reference, { origin: 'mentioned', rank: index + 1, at }),
  );
}

function wantsOf(
  { identityId, ordinal }: Place,
  reference: Reference,
  { origin, rank, at }: Pick<Want, 'origin' | 'rank' | 'at'>,
): Want[] {
  const { type, relation, via } = reference;
  const passes = type === 'branch';
  return valuesOf(reference).map((value) => ({
    identityId,
    ordinal,
    key: referenceKey({ ...reference, value }),
    as: relation ?? 'cause',
    via: via ?? 'field',
    origin,
    rank,
    at: passes ? at : 0,
  }));
}

/** A span's id stands in a text with something behind it; the longest part that is one is meant. */
function valuesOf({ type, value, via }: Reference): string[] {
  if (type !== 'span' || via === 'parent') return [value];
  const candidates = [...candidatesIn(value)];
  return candidates.length === 0 ? [value] : [...new Set(candidates)];
}

/** When an attempt is looked at: its start, or its end where that alone is known. */
export function timeOf({ startedAt, finishedAt }: Pick<Attempt, 'startedAt' | 'finishedAt'>): EpochMs {
  return startedAt ?? finishedAt ?? 0;
}

/** By which keys something that is provided may be wanted. */
export function wantersOf(key: string): WanterLookup[] {
  const { type, value } = referenceFromKey(key);
  // A deployment that carries the commit may have found its way back by another push.
  if (type === 'push')
    return (['push', 'commit'] as const).map((one) => ({
      key: keyPrefix(one, value, { whole: true }),
      isPrefix: true,
    }));
  if (type !== 'commit' && type !== 'merge') return [{ key }];
  // However short it is wanted; the few others that begin so are looked at for nothing.
  if (COMMIT.test(value))
    return [{ key: keyPrefix('commit', value.slice(0, SHORTEST_COMMIT), { whole: false }), isPrefix: true }];
  return [{ key: keyPrefix('commit', value, { whole: true }), isPrefix: true }];
}

/** Git itself shortens commits to no less. What is shorter, or no such number, is the name of a commit as it stands. */
const SHORTEST_COMMIT = 7;
const COMMIT = /^[0-9a-f]{7,64}$/;
const WHOLE_COMMIT = 40;

/** A commit by its first characters, which may stand for several. */
export function isShortCommit({ type, value }: Pick<Reference, 'type' | 'value'>): boolean {
  return type === 'commit' && value.length < WHOLE_COMMIT && COMMIT.test(value);
}

/** A commit that a push could have brought. */
export function isWholeCommit({ type, value }: Pick<Reference, 'type' | 'value'>): boolean {
  return type === 'commit' && value.length >= WHOLE_COMMIT;
}

export function wantersOfName(name: string): WanterLookup {
  return { key: referenceKey({ type: 'span', value: name, scope: '' }) };
}
