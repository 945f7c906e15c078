import { hash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import { canonical } from '../../domain/canonical.ts';
import type { EpochMs, Event } from '../../domain/event.ts';
import type { DeliveryId, IdentityId, NewObservation, Novelty, Transaction } from '../contract.ts';
import { eventFromRow } from './history.ts';

/** Every statement of the writing side, prepared once for the connection. */
export class ObservationStatements {
  readonly findFact: Statement<[number, string], { id: number; hash: Uint8Array; delivery_id: number }>;
  readonly addObservation: Statement<unknown[]>;
  readonly addSighting: Statement<[number, number]>;
  readonly observationsOf: Statement<[number], { key: string; received_at: number; event: string }>;
  readonly toldFirst: Statement<[number], { id: number; identity_id: number }>;
  readonly nextTeller: Statement<[number], { id: number; received_at: number }>;
  readonly handOn: Statement<[number, number, number]>;
  readonly dropObservation: Statement<[number]>;
  readonly dropSighting: Statement<[number, number]>;
  readonly toldAlso: Statement<[number], number>;
  readonly dropSightings: Statement<[number]>;

  constructor(database: Database) {
    this.findFact = database.prepare(
      'SELECT id, hash, delivery_id FROM observations WHERE identity_id = ? AND event_key = ?',
    );
    this.addObservation = database.prepare(
      `INSERT INTO observations (identity_id, event_key, hash, delivery_id, occurred_at, received_at, event)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.addSighting = database.prepare(
      'INSERT INTO sightings (observation_id, delivery_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    this.observationsOf = database.prepare(
      `SELECT i.key, o.received_at, o.event FROM observations o JOIN identities i ON i.id = o.identity_id WHERE o.identity_id = ?`,
    );
    this.toldFirst = database.prepare('SELECT id, identity_id FROM observations WHERE delivery_id = ?');
    this.nextTeller = database.prepare(
      `SELECT d.id, d.received_at FROM sightings s JOIN deliveries d ON d.id = s.delivery_id
       WHERE s.observation_id = ? ORDER BY d.id LIMIT 1`,
    );
    this.handOn = database.prepare('UPDATE observations SET delivery_id = ?, received_at = ? WHERE id = ?');
    this.dropObservation = database.prepare('DELETE FROM observations WHERE id = ?');
    this.dropSighting = database.prepare('DELETE FROM sightings WHERE observation_id = ? AND delivery_id = ?');
    this.toldAlso = database
      .prepare<[number], number>(
        `SELECT DISTINCT o.identity_id FROM sightings s JOIN observations o ON o.id = s.observation_id
         WHERE s.delivery_id = ?`,
      )
      .pluck();
    this.dropSightings = database.prepare('DELETE FROM sightings WHERE delivery_id = ?');
  }
}

/** Writes what deliveries tell of identities, and takes it back; part of a transaction. */
export class SqliteObservations implements Pick<Transaction, 'addObservations' | 'findObservations' | 'forgetTold'> {
  readonly #sql: ObservationStatements;

  constructor(statements: ObservationStatements) {
    this.#sql = statements;
  }

  async addObservations(observations: readonly NewObservation[]): Promise<Novelty[]> {
    return observations.map((observation) => this.#addObservation(observation));
  }

  #addObservation({ identityId, deliveryId, event }: NewObservation): Novelty {
    const content = contentOf(event);
    const digest = hash('sha256', content, 'buffer').subarray(0, 16);
    const facts = this.#sql.findFact.all(identityId, event.key);
    const known = facts.find((fact) => digest.equals(fact.hash));
    if (known !== undefined) return this.#sight(known, deliveryId, event.receivedAt);
    const { key, occurredAt, receivedAt } = event;
    this.#sql.addObservation.run(identityId, key, digest, deliveryId, occurredAt, receivedAt, content);
    return facts.length === 0 ? 'new' : 'changed';
  }

  /** An observation is its first delivery's, in whatever order deliveries are read; only then its time may change. */
  #sight(known: { id: number; delivery_id: number }, deliveryId: DeliveryId, receivedAt: EpochMs): Novelty {
    if (deliveryId >= known.delivery_id) {
      if (deliveryId > known.delivery_id) this.#sql.addSighting.run(known.id, deliveryId);
      return 'known';
    }
    this.#sql.addSighting.run(known.id, known.delivery_id);
    this.#sql.handOn.run(deliveryId, receivedAt, known.id);
    return 'changed';
  }

  async findObservations(identityIds: readonly IdentityId[]): Promise<Map<IdentityId, Event[]>> {
    return new Map(identityIds.map((id) => [id, this.#sql.observationsOf.all(id).map(eventFromRow)]));
  }

  async forgetTold(deliveryIds: readonly DeliveryId[]): Promise<IdentityId[]> {
    return [...new Set(deliveryIds.flatMap((id) => this.#forgetTold(id)))];
  }

  #forgetTold(deliveryId: DeliveryId): IdentityId[] {
    const also = this.#sql.toldAlso.all(deliveryId);
    this.#sql.dropSightings.run(deliveryId);
    const first = this.#sql.toldFirst.all(deliveryId);
    for (const { id } of first) this.#forgetFirst(id);
    return [...also, ...first.map(({ identity_id }) => identity_id)];
  }

  /** What other deliveries told as well is theirs from now on. */
  #forgetFirst(observationId: number): void {
    const next = this.#sql.nextTeller.get(observationId);
    if (next === undefined) this.#sql.dropObservation.run(observationId);
    else {
      this.#sql.dropSighting.run(observationId, next.id);
      this.#sql.handOn.run(next.id, next.received_at, observationId);
    }
  }
}

/** What the observation says, without when we heard it: a redelivery says the same again. */
function contentOf({ receivedAt: _inItsColumn, identity: _inItsRow, ...content }: Event): string {
  return canonical(content);
}
