import type { Database, Statement } from 'better-sqlite3';
import type { Event } from '../../domain/event.ts';
import type { Tail } from '../../domain/fold.ts';
import type {
  AddedDelivery,
  DeliveryId,
  FoldWrite,
  History,
  IdentityId,
  NewDelivery,
  NewIdentity,
  NewName,
  NewObservation,
  Novelty,
  Settlement,
  StoredIdentity,
  Transaction,
} from '../contract.ts';
import type { ImportCursor } from '../imports.ts';
import { AccessStatements, SqliteAccess } from './access.ts';
import { CorrelationStatements, SqliteCorrelation } from './correlation.ts';
import { DeliveryStatements, SqliteDeliveries } from './deliveries.ts';
import { ExportStatements, SqliteExports } from './exports.ts';
import { Histories } from './history.ts';
import { IdentityStatements, SqliteIdentities } from './identities.ts';
import { ObservationStatements, SqliteObservations } from './observations.ts';
import { SpanStatements, SqliteSpans } from './spans.ts';

/** Every statement of a transaction, prepared once for the connection. */
export class Statements {
  readonly remember: Statement<[string, string]>;
  readonly moveImportCursor: Statement<[ImportCursor]>;
  readonly deliveries: DeliveryStatements;
  readonly identities: IdentityStatements;
  readonly observations: ObservationStatements;
  readonly spans: SpanStatements;
  readonly histories: Histories;
  readonly correlation: CorrelationStatements;
  readonly exports: ExportStatements;
  readonly access: AccessStatements;

  constructor(database: Database) {
    this.remember = database.prepare(
      'INSERT INTO memory (name, text) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text',
    );
    this.moveImportCursor = database.prepare(
      `INSERT INTO import_cursors (source, instance, scope, resource, position)
       VALUES (@source, @instance, @scope, @resource, @position)
       ON CONFLICT (source, instance, scope, resource) DO UPDATE SET position = excluded.position`,
    );
    this.deliveries = new DeliveryStatements(database);
    this.identities = new IdentityStatements(database);
    this.observations = new ObservationStatements(database);
    this.spans = new SpanStatements(database);
    this.histories = new Histories(database);
    this.correlation = new CorrelationStatements(database);
    this.exports = new ExportStatements(database);
    this.access = new AccessStatements(database);
  }
}

export class SqliteTransaction implements Transaction {
  readonly #sql: Statements;
  readonly #deliveries: SqliteDeliveries;
  readonly #identities: SqliteIdentities;
  readonly #observations: SqliteObservations;
  readonly #spans: SqliteSpans;
  readonly correlation: SqliteCorrelation;
  readonly exports: SqliteExports;
  readonly access: SqliteAccess;

  constructor(statements: Statements) {
    this.#sql = statements;
    this.correlation = new SqliteCorrelation(statements.correlation);
    this.exports = new SqliteExports(statements.exports);
    this.access = new SqliteAccess(statements.access);
    this.#deliveries = new SqliteDeliveries(statements.deliveries);
    this.#identities = new SqliteIdentities(statements.identities);
    this.#observations = new SqliteObservations(statements.observations);
    this.#spans = new SqliteSpans(statements.spans, this.exports);
  }

  addDeliveries(deliveries: readonly NewDelivery[]): Promise<AddedDelivery[]> {
    return this.#deliveries.addDeliveries(deliveries);
  }

  settleDeliveries(settlements: readonly Settlement[]): Promise<void> {
    return this.#deliveries.settleDeliveries(settlements);
  }

  findIdentities(keys: readonly string[]): Promise<Map<string, StoredIdentity>> {
    return this.#identities.findIdentities(keys);
  }

  addIdentities(identities: readonly NewIdentity[]): Promise<StoredIdentity[]> {
    return this.#identities.addIdentities(identities);
  }

  addNames(names: readonly NewName[]): Promise<NewName[]> {
    return this.#identities.addNames(names);
  }

  addObservations(observations: readonly NewObservation[]): Promise<Novelty[]> {
    return this.#observations.addObservations(observations);
  }

  findObservations(identityIds: readonly IdentityId[]): Promise<Map<IdentityId, Event[]>> {
    return this.#observations.findObservations(identityIds);
  }

  saveFolds(writes: readonly FoldWrite[]): Promise<void> {
    return this.#spans.saveFolds(writes);
  }

  forgetTold(deliveryIds: readonly DeliveryId[]): Promise<IdentityId[]> {
    return this.#observations.forgetTold(deliveryIds);
  }

  async findHistories(identityIds: readonly IdentityId[]): Promise<Map<IdentityId, History>> {
    return new Map(identityIds.map((id) => [id, this.#sql.histories.of(id)]));
  }

  replaceNames(identityId: IdentityId, names: readonly Omit<NewName, 'identityId'>[]): Promise<string[]> {
    return this.#identities.replaceNames(identityId, names);
  }

  async remember(name: string, text: string): Promise<void> {
    this.#sql.remember.run(name, text);
  }

  async moveImportCursor(cursor: ImportCursor): Promise<void> {
    this.#sql.moveImportCursor.run(cursor);
  }

  saveTails(tails: readonly { readonly identityId: IdentityId; readonly tail: Tail }[]): Promise<void> {
    return this.#identities.saveTails(tails);
  }

  saveTold(tails: readonly { readonly identityId: IdentityId; readonly tail: Tail }[]): Promise<void> {
    return this.#identities.saveTold(tails);
  }
}
