import type { Database, Statement } from 'better-sqlite3';
import type { EpochMs, Event } from '../../domain/event.ts';
import { identityFromKey } from '../../domain/identity.ts';
import { merge } from '../../domain/merge.ts';
import type { Pin, TraceMode } from '../../domain/pin.ts';
import type { Attempt } from '../../domain/span.ts';
import type { Revision } from '../contract.ts';
import type { Place } from '../correlation.ts';
import type {
  BatchOutcome,
  ExportBatch,
  ExportedPart,
  ExportLag,
  ExportPlace,
  ExportPortion,
  ExportRequest,
  ExportStore,
  ExportSubject,
  ExportTarget,
  NewPin,
  OutboxItem,
  ParkedSpan,
  PartKey,
  TargetId,
} from '../exports.ts';
import type { Histories } from './history.ts';
import { Pins } from './pins.ts';
import type { Traces } from './traces.ts';

interface TargetRow {
  readonly id: number;
  readonly name: string;
  readonly position: number;
  readonly sending_through: number | null;
  readonly exported: number;
  readonly rejected: number;
  readonly parked: number;
  readonly changed: number;
  readonly last_success_at: number | null;
}

function targetFromRow({ sending_through: _none, last_success_at, ...row }: TargetRow): ExportTarget {
  return { ...row, lastSuccessAt: last_success_at };
}

/** Every statement of the writing side, prepared once for the connection. */
export class ExportStatements {
  readonly target: Statement<[string], TargetRow>;
  readonly addTarget: Statement<[string, number]>;
  readonly latest: Statement<[], number | null>;
  readonly pinId: Statement<[number, string, string], { id: number; trace_id: string; span_id: string }>;
  readonly addPin: Statement<[number, string, string, number, string, string]>;
  readonly clearOutbox: Statement<[number]>;
  readonly addToOutbox: Statement<[number, number, number, number, string, string]>;
  readonly outbox: Statement<
    [number],
    { number: number; pin_id: number; part: number; fingerprint: string; record: string }
  >;
  readonly sending: Statement<[number | null, number]>;
  readonly arrived: Statement<[number, number]>;
  readonly done: Statement<[number, number, number, number | null, number]>;
  readonly addExported: Statement<[number, number, number, string]>;
  readonly park: Statement<[number, number, number, number, string, string]>;
  readonly parkedBefore: Statement<
    [number, number, number],
    {
      id: number;
      pin_id: number;
      identity_id: number;
      attempt_key: string;
      part: number;
      fingerprint: string;
      record: string;
    }
  >;
  readonly unpark: Statement<[number]>;
  readonly countUnparked: Statement<[number, number]>;
  readonly markChanged: Statement<[number, number, number]>;
  readonly markPinChanged: Statement<[number]>;
  readonly countChanged: Statement<[number, number]>;

