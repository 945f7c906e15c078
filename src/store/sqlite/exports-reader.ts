import { hash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import type { Event } from '../../domain/event.ts';
import { identityFromKey } from '../../domain/identity.ts';
import { merge } from '../../domain/merge.ts';
import { type Part, stageNumber } from '../../domain/part.ts';
import type { Pin, TraceMode } from '../../domain/pin.ts';
import type { Attempt, FoldedAttempt } from '../../domain/span.ts';
import type { Revision } from '../contract.ts';
import type { Place } from '../correlation.ts';
import type {
  ExportedKey,
  ExportedPart,
  ExportLag,
  ExportPlace,
  ExportPortion,
  ExportRequest,
  ExportRest,
  ExportSubject,
  OutboxItem,
  ParkedSpan,
  TargetId,
} from '../exports.ts';
import { ANY_MOVED, type TargetRow, targetFromRow } from './exports.ts';
import type { Histories } from './history.ts';
import { parseJson } from './json.ts';
import { Pins } from './pins.ts';
import type { Traces } from './traces.ts';

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
