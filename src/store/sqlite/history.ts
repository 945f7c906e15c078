import type { Database, Statement } from 'better-sqlite3';
import type { EpochMs, Event } from '../../domain/event.ts';
import { identityFromKey } from '../../domain/identity.ts';
import type { Attempt, FoldedAttempt, StageSpan } from '../../domain/span.ts';
import type { DeliveryId, History, IdentityId, StoredEvent } from '../contract.ts';
import { parseJson } from './json.ts';

interface EventRow {
  readonly id: number;
  readonly key: string;
  readonly delivery_id: number;
  readonly received_at: number;
  readonly event: string;
}

export interface StageRow {
  readonly key: string;
  readonly name: string;
  readonly category: StageSpan['category'];
  readonly started_at: number;
  readonly finished_at: number | null;
}

const OBSERVED = `SELECT o.id, i.key, o.delivery_id, o.received_at, o.event
  FROM observations o JOIN identities i ON i.id = o.identity_id`;

/** Reads what is known of one identity or told by one delivery; the same for the writer's connection and a reader's. */
export class Histories {
  readonly #spanId: Statement<[number], string>;
  readonly #observed: Statement<[number], EventRow>;
  readonly #newest: Statement<[number, number], EventRow>;
  readonly #sightings: Statement<[number], number>;
  readonly #told: Statement<[number, number], EventRow>;
  readonly #writtenAt: Statement<[number, number], { delivery_id: number; written_at: number }>;
  readonly #attempts: Statement<[number], { ordinal: number; attempt: string }>;
  readonly #stages: Statement<[number, number], StageRow>;

  constructor(database: Database) {
    this.#spanId = database.prepare<[number], string>('SELECT span_id FROM identities WHERE id = ?').pluck();
    this.#observed = database.prepare(`${OBSERVED} WHERE o.identity_id = ? ORDER BY o.id`);
    this.#newest = database.prepare(
      `${OBSERVED} WHERE o.identity_id = ? ORDER BY o.occurred_at DESC, o.id DESC LIMIT ?`,
    );
    this.#sightings = database
      .prepare<[number], number>('SELECT delivery_id FROM sightings WHERE observation_id = ? ORDER BY delivery_id')
      .pluck();
    this.#told = database.prepare(
      `${OBSERVED} WHERE o.delivery_id = ? OR o.id IN (SELECT observation_id FROM sightings WHERE delivery_id = ?)
       ORDER BY o.id`,
    );
    this.#writtenAt = database.prepare(
      `WITH tellers AS (
         SELECT delivery_id FROM observations WHERE identity_id = ? UNION
         SELECT s.delivery_id FROM sightings s JOIN observations o ON o.id = s.observation_id WHERE o.identity_id = ?
       ), told AS (
         SELECT t.delivery_id, o.event FROM tellers t JOIN observations o ON o.delivery_id = t.delivery_id UNION ALL
         SELECT t.delivery_id, o.event FROM tellers t JOIN sightings s ON s.delivery_id = t.delivery_id
           JOIN observations o ON o.id = s.observation_id
       ) SELECT delivery_id, max(event ->> '$.observedAt') AS written_at FROM told GROUP BY delivery_id`,
    );
    this.#attempts = database.prepare('SELECT ordinal, attempt FROM spans WHERE identity_id = ? ORDER BY ordinal');
    this.#stages = database.prepare(
      `SELECT key, name, category, started_at, finished_at FROM stages WHERE identity_id = ? AND ordinal = ?
       ORDER BY number`,
    );
  }

  /** The events that a delivery told. */
  toldBy(id: DeliveryId): Event[] {
    return this.#told.all(id, id).map(eventFromRow);
  }

  of(identityId: IdentityId): History {
    return {
      spanId: this.#spanId.get(identityId) ?? '',
      attempts: this.attemptsOf(identityId),
      observed: this.observedOf(identityId),
      writtenAt: this.#writtenTimes(identityId),
    };
  }

  observedOf(identityId: IdentityId): StoredEvent[] {
    return this.#observed.all(identityId).map((row) => this.#storedEvent(row));
  }

  /** The newest events, the latest last. */
  newestOf(identityId: IdentityId, limit: number): StoredEvent[] {
    const rows = this.#newest.all(identityId, limit);
    return rows.reverse().map((row) => this.#storedEvent(row));
  }

  attemptsOf(identityId: IdentityId): FoldedAttempt[] {
    return this.#attempts.all(identityId).map(({ ordinal, attempt }) => ({
      ...parseJson<Attempt>(attempt),
      stages: this.stagesOf(identityId, ordinal),
    }));
  }

  stagesOf(identityId: IdentityId, ordinal: number): StageSpan[] {
    return this.#stages.all(identityId, ordinal).map(stageFromRow);
  }

  #writtenTimes(identityId: IdentityId): Map<DeliveryId, EpochMs> {
    return new Map(this.#writtenAt.all(identityId, identityId).map((row) => [row.delivery_id, row.written_at]));
  }

  #storedEvent(row: EventRow): StoredEvent {
    return { event: eventFromRow(row), deliveryIds: [row.delivery_id, ...this.#sightings.all(row.id)] };
  }
}

export function stageFromRow({ key, name, category, started_at, finished_at }: StageRow): StageSpan {
  return { key, name, category, startedAt: started_at, finishedAt: finished_at };
}

/** An observation's event, put together again from its row and its identity's key. */
export function eventFromRow(row: Pick<EventRow, 'key' | 'received_at' | 'event'>): Event {
  const content = parseJson<Omit<Event, 'identity' | 'receivedAt'>>(row.event);
  return { ...content, identity: identityFromKey(row.key), receivedAt: row.received_at };
}
