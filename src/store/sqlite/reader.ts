import type { Database, Statement } from 'better-sqlite3';
import type { EpochMs } from '../../domain/event.ts';
import { identityFromKey, ownerOf } from '../../domain/identity.ts';
import type { Pin, TraceMode } from '../../domain/pin.ts';
import type { Attempt } from '../../domain/span.ts';
import type { ColumnsPortion, ColumnsRequest } from '../columns.ts';
import type {
  Change,
  ChangedAttempt,
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
import type { LinkedAttempt, SpanLinks, StoredTrace } from '../traces.ts';
import { type PackedBody, unpackBody } from './body.ts';
import { ColumnsOf } from './columns.ts';
import { openForReading, translated } from './connection.ts';
import { Exports } from './exports-reader.ts';
import { Histories, type StageRow, stageFromRow } from './history.ts';
import { parseJson } from './json.ts';
import { encodeCursor, Where } from './query.ts';
import { Traces } from './traces.ts';

/** Opens a reader on a store that a writer has opened before. */
export function openSqliteReader(dataDir: string): StoreReader {
  return new SqliteReader(openForReading(dataDir));
}

interface SpanRow {
  readonly id: number;
  readonly identity_id: number;
  readonly ordinal: number;
  readonly at: number;
  readonly source: string;
  readonly span_id: string;
  readonly attempt: string;
}

interface NumberedStageRow extends StageRow {
  readonly id: number;
  readonly number: number;
}

interface DeliveryRow {
  readonly id: number;
  readonly source: string;
  readonly instance: string;
  readonly key: string;
  readonly channel: StoredDelivery['channel'];
  readonly received_at: number;
  readonly authenticity: string;
  readonly kind: string;
  readonly outcome: StoredDelivery['outcome'];
  readonly reason: string | null;
  readonly events: number;
  readonly headers: string;
  readonly body_bytes: number;
}

const HOUR_MS = 3_600_000;
/** Reading these takes a fraction of a second. */
const SPANS_TALLIED = 50_000;

/** What has a cause that counts is a part of another's trace. */
const IS_ROOT = `NOT EXISTS (SELECT 1 FROM links p WHERE p.identity_id = s.identity_id AND p.ordinal = s.ordinal
  AND p.kind = 'caused_by' AND p.is_parent = 1 AND p.is_dropped = 0)`;

interface IdentityRow {
  readonly id: number;
  readonly key: string;
  readonly span_id: string;
  readonly revision: number;
}

const SPAN_COLUMNS = 's.id, s.identity_id, s.ordinal, s.at, s.source, i.span_id, s.attempt';
const DELIVERY_COLUMNS = `id, source, instance, key, channel, received_at, authenticity, kind, outcome, reason, events,
  headers, body_bytes`;

class SqliteReader implements StoreReader {
  readonly #database: Database;
  readonly #histories: Histories;
  readonly #traces: Traces;
  readonly #exports: Exports;
  readonly #columns: ColumnsOf;
  /** By their text, of which there are few: conditions come and go, values are always bound. */
  readonly #statements = new Map<string, Statement<unknown[], unknown>>();

  constructor(database: Database) {
    this.#database = database;
    this.#histories = new Histories(database);
    this.#traces = new Traces(database, this.#histories);
    this.#exports = new Exports(database, this.#histories, this.#traces);
    this.#columns = new ColumnsOf(database);
  }

  listSpans(filter: SpanFilter, page: PageRequest): Promise<Page<StoredSpan>> {
    return this.#snapshot(() => this.#listSpans(spanWhere(filter), filter, page));
  }

  listRoots(filter: SpanFilter, page: PageRequest): Promise<Page<StoredSpan>> {
    return this.#snapshot(() => {
      const where = spanWhere(filter);
      where.is(IS_ROOT);
      return this.#listSpans(where, filter, page);
    });
  }

  #listSpans(where: Where, filter: SpanFilter, page: PageRequest): Page<StoredSpan> {
    if (filter.operation !== undefined) where.and('s.operation = ?', filter.operation);
    where.before('s.at', 's.id', page.cursor);
    const rows = this.#all<SpanRow>(
      `SELECT ${SPAN_COLUMNS} FROM spans s JOIN identities i ON i.id = s.identity_id ${where.sql}
         ORDER BY s.at DESC, s.id DESC LIMIT ?`,
      ...where.values,
      page.limit + 1,
    );
    return paged(
      rows,
      page.limit,
      (row) => this.#span(row),
      (row) => [row.at, row.id],
    );
  }

  listStages(filter: SpanFilter, page: PageRequest): Promise<Page<StoredStage>> {
    return this.#snapshot(() => {
      const where = spanWhere(filter, 'g.started_at');
      where.before('g.started_at', 'g.id', page.cursor);
      const rows = this.#all<SpanRow & NumberedStageRow>(
        `SELECT s.identity_id, s.ordinal, s.at, s.source, i.span_id, s.attempt, g.id, g.number, g.key,
           g.name, g.category, g.started_at, g.finished_at
         FROM stages g
         JOIN spans s ON s.identity_id = g.identity_id AND s.ordinal = g.ordinal
         JOIN identities i ON i.id = s.identity_id ${where.sql}
         ORDER BY g.started_at DESC, g.id DESC LIMIT ?`,
        ...where.values,
        page.limit + 1,
      );
      const read = (row: (typeof rows)[number]): StoredStage => ({
        span: this.#span(row),
        number: row.number,
        stage: stageFromRow(row),
      });
      return paged(rows, page.limit, read, (row) => [row.started_at, row.id]);
    });
  }

  findSpan(spanId: string): Promise<SpanDetail | null> {
    return this.#snapshot(() => {
      const [identity] = this.#all<IdentityRow>('SELECT * FROM identities WHERE span_id = ?', spanId);
      if (identity === undefined) return null;
      const names = this.#all<{ name: string; valid_from: number }>(
        'SELECT name, valid_from FROM names WHERE identity_id = ? ORDER BY valid_from, name',
        identity.id,
      );
      return {
        spanId: identity.span_id,
        source: identityFromKey(identity.key).source,
        revision: identity.revision,
        names: names.map(({ name, valid_from }) => ({ name, validFrom: valid_from })),
        attempts: this.#linked(identity.id),
      };
    });
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

  lookUpName(name: string, { at, owner }: { at?: EpochMs; owner?: string }): Promise<NameLookup> {
    return this.#snapshot(() => {
      const rows = this.#all<{ span_id: string; valid_from: number; valid_to: number | null; project: string | null }>(
        `SELECT i.span_id, n.valid_from,
           (SELECT min(later.valid_from) FROM names later
             WHERE later.identity_id = n.identity_id AND later.valid_from > n.valid_from) AS valid_to,
           (SELECT project FROM spans s WHERE s.identity_id = n.identity_id ORDER BY ordinal DESC LIMIT 1) AS project
         FROM names n JOIN identities i ON i.id = n.identity_id WHERE n.name = ? ORDER BY i.id`,
        name,
      );
      const valid = rows.filter((row) => at === undefined || isValid(row, at));
      const own = owner === undefined ? valid : valid.filter(({ project }) => ownerOf(project ?? '') === owner);
      const [first, ...others] = valid.length > 1 ? own : valid;
      if (first !== undefined && others.length === 0) return { found: 'one', spanId: first.span_id };
      if (valid.length === 0) return { found: 'none' };
      return { found: 'several', spanIds: valid.map(({ span_id }) => span_id) };
    });
  }

  listDeliveries(filter: DeliveryFilter, page: PageRequest): Promise<Page<StoredDelivery>> {
    return this.#snapshot(() => {
      const where = deliveryWhere(filter);
      where.before('id', 'id', page.cursor);
      const rows = this.#all<DeliveryRow>(
        `SELECT ${DELIVERY_COLUMNS} FROM deliveries ${where.sql} ORDER BY id DESC LIMIT ?`,
        ...where.values,
        page.limit + 1,
      );
      return paged(rows, page.limit, deliveryFromRow, (row) => [row.id, row.id]);
    });
  }

  findDelivery(id: DeliveryId): Promise<StoredDelivery | null> {
    return this.#snapshot(() => {
      const [row] = this.#all<DeliveryRow>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE id = ?`, id);
      return row === undefined ? null : deliveryFromRow(row);
    });
  }

  findDeliveriesByKey(key: string): Promise<readonly StoredDelivery[]> {
    return this.#snapshot(() => {
      const rows = this.#all<DeliveryRow>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE key = ? ORDER BY id`, key);
      return rows.map(deliveryFromRow);
    });
  }

  readBody(id: DeliveryId): Promise<Uint8Array | null> {
    return this.#snapshot(() => this.#body(id));
  }

  spanIdsOf(id: DeliveryId): Promise<readonly string[]> {
    return this.#snapshot(() => {
      const rows = this.#all<{ span_id: string }>(
        `SELECT DISTINCT i.span_id FROM identities i JOIN observations o ON o.identity_id = i.id
         WHERE o.delivery_id = ? OR o.id IN (SELECT observation_id FROM sightings WHERE delivery_id = ?)
         ORDER BY i.span_id`,
        id,
        id,
      );
      return rows.map(({ span_id }) => span_id);
    });
  }

  countDeliveries(): Promise<readonly DeliveryCount[]> {
    return this.#snapshot(() => {
      return this.#all<DeliveryCount>(
        `SELECT source, instance, outcome, count, last_received_at AS lastReceivedAt, last_delivery_id AS lastDeliveryId
         FROM delivery_counts ORDER BY source, instance, outcome`,
      );
    });
  }

  countDeliveriesByHour(from: EpochMs): Promise<readonly DeliveryHour[]> {
    return this.#snapshot(() =>
      this.#all<DeliveryHour>(
        'SELECT * FROM delivery_hours WHERE hour >= ? AND count > 0 ORDER BY source, instance, hour, outcome',
        Math.floor(from / HOUR_MS),
      ),
    );
  }

  measureDeliveries(filter: DeliveryFilter): Promise<{ readonly count: number; readonly newest: DeliveryId }> {
    return this.#snapshot(() => {
      const where = deliveryWhere(filter);
      const [row] = this.#all<{ count: number; newest: number | null }>(
        `SELECT count(*) AS count, max(id) AS newest FROM deliveries ${where.sql}`,
        ...where.values,
      );
      return { count: row?.count ?? 0, newest: row?.newest ?? 0 };
    });
  }

  listRecorded({ filter, after, upTo, limit, bytes }: RecordedRequest): Promise<readonly Recorded[]> {
    return this.#snapshot(() => {
      const where = deliveryWhere(filter);
      where.and('id > ?', after);
      where.and('id <= ?', upTo);
      const rows = this.#all<DeliveryRow>(
        `SELECT ${DELIVERY_COLUMNS} FROM deliveries ${where.sql} ORDER BY id LIMIT ?`,
        ...where.values,
        limit,
      );
      let size = 0;
      const end = rows.findIndex((row, index) => {
        size += row.body_bytes;
        return index > 0 && size > bytes;
      });
      return rows.slice(0, end === -1 ? rows.length : end).map((row) => this.#recorded(row));
    });
  }

  findRecorded(ids: readonly DeliveryId[]): Promise<readonly Recorded[]> {
    return this.#snapshot(() =>
      ids.flatMap((id) =>
        this.#all<DeliveryRow>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE id = ?`, id).map((row) =>
          this.#recorded(row),
        ),
      ),
    );
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
      this.#all('SELECT id, key FROM identities WHERE id > ? ORDER BY id LIMIT ?', after, limit),
    );
  }

  measureIdentities(): Promise<{ readonly count: number; readonly newest: IdentityId }> {
    return this.#snapshot(() => {
      const [row] = this.#all<{ count: number; newest: number | null }>(
        'SELECT count(*) AS count, max(id) AS newest FROM identities',
      );
      return { count: row?.count ?? 0, newest: row?.newest ?? 0 };
    });
  }

  tallySpans(from: EpochMs, limit: number): Promise<readonly SpanTally[]> {
    return this.#snapshot(() =>
      this.#all<SpanTally>(
        `SELECT source, operation, project, environment, attempt ->> '$.tags."valuestream.environment.tier"' AS tier,
           result, count(*) AS count
         FROM (SELECT * FROM spans WHERE at >= ? ORDER BY at DESC LIMIT ?)
         GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY count DESC, 1, 2, 3, 4, 5, 6 LIMIT ?`,
        from,
        SPANS_TALLIED,
        limit,
      ),
    );
  }

  tallyStages(from: EpochMs, limit: number): Promise<readonly StageTally[]> {
    return this.#snapshot(() =>
      this.#all<StageTally>(
        `SELECT s.source, s.operation, g.name AS stage, g.category, count(*) AS count
         FROM (SELECT * FROM spans WHERE at >= ? ORDER BY at DESC LIMIT ?) s
         JOIN stages g ON g.identity_id = s.identity_id AND g.ordinal = s.ordinal
         GROUP BY 1, 2, 3, 4 ORDER BY count DESC, 1, 2, 3, 4 LIMIT ?`,
        from,
        SPANS_TALLIED,
        limit,
      ),
    );
  }

  tallyOpen(): Promise<readonly OpenTally[]> {
    return this.#snapshot(() =>
      this.#all<OpenTally>(
        `SELECT source, operation, project, count(*) AS count, min(at) AS oldestStartedAt
         FROM spans WHERE state = 'open' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      ),
    );
  }

  recall(name: string): Promise<string | null> {
    return this.#snapshot(
      () => this.#all<{ text: string }>('SELECT text FROM memory WHERE name = ?', name)[0]?.text ?? null,
    );
  }

  changesAfter(revision: Revision, limit: number): Promise<readonly Change[]> {
    return this.#snapshot(() => {
      const rows = this.#all<IdentityRow>(
        'SELECT * FROM identities WHERE revision > ? AND revision > 0 ORDER BY revision LIMIT ?',
        revision,
        limit,
      );
      return rows.map((row) => ({
        revision: row.revision,
        spanId: row.span_id,
        source: identityFromKey(row.key).source,
        attempts: this.#changed(row.id),
      }));
    });
  }

  latestRevision(): Promise<Revision> {
    return this.#snapshot(() => {
      const [row] = this.#all<{ latest: number | null }>(
        'SELECT max(revision) AS latest FROM identities WHERE revision > 0',
      );
      return row?.latest ?? 0;
    });
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

  #all<Row>(sql: string, ...values: readonly unknown[]): Row[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare<unknown[], unknown>(sql);
      this.#statements.set(sql, statement);
    }
    // The row's type is the caller's knowledge of its own SELECT.
    return statement.all(...values) as Row[];
  }

  /** All reads of one answer see one state of the store, whatever the writer commits meanwhile. */
  async #snapshot<T>(read: () => T): Promise<T> {
    return translated(() => this.#database.transaction(read).deferred());
  }

  #span(row: SpanRow): StoredSpan {
    const stages = this.#histories.stagesOf(row.identity_id, row.ordinal);
    const attempt = parseJson<Attempt>(row.attempt);
    const place = this.#traces.placeOf(row.identity_id, row.ordinal);
    return { spanId: row.span_id, source: row.source, attempt, stages, place };
  }

  #linked(identityId: number): LinkedAttempt[] {
    return this.#histories
      .attemptsOf(identityId)
      .map((attempt) => ({ ...attempt, place: this.#traces.placeOf(identityId, attempt.ordinal) }));
  }

  #changed(identityId: number): ChangedAttempt[] {
    const since = this.#all<{ known_revision: number; finished_revision: number | null }>(
      'SELECT known_revision, finished_revision FROM spans WHERE identity_id = ? ORDER BY ordinal',
      identityId,
    );
    return this.#linked(identityId).map((attempt, index) => ({
      ...attempt,
      since: { known: since[index]?.known_revision ?? 0, finished: since[index]?.finished_revision ?? null },
    }));
  }

  #recorded(row: DeliveryRow): Recorded {
    return { delivery: deliveryFromRow(row), body: this.#body(row.id), told: this.#histories.toldBy(row.id) };
  }

  #body(id: DeliveryId): Uint8Array | null {
    const [row] = this.#all<PackedBody>('SELECT encoding, body FROM bodies WHERE delivery_id = ?', id);
    return row === undefined ? null : unpackBody(row);
  }

  #identityWith(column: 'key' | 'span_id', value: string): number | undefined {
    return this.#all<{ id: number }>(`SELECT id FROM identities WHERE ${column} = ?`, value)[0]?.id;
  }
}

function deliveryWhere(filter: DeliveryFilter): Where {
  const where = new Where();
  if (filter.source !== undefined) where.and('source = ?', filter.source);
  if (filter.instance !== undefined) where.and('instance = ?', filter.instance);
  if (filter.outcome !== undefined) where.and('outcome = ?', filter.outcome);
  if (filter.kind !== undefined) where.and('kind = ?', filter.kind);
  if (filter.from !== undefined) where.and('received_at >= ?', filter.from);
  if (filter.to !== undefined) where.and('received_at < ?', filter.to);
  return where;
}

function spanWhere(filter: SpanFilter, time = 's.at'): Where {
  const where = new Where();
  if (filter.source !== undefined) where.and('s.source = ?', filter.source);
  if (filter.project !== undefined) where.and('s.project = ?', filter.project);
  if (filter.team !== undefined) where.and('s.team = ?', filter.team);
  if (filter.environment !== undefined) where.and('s.environment = ?', filter.environment);
  if (filter.state !== undefined) where.and('s.state = ?', filter.state);
  if (filter.isError !== undefined) where.and('s.is_error = ?', filter.isError ? 1 : 0);
  if (filter.result !== undefined) where.and('s.result = ?', filter.result);
  if (filter.from !== undefined) where.and(`${time} >= ?`, filter.from);
  if (filter.to !== undefined) where.and(`${time} < ?`, filter.to);
  if (filter.q !== undefined)
    where.and('(instr(lower(s.title), lower(?1)) > 0 OR instr(lower(i.span_id), lower(?1)) > 0)', filter.q);
  return where;
}

function paged<Row, T>(
  rows: readonly Row[],
  limit: number,
  read: (row: Row) => T,
  position: (row: Row) => readonly [number, number],
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(read),
    next: rows.length > limit && last !== undefined ? encodeCursor(position(last)) : null,
  };
}

function isValid({ valid_from, valid_to }: { valid_from: number; valid_to: number | null }, at: EpochMs): boolean {
  return valid_from <= at && (valid_to === null || at < valid_to);
}

function deliveryFromRow(row: DeliveryRow): StoredDelivery {
  const { received_at, body_bytes, headers, ...same } = row;
  return { ...same, receivedAt: received_at, bodyBytes: body_bytes, headers: parseJson(headers) };
}
