import type { EpochMs } from '../../domain/event.ts';
import { spanIdFor, traceIdFor } from '../../domain/otel-ids.ts';
import type { Pin, TraceMode } from '../../domain/pin.ts';
import type { ExportPlace, NewPin } from '../../store/exports.ts';

type Ids = Pick<Pin, 'attemptKey' | 'traceId' | 'spanId'>;
export type Lineage = readonly [ExportPlace, ...ExportPlace[]];

/** What people and pipelines are asked for: each begins a trace of its own where traces are short. */
const PIECES_OF_WORK = new Set(['issue', 'pull_request', 'pipeline', 'deploy', 'incident', 'release', 'sprint']);
/** What lasts minutes or hours, so that what it starts can be a part of its trace. */
const MACHINES = new Set(['pipeline', 'build', 'deploy']);

/**
 * Gives attempts their ids, and remembers those that are new.
 *
 * The first one to be exported decides on the trace of everything above it: what it names as its parent, or links to, has
 * to be found under those ids for good. Otherwise a trace is that of the nearest ancestor that has one, or of the root.
 */
export class Pinning {
  readonly #mode: TraceMode;
  readonly #planned = new Map<string, NewPin>();

  constructor(mode: TraceMode) {
    this.#mode = mode;
  }

  /** All that are new, in the order in which they were needed. */
  get pins(): NewPin[] {
    return [...this.#planned.values()];
  }

  /** The ids of the first of a lineage. */
  idsOf(lineage: Lineage): Ids {
    const known = this.#known(lineage[0]);
    if (known !== null) return known;
    const above = this.#sameTrace(lineage);
    const at = above.findIndex((place) => this.#known(place) !== null);
    const root = above.at(-1) ?? lineage[0];
    const pinned = above[at];
    const traceId =
      (pinned === undefined ? null : this.#known(pinned)?.traceId) ?? traceIdFor(root.identityKey, root.attemptKey);
    for (const place of at === -1 ? above : above.slice(0, at)) this.#plan(place, traceId);
    return this.#plan(lineage[0], traceId);
  }

  /** Notes that the first of a lineage is exported, and when it ended: by that it is known again where its key changes. */
  end(lineage: Lineage, endedAt: EpochMs): void {
    const [{ identityId, ordinal, attemptKey }] = lineage;
    const { attemptKey: key, traceId, spanId } = this.idsOf(lineage);
    this.#planned.set(keyOf(identityId, attemptKey), {
      identityId,
      attemptKey: key,
      ordinal,
      traceId,
      spanId,
      endedAt,
    });
  }

  /** The ids of what caused the first of a lineage, where both are in one trace. */
  parentOf(lineage: Lineage): Ids | null {
    const own = this.idsOf(lineage);
    const [, parent, ...above] = lineage;
    if (parent === undefined) return null;
    const isApart = this.#sameTrace(lineage).length === 1;
    const ids = isApart ? this.#known(parent) : this.idsOf([parent, ...above]);
    return ids?.traceId === own.traceId ? ids : null;
  }

  /** Whether a trace of its own begins with the first of a lineage, though it has a cause. */
  isApart(lineage: Lineage): boolean {
    return lineage.length > 1 && this.#sameTrace(lineage).length === 1;
  }

  #known({ identityId, attemptKey, pin }: ExportPlace): Ids | null {
    return pin ?? this.#planned.get(keyOf(identityId, attemptKey)) ?? null;
  }

  #plan(place: ExportPlace, traceId: string): Ids {
    const { identityId, identityKey, attemptKey, ordinal } = place;
    const spanId = spanIdFor(identityKey, attemptKey);
    const pin: NewPin = { identityId, attemptKey, ordinal, traceId, spanId, endedAt: null };
    this.#planned.set(keyOf(identityId, attemptKey), pin);
    return pin;
  }

  #sameTrace(lineage: Lineage): readonly ExportPlace[] {
    if (this.#mode === 'whole') return lineage;
    const end = lineage.findIndex((place, index) => beginsTrace(place, lineage[index + 1]));
    return lineage.slice(0, end + 1);
  }
}

function beginsTrace({ operation }: ExportPlace, parent: ExportPlace | undefined): boolean {
  return parent === undefined || PIECES_OF_WORK.has(operation) || !MACHINES.has(parent.operation);
}

function keyOf(identityId: number, attemptKey: string): string {
  return `${identityId} ${attemptKey}`;
}
