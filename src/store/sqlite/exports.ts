import { hash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import type { EpochMs, Event } from '../../domain/event.ts';
import { identityFromKey } from '../../domain/identity.ts';
import { merge } from '../../domain/merge.ts';
import { type Part, stageNumber } from '../../domain/part.ts';
import { holdersOf, type Pin, type TraceMode } from '../../domain/pin.ts';
import type { Attempt, FoldedAttempt } from '../../domain/span.ts';
import type { Revision } from '../contract.ts';
import type { Place } from '../correlation.ts';
import type {
  BatchOutcome,
  ExportBatch,
  ExportedKey,
  ExportedPart,
  ExportLag,
  ExportPlace,
  ExportPortion,
  ExportRequest,
  ExportRest,
  ExportStore,
  ExportSubject,
  ExportTarget,
  NewPin,
  OutboxItem,
  ParkedSpan,
  TargetId,
} from '../exports.ts';
import type { Histories } from './history.ts';
import { parseJson } from './json.ts';
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
  readonly began_at: number;
  readonly sending_since: number | null;
}

function targetFromRow(row: TargetRow): ExportTarget {
  const { id, name, position, exported, rejected, parked, changed, last_success_at, sending_since } = row;
  const counts = { exported, rejected, parked, changed };
  return { id, name, position, ...counts, lastSuccessAt: last_success_at, sendingSince: sending_since };
}

interface PinnedRow {
  readonly id: number;
  readonly mode: TraceMode;
  readonly attempt_key: string;
  readonly ended_at: number | null;
  readonly held_by: string | null;
}

/** Whether an operation has a pin that is not, or no longer, held by the attempt whose key its ids are made of. */
const ANY_MOVED = 'SELECT 1 FROM export_pins WHERE identity_id = ? AND held_by IS NOT attempt_key LIMIT 1';

/** Every statement of the writing side, prepared once for the connection. */
export class ExportStatements {
  readonly target: Statement<[string], TargetRow>;
  readonly addTarget: Statement<[string, number, number]>;
  readonly latest: Statement<[], number | null>;
  readonly pinId: Statement<[number, string, string], { id: number; trace_id: string; span_id: string }>;
  readonly holder: Statement<[number, string, string], { trace_id: string; span_id: string }>;
  readonly addPin: Statement<[number, string, string, number, string, string, number | null]>;
  readonly isAttempt: Statement<[number, number, string], number>;
  readonly hold: Statement<[string | null, number]>;
  readonly pinned: Statement<[number], PinnedRow>;
  readonly isAnyMoved: Statement<[number], number>;
  readonly attempts: Statement<[number], { key: string; finishedAt: number | null }>;
  readonly clearOutbox: Statement<[number]>;
  readonly addToOutbox: Statement<[number, number, number, Part, string, string, string]>;
  readonly outbox: Statement<
    [number],
    { number: number; pin_id: number; part: Part; fingerprint: string; version: string; record: string }
  >;
  readonly takeOut: Statement<[number, number]>;
  readonly sending: Statement<[number | null, number | null, number]>;
  readonly arrived: Statement<[number, number]>;
  readonly count: Statement<[number, number, number, number | null, number]>;
  readonly done: Statement<[number]>;
  readonly addExported: Statement<[number, number, Part, string, string]>;
  readonly look: Statement<[string, number, number]>;
  readonly park: Statement<[number, number, Part, number, string, string]>;
  readonly parkedBefore: Statement<
    [number, number, number],
    {
      id: number;
      pin_id: number;
      identity_id: number;
      attempt_key: string;
      part: Part;
      fingerprint: string;
      version: string;
      record: string;
    }
  >;
  readonly unpark: Statement<[number]>;
  readonly countUnparked: Statement<[number, number]>;
  readonly markChanged: Statement<[number, number, Part]>;
  readonly markPinChanged: Statement<[number]>;
  readonly countChanged: Statement<[number, number]>;

