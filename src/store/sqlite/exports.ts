import type { Database, Statement } from 'better-sqlite3';
import type { EpochMs } from '../../domain/event.ts';
import type { Part } from '../../domain/part.ts';
import { holdersOf, type TraceMode } from '../../domain/pin.ts';
import type { Revision } from '../contract.ts';
import type {
  BatchOutcome,
  ExportBatch,
  ExportedKey,
  ExportStore,
  ExportTarget,
  NewPin,
  OutboxItem,
  TargetId,
} from '../exports.ts';

/** A target as it is stored. */
export interface TargetRow {
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

export function targetFromRow(row: TargetRow): ExportTarget {
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
export const ANY_MOVED = 'SELECT 1 FROM export_pins WHERE identity_id = ? AND held_by IS NOT attempt_key LIMIT 1';

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
