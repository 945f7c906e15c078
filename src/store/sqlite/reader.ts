import type { Database } from 'better-sqlite3';
import type { EpochMs } from '../../domain/event.ts';
import type { Pin, TraceMode } from '../../domain/pin.ts';
import type { StoredAccess } from '../access.ts';
import type { ColumnsPortion, ColumnsRequest } from '../columns.ts';
import type {
  Change,
  DeliveryCount,
  DeliveryFilter,
  DeliveryHour,
  DeliveryId,
  History,
  IdentityId,
  NameLookup,
  OpenTally,
  Page,
  PageRequest,
  Recorded,
  RecordedRequest,
  Revision,
  SpanDetail,
  SpanFilter,
  SpanTally,
  StageTally,
  StoredDelivery,
  StoredEvent,
  StoredSpan,
  StoredStage,
  StoreReader,
} from '../contract.ts';
import type {
  ExportLag,
  ExportPlace,
  ExportPortion,
  ExportRequest,
  OutboxItem,
  ParkedSpan,
  TargetId,
} from '../exports.ts';
import type { ImportCursor, ImportOrigin } from '../imports.ts';
import type { SpanLinks, StoredTrace } from '../traces.ts';
import { readAccess } from './access.ts';
import { ColumnsOf } from './columns.ts';
import { openForReading, translated } from './connection.ts';
import { Deliveries } from './deliveries-reader.ts';
import { Exports } from './exports-reader.ts';
import { Histories } from './history.ts';
import { lookUpName } from './names.ts';
import { Queries } from './query.ts';
import { Spans } from './spans-reader.ts';
import { tallyOpen, tallySpans, tallyStages } from './tallies.ts';
import { Traces } from './traces.ts';

/** Opens a reader on a store that a writer has opened before. */
export function openSqliteReader(dataDir: string): StoreReader {
  return new SqliteReader(openForReading(dataDir));
}

class SqliteReader implements StoreReader {
  readonly #database: Database;
  readonly #histories: Histories;
  readonly #traces: Traces;
  readonly #exports: Exports;
  readonly #columns: ColumnsOf;
  readonly #queries: Queries;
  readonly #spans: Spans;
  readonly #deliveries: Deliveries;

  constructor(database: Database) {
    this.#database = database;
    this.#histories = new Histories(database);
    this.#traces = new Traces(database, this.#histories);
    this.#exports = new Exports(database, this.#histories, this.#traces);
    this.#columns = new ColumnsOf(database);
    this.#queries = new Queries(database);
    this.#spans = new Spans(this.#queries, this.#histories, this.#traces);
    this.#deliveries = new Deliveries(this.#queries, this.#histories);
  }

  listSpans(filter: SpanFilter, page: PageRequest): Promise<Page<StoredSpan>> {
    return this.#snapshot(() => this.#spans.list(filter, page));
  }

  listRoots(filter: SpanFilter, page: PageRequest): Promise<Page<StoredSpan>> {
    return this.#snapshot(() => this.#spans.listRoots(filter, page));
  }

  listStages(filter: SpanFilter, page: PageRequest): Promise<Page<StoredStage>> {
    return this.#snapshot(() => this.#spans.listStages(filter, page));
  }

  findSpan(spanId: string): Promise<SpanDetail | null> {
    return this.#snapshot(() => this.#spans.find(spanId));
  }

  explainLinks(spanId: string): Promise<SpanLinks> {
    return this.#snapshot(() => this.#traces.explain(spanId));
  }

  findTrace(spanId: string, limit: number): Promise<StoredTrace | null> {
    return this.#snapshot(() => this.#traces.trace(spanId, limit));
  }

