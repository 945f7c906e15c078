import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from '../../src/domain/event.ts';
import { append } from '../../src/ingest/append.ts';
import { swap } from '../../src/ingest/swap.ts';
import { Ruling } from '../../src/rules/ruling.ts';
import { type Rules, rulesSchema } from '../../src/rules/schema.ts';
import type { Store, StoreReader } from '../../src/store/contract.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { entry } from './events.ts';

/** A store of its own, into which deliveries are told, and what came of them. */
export class World {
  readonly store: Store;
  readonly reader: StoreReader;
  readonly folder = mkdtempSync(join(tmpdir(), 'valuestream-'));
  readonly #ruling: Ruling;

  constructor(rules: Partial<Rules> = {}) {
    this.store = openSqliteStore(this.folder);
    this.reader = openSqliteReader(this.folder);
    this.#ruling = new Ruling({ rules: rulesSchema.parse(rules), teams: [] });
  }

  /** Each of these is a delivery; `atOnce` of them are one transaction. */
  async tell(deliveries: readonly (readonly Event[])[], atOnce = 1): Promise<this> {
    for (let start = 0; start < deliveries.length; start += atOnce) {
      const group = deliveries.slice(start, start + atOnce).map((events) => entry(...events));
      await append(this.store, group, this.#ruling);
    }
    return this;
  }

  /** Puts these deliveries in place of those that were told, by their order. */
  async retell(deliveries: readonly (readonly Event[])[], atOnce = 1): Promise<void> {
    const retellings = deliveries.map((told, index) => ({
      id: index + 1,
      kind: 'told.again',
      outcome: 'accepted' as const,
      reason: null,
      events: told.length,
      told,
    }));
    for (let start = 0; start < retellings.length; start += atOnce)
      await swap(this.store, retellings.slice(start, start + atOnce), this.#ruling);
  }

  async close(): Promise<void> {
    await this.reader.close();
    await this.store.close();
    rmSync(this.folder, { recursive: true });
  }

  /**
   * Every span with what it is linked to, in words: `…-42 ← …-27` has that parent; `…-42 part_of …-milestone-1`. A later
   * attempt says which it is, as `…-42~2`.
   */
  async graph(): Promise<string[]> {
    const spans = await this.#spans();
    const lines = spans.flatMap(({ spanId, attempt, place }) => {
      const name = attempt.ordinal === 1 ? spanId : `${spanId}~${attempt.ordinal}`;
      const parent = place.parentSpanId === null ? [] : [`${name} ← ${place.parentSpanId}`];
      const links = place.links
        .filter(({ isParent }) => !isParent)
        .map(
          ({ kind, spanId: to, certainty }) =>
            `${name} ${kind} ${to}${certainty === 'certain' ? '' : ` (${certainty})`}`,
        );
      return [...parent, ...links];
    });
    return lines.map(shortened).sort();
  }

  /** Which trace each span is in, by its root. */
  async traces(): Promise<Record<string, string>> {
    const spans = await this.#spans();
    const pairs = spans.map(({ spanId, place }) => [shortened(spanId), shortened(place.traceId)] as const);
    return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The spans of one trace; those of other trees with the link by which they were reached. */
  async trace(spanId: string): Promise<string[]> {
    const trace = await this.reader.findTrace(`vstrace-${spanId}`, 1_000);
    return (trace?.spans ?? [])
      .map(({ spanId: id, via }) => `${shortened(id)}${via === null ? '' : ` (${via})`}`)
      .sort();
  }

  async #spans() {
    const { items } = await this.reader.listSpans({}, { limit: 1_000 });
    return items;
  }
}

function shortened(text: string): string {
  return text.replaceAll('vstrace-', '');
}
