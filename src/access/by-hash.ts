import { timingSafeEqual } from 'node:crypto';
import type { SecretHash } from '../store/access.ts';
import { hashOf } from './secret.ts';

/** As many hex digits as find an entry; the rest decides. */
const KEY_DIGITS = 16;

interface Hashed {
  readonly hash: SecretHash;
}

/**
 * Finds by its secret what is stored under the secret's hash. A look-up takes a time that depends on what it finds, so a
 * part of the hash finds the candidates, and the whole of it is compared in constant time.
 */
export class ByHash<T extends Hashed> {
  readonly #candidates = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(entry: T): void {
    const key = entry.hash.slice(0, KEY_DIGITS);
    this.#candidates.set(key, [...(this.#candidates.get(key) ?? []), entry]);
    this.#size += 1;
  }

  delete(entry: T): void {
    const key = entry.hash.slice(0, KEY_DIGITS);
    const before = this.#candidates.get(key) ?? [];
    const rest = before.filter((other) => other !== entry);
    this.#size -= before.length - rest.length;
    if (rest.length === 0) this.#candidates.delete(key);
    else this.#candidates.set(key, rest);
  }

  find(secret: string): T | undefined {
    const hash = Buffer.from(hashOf(secret), 'hex');
    const candidates = this.#candidates.get(hash.toString('hex', 0, KEY_DIGITS / 2)) ?? [];
    return candidates.find((entry) => timingSafeEqual(Buffer.from(entry.hash, 'hex'), hash));
  }

  /** In the order in which they were added. */
  all(): T[] {
    return [...this.#candidates.values()].flat();
  }
}