  constructor(database: Database) {
    this.target = database.prepare('SELECT * FROM export_targets WHERE name = ?');
    this.addTarget = database.prepare('INSERT INTO export_targets (name, position, began_at) VALUES (?, ?, ?)');
    this.latest = database
      .prepare<[], number | null>('SELECT max(revision) FROM identities WHERE revision > 0')
      .pluck();
    this.pinId = database.prepare(
      'SELECT id, trace_id, span_id FROM export_pins WHERE identity_id = ? AND mode = ? AND attempt_key = ?',
    );
    this.holder = database.prepare(
      'SELECT trace_id, span_id FROM export_pins WHERE identity_id = ? AND mode = ? AND held_by = ?',
    );
    this.addPin = database.prepare(
      `INSERT INTO export_pins (identity_id, mode, attempt_key, ordinal, trace_id, span_id, ended_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (identity_id, mode, attempt_key) DO UPDATE SET ended_at = coalesce(ended_at, excluded.ended_at)`,
    );
    this.isAttempt = database
      .prepare<[number, number, string], number>(
        "SELECT 1 FROM spans WHERE identity_id = ? AND ordinal = ? AND attempt ->> '$.key' = ?",
      )
      .pluck();
    this.hold = database.prepare('UPDATE export_pins SET held_by = ? WHERE id = ?');
    this.pinned = database.prepare(
      'SELECT id, mode, attempt_key, ended_at, held_by FROM export_pins WHERE identity_id = ? ORDER BY ordinal, id',
    );
    this.isAnyMoved = database.prepare<[number], number>(ANY_MOVED).pluck();
    this.attempts = database.prepare(
      `SELECT attempt ->> '$.key' AS key, finished_at AS finishedAt FROM spans WHERE identity_id = ? ORDER BY ordinal`,
    );
    this.clearOutbox = database.prepare('DELETE FROM export_outbox WHERE target_id = ?');
    this.addToOutbox = database.prepare(
      `INSERT INTO export_outbox (target_id, number, pin_id, part, fingerprint, version, record)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.outbox = database.prepare(
      `SELECT number, pin_id, part, fingerprint, version, record FROM export_outbox WHERE target_id = ?
       ORDER BY number`,
    );
    this.takeOut = database.prepare('DELETE FROM export_outbox WHERE target_id = ? AND number = ?');
    this.sending = database.prepare('UPDATE export_targets SET sending_through = ?, sending_since = ? WHERE id = ?');
    this.arrived = database.prepare('UPDATE export_targets SET position = ? WHERE id = ?');
    this.count = database.prepare(
      `UPDATE export_targets SET exported = exported + ?, rejected = rejected + ?, parked = parked + ?,
         last_success_at = coalesce(?, last_success_at) WHERE id = ?`,
    );
    this.done = database.prepare(
      `UPDATE export_targets SET position = coalesce(sending_through, position), sending_through = NULL,
         sending_since = NULL WHERE id = ?`,
    );
    this.addExported = database.prepare(
      'INSERT OR IGNORE INTO exported (target_id, pin_id, part, fingerprint, version) VALUES (?, ?, ?, ?, ?)',
    );
    this.look = database.prepare(
      "UPDATE exported SET version = ? WHERE target_id = ? AND pin_id = ? AND part = 'span'",
    );
    this.park = database.prepare(
      'INSERT INTO export_parked (target_id, pin_id, part, parked_at, reason, record) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.parkedBefore = database.prepare(
      `SELECT k.id, k.pin_id, p.identity_id, p.attempt_key, k.part, e.fingerprint, e.version, k.record
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
    if (this.#sql.target.get(name) === undefined) {
      const begin = from ?? this.#sql.latest.get() ?? 0;
      this.#sql.addTarget.run(name, begin, begin);
    }
    const row = this.#sql.target.get(name);
    if (row === undefined) throw new RangeError(`there is no target ${name}`);
    return targetFromRow(row);
  }

  async pin(mode: TraceMode, pins: readonly NewPin[]): Promise<boolean> {
    if (!pins.every((pin) => this.#isFree(mode, pin))) return false;
    for (const pin of pins) this.#pin(mode, pin);
    return true;
  }

  #isFree(mode: TraceMode, { identityId, attemptKey, traceId, spanId }: NewPin): boolean {
    const pinned = this.#sql.pinId.get(identityId, mode, attemptKey);
    // It may have got those of another key meanwhile.
    const held = this.#sql.holder.get(identityId, mode, attemptKey);
    const known = pinned ?? held;
    return known === undefined || (known.trace_id === traceId && known.span_id === spanId);
  }

  #pin(mode: TraceMode, { identityId, attemptKey, ordinal, traceId, spanId, endedAt }: NewPin): void {
    const isNew = this.#sql.pinId.get(identityId, mode, attemptKey) === undefined;
    this.#sql.addPin.run(identityId, mode, attemptKey, ordinal, traceId, spanId, endedAt);
    if (!isNew) return;
    if (this.#sql.isAttempt.get(identityId, ordinal, attemptKey) === undefined) this.#assign(identityId);
    else this.#sql.hold.run(attemptKey, this.#pinId(mode, { identityId, attemptKey }));
  }

  /** Attempts have changed: those that were pinned keep their pins, under whatever keys they are now. */
  attemptsChanged(identityId: number, attempts: 'all' | 'some'): void {
    if (attempts === 'all' || this.#sql.isAnyMoved.get(identityId) !== undefined) this.#assign(identityId);
  }

  #assign(identityId: number): void {
    const pins = this.#sql.pinned.all(identityId);
    if (pins.length === 0) return;
    const attempts = this.#sql.attempts.all(identityId);
    const holders = [...Map.groupBy(pins, ({ mode }) => mode).values()].flatMap((own) => [
      ...holdersOf(
        own.map((row) => ({ id: row.id, attemptKey: row.attempt_key, endedAt: row.ended_at })),
        attempts,
      ),
    ]);
    const holderOf = new Map(holders.map(([key, { id }]) => [id, key]));
    const moved = pins.filter(({ id, held_by }) => held_by !== (holderOf.get(id) ?? null));
    // First nobody has them, for one attempt may get what another one has had.
    for (const { id } of moved) this.#sql.hold.run(null, id);
    for (const { id } of moved) this.#sql.hold.run(holderOf.get(id) ?? null, id);
  }

  async begin(target: TargetId, batch: ExportBatch): Promise<boolean> {
    const { mode, pins, items, changed, lookedAt, through, at } = batch;
    if (!(await this.pin(mode, pins))) return false;
    for (const key of changed) this.#markChanged(target, key);
    for (const { pinId, version } of lookedAt) this.#sql.look.run(version, target, pinId);
    this.#sql.clearOutbox.run(target);
    items.forEach((item, number) => {
      const { part, fingerprint, version, record } = item;
      this.#sql.addToOutbox.run(target, number, this.#pinId(mode, item), part, fingerprint, version, record);
    });
    if (items.length === 0) this.#sql.arrived.run(through, target);
    this.#sql.sending.run(items.length === 0 ? null : through, items.length === 0 ? null : at, target);
    return true;
  }

  #markChanged(target: TargetId, { pinId, part }: ExportedKey): void {
    const { changes } = this.#sql.markChanged.run(target, pinId, part);
    this.#sql.countChanged.run(changes, target);
    this.#sql.markPinChanged.run(pinId);
  }

  #pinId(mode: TraceMode, { identityId, attemptKey }: Pick<NewPin, 'identityId' | 'attemptKey'>): number {
    const pinned = this.#sql.pinId.get(identityId, mode, attemptKey);
    if (pinned === undefined) throw new RangeError(`attempt ${attemptKey} of identity ${identityId} is not pinned`);
    return pinned.id;
  }

