import type { Channel, EpochMs, Event, Result, StageCategory } from '../domain/event.ts';
import type { AttemptChange, Tail } from '../domain/fold.ts';
import type { Attempt, FoldedAttempt, StageSpan } from '../domain/span.ts';
import type { AccessReader, AccessStore } from './access.ts';
import type { ColumnsReader } from './columns.ts';
import type { CorrelationStore } from './correlation.ts';
import type { ExportReader, ExportStore } from './exports.ts';
import type { ImportCursor, ImportOrigin } from './imports.ts';
import type { LinkedAttempt, SpanLinks, StoredTrace, TracePlace } from './traces.ts';

/** The outcomes a stored delivery can have. A refused request is not stored. */
export const deliveryOutcomes = ['accepted', 'ignored', 'dead_letter'] as const;
export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

/** Our number of a delivery, in the order of arrival, from 1. */
export type DeliveryId = number;
/** Our number of an identity, from 1. */
export type IdentityId = number;
/** A position in the change feed: greater is later. 0 is before everything. */
export type Revision = number;

export interface NewDelivery {
  readonly source: string;
  readonly instance: string;
  /** The sender's delivery id, or the one we gave. */
  readonly key: string;
  readonly channel: Channel;
  readonly receivedAt: EpochMs;
  /** The scheme by which it proved where it comes from; `unsigned` where no secret is set. */
  readonly authenticity: string;
  /** The sender's word for what it tells: `issues.opened`. */
  readonly kind: string;
  readonly outcome: DeliveryOutcome;
  readonly reason: string | null;
  /** How many events were interpreted from it. */
  readonly events: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The raw bytes as received; null where they are not to be kept. */
  readonly body: Uint8Array | null;
}

/** What became of a delivery that was to be added. */
export interface AddedDelivery {
  readonly id: DeliveryId;
  /** The outcome under which it had been stored before; null when it is new. */
  readonly before: DeliveryOutcome | null;
}

/** The part of a delivery that another interpretation may change. */
export interface Settlement {
  readonly id: DeliveryId;
  readonly kind: string;
  readonly outcome: DeliveryOutcome;
  readonly reason: string | null;
  readonly events: number;
}

export interface StoredIdentity {
  readonly id: IdentityId;
  readonly spanId: string;
  readonly tail: Tail;
}

export interface NewIdentity {
  /** {@link import('../domain/identity.ts').identityKey} */
  readonly key: string;
  /** The span id to take, and the one to take instead when another identity holds it already. */
  readonly spanId: string;
  readonly otherwise: string;
}

/** One name that leads to a span, from a time on. */
export interface NewName {
  readonly name: string;
  readonly identityId: IdentityId;
  readonly validFrom: EpochMs;
}

export interface NewObservation {
  readonly identityId: IdentityId;
  readonly deliveryId: DeliveryId;
  readonly event: Event;
}

/**
 * - `new`: the first observation of its fact.
 * - `changed`: the fact was known, and this observation says it in another way.
 * - `known`: exactly this was observed before; nothing is to be folded.
 */
export type Novelty = 'new' | 'changed' | 'known';

export type FoldWrite =
  /** All attempts of the identity are replaced. */
  | {
      readonly identityId: IdentityId;
      readonly whole: true;
      readonly attempts: readonly FoldedAttempt[];
      readonly tail: Tail;
    }
  /** Only these attempts change, each from the given stage on. */
  | {
      readonly identityId: IdentityId;
      readonly whole: false;
      readonly changes: readonly AttemptChange[];
      readonly tail: Tail;
    };

/**
 * The durable log of deliveries and the spans folded from it.
 *
 * The store does key look-ups and appends, nothing clever; every operation takes a batch, so that a network database
 * needs one round trip for each. What it throws is a {@link StoreError}; nothing else.
 */
export interface Store {
  /**
   * Runs `work` in one transaction.
   * - When the promise resolves, everything written is on stable storage and readable by every reader.
   * - When `work` throws, nothing of it remains, and its error is thrown on.
   * - Transactions do not overlap: a second call waits for the first.
   */
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Releases files and connections. Nothing may be called afterwards. */
  close(): Promise<void>;
}

