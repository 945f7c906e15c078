import type { Database, Statement } from 'better-sqlite3';
import { type Pin, pinOf, type TraceMode } from '../../domain/pin.ts';

interface PinRow {
  readonly attempt_key: string;
  readonly ordinal: number;
  readonly trace_id: string;
  readonly span_id: string;
  readonly is_changed: number;
}

/** Reads pins; the same for all who need them. */
export class Pins {
  readonly #ofIdentity: Statement<[number, string], PinRow>;
  readonly #keys: Statement<[number], string>;
  readonly #key: Statement<[number, number], string>;

  constructor(database: Database) {
    this.#ofIdentity = database.prepare(
      `SELECT attempt_key, ordinal, trace_id, span_id, is_changed FROM export_pins WHERE identity_id = ? AND mode = ?
       ORDER BY id`,
    );
    this.#keys = database
      .prepare<[number], string>("SELECT attempt ->> '$.key' FROM spans WHERE identity_id = ?")
      .pluck();
    this.#key = database
      .prepare<[number, number], string>("SELECT attempt ->> '$.key' FROM spans WHERE identity_id = ? AND ordinal = ?")
      .pluck();
  }

  of(identityId: number, attempt: { readonly key: string; readonly ordinal: number }, mode: TraceMode): Pin | null {
    const pins = this.#ofIdentity.all(identityId, mode).map(pinFromRow);
    return pinOf(attempt, pins, () => new Set(this.#keys.all(identityId)));
  }

  /** The ids that are shown: those of whole traces, where there are such. */
  shownFor(identityId: number, ordinal: number): Pin | null {
    for (const mode of ['whole', 'staged'] as const) {
      const pins = this.#ofIdentity.all(identityId, mode).map(pinFromRow);
      if (pins.length === 0) continue;
      const key = this.#key.get(identityId, ordinal) ?? '';
      return pinOf({ key, ordinal }, pins, () => new Set(this.#keys.all(identityId)));
    }
    return null;
  }
}

function pinFromRow({ attempt_key, ordinal, trace_id, span_id, is_changed }: PinRow): Pin {
  return { attemptKey: attempt_key, ordinal, traceId: trace_id, spanId: span_id, isChanged: is_changed === 1 };
}