  async finish(target: TargetId, { parked, rejected, unsent, at }: BatchOutcome): Promise<void> {
    const reasons = new Map(parked.map(({ number, reason }) => [number, reason]));
    const left = new Set(unsent);
    const outbox = this.#sql.outbox.all(target);
    // By their place in the outbox: what was sent before is not in it any more.
    const sent = outbox.map((item, place) => ({ ...item, place })).filter(({ place }) => !left.has(place));
    const refused = sent.filter(({ place }) => reasons.has(place)).length;
    for (const { number, place, pin_id, part, fingerprint, version, record } of sent) {
      const reason = reasons.get(place);
      // What is parked counts as done with: it is not to be sent again when its span changes.
      this.#sql.addExported.run(target, pin_id, part, fingerprint, version);
      if (reason !== undefined) this.#sql.park.run(target, pin_id, part, at, reason, record);
      this.#sql.takeOut.run(target, number);
    }
    const taken = sent.length - refused;
    this.#sql.count.run(taken, sent.length === 0 ? 0 : rejected, refused, taken === 0 ? null : at, target);
    if (left.size === 0) this.#sql.done.run(target);
  }

  async unpark(
    target: TargetId,
    { before, limit }: { readonly before: EpochMs; readonly limit: number },
  ): Promise<OutboxItem[]> {
    const rows = this.#sql.parkedBefore.all(target, before, limit);
    if (rows.length === 0) return [];
    this.#sql.countUnparked.run(rows.length, target);
    this.#sql.sending.run(null, before, target);
    return rows.map(({ id, pin_id, identity_id, attempt_key, part, fingerprint, version, record }, number) => {
      this.#sql.addToOutbox.run(target, number, pin_id, part, fingerprint, version, record);
      this.#sql.unpark.run(id);
      return { identityId: identity_id, attemptKey: attempt_key, part, fingerprint, version, record };
    });
  }
}

