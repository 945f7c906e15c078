import type { Database, Statement } from 'better-sqlite3';
import type { AddedDelivery, DeliveryId, DeliveryOutcome, NewDelivery, Settlement, Transaction } from '../contract.ts';
import { packBody } from './body.ts';

export const HOUR_MS = 3_600_000;

/** Every statement of the writing side, prepared once for the connection. */
export class DeliveryStatements {
  readonly findDelivery: Statement<[string, string, string], { id: number; outcome: DeliveryOutcome }>;
  readonly addDelivery: Statement<unknown[]>;
  readonly addBody: Statement<[number, string, Uint8Array]>;
  readonly count: Statement<[string, string, string, number, number, number]>;
  readonly countInHour: Statement<[string, string, string, number, number]>;
  readonly settle: Statement<unknown[], { source: string; instance: string; received_at: number }>;
  readonly outcomeOf: Statement<[number], DeliveryOutcome>;

  constructor(database: Database) {
    this.findDelivery = database.prepare(
      'SELECT id, outcome FROM deliveries WHERE key = ? AND source = ? AND instance = ?',
    );
    this.addDelivery = database.prepare(
      `INSERT INTO deliveries (source, instance, key, channel, received_at, authenticity, kind, outcome, reason, events,
        headers, body_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.addBody = database.prepare('INSERT INTO bodies (delivery_id, encoding, body) VALUES (?, ?, ?)');
    this.count = database.prepare(
      `INSERT INTO delivery_counts (source, instance, outcome, count, last_received_at, last_delivery_id)
       VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count,
         last_received_at = max(last_received_at, excluded.last_received_at),
         last_delivery_id = max(last_delivery_id, excluded.last_delivery_id)`,
    );
    this.countInHour = database.prepare(
      `INSERT INTO delivery_hours (source, instance, outcome, count, hour) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    );
    this.settle = database.prepare(
      `UPDATE deliveries SET kind = ?, outcome = ?, reason = ?, events = ? WHERE id = ?
       RETURNING source, instance, received_at`,
    );
    this.outcomeOf = database.prepare<[number], DeliveryOutcome>('SELECT outcome FROM deliveries WHERE id = ?').pluck();
  }
}

type Counted = Pick<NewDelivery, 'source' | 'instance' | 'outcome' | 'receivedAt'> & { readonly id: DeliveryId };

/** Writes deliveries; part of a transaction. */
export class SqliteDeliveries implements Pick<Transaction, 'addDeliveries' | 'settleDeliveries'> {
  readonly #sql: DeliveryStatements;

  constructor(statements: DeliveryStatements) {
    this.#sql = statements;
  }

  async addDeliveries(deliveries: readonly NewDelivery[]): Promise<AddedDelivery[]> {
    return deliveries.map((delivery) => this.#addDelivery(delivery));
  }

  #addDelivery(delivery: NewDelivery): AddedDelivery {
    const { source, instance, key, receivedAt, outcome, body } = delivery;
    const before = this.#sql.findDelivery.get(key, source, instance);
    if (before !== undefined) return { id: before.id, before: before.outcome };
    const { lastInsertRowid } = this.#sql.addDelivery.run(
      source,
      instance,
      key,
      delivery.channel,
      receivedAt,
      delivery.authenticity,
      delivery.kind,
      outcome,
      delivery.reason,
      delivery.events,
      JSON.stringify(delivery.headers),
      body?.byteLength ?? 0,
    );
    const id = Number(lastInsertRowid);
    if (body !== null) this.#addBody(id, body);
    this.#count({ id, source, instance, outcome, receivedAt }, 1);
    return { id, before: null };
  }

  /** One more, or one that is no longer of this outcome; that does not take back which was the last. */
  #count({ id, source, instance, outcome, receivedAt }: Counted, by: 1 | -1): void {
    this.#sql.count.run(source, instance, outcome, by, by === 1 ? receivedAt : 0, by === 1 ? id : 0);
    this.#sql.countInHour.run(source, instance, outcome, by, Math.floor(receivedAt / HOUR_MS));
  }

  #addBody(id: DeliveryId, body: Uint8Array): void {
    const packed = packBody(body);
    this.#sql.addBody.run(id, packed.encoding, packed.body);
  }

  async settleDeliveries(settlements: readonly Settlement[]): Promise<void> {
    for (const { id, kind, outcome, reason, events } of settlements) {
      const before = this.#sql.outcomeOf.get(id);
      const settled = this.#sql.settle.get(kind, outcome, reason, events, id);
      if (before === undefined || settled === undefined) throw new RangeError(`there is no delivery ${id} to settle`);
      const { source, instance, received_at } = settled;
      this.#count({ id, source, instance, outcome: before, receivedAt: received_at }, -1);
      this.#count({ id, source, instance, outcome, receivedAt: received_at }, 1);
    }
  }
}