  findEvents(spanId: string, limit: number): Promise<readonly StoredEvent[]> {
    return this.#snapshot(() => {
      const id = this.#identityWith('span_id', spanId);
      return id === undefined ? [] : this.#histories.newestOf(id, limit);
    });
  }

  lookUpName(name: string, context: { at?: EpochMs; owner?: string }): Promise<NameLookup> {
    return this.#snapshot(() => lookUpName(this.#queries, name, context));
  }

  listDeliveries(filter: DeliveryFilter, page: PageRequest): Promise<Page<StoredDelivery>> {
    return this.#snapshot(() => this.#deliveries.list(filter, page));
  }

  findDelivery(id: DeliveryId): Promise<StoredDelivery | null> {
    return this.#snapshot(() => this.#deliveries.find(id));
  }

  findDeliveriesByKey(key: string): Promise<readonly StoredDelivery[]> {
    return this.#snapshot(() => this.#deliveries.findByKey(key));
  }

  readBody(id: DeliveryId): Promise<Uint8Array | null> {
    return this.#snapshot(() => this.#deliveries.body(id));
  }

  spanIdsOf(id: DeliveryId): Promise<readonly string[]> {
    return this.#snapshot(() => this.#deliveries.spanIdsOf(id));
  }

  countDeliveries(): Promise<readonly DeliveryCount[]> {
    return this.#snapshot(() => this.#deliveries.count());
  }

  countDeliveriesByHour(from: EpochMs): Promise<readonly DeliveryHour[]> {
    return this.#snapshot(() => this.#deliveries.countByHour(from));
  }

  measureDeliveries(filter: DeliveryFilter): Promise<{ readonly count: number; readonly newest: DeliveryId }> {
    return this.#snapshot(() => this.#deliveries.measure(filter));
  }

  listRecorded(request: RecordedRequest): Promise<readonly Recorded[]> {
    return this.#snapshot(() => this.#deliveries.listRecorded(request));
  }

  findRecorded(ids: readonly DeliveryId[]): Promise<readonly Recorded[]> {
    return this.#snapshot(() => this.#deliveries.findRecorded(ids));
  }

  findHistories(keys: readonly string[]): Promise<Map<string, History>> {
    return this.#snapshot(() => {
      const found = keys.flatMap((key): [string, History][] => {
        const id = this.#identityWith('key', key);
        return id === undefined ? [] : [[key, this.#histories.of(id)]];
      });
      return new Map(found);
    });
  }

  listIdentities(
    after: IdentityId,
    limit: number,
  ): Promise<readonly { readonly id: IdentityId; readonly key: string }[]> {
    return this.#snapshot(() =>
      this.#queries.all('SELECT id, key FROM identities WHERE id > ? ORDER BY id LIMIT ?', after, limit),
    );
  }

  measureIdentities(): Promise<{ readonly count: number; readonly newest: IdentityId }> {
    return this.#snapshot(() => {
      const [row] = this.#queries.all<{ count: number; newest: number | null }>(
        'SELECT count(*) AS count, max(id) AS newest FROM identities',
      );
      return { count: row?.count ?? 0, newest: row?.newest ?? 0 };
    });
  }

  tallySpans(from: EpochMs, limit: number): Promise<readonly SpanTally[]> {
    return this.#snapshot(() => tallySpans(this.#queries, from, limit));
  }

  tallyStages(from: EpochMs, limit: number): Promise<readonly StageTally[]> {
    return this.#snapshot(() => tallyStages(this.#queries, from, limit));
  }

  tallyOpen(): Promise<readonly OpenTally[]> {
    return this.#snapshot(() => tallyOpen(this.#queries));
  }

  recall(name: string): Promise<string | null> {
    return this.#snapshot(
      () => this.#queries.all<{ text: string }>('SELECT text FROM memory WHERE name = ?', name)[0]?.text ?? null,
    );
  }

  readAccess(): Promise<StoredAccess> {
    return this.#snapshot(() => readAccess((sql) => this.#queries.all(sql)));
  }

  listImportCursors({ source, instance }: ImportOrigin): Promise<readonly ImportCursor[]> {
    return this.#snapshot(() =>
      this.#queries.all<ImportCursor>(
        `SELECT source, instance, scope, resource, position FROM import_cursors
         WHERE source = ? AND instance = ? ORDER BY scope, resource`,
        source,
        instance,
      ),
    );
  }

  changesAfter(revision: Revision, limit: number): Promise<readonly Change[]> {
    return this.#snapshot(() => this.#spans.changesAfter(revision, limit));
  }

  latestRevision(): Promise<Revision> {
    return this.#snapshot(() => this.#spans.latestRevision());
  }

  readExports(request: ExportRequest): Promise<ExportPortion> {
    return this.#snapshot(() => this.#exports.portion(request));
  }

  readLineage(spanId: string, ordinal: number, mode: TraceMode): Promise<readonly ExportPlace[]> {
    return this.#snapshot(() => this.#exports.lineageOf(spanId, ordinal, mode));
  }

  readPins(
    attempts: readonly { readonly spanId: string; readonly ordinal: number }[],
    mode: TraceMode,
  ): Promise<readonly (Pin | null)[]> {
    return this.#snapshot(() => this.#exports.pinsOf(attempts, mode));
  }

  readOutbox(target: TargetId): Promise<readonly OutboxItem[]> {
    return this.#snapshot(() => this.#exports.outbox(target));
  }

  listExportTargets(): Promise<readonly ExportLag[]> {
    return this.#snapshot(() => this.#exports.targets());
  }

  listParked(target: TargetId, limit: number): Promise<readonly ParkedSpan[]> {
    return this.#snapshot(() => this.#exports.parked(target, limit));
  }

  readColumns(request: ColumnsRequest): Promise<ColumnsPortion> {
    return this.#snapshot(() => this.#columns.portion(request));
  }

  latestColumnsRevision(): Promise<Revision> {
    return this.#snapshot(() => this.#columns.latest());
  }

  async storeId(): Promise<string> {
    return (await this.recall('store_id')) ?? '';
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  /** All reads of one answer see one state of the store, whatever the writer commits meanwhile. */
  async #snapshot<T>(read: () => T): Promise<T> {
    return translated(() => this.#database.transaction(read).deferred());
  }

  #identityWith(column: 'key' | 'span_id', value: string): number | undefined {
    return this.#queries.all<{ id: number }>(`SELECT id FROM identities WHERE ${column} = ?`, value)[0]?.id;
  }
}