/** One transaction; valid until the promise of its `work` settles. */
export interface Transaction {
  readonly correlation: CorrelationStore;
  readonly exports: ExportStore;
  readonly access: AccessStore;
  /**
   * Adds deliveries that are new by (source, instance, key); leaves known ones as they are. Answers in the order asked;
   * of two with one key the second finds the first.
   */
  addDeliveries(deliveries: readonly NewDelivery[]): Promise<AddedDelivery[]>;
  /** Gives stored deliveries a new outcome. */
  settleDeliveries(settlements: readonly Settlement[]): Promise<void>;
  /** Finds identities by key; unknown ones are absent from the answer. */
  findIdentities(keys: readonly string[]): Promise<Map<string, StoredIdentity>>;
  /** Adds identities, none of which is known, with an empty tail. Answers in the order asked. */
  addIdentities(identities: readonly NewIdentity[]): Promise<StoredIdentity[]>;
  /** Adds names; a name the identity has already keeps the earlier time. Answers with those that are new, or earlier. */
  addNames(names: readonly NewName[]): Promise<NewName[]>;
  /** Adds observations, in order. An exact repetition is only noted as seen in this delivery too. */
  addObservations(observations: readonly NewObservation[]): Promise<Novelty[]>;
  /** All observations of some identities. */
  findObservations(identityIds: readonly IdentityId[]): Promise<Map<IdentityId, Event[]>>;
  /** Writes folds, and gives each identity the next revision. At most one write for each identity. */
  saveFolds(writes: readonly FoldWrite[]): Promise<void>;

  /** Takes back what deliveries told; what others told as well stays. Answers with the identities they spoke of. */
  forgetTold(deliveryIds: readonly DeliveryId[]): Promise<IdentityId[]>;
  /** All that is known of some identities. */
  findHistories(identityIds: readonly IdentityId[]): Promise<Map<IdentityId, History>>;
  /** Puts these names in place of all that an identity has; answers with those that came, went, or are of another time. */
  replaceNames(identityId: IdentityId, names: readonly Omit<NewName, 'identityId'>[]): Promise<string[]>;
  /** Keeps a text under a name, in place of an earlier one. */
  remember(name: string, text: string): Promise<void>;
  /** Keeps where an import stands, in place of where it stood before. */
  moveImportCursor(cursor: ImportCursor): Promise<void>;
  /** Writes the tail of identities whose attempts have not changed; gives no revision. */
  saveTails(tails: readonly { readonly identityId: IdentityId; readonly tail: Tail }[]): Promise<void>;
  /**
   * Writes the tail of identities that have no attempts and of which something else is told now. They have no place in the
   * change feed, and get the next revisions all the same, for what is made of them ({@link ColumnsReader}).
   */
  saveTold(tails: readonly { readonly identityId: IdentityId; readonly tail: Tail }[]): Promise<void>;
}

/** What is known of one identity: what was observed, and what was folded from it. */
export interface History {
  readonly spanId: string;
  readonly attempts: readonly FoldedAttempt[];
  readonly observed: readonly StoredEvent[];
  /** When each of the deliveries that told of it was written by its sender: the newest time that it tells. */
  readonly writtenAt: ReadonlyMap<DeliveryId, EpochMs>;
}

/** A delivery as stored, without its body. */
export interface StoredDelivery extends Omit<NewDelivery, 'body'> {
  readonly id: DeliveryId;
  readonly bodyBytes: number;
}

/** A span: one attempt, with what names it and what it is linked to. */
export interface StoredSpan {
  readonly spanId: string;
  readonly source: string;
  readonly attempt: Attempt;
  readonly stages: readonly StageSpan[];
  readonly place: TracePlace;
}

/** One stage as an item of its own. */
export interface StoredStage {
  readonly span: StoredSpan;
  /** From 1. */
  readonly number: number;
  readonly stage: StageSpan;
}