  constructor(database: Database) {
    this.target = database.prepare('SELECT * FROM export_targets WHERE name = ?');
    this.addTarget = database.prepare('INSERT INTO export_targets (name, position) VALUES (?, ?)');
    this.latest = database
      .prepare<[], number | null>('SELECT max(revision) FROM identities WHERE revision > 0')
      .pluck();
    this.pinId = database.prepare(
      'SELECT id, trace_id, span_id FROM export_pins WHERE identity_id = ? AND mode = ? AND attempt_key = ?',
    );
    this.addPin = database.prepare(
      `INSERT INTO export_pins (identity_id, mode, attempt_key, ordinal, trace_id, span_id) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    );
    this.clearOutbox = database.prepare('DELETE FROM export_outbox WHERE target_id = ?');
    this.addToOutbox = database.prepare(
      'INSERT INTO export_outbox (target_id, number, pin_id, part, fingerprint, record) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.outbox = database.prepare(
      'SELECT number, pin_id, part, fingerprint, record FROM export_outbox WHERE target_id = ? ORDER BY number',
    );
    this.sending = database.prepare('UPDATE export_targets SET sending_through = ? WHERE id = ?');
    this.arrived = database.prepare('UPDATE export_targets SET position = ? WHERE id = ?');
    this.done = database.prepare(
      `UPDATE export_targets SET position = coalesce(sending_through, position), sending_through = NULL,
         exported = exported + ?, rejected = rejected + ?, parked = parked + ?,
         last_success_at = coalesce(?, last_success_at) WHERE id = ?`,
    );
    this.addExported = database.prepare(
      'INSERT OR IGNORE INTO exported (target_id, pin_id, part, fingerprint) VALUES (?, ?, ?, ?)',
    );
    this.park = database.prepare(
      'INSERT INTO export_parked (target_id, pin_id, part, parked_at, reason, record) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.parkedBefore = database.prepare(
      `SELECT k.id, k.pin_id, p.identity_id, p.attempt_key, k.part, e.fingerprint, k.record
       FROM export_parked k JOIN export_pins p ON p.id = k.pin_id
         JOIN exported e ON e.target_id = k.target_id AND e.pin_id = k.pin_id AND e.part = k.part
       WHERE k.target_id = ? AND k.parked_at < ? ORDER BY k.id LIMIT ?`,
    );
    this.unpark = database.prepare('DELETE FROM export_parked WHERE id = ?');
    this.countUnparked = database.prepare('UPDATE export_targets SET parked = parked - ? WHERE id = ?');
    this.markChanged = database.prepare(
      'UPDATE exported SET is_changed = 1 WHERE target_id = ? AND pin_id = ? AND part = ? AND is_changed = 0',
    );
    this.markPinChanged = database.prepare('UPDATE export_pins SET is_changed = 1 WHERE id = ?');
    this.countChanged = database.prepare('UPDATE export_targets SET changed = changed + ? WHERE id = ?');
  }
}

export class SqliteExports implements ExportStore {
  readonly #sql: ExportStatements;

  constructor(statements: ExportStatements) {
    this.#sql = statements;
  }

  async openTarget(name: string, from: Revision | null): Promise<ExportTarget> {
    if (this.#sql.target.get(name) === undefined) this.#sql.addTarget.run(name, from ?? this.#sql.latest.get() ?? 0);
    const row = this.#sql.target.get(name);
    if (row === undefined) throw new RangeError(`there is no target ${name}`);
    return targetFromRow(row);
  }

  async pin(mode: TraceMode, pins: readonly NewPin[]): Promise<boolean> {
    if (!pins.every((pin) => this.#isFree(mode, pin))) return false;
    for (const { identityId, attemptKey, ordinal, traceId, spanId } of pins)
      this.#sql.addPin.run(identityId, mode, attemptKey, ordinal, traceId, spanId);
    return true;
  }

  #isFree(mode: TraceMode, { identityId, attemptKey, traceId, spanId }: NewPin): boolean {
    const pinned = this.#sql.pinId.get(identityId, mode, attemptKey);
    return pinned === undefined || (pinned.trace_id === traceId && pinned.span_id === spanId);
  }

  async begin(target: TargetId, { mode, pins, items, changed, through }: ExportBatch): Promise<boolean> {
    if (!(await this.pin(mode, pins))) return false;
    for (const key of changed) this.#markChanged(target, mode, key);
    this.#sql.clearOutbox.run(target);
    items.forEach((item, number) => {
      this.#sql.addToOutbox.run(target, number, this.#pinId(mode, item), item.part, item.fingerprint, item.record);
    });
    if (items.length === 0) this.#sql.arrived.run(through, target);
    this.#sql.sending.run(items.length === 0 ? null : through, target);
    return true;
  }

  #markChanged(target: TargetId, mode: TraceMode, key: PartKey): void {
    const pinId = this.#pinId(mode, key);
    const { changes } = this.#sql.markChanged.run(target, pinId, key.part);
    this.#sql.countChanged.run(changes, target);
    this.#sql.markPinChanged.run(pinId);
  }

  #pinId(mode: TraceMode, { identityId, attemptKey }: PartKey): number {
    const pinned = this.#sql.pinId.get(identityId, mode, attemptKey);
    if (pinned === undefined) throw new RangeError(`attempt ${attemptKey} of identity ${identityId} is not pinned`);
    return pinned.id;
  }

  async finish(target: TargetId, { parked, rejected, at }: BatchOutcome): Promise<void> {
    const reasons = new Map(parked.map(({ number, reason }) => [number, reason]));
    const sent = this.#sql.outbox.all(target);
    const refused = sent.filter(({ number }) => reasons.has(number)).length;
    for (const { number, pin_id, part, fingerprint, record } of sent) {
      const reason = reasons.get(number);
      // What is parked counts as done with: it is not to be sent again when its span changes.
      this.#sql.addExported.run(target, pin_id, part, fingerprint);
      if (reason !== undefined) this.#sql.park.run(target, pin_id, part, at, reason, record);
    }
    this.#sql.clearOutbox.run(target);
    const taken = sent.length - refused;
    this.#sql.done.run(taken, sent.length === 0 ? 0 : rejected, refused, taken === 0 ? null : at, target);
  }

  async unpark(
    target: TargetId,
    { before, limit }: { readonly before: EpochMs; readonly limit: number },
  ): Promise<OutboxItem[]> {
    const rows = this.#sql.parkedBefore.all(target, before, limit);
    this.#sql.countUnparked.run(rows.length, target);
    return rows.map(({ id, pin_id, identity_id, attempt_key, part, fingerprint, record }, number) => {
      this.#sql.addToOutbox.run(target, number, pin_id, part, fingerprint, record);
      this.#sql.unpark.run(id);
      return { identityId: identity_id, attemptKey: attempt_key, part, fingerprint, record };
    });
  }
}

/** More would only be cut off: https://opentelemetry.io/docs/specs/otel/common/#configurable-parameters has 128 of each. */
const MAX_LINKS = 128;
const MAX_CHILDREN = 32;
/** Observations, of which several may tell one event. */
const MAX_OBSERVED = 500;

/** Reads what exporters need; part of a reader, inside of whose snapshot it is called. */
export class Exports {
  readonly #histories: Histories;
  readonly #traces: Traces;
  readonly #pins: Pins;
  readonly #changed: Statement<[number, number, number], { id: number; key: string; revision: number }>;
  readonly #place: Statement<
    [number, number],
    { key: string; span_id: string; operation: string; attempt_key: string }
  >;
  readonly #identity: Statement<[string], number>;
  readonly #deployments: Statement<[number, number, number], { identity_id: number; ordinal: number }>;
  readonly #exported: Statement<
    [number, number, string, string],
    { part: number; fingerprint: string; is_changed: number }
  >;
  readonly #outbox: Statement<
    [number],
    { identity_id: number; attempt_key: string; part: number; fingerprint: string; record: string }
  >;
  readonly #targets: Statement<[], TargetRow & { behind: number }>;
  readonly #parked: Statement<
    [number, number],
    { span_id: string; ordinal: number; part: number; parked_at: number; reason: string }
  >;

  constructor(database: Database, histories: Histories, traces: Traces) {
    this.#histories = histories;
    this.#traces = traces;
    this.#pins = new Pins(database);
    this.#changed = database.prepare(
      'SELECT id, key, revision FROM identities WHERE revision > ? AND revision > 0 AND revision <= ? ORDER BY revision LIMIT ?',
    );
    this.#place = database.prepare(
      `SELECT i.key, i.span_id, s.operation, s.attempt ->> '$.key' AS attempt_key
       FROM spans s JOIN identities i ON i.id = s.identity_id WHERE s.identity_id = ? AND s.ordinal = ?`,
    );
    this.#identity = database.prepare<[string], number>('SELECT id FROM identities WHERE span_id = ?').pluck();
    this.#deployments = database.prepare(
      `SELECT identity_id, ordinal FROM links WHERE to_id = ? AND kind = 'caused_incident'
         AND coalesce(to_attempt, ?) = ? ORDER BY identity_id, ordinal`,
    );
    this.#exported = database.prepare(
      `SELECT e.part, e.fingerprint, e.is_changed FROM export_pins p JOIN exported e ON e.pin_id = p.id
       WHERE e.target_id = ? AND p.identity_id = ? AND p.mode = ? AND p.attempt_key = ?`,
    );
    this.#outbox = database.prepare(
      `SELECT p.identity_id, p.attempt_key, o.part, o.fingerprint, o.record
       FROM export_outbox o JOIN export_pins p ON p.id = o.pin_id WHERE o.target_id = ? ORDER BY o.number`,
    );
    this.#targets = database.prepare(
      `SELECT t.*, (SELECT count(*) FROM identities i WHERE i.revision > t.position AND i.revision > 0) AS behind
       FROM export_targets t ORDER BY t.name`,
    );
    this.#parked = database.prepare(
      `SELECT i.span_id, p.ordinal, k.part, k.parked_at, k.reason
       FROM export_parked k JOIN export_pins p ON p.id = k.pin_id JOIN identities i ON i.id = p.identity_id
       WHERE k.target_id = ? ORDER BY k.id DESC LIMIT ?`,
    );
  }

  portion(request: ExportRequest): ExportPortion {
    const rows = this.#changed.all(request.after, request.upTo, request.limit);
    return {
      through: rows.at(-1)?.revision ?? null,
      subjects: rows.flatMap(({ id, key }) => this.#subjects(id, key, request)),
    };
  }

  #subjects(identityId: number, key: string, { target, mode, withOpen }: ExportRequest): ExportSubject[] {
    const { source, instance } = identityFromKey(key);
    const wanted = this.#histories.attemptsOf(identityId).filter(({ state }) => withOpen || state === 'finished');
    if (wanted.length === 0) return [];
    const events = this.#eventsOf(identityId);
    return wanted.flatMap((attempt): ExportSubject[] => {
      const { ordinal } = attempt;
      const [own, ...ancestors] = this.#lineage({ identityId, ordinal }, mode);
      if (own === undefined) return [];
      const targets = this.#traces.targetsOf({ identityId, ordinal }, MAX_LINKS);
      const children = this.#traces.childrenOf({ identityId, ordinal }, MAX_CHILDREN);
      return [
        {
          source,
          instance,
          lineage: [own, ...ancestors],
          attempt,
          links: targets.map(({ link, to }) => ({ link, lineage: to === null ? [] : this.#lineage(to, mode) })),
          previous: ordinal > 1 ? this.#lineage({ identityId, ordinal: ordinal - 1 }, mode) : [],
          children: children.flatMap((place) => this.#placeAt(place, mode) ?? []).filter(({ pin }) => pin !== null),
          deployments: this.#deployments
            .all(identityId, ordinal, ordinal)
            .map((row) => this.#lineage({ identityId: row.identity_id, ordinal: row.ordinal }, mode)),
          events: events.filter((event) => isDuring(event, attempt)),
          exported: this.#exportedOf(target, mode, own),
        },
      ];
    });
  }

  lineageOf(spanId: string, ordinal: number, mode: TraceMode): ExportPlace[] {
    const identityId = this.#identity.get(spanId);
    if (identityId === undefined || this.#placeAt({ identityId, ordinal }, mode) === null) return [];
    return this.#lineage({ identityId, ordinal }, mode);
  }

  pinsOf(attempts: readonly { readonly spanId: string; readonly ordinal: number }[], mode: TraceMode): (Pin | null)[] {
    return attempts.map(({ spanId, ordinal }) => {
      const identityId = this.#identity.get(spanId);
      return identityId === undefined ? null : (this.#placeAt({ identityId, ordinal }, mode)?.pin ?? null);
    });
  }

  #lineage(place: Place, mode: TraceMode): ExportPlace[] {
    return this.#traces.lineageOf(place).flatMap((one) => this.#placeAt(one, mode) ?? []);
  }

  #placeAt({ identityId, ordinal }: Place, mode: TraceMode): ExportPlace | null {
    const row = this.#place.get(identityId, ordinal);
    if (row === undefined) return null;
    const { key, span_id, operation, attempt_key } = row;
    const pin = this.#pins.of(identityId, { key: attempt_key, ordinal }, mode);
    return { identityId, identityKey: key, spanId: span_id, attemptKey: attempt_key, ordinal, operation, pin };
  }

  #exportedOf(target: TargetId, mode: TraceMode, { identityId, pin }: ExportPlace): ExportedPart[] {
    if (pin === null) return [];
    return this.#exported
      .all(target, identityId, mode, pin.attemptKey)
      .map(({ part, fingerprint, is_changed }) => ({ part, fingerprint, isChanged: is_changed === 1 }));
  }

  /** What begins and ends nothing, each fact once, in order. */
  #eventsOf(identityId: number): Event[] {
    const observed = this.#histories.newestOf(identityId, MAX_OBSERVED).map(({ event }) => event);
    const between = observed.filter(({ state }) => state === 'intermediary' || state === 'unknown');
    const facts = [...Map.groupBy(between, ({ key }) => key).values()].map(merge);
    return facts.sort((a, b) => a.occurredAt - b.occurredAt || (a.key < b.key ? -1 : 1));
  }

  outbox(target: TargetId): OutboxItem[] {
    return this.#outbox
      .all(target)
      .map(({ identity_id, attempt_key, ...same }) => ({ identityId: identity_id, attemptKey: attempt_key, ...same }));
  }

  targets(): ExportLag[] {
    return this.#targets.all().map(({ behind, ...row }) => ({ ...targetFromRow(row), behind }));
  }

  parked(target: TargetId, limit: number): ParkedSpan[] {
    return this.#parked.all(target, limit).map(({ span_id, parked_at, ...same }) => ({
      spanId: span_id,
      parkedAt: parked_at,
      ...same,
    }));
  }
}

function isDuring({ occurredAt }: Event, { startedAt, finishedAt }: Attempt): boolean {
  return occurredAt >= (startedAt ?? occurredAt) && occurredAt <= (finishedAt ?? occurredAt);
}