/** More would only be cut off: https://opentelemetry.io/docs/specs/otel/common/#configurable-parameters has 128 of each. */
const MAX_LINKS = 128;
/** Of all attempts of an operation; beyond these they are not even counted. */
const MAX_CHILDREN = 4_096;
/** Observations, of which several may tell one event. */
const MAX_OBSERVED = 500;
/** Of the attempts of one operation, most of which need no more than a look; then somebody else may read. */
const ROWS_AT_ONCE = 2_000;

/** Reads what exporters need; part of a reader, inside of whose snapshot it is called. */
export class Exports {
  readonly #histories: Histories;
  readonly #traces: Traces;
  readonly #pins: Pins;
  readonly #changed: Statement<[number, number, number], { id: number; key: string; revision: number }>;
  readonly #beganAt: Statement<[number], number>;
  readonly #attempts: Statement<[number, number, number, number], AttemptRow>;
  readonly #linkRows: Statement<[number, number], string>;
  readonly #hasChildren: Statement<[number], number>;
  readonly #isAnyMoved: Statement<[number], number>;
  readonly #gone: Statement<[number, number], { pin_id: number; part: Part }>;
  readonly #place: Statement<
    [number, number],
    { key: string; span_id: string; operation: string; attempt_key: string }
  >;
  readonly #identity: Statement<[string], number>;
  readonly #children: Statement<[string, number, string], { identity_id: number; ordinal: number }>;
  readonly #deployments: Statement<[number, number, number], { identity_id: number; ordinal: number }>;
  readonly #exported: Statement<
    [number, number, string],
    { pin_id: number; mode: TraceMode; part: Part; fingerprint: string; is_changed: number }
  >;
  readonly #outbox: Statement<
    [number],
    { identity_id: number; attempt_key: string; part: Part; fingerprint: string; version: string; record: string }
  >;
  readonly #targets: Statement<[], TargetRow & { behind: number }>;
  readonly #parked: Statement<
    [number, number],
    {
      identity_id: number;
      span_id: string;
      pinned_ordinal: number;
      ordinal: number | null;
      part: Part;
      parked_at: number;
      reason: string;
    }
  >;

