import { hash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import { canonical } from '../../domain/canonical.ts';
import type { EpochMs, Event } from '../../domain/event.ts';
import { type AttemptChange, emptyTail, type Tail } from '../../domain/fold.ts';
import { identityFromKey } from '../../domain/identity.ts';
import { sameAttempts } from '../../domain/same-attempt.ts';
import { type Attempt, environmentOf, type FoldedAttempt, type StageSpan } from '../../domain/span.ts';
import type {
  AddedDelivery,
  DeliveryId,
  DeliveryOutcome,
  FoldWrite,
  History,
  IdentityId,
  NewDelivery,
  NewIdentity,
  NewName,
  NewObservation,
  Novelty,
  Revision,
  Settlement,
  StoredIdentity,
  Transaction,
} from '../contract.ts';
import { packBody } from './body.ts';
import { LATEST_REVISION } from './columns.ts';
import { CorrelationStatements, SqliteCorrelation } from './correlation.ts';
import { ExportStatements, SqliteExports } from './exports.ts';
import { eventFromRow, Histories } from './history.ts';
import { parseJson } from './json.ts';

/** Every statement of the hot path, prepared once for the connection. */
export class Statements {
  readonly findDelivery: Statement<[string, string, string], { id: number; outcome: DeliveryOutcome }>;
  readonly addDelivery: Statement<unknown[]>;
  readonly addBody: Statement<[number, string, Uint8Array]>;
  readonly count: Statement<[string, string, string, number, number, number]>;
  readonly countInHour: Statement<[string, string, string, number, number]>;
  readonly settle: Statement<unknown[], { source: string; instance: string; received_at: number }>;
  readonly outcomeOf: Statement<[number], DeliveryOutcome>;
  readonly findIdentity: Statement<[string], { id: number; span_id: string; tail: string }>;
  readonly hasSpanId: Statement<[string], number>;
  readonly addIdentity: Statement<[string, string, string]>;
  readonly addName: Statement<[string, number, number]>;
  readonly findFact: Statement<[number, string], { id: number; hash: Uint8Array; delivery_id: number }>;
  readonly addObservation: Statement<unknown[]>;
  readonly addSighting: Statement<[number, number]>;
  readonly observationsOf: Statement<[number], { key: string; received_at: number; event: string }>;
  readonly remember: Statement<[string, string]>;
  readonly latestRevision: Statement<[], Revision>;
  readonly saveIdentity: Statement<[string, number, number], string>;
  readonly saveSpan: Statement<unknown[]>;
  readonly spansBefore: Statement<[number], SpanBefore>;
  readonly saveStage: Statement<unknown[]>;
  readonly dropSpans: Statement<[number]>;
  readonly dropStages: Statement<[number]>;
  readonly toldFirst: Statement<[number], { id: number; identity_id: number }>;
  readonly nextTeller: Statement<[number], { id: number; received_at: number }>;
  readonly handOn: Statement<[number, number, number]>;
  readonly dropObservation: Statement<[number]>;
  readonly dropSighting: Statement<[number, number]>;
  readonly toldAlso: Statement<[number], number>;
  readonly dropSightings: Statement<[number]>;
  readonly namesSince: Statement<[number], { name: string; valid_from: number }>;
  readonly dropNames: Statement<[number]>;
  readonly saveTail: Statement<[string, number]>;
  readonly saveTold: Statement<[string, number, number]>;
  readonly histories: Histories;
  readonly correlation: CorrelationStatements;
  readonly exports: ExportStatements;

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
    this.outcomeOf = database.prepare<[number], DeliveryOutcome>('SELECT outcome FROM deliveries WHERE id = ?').pluck();
    this.settle = database.prepare(
      `UPDATE deliveries SET kind = ?, outcome = ?, reason = ?, events = ? WHERE id = ?
       RETURNING source, instance, received_at`,
    );
    this.findIdentity = database.prepare('SELECT id, span_id, tail FROM identities WHERE key = ?');
    this.hasSpanId = database.prepare<[string], number>('SELECT 1 FROM identities WHERE span_id = ?').pluck();
    this.addIdentity = database.prepare('INSERT INTO identities (key, span_id, tail, revision) VALUES (?, ?, ?, 0)');
    this.addName = database.prepare(
      `INSERT INTO names (name, identity_id, valid_from) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET valid_from = excluded.valid_from WHERE excluded.valid_from < valid_from`,
    );
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
    this.latestRevision = database.prepare<[], Revision>(LATEST_REVISION).pluck();
    this.saveIdentity = database
      .prepare<[string, number, number], string>(
        'UPDATE identities SET tail = ?, revision = ? WHERE id = ? RETURNING key',
      )
      .pluck();
    this.saveSpan = database.prepare(
      `INSERT INTO spans (identity_id, source, ordinal, operation, project, team, environment, state, result, is_error, at,
         started_at, finished_at, title, attempt, known_revision, finished_revision)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (identity_id, ordinal) DO UPDATE SET operation = excluded.operation, project = excluded.project,
         team = excluded.team,
         environment = excluded.environment, state = excluded.state, result = excluded.result,
         is_error = excluded.is_error, at = excluded.at, started_at = excluded.started_at,
         finished_at = excluded.finished_at, title = excluded.title, attempt = excluded.attempt,
         finished_revision = iif(excluded.state = 'finished', coalesce(finished_revision, excluded.finished_revision), NULL)`,
    );
    this.spansBefore = database.prepare(
      `SELECT attempt ->> '$.key' AS key, finished_at AS finishedAt, known_revision, finished_revision FROM spans
       WHERE identity_id = ? ORDER BY ordinal`,
    );
    this.saveStage = database.prepare(
      `INSERT INTO stages (identity_id, ordinal, number, key, name, category, started_at, finished_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (identity_id, ordinal, number) DO UPDATE SET key = excluded.key, name = excluded.name,
         category = excluded.category, started_at = excluded.started_at, finished_at = excluded.finished_at`,
    );
    this.dropSpans = database.prepare('DELETE FROM spans WHERE identity_id = ?');
    this.dropStages = database.prepare('DELETE FROM stages WHERE identity_id = ?');
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
    this.remember = database.prepare(
      'INSERT INTO memory (name, text) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text',
    );
    this.namesSince = database.prepare('SELECT name, valid_from FROM names WHERE identity_id = ?');
    this.dropNames = database.prepare('DELETE FROM names WHERE identity_id = ?');
    this.saveTail = database.prepare('UPDATE identities SET tail = ? WHERE id = ?');
    this.saveTold = database.prepare('UPDATE identities SET tail = ?, told_revision = ? WHERE id = ?');
    this.histories = new Histories(database);
    this.correlation = new CorrelationStatements(database);
    this.exports = new ExportStatements(database);
  }
}

