import { Brought } from './brought.ts';

/** A commit, and those that it stands on, the first parent first. */
export interface Listed {
  readonly oid: string;
  readonly parents: readonly string[];
}

/** A commit of which all is known that is told of it. */
export interface Told<T extends Listed> {
  readonly commit: T;
  /** What it has that its first parent has not, besides itself, the oldest first. */
  readonly brought: readonly string[];
  /** Whether it brought more than that. */
  readonly truncated: boolean;
}

/** As many as a push may bring: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push. */
const MOST_BROUGHT = 2_048;
/** For so many pages it is looked for what a merge brought: of a branch that was begun longer ago not all is known. */
const MOST_PAGES = 20;

interface Pending<T extends Listed> {
  readonly commit: T;
  readonly brought: Brought;
  /** Of the page on which the merge was listed. */
  readonly page: number;
  readonly cursor: string | null;
}

/**
 * The commits of a branch as they are listed, page by page: by when they were committed, the latest first, so that one comes
 * after those that stand on it. Those with one parent are known at once; what a merge brought is, once the list has come to where
 * its branches parted. Where a clock was wrong a commit may come too early; then it is put right for as long as the page lasts.
 */
export class Ancestry<T extends Listed> {
  readonly #done: string | null;
  /** All that the commit has that was done before. */
  readonly #known = new Set<string>();
  /** The parents of what was listed lately. */
  readonly #listed = new Map<string, readonly string[]>();
  #pending: Pending<T>[] = [];
  #pages = 0;
  #hasSeenDone = false;

  /** `done`: the commit at the head of the branch when all that it stands on was told. */
  constructor(done: string | null) {
    this.#done = done;
  }

  /** Takes in a page, and gives what is known by it. `cursor`: what the page was asked for by. */
  take(commits: readonly T[], cursor: string | null): Told<T>[] {
    const single: Told<T>[] = [];
    for (const commit of commits) {
      const { oid, parents } = commit;
      for (const { brought } of this.#pending) brought.see(commit);
      this.#listed.set(oid, parents);
      if (oid === this.#done) this.#hasSeenDone = true;
      if (oid === this.#done || this.#known.has(oid)) for (const parent of parents) this.#known.add(parent);
      else if (parents.length < 2) single.push({ commit, brought: [], truncated: false });
      else this.#pending.push({ commit, brought: new Brought(parents, this.#listed), page: this.#pages, cursor });
    }
    this.#pages += 1;
    this.#forget();
    return [...single, ...this.#resolved()];
  }

  /** The merges of which not all became known, once nothing more is listed. */
  rest(): Told<T>[] {
    const told = this.#pending.map(toldBy);
    this.#pending = [];
    return told;
  }

  /** By what the first page was asked for that is needed to go on from here in a new process; undefined where that is the next. */
  get cursor(): string | null | undefined {
    return this.#pending[0]?.cursor;
  }

  /** Whether all is known of what has been listed. */
  get isWhole(): boolean {
    return this.#pending.length === 0;
  }

  /** Whether the commit has come of which all was told before. */
  get hasSeenDone(): boolean {
    return this.#hasSeenDone;
  }

  #resolved(): Told<T>[] {
    const isOver = ({ brought, page }: Pending<T>) => brought.isWhole || this.#pages - page > MOST_PAGES;
    const over = this.#pending.filter(isOver);
    this.#pending = this.#pending.filter((one) => !isOver(one));
    return over.map(toldBy);
  }

  /** What was listed longer ago than any merge is looked for. */
  #forget(): void {
    const most = (MOST_PAGES + 1) * 100;
    for (const oid of this.#listed.keys()) {
      if (this.#listed.size <= most) return;
      this.#listed.delete(oid);
    }
  }
}

function toldBy<T extends Listed>({ commit, brought }: Pending<T>): Told<T> {
  const { oids, isWhole } = brought;
  return { commit, brought: oids.slice(-MOST_BROUGHT), truncated: !isWhole || oids.length > MOST_BROUGHT };
}
