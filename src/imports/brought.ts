import type { Listed } from './ancestry.ts';

/**
 * What a merge has that its first parent has not: all that its other parents stand on, but for what the first one does too. Found
 * as git finds it, by painting from both sides, along a list in which each commit comes after those that stand on it.
 */
export class Brought {
  /** The parents of what was listed before. */
  readonly #listed: ReadonlyMap<string, readonly string[]>;
  /** What the first parent stands on, and that one itself, as far as it is known. */
  readonly #theirs = new Set<string>();
  /** What the other parents stand on, those that were listed, with their parents. */
  readonly #mine = new Map<string, readonly string[]>();
  /** The same of those that are still to come. */
  readonly #coming = new Set<string>();

  constructor([first, ...others]: Listed['parents'], listed: ReadonlyMap<string, readonly string[]>) {
    this.#listed = listed;
    if (first !== undefined) this.#addTheirs(first);
    for (const other of others) this.#addMine(other);
  }

  /** The next commit of the list. */
  see({ oid, parents }: Listed): void {
    if (this.#theirs.has(oid)) for (const parent of parents) this.#addTheirs(parent);
    else if (this.#coming.delete(oid)) {
      this.#mine.set(oid, parents);
      for (const parent of parents) this.#addMine(parent);
    }
  }

  /** Whether nothing is to come that may be among them. */
  get isWhole(): boolean {
    return this.#coming.size === 0;
  }

  /** The oldest first. */
  get oids(): readonly string[] {
    return [...this.#mine.keys()].reverse();
  }

  /** With what was listed too early, for the clock that committed it was wrong. */
  #addTheirs(oid: string): void {
    const next = [oid];
    for (let one = next.pop(); one !== undefined; one = next.pop()) {
      if (this.#theirs.has(one)) continue;
      this.#theirs.add(one);
      this.#coming.delete(one);
      next.push(...(this.#mine.get(one) ?? this.#listed.get(one) ?? []));
      this.#mine.delete(one);
    }
  }

  #addMine(oid: string): void {
    const next = [oid];
    for (let one = next.pop(); one !== undefined; one = next.pop()) {
      if (this.#theirs.has(one) || this.#mine.has(one)) continue;
      const parents = this.#listed.get(one);
      if (parents === undefined) this.#coming.add(one);
      else {
        this.#mine.set(one, parents);
        next.push(...parents);
      }
    }
  }
}
