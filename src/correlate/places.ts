import type { Place } from '../store/correlation.ts';

/** A set of places. */
export class Places {
  readonly #byKey = new Map<string, Place>();

  add(places: readonly Place[]): void {
    for (const { identityId, ordinal } of places)
      this.#byKey.set(keyOfPlace({ identityId, ordinal }), { identityId, ordinal });
  }

  get all(): Place[] {
    return [...this.#byKey.values()];
  }
}

export function keyOfPlace({ identityId, ordinal }: Place): string {
  return `${identityId} ${ordinal}`;
}