  constructor(database: Database, histories: Histories, traces: Traces) {
    this.#histories = histories;
    this.#traces = traces;
    this.#pins = new Pins(database);
    this.#changed = database.prepare(
      'SELECT id, key, revision FROM identities WHERE revision > ? AND revision > 0 AND revision <= ? ORDER BY revision LIMIT ?',
    );
    this.#beganAt = database.prepare<[number], number>('SELECT began_at FROM export_targets WHERE id = ?').pluck();
    this.#attempts = database.prepare(
      `SELECT s.ordinal, s.state, s.attempt, s.finished_revision, p.id IS NOT NULL AS is_pinned, e.version,
         e.pin_id IS NOT NULL AS is_exported
       FROM spans s
         LEFT JOIN export_pins p ON p.identity_id = s.identity_id AND p.held_by = s.attempt ->> '$.key'
         LEFT JOIN exported e ON e.target_id = ? AND e.pin_id = p.id AND e.part IN ('span', 'open')
       WHERE s.identity_id = ? AND s.ordinal > ? ORDER BY s.ordinal LIMIT ?`,
    );
    this.#linkRows = database
      .prepare<[number, number], string>(
        `SELECT json_array(kind, to_id, to_attempt, certainty, is_parent, is_dropped) FROM links
         WHERE identity_id = ? AND ordinal = ? ORDER BY kind, to_id`,
      )
      .pluck();
    this.#hasChildren = database
      .prepare<[number], number>("SELECT 1 FROM links WHERE to_id = ? AND kind = 'caused_by' LIMIT 1")
      .pluck();
    this.#isAnyMoved = database.prepare<[number], number>(ANY_MOVED).pluck();
    // CROSS JOIN keeps the order: SQLite would go through all that a target has, as often as it is asked.
    this.#gone = database.prepare(
      `SELECT e.pin_id, e.part FROM export_pins p CROSS JOIN exported e ON e.pin_id = p.id
       WHERE e.target_id = ? AND p.identity_id = ? AND p.held_by IS NOT p.attempt_key AND p.held_by IS NULL
         AND e.is_changed = 0`,
    );
    this.#place = database.prepare(
      `SELECT i.key, i.span_id, s.operation, s.attempt ->> '$.key' AS attempt_key
       FROM spans s JOIN identities i ON i.id = s.identity_id WHERE s.identity_id = ? AND s.ordinal = ?`,
    );
    this.#identity = database.prepare<[string], number>('SELECT id FROM identities WHERE span_id = ?').pluck();
    this.#children = database.prepare(
      `SELECT l.identity_id, l.ordinal
       FROM links l JOIN spans s ON s.identity_id = l.identity_id AND s.ordinal = l.ordinal
         JOIN export_pins p ON p.identity_id = l.identity_id AND p.held_by = s.attempt ->> '$.key' AND p.mode = ?
       WHERE l.to_id = ? AND l.kind = 'caused_by' AND l.is_parent = 1 AND l.is_dropped = 0 AND p.trace_id <> ?
       ORDER BY l.identity_id, l.ordinal LIMIT ${MAX_CHILDREN}`,
    );
    this.#deployments = database.prepare(
      `SELECT identity_id, ordinal FROM links WHERE to_id = ? AND kind = 'caused_incident'
         AND coalesce(to_attempt, ?) = ? ORDER BY identity_id, ordinal`,
    );
    this.#exported = database.prepare(
      `SELECT e.pin_id, p.mode, e.part, e.fingerprint, e.is_changed FROM export_pins p CROSS JOIN exported e ON e.pin_id = p.id
       WHERE e.target_id = ? AND p.identity_id = ? AND p.held_by = ? ORDER BY p.mode, e.part`,
    );
    this.#outbox = database.prepare(
      `SELECT p.identity_id, p.attempt_key, o.part, o.fingerprint, o.version, o.record
       FROM export_outbox o JOIN export_pins p ON p.id = o.pin_id WHERE o.target_id = ? ORDER BY o.number`,
    );
    this.#targets = database.prepare(
      `SELECT t.*, (SELECT count(*) FROM identities i WHERE i.revision > t.position AND i.revision > 0) AS behind
       FROM export_targets t ORDER BY t.name`,
    );
    this.#parked = database.prepare(
      `SELECT p.identity_id, i.span_id, p.ordinal AS pinned_ordinal, s.ordinal, k.part, k.parked_at, k.reason
       FROM export_parked k JOIN export_pins p ON p.id = k.pin_id JOIN identities i ON i.id = p.identity_id
         LEFT JOIN spans s ON s.identity_id = p.identity_id AND s.attempt ->> '$.key' = p.held_by
       WHERE k.target_id = ? ORDER BY k.id DESC LIMIT ?`,
    );
  }

  portion(request: ExportRequest): ExportPortion {
    const reading = new Reading(request, this.#beganAt.get(request.target) ?? 0);
    for (const row of this.#changed.all(request.after, request.upTo, request.limit)) {
      if (!this.#read(row, reading)) break;
      reading.through = row.revision;
    }
    const { through, rest, subjects, gone } = reading;
    return { through, rest, subjects, gone };
  }

  /** Reads an operation; false where there was no room for all of it. */
  #read({ id, key, revision }: { id: number; key: string; revision: number }, reading: Reading): boolean {
    const { target } = reading.request;
    const afterOrdinal = reading.request.rest?.revision === revision ? reading.request.rest.afterOrdinal : 0;
    if (afterOrdinal === 0 && this.#isAnyMoved.get(id) !== undefined)
      reading.gone.push(...this.#gone.all(target, id).map(({ pin_id, part }) => ({ pinId: pin_id, part })));
    const rows = this.#attempts.all(target, id, afterOrdinal, ROWS_AT_ONCE);
    const attempts = [...Map.groupBy(rows, ({ ordinal }) => ordinal)];
    // The last one may have more rows than there was room for.
    const isCut = rows.length === ROWS_AT_ONCE;
    let events: Event[] | null = null;
    let last = afterOrdinal;
    for (const [ordinal, own] of isCut ? attempts.slice(0, -1) : attempts) {
      if (reading.isFull) return reading.cut({ revision, afterOrdinal: last });
      last = ordinal;
      if (!reading.isWanted(own)) continue;
      const [{ attempt: text } = { attempt: '' }] = own;
      const stages = this.#histories.stagesOf(id, ordinal);
      const parts = [text, JSON.stringify(stages), ...this.#linkRows.all(id, ordinal)];
      const version = hash('sha256', parts.join('\n'), 'base64url').slice(0, 16);
      if (own.some((one) => one.version === version)) continue;
      events ??= this.#eventsOf(id);
      const isPinned = own.some(({ is_pinned }) => is_pinned === 1);
      const attempt = { ...parseJson<Attempt>(text), stages };
      const context = { version, events, isPinned, request: reading.request };
      reading.subjects.push(...this.#subject({ id, key }, attempt, context));
    }
    return isCut ? reading.cut({ revision, afterOrdinal: last }) : true;
  }

  #subject(
    { id: identityId, key }: { readonly id: number; readonly key: string },
    attempt: FoldedAttempt,
    { version, events, isPinned, request: { target, mode } }: SubjectContext,
  ): ExportSubject[] {
    const { ordinal } = attempt;
    const { source, instance } = identityFromKey(key);
    const [own, ...ancestors] = this.#lineage({ identityId, ordinal }, mode);
    if (own === undefined) return [];
    const { targets, beyond } = this.#traces.targetsOf({ identityId, ordinal }, MAX_LINKS);
    return [
      {
        source,
        instance,
        lineage: [own, ...ancestors],
        attempt,
        links: targets.map(({ link, to }) => ({ link, lineage: to === null ? [] : this.#lineage(to, mode) })),
        linksBeyond: beyond,
        previous: ordinal > 1 ? this.#lineage({ identityId, ordinal: ordinal - 1 }, mode) : [],
        children: this.#childrenOf(own, mode),
        deployments: this.#deployments
          .all(identityId, ordinal, ordinal)
          .map((row) => this.#lineage({ identityId: row.identity_id, ordinal: row.ordinal }, mode)),
        events: events.filter((event) => isDuring(event, attempt)),
        exported: isPinned ? this.#exportedOf(target, own) : [],
        version,
      },
    ];
  }

  /** Those whose ids were given out in another trace before it was known what caused them. */
  #childrenOf({ identityId, ordinal, pin }: ExportPlace, mode: TraceMode): ExportPlace[] {
    // Most have none, and asking for that alone costs a tenth.
    if (this.#hasChildren.get(identityId) === undefined) return [];
    return this.#children
      .all(mode, identityId, pin?.traceId ?? '')
      .map((row) => ({ identityId: row.identity_id, ordinal: row.ordinal }))
      .filter((place) => this.#traces.parentOf(place)?.ordinal === ordinal)
      .flatMap((place) => this.#placeAt(place, mode) ?? []);
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
    const pin = this.#pins.of(identityId, attempt_key, mode);
    return { identityId, identityKey: key, spanId: span_id, attemptKey: attempt_key, ordinal, operation, pin };
  }

  #exportedOf(target: TargetId, { identityId, attemptKey }: ExportPlace): ExportedPart[] {
    return this.#exported
      .all(target, identityId, attemptKey)
      .map(({ pin_id, is_changed, ...same }) => ({ pinId: pin_id, isChanged: is_changed === 1, ...same }));
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
    return this.#parked.all(target, limit).map((row) => ({
      spanId: row.span_id,
      ordinal: row.ordinal ?? row.pinned_ordinal,
      stage:
        row.ordinal === null ? null : stageNumber(row.part, this.#histories.stagesOf(row.identity_id, row.ordinal)),
      parkedAt: row.parked_at,
      reason: row.reason,
    }));
  }
}

/** One for each mode and part in which an attempt was exported, or one where it was not. */
interface AttemptRow {
  readonly ordinal: number;
  readonly state: Attempt['state'];
  readonly attempt: string;
  readonly finished_revision: number | null;
  readonly is_pinned: number;
  /** Of what was exported of it; null where nothing was. */
  readonly version: string | null;
  readonly is_exported: number;
}

interface SubjectContext {
  readonly version: string;
  readonly events: readonly Event[];
  readonly isPinned: boolean;
  readonly request: ExportRequest;
}

/** A portion while it is being read. */
class Reading {
  readonly request: ExportRequest;
  through: Revision | null = null;
  rest: ExportRest | null = null;
  readonly subjects: ExportSubject[] = [];
  readonly gone: ExportedKey[] = [];
  readonly #beganAt: Revision;

  constructor(request: ExportRequest, beganAt: Revision) {
    this.request = request;
    this.#beganAt = beganAt;
  }

  get isFull(): boolean {
    return this.subjects.length >= this.request.limit;
  }

  /** It is read on from there another time. */
  cut(rest: ExportRest): false {
    this.rest = rest;
    return false;
  }

  isWanted(rows: readonly AttemptRow[]): boolean {
    if (rows.some(({ is_exported }) => is_exported === 1)) return true;
    return rows.some(({ state, finished_revision }) => {
      if (state !== 'finished') return this.request.withOpen;
      return this.#beganAt === 0 || (finished_revision ?? 0) > this.#beganAt;
    });
  }
}

function isDuring({ occurredAt }: Event, { startedAt, finishedAt }: Attempt): boolean {
  return occurredAt >= (startedAt ?? occurredAt) && occurredAt <= (finishedAt ?? occurredAt);
}