export interface SpanFilter {
  readonly operation?: string;
  readonly source?: string;
  readonly project?: string;
  readonly team?: string;
  readonly environment?: string;
  readonly state?: 'open' | 'finished';
  readonly isError?: boolean;
  readonly result?: string;
  /** Spans that began (or, where the start is unknown, ended) at or after `from` and before `to`. */
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  /** A part of the title or of the span id, letter case aside. */
  readonly q?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back to read on; null at the end. */
  readonly next: string | null;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

export interface DeliveryFilter {
  readonly source?: string;
  readonly instance?: string;
  readonly outcome?: DeliveryOutcome;
  readonly kind?: string;
  /** Received at or after `from` and before `to`. */
  readonly from?: EpochMs;
  readonly to?: EpochMs;
}

/** A stored delivery with all that is needed to read it again. */
export interface Recorded {
  readonly delivery: StoredDelivery;
  /** Null when it is gone by retention. */
  readonly body: Uint8Array | null;
  /** The events it told, as they were observed. */
  readonly told: readonly Event[];
}

/** Which deliveries to read again, oldest first: those after one id and up to another. */
export interface RecordedRequest {
  readonly filter: DeliveryFilter;
  readonly after: DeliveryId;
  readonly upTo: DeliveryId;
  /** The most to give at once: deliveries, and bytes of bodies (one is given however large it is). */
  readonly limit: number;
  readonly bytes: number;
}

/** An event with the deliveries that told it. */
export interface StoredEvent {
  readonly event: Event;
  readonly deliveryIds: readonly DeliveryId[];
}

/** Everything about one operation. */
export interface SpanDetail {
  readonly spanId: string;
  readonly source: string;
  readonly revision: Revision;
  readonly names: readonly { readonly name: string; readonly validFrom: EpochMs }[];
  readonly attempts: readonly LinkedAttempt[];
}

/** What a name leads to. */
export type NameLookup =
  | { readonly found: 'one'; readonly spanId: string }
  | { readonly found: 'several'; readonly spanIds: readonly string[] }
  | { readonly found: 'none' };

export interface DeliveryCount {
  readonly source: string;
  readonly instance: string;
  readonly outcome: DeliveryOutcome;
  readonly count: number;
  readonly lastReceivedAt: EpochMs;
  readonly lastDeliveryId: DeliveryId;
}

/** Deliveries of one hour. */
export interface DeliveryHour {
  readonly source: string;
  readonly instance: string;
  /** Hours since 1970. */
  readonly hour: number;
  readonly outcome: DeliveryOutcome;
  readonly count: number;
}

/** An attempt in the change feed. */
export interface ChangedAttempt extends LinkedAttempt {
  /**
   * In which revision it was first there, and in which it was first seen to have ended; null while it is open. So a reader
   * that knows all up to a position tells what is new from what has only changed, whatever it missed in between. An attempt
   * that is folded in another way stays the one that it was; of those that were stored before this was kept it is 0.
   */
  readonly since: { readonly known: Revision; readonly finished: Revision | null };
}

/** One identity that changed; an empty list of attempts is a tombstone. */
export interface Change {
  readonly revision: Revision;
  readonly spanId: string;
  readonly source: string;
  readonly attempts: readonly ChangedAttempt[];
}

/** Spans that are alike, and how many there are. */
export interface SpanTally {
  readonly source: string;
  readonly operation: string;
  readonly project: string;
  readonly environment: string | null;
  /** What kind of environment that is, by the rules. */
  readonly tier: string | null;
  readonly result: Result | null;
  readonly count: number;
}

/** Stages that are alike. */
export interface StageTally {
  readonly source: string;
  readonly operation: string;
  readonly stage: string;
  readonly category: StageCategory | null;
  readonly count: number;
}

/** Open spans that are alike. */
export interface OpenTally {
  readonly source: string;
  readonly operation: string;
  readonly project: string;
  readonly count: number;
  /** When the oldest of them began. */
  readonly oldestStartedAt: EpochMs;
}

/** Reads what is committed. Never waits for a writer, and never makes one wait. */
export interface StoreReader extends ExportReader, ColumnsReader, AccessReader {
  /** Latest first, by start (or end, where the start is unknown). A cursor that is not ours is a `bad_cursor`. */
  listSpans(filter: SpanFilter, page: PageRequest): Promise<Page<StoredSpan>>;
  listStages(filter: SpanFilter, page: PageRequest): Promise<Page<StoredStage>>;
  /** By its exact span id. */
  findSpan(spanId: string): Promise<SpanDetail | null>;
  /** How a span is linked to others, and why. */
  explainLinks(spanId: string): Promise<SpanLinks>;
  /** Roots of traces, latest first. */
  listRoots(filter: SpanFilter, page: PageRequest): Promise<Page<StoredSpan>>;
  /** The whole trace that a span belongs to, at most `limit` spans of it; null where there is no such span. */
  findTrace(spanId: string, limit: number): Promise<StoredTrace | null>;
  /** The newest events of a span, latest last; at most `limit`. */
  findEvents(spanId: string, limit: number): Promise<readonly StoredEvent[]>;
  /** Any name a span has or had, valid at `at`; ambiguous ones are resolved within `owner`, where that is given. */
  lookUpName(name: string, context: { readonly at?: EpochMs; readonly owner?: string }): Promise<NameLookup>;
  /** Latest first. */
  listDeliveries(filter: DeliveryFilter, page: PageRequest): Promise<Page<StoredDelivery>>;
  findDelivery(id: DeliveryId): Promise<StoredDelivery | null>;
  /** By the sender's delivery id; all sources and instances that have it. */
  findDeliveriesByKey(key: string): Promise<readonly StoredDelivery[]>;
  /** The raw bytes as received; null when they are gone by retention. */
  readBody(id: DeliveryId): Promise<Uint8Array | null>;
  /** The spans that a delivery's events belong to. */
  spanIdsOf(id: DeliveryId): Promise<readonly string[]>;
  countDeliveries(): Promise<readonly DeliveryCount[]>;
  /** How many deliveries came in each hour since a time, in order. */
  countDeliveriesByHour(from: EpochMs): Promise<readonly DeliveryHour[]>;
  /** How many deliveries a filter finds, and the newest one's id (0 where there is none). */
  measureDeliveries(filter: DeliveryFilter): Promise<{ readonly count: number; readonly newest: DeliveryId }>;
  /** Deliveries to read again, oldest first. */
  listRecorded(request: RecordedRequest): Promise<readonly Recorded[]>;
  findRecorded(ids: readonly DeliveryId[]): Promise<readonly Recorded[]>;
  /** All that is known of some identities, by their keys; unknown ones are absent. */
  findHistories(keys: readonly string[]): Promise<Map<string, History>>;
  /** The identities after one, in the order in which they were first heard of. */
  listIdentities(
    after: IdentityId,
    limit: number,
  ): Promise<readonly { readonly id: IdentityId; readonly key: string }[]>;
  /** How many identities there are, and the newest one's id (0 where there is none). */
  measureIdentities(): Promise<{ readonly count: number; readonly newest: IdentityId }>;
  /**
   * How many spans there are of each kind since a time, by their start; the most frequent first, at most `limit`. Of very
   * many only the newest are looked at, so that the answer comes soon whatever the store holds.
   */
  tallySpans(from: EpochMs, limit: number): Promise<readonly SpanTally[]>;
  /** The same for stages. */
  tallyStages(from: EpochMs, limit: number): Promise<readonly StageTally[]>;
  /** How many spans are open. */
  tallyOpen(): Promise<readonly OpenTally[]>;
  /** The text that was remembered under a name; null where there is none. */
  recall(name: string): Promise<string | null>;
  /** Where the imports of an origin stand, by scope and resource. */
  listImportCursors(origin: ImportOrigin): Promise<readonly ImportCursor[]>;
  /** What changed after a revision, in order; at most `limit` identities. */
  changesAfter(revision: Revision, limit: number): Promise<readonly Change[]>;
  /** The newest position of the change feed; 0 while nothing has changed yet. */
  latestRevision(): Promise<Revision>;
  close(): Promise<void>;
}

/**
 * - `unavailable`: cannot write or read now (disk full, I/O error, locked); the same call may work later.
 * - `newer_schema`: the data was written by a newer version of the program.
 * - `not_a_store`: the file is something else, or damaged.
 * - `in_use`: another process has the data.
 * - `bad_cursor`: a cursor that this store did not give out.
 */
export type StoreErrorCode = 'unavailable' | 'newer_schema' | 'not_a_store' | 'in_use' | 'bad_cursor';

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
