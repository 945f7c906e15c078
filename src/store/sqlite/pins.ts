import type { Database, Statement } from 'better-sqlite3';
import type { Pin, TraceMode } from '../../domain/pin.ts';

interface PinRow {
  readonly attempt_key: string;
  readonly ordinal: number;
  readonly trace_id: string;
  readonly span_id: string;
  readonly is_changed: number;
}

const COLUMNS = 'attempt_key, ordinal, trace_id, span_id, is_changed';

/** Reads pins by the attempts that hold them; the same for all who need them. */
export class Pins {
  readonly #held: Statement<[number, string, string], PinRow>;
  readonly #shown: Statement<[number, string], PinRow>;

  constructor(database: Database) {
    this.#held = database.prepare(
      `SELECT ${COLUMNS} FROM export_pins WHERE identity_id = ? AND held_by = ? AND mode = ?`,
    );
    this.#shown = database.prepare(
      `SELECT ${COLUMNS} FROM export_pins WHERE identity_id = ? AND held_by = ? ORDER BY mode = 'whole' DESC LIMIT 1`,
    );
  }

  of(identityId: number, key: string, mode: TraceMode): Pin | null {
    return pinFromRow(this.#held.get(identityId, key, mode));
  }

  /** The ids that are shown: those of the whole trace, where there are such. */
  shownFor(identityId: number, key: string): Pin | null {
    return pinFromRow(this.#shown.get(identityId, key));
  }
}

function pinFromRow(row: PinRow | undefined): Pin | null {
  if (row === undefined) return null;
  const { attempt_key, ordinal, trace_id, span_id, is_changed } = row;
  return { attemptKey: attempt_key, ordinal, traceId: trace_id, spanId: span_id, isChanged: is_changed === 1 };
}
