import { joinChanges, type SpanChange } from '../domain/difference.ts';
import type { Replay } from '../domain/replay.ts';

/** More are not kept in memory, and then the counts are called incomplete. */
export const MAX_CHANGES = 10_000;
const SHOWN = 100;

/** What a replay changes, each span once, however many steps it took. */
export class ChangeLog {
  readonly #changes = new Map<string, SpanChange>();
  #complete = true;

  add(changes: readonly SpanChange[]): void {
    for (const change of changes) this.#addOne(change);
  }

  /** Notes that more would change than is looked at. */
  leaveOut(): void {
    this.#complete = false;
  }

  get counts(): Replay['spans'] {
    const counts = { added: 0, changed: 0, removed: 0 };
    for (const { change } of this.#changes.values()) counts[change] += 1;
    return { ...counts, complete: this.#complete };
  }

  get first(): readonly SpanChange[] {
    return [...this.#changes.values()].slice(0, SHOWN);
  }

  #addOne(change: SpanChange): void {
    const before = this.#changes.get(change.spanId);
    if (before === undefined && this.#changes.size >= MAX_CHANGES) {
      this.leaveOut();
      return;
    }
    const joined = before === undefined ? change : joinChanges(before, change);
    if (joined === null) this.#changes.delete(change.spanId);
    else this.#changes.set(change.spanId, joined);
  }
}