export class SqliteTransaction implements Transaction {
  readonly #sql: Statements;
  readonly correlation: SqliteCorrelation;
  readonly exports: SqliteExports;

  constructor(statements: Statements) {
    this.#sql = statements;
    this.correlation = new SqliteCorrelation(statements.correlation);
    this.exports = new SqliteExports(statements.exports);
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

  async findIdentities(keys: readonly string[]): Promise<Map<string, StoredIdentity>> {
    const found = new Map<string, StoredIdentity>();
    for (const key of keys) {
      const row = this.#sql.findIdentity.get(key);
      if (row !== undefined) found.set(key, { id: row.id, spanId: row.span_id, tail: parseJson<Tail>(row.tail) });
    }
    return found;
  }

  async addIdentities(identities: readonly NewIdentity[]): Promise<StoredIdentity[]> {
    return identities.map(({ key, spanId: wanted, otherwise }) => {
      const spanId = this.#sql.hasSpanId.get(wanted) === undefined ? wanted : otherwise;
      const { lastInsertRowid } = this.#sql.addIdentity.run(key, spanId, JSON.stringify(emptyTail));
      return { id: Number(lastInsertRowid), spanId, tail: emptyTail };
    });
  }

  async addNames(names: readonly NewName[]): Promise<NewName[]> {
    return names.filter(
      ({ name, identityId, validFrom }) => this.#sql.addName.run(name, identityId, validFrom).changes > 0,
    );
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

  async saveFolds(writes: readonly FoldWrite[]): Promise<void> {
    let revision = this.#sql.latestRevision.get() ?? 0;
    for (const write of writes) {
      revision += 1;
      this.#saveFold(write, revision);
    }
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

  async findHistories(identityIds: readonly IdentityId[]): Promise<Map<IdentityId, History>> {
    return new Map(identityIds.map((id) => [id, this.#sql.histories.of(id)]));
  }

  async replaceNames(identityId: IdentityId, names: readonly Omit<NewName, 'identityId'>[]): Promise<string[]> {
    const before = new Map(this.#sql.namesSince.all(identityId).map((row) => [row.name, row.valid_from]));
    this.#sql.dropNames.run(identityId);
    for (const { name, validFrom } of names) this.#sql.addName.run(name, identityId, validFrom);
    const after = new Map(names.map(({ name, validFrom }) => [name, validFrom]));
    return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
  }

  async remember(name: string, text: string): Promise<void> {
    this.#sql.remember.run(name, text);
  }

  async saveTails(tails: readonly { readonly identityId: IdentityId; readonly tail: Tail }[]): Promise<void> {
    for (const { identityId, tail } of tails) this.#sql.saveTail.run(JSON.stringify(tail), identityId);
  }

  async saveTold(tails: readonly { readonly identityId: IdentityId; readonly tail: Tail }[]): Promise<void> {
    let revision = this.#sql.latestRevision.get() ?? 0;
    for (const { identityId, tail } of tails) {
      revision += 1;
      this.#sql.saveTold.run(JSON.stringify(tail), revision, identityId);
    }
  }

  #saveFold(write: FoldWrite, revision: number): void {
    const { identityId } = write;
    const key = this.#sql.saveIdentity.get(JSON.stringify(write.tail), revision, identityId);
    if (key === undefined) throw new RangeError(`there is no identity ${identityId} to fold`);
    const changes = write.whole ? write.attempts.map(asChange) : write.changes;
    const before = write.whole ? this.#dropAttempts(identityId, write.attempts) : NOTHING_BEFORE;
    for (const { attempt, stagesFrom, stages } of changes) {
      this.#saveSpan(identityId, identityFromKey(key).source, { attempt, revision, before: before.get(attempt.key) });
      stages.forEach((stage, index) => {
        this.#saveStage(identityId, attempt.ordinal, stagesFrom + index + 1, stage);
      });
    }
    this.exports.attemptsChanged(identityId, write.whole ? 'all' : 'some');
  }

  /** Makes room for other attempts; answers with what each of those was before, by its key. */
  #dropAttempts(identityId: IdentityId, attempts: readonly FoldedAttempt[]): ReadonlyMap<string, SpanBefore> {
    const before = sameAttempts(this.#sql.spansBefore.all(identityId), attempts);
    this.#sql.dropSpans.run(identityId);
    this.#sql.dropStages.run(identityId);
    return before;
  }

  #saveSpan(identityId: IdentityId, source: string, { attempt, revision, before }: SavedAttempt): void {
    const { startedAt, finishedAt } = attempt;
    this.#sql.saveSpan.run(
      identityId,
      source,
      attempt.ordinal,
      attempt.operation,
      attempt.project,
      attempt.team,
      environmentOf(attempt),
      attempt.state,
      attempt.result,
      attempt.isError ? 1 : 0,
      startedAt ?? finishedAt ?? 0,
      startedAt,
      finishedAt,
      attempt.title,
      JSON.stringify(attempt),
      before?.known_revision ?? revision,
      attempt.state === 'finished' ? (before?.finished_revision ?? revision) : null,
    );
  }

  #saveStage(identityId: IdentityId, ordinal: number, number: number, stage: StageSpan): void {
    const { key, name, category, startedAt, finishedAt } = stage;
    this.#sql.saveStage.run(identityId, ordinal, number, key, name, category, startedAt, finishedAt);
  }
}

interface SpanBefore {
  readonly key: string;
  readonly finishedAt: EpochMs | null;
  readonly known_revision: number;
  readonly finished_revision: number | null;
}

const NOTHING_BEFORE: ReadonlyMap<string, SpanBefore> = new Map();

interface SavedAttempt {
  readonly attempt: Attempt;
  readonly revision: number;
  /** What it was before, where it is written anew. */
  readonly before: SpanBefore | undefined;
}

type Counted = Pick<NewDelivery, 'source' | 'instance' | 'outcome' | 'receivedAt'> & { readonly id: DeliveryId };

const HOUR_MS = 3_600_000;

function asChange({ stages, ...attempt }: FoldedAttempt): AttemptChange {
  return { attempt, stagesFrom: 0, stages };
}

/** What the observation says, without when we heard it: a redelivery says the same again. */
function contentOf({ receivedAt: _inItsColumn, identity: _inItsRow, ...content }: Event): string {
  return canonical(content);
}
