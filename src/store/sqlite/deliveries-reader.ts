import type { EpochMs } from '../../domain/event.ts';
import type {
  DeliveryCount,
  DeliveryFilter,
  DeliveryHour,
  DeliveryId,
  Page,
  PageRequest,
  Recorded,
  RecordedRequest,
  StoredDelivery,
} from '../contract.ts';
import { type PackedBody, unpackBody } from './body.ts';
import { HOUR_MS } from './deliveries.ts';
import type { Histories } from './history.ts';
import { parseJson } from './json.ts';
import { paged, type Queries, Where } from './query.ts';

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

const DELIVERY_COLUMNS = `id, source, instance, key, channel, received_at, authenticity, kind, outcome, reason, events,
  headers, body_bytes`;

/** Reads deliveries; part of a reader, inside of whose snapshot it is called. */
export class Deliveries {
  readonly #queries: Queries;
  readonly #histories: Histories;

  constructor(queries: Queries, histories: Histories) {
    this.#queries = queries;
    this.#histories = histories;
  }

  list(filter: DeliveryFilter, page: PageRequest): Page<StoredDelivery> {
    const where = deliveryWhere(filter);
    where.before('id', 'id', page.cursor);
    const rows = this.#queries.all<DeliveryRow>(
      `SELECT ${DELIVERY_COLUMNS} FROM deliveries ${where.sql} ORDER BY id DESC LIMIT ?`,
      ...where.values,
      page.limit + 1,
    );
    return paged(rows, page.limit, deliveryFromRow, (row) => [row.id, row.id]);
  }

  find(id: DeliveryId): StoredDelivery | null {
    const [row] = this.#queries.all<DeliveryRow>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE id = ?`, id);
    return row === undefined ? null : deliveryFromRow(row);
  }

  findByKey(key: string): readonly StoredDelivery[] {
    const rows = this.#queries.all<DeliveryRow>(
      `SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE key = ? ORDER BY id`,
      key,
    );
    return rows.map(deliveryFromRow);
  }

  body(id: DeliveryId): Uint8Array | null {
    const [row] = this.#queries.all<PackedBody>('SELECT encoding, body FROM bodies WHERE delivery_id = ?', id);
    return row === undefined ? null : unpackBody(row);
  }

  spanIdsOf(id: DeliveryId): readonly string[] {
    const rows = this.#queries.all<{ span_id: string }>(
      `SELECT DISTINCT i.span_id FROM identities i JOIN observations o ON o.identity_id = i.id
       WHERE o.delivery_id = ? OR o.id IN (SELECT observation_id FROM sightings WHERE delivery_id = ?)
       ORDER BY i.span_id`,
      id,
      id,
    );
    return rows.map(({ span_id }) => span_id);
  }

  count(): readonly DeliveryCount[] {
    return this.#queries.all<DeliveryCount>(
      `SELECT source, instance, outcome, count, last_received_at AS lastReceivedAt, last_delivery_id AS lastDeliveryId
       FROM delivery_counts ORDER BY source, instance, outcome`,
    );
  }

  countByHour(from: EpochMs): readonly DeliveryHour[] {
    return this.#queries.all<DeliveryHour>(
      'SELECT * FROM delivery_hours WHERE hour >= ? AND count > 0 ORDER BY source, instance, hour, outcome',
      Math.floor(from / HOUR_MS),
    );
  }

  measure(filter: DeliveryFilter): { readonly count: number; readonly newest: DeliveryId } {
    const where = deliveryWhere(filter);
    const [row] = this.#queries.all<{ count: number; newest: number | null }>(
      `SELECT count(*) AS count, max(id) AS newest FROM deliveries ${where.sql}`,
      ...where.values,
    );
    return { count: row?.count ?? 0, newest: row?.newest ?? 0 };
  }

  listRecorded({ filter, after, upTo, limit, bytes }: RecordedRequest): readonly Recorded[] {
    const where = deliveryWhere(filter);
    where.and('id > ?', after);
    where.and('id <= ?', upTo);
    const rows = this.#queries.all<DeliveryRow>(
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
  }

  findRecorded(ids: readonly DeliveryId[]): readonly Recorded[] {
    return ids.flatMap((id) =>
      this.#queries
        .all<DeliveryRow>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE id = ?`, id)
        .map((row) => this.#recorded(row)),
    );
  }

  #recorded(row: DeliveryRow): Recorded {
    return { delivery: deliveryFromRow(row), body: this.body(row.id), told: this.#histories.toldBy(row.id) };
  }
}

function deliveryWhere(filter: DeliveryFilter): Where {
  const where = new Where();
  where.and('source = ?', filter.source);
  where.and('instance = ?', filter.instance);
  where.and('outcome = ?', filter.outcome);
  where.and('kind = ?', filter.kind);
  where.and('received_at >= ?', filter.from);
  where.and('received_at < ?', filter.to);
  return where;
}

function deliveryFromRow(row: DeliveryRow): StoredDelivery {
  const { received_at, body_bytes, headers, ...same } = row;
  return { ...same, receivedAt: received_at, bodyBytes: body_bytes, headers: parseJson(headers) };
}
