import type { EpochMs, Event } from '../domain/event.ts';
import type { Part } from '../domain/part.ts';
import type { Pin, TraceMode } from '../domain/pin.ts';
import type { FoldedAttempt } from '../domain/span.ts';
import type { IdentityId, Revision } from './contract.ts';
import type { SpanLink } from './traces.ts';

/** Our number of a target, from 1. */
export type TargetId = number;

/** One attempt, as what is exported refers to it. */
export interface ExportPlace {
  readonly identityId: IdentityId;
  /** {@link import('../domain/identity.ts').identityKey} */
  readonly identityKey: string;
  readonly spanId: string;
  readonly attemptKey: string;
  readonly ordinal: number;
  readonly operation: string;
  /** Null until it, or something that refers to it, was first exported. */
  readonly pin: Pin | null;
}

/** A link, with the attempt that is meant and what that was caused by, up to the root; nothing where there is no attempt. */
interface ExportLink {
  readonly link: SpanLink;
  readonly lineage: readonly ExportPlace[];
}

/** One attempt with all that its export needs. */
export interface ExportSubject {
  readonly source: string;
  readonly instance: string;
  /** The attempt, its parent, and so on up to the root of its trace. */
  readonly lineage: readonly [ExportPlace, ...ExportPlace[]];
  readonly attempt: FoldedAttempt;
  /** The first of its links, and how many there are beyond these. */
  readonly links: readonly ExportLink[];
  readonly linksBeyond: number;
  /** The attempt before, where there is one. */
  readonly previous: readonly ExportPlace[];
  /** Spans that it caused and whose ids were given out in another trace; where there are very many, the first of them. */
  readonly children: readonly ExportPlace[];
  /** Of an incident the deployments that caused it, each with what that was caused by. */
  readonly deployments: readonly (readonly ExportPlace[])[];
  /** What was told in between, merged and in order; the newest ones where there are very many. */
  readonly events: readonly Event[];
  /** What this target has of it already, in whichever mode. */
  readonly exported: readonly ExportedPart[];
  /** Another one whenever something else is stored of it that its export may depend on. */
  readonly version: string;
}

/** A part that a target has. */
export interface ExportedKey {
  readonly pinId: number;
  readonly part: Part;
}

export interface ExportedPart extends ExportedKey {
  /** The mode in which it was exported. */
  readonly mode: TraceMode;
  /** {@link OutboxItem.fingerprint} */
  readonly fingerprint: string;
  readonly isChanged: boolean;
}

/** One span that is being sent. */
export interface OutboxItem {
  readonly identityId: IdentityId;
  /** {@link Pin.attemptKey} */
  readonly attemptKey: string;
  readonly part: Part;
  /** Of what the export says; another one later means that it has changed. Empty where it is not compared. */
  readonly fingerprint: string;
  /** {@link ExportSubject.version} */
  readonly version: string;
  /** What is sent, as JSON: sent again it is the same, byte for byte. */
  readonly record: string;
}

export interface NewPin extends Omit<Pin, 'isChanged'> {
  readonly identityId: IdentityId;
  /** When the attempt ended, where it is exported; else null. */
  readonly endedAt: EpochMs | null;
}

export interface ExportBatch {
  readonly mode: TraceMode;
  readonly pins: readonly NewPin[];
  /** What is to be sent, in this order. Each of them is pinned, now or before. */
  readonly items: readonly OutboxItem[];
  /** What was exported before and says something else now. */
  readonly changed: readonly ExportedKey[];
  /** Attempts that were exported before, and need not be looked at again as long as they are of this version. */
  readonly lookedAt: readonly { readonly pinId: number; readonly version: string }[];
  /** How far the target is in the change feed once all of this is sent. */
  readonly through: Revision;
  readonly at: EpochMs;
}

/** What became of the spans of a batch. */
export interface BatchOutcome {
  /** By their position in the batch, from 0: refused for good. The others were taken. */
  readonly parked: readonly { readonly number: number; readonly reason: string }[];
  /** How many of those taken the backend says it has dropped, without saying which. */
  readonly rejected: number;
  /** By their position: those that are yet to be sent. Where there are any, the target has not got through with the batch. */
  readonly unsent: readonly number[];
  readonly at: EpochMs;
}

/** Where a target stands; all of it durable. */
export interface ExportTarget {
  readonly id: TargetId;
  readonly name: string;
  /** Everything up to here was sent, or needs no sending. */
  readonly position: Revision;
  /** Spans that the backend has taken and those that it has dropped of these, ever; and those that are parked. */
  readonly exported: number;
  readonly rejected: number;
  readonly parked: number;
  /** How many of those exported say something else by now. */
  readonly changed: number;
  readonly lastSuccessAt: EpochMs | null;
  /** Since when there is something in its outbox; null where there is nothing. */
  readonly sendingSince: EpochMs | null;
}

/** A target with how far it is behind. */
export interface ExportLag extends ExportTarget {
  /** Operations that have changed after its position. */
  readonly behind: number;
}

export interface ParkedSpan {
  readonly spanId: string;
  /** The number of the attempt: now, or when it was pinned where there is no such attempt any more. */
  readonly ordinal: number;
  /** Of a stage its number, from 1; null for what is none, or is there no more. */
  readonly stage: number | null;
  readonly parkedAt: EpochMs;
  readonly reason: string;
}

/** The ids that were given out, and what every target has. Part of a transaction. */
export interface ExportStore {
  /**
   * Finds a target by its name. One that is new begins after `from`, or at the end of the feed where that is null; what had
   * ended by then it never gets, whatever else becomes known of it.
   */
  openTarget(name: string, from: Revision | null): Promise<ExportTarget>;
  /** Pins ids by (identity, attempt). Answers false, and pins nothing, where one of them has other ids already. */
  pin(mode: TraceMode, pins: readonly NewPin[]): Promise<boolean>;
  /**
   * Pins the ids of a batch, and puts it into the target's outbox, in place of what is there. Where nothing is to be
   * sent, the target has got through with it. Answers false, and writes nothing, where an id was pinned otherwise.
   */
  begin(target: TargetId, batch: ExportBatch): Promise<boolean>;
  /**
   * Puts up to `limit` spans that were parked before a time back into the outbox, which is empty, the longest parked first.
   * They are parked no more; the target's position stays.
   */
  unpark(target: TargetId, which: { readonly before: EpochMs; readonly limit: number }): Promise<readonly OutboxItem[]>;
  /** What is in the outbox has been sent: notes what became of it, and how far the target has got with it. */
  finish(target: TargetId, outcome: BatchOutcome): Promise<void>;
}

export interface ExportRequest {
  readonly target: TargetId;
  readonly mode: TraceMode;
  /** Operations that changed after `after`, up to and including `upTo`. */
  readonly after: Revision;
  readonly upTo: Revision;
  /** Where the portion before has ended inside of an operation, it is read on from there. */
  readonly rest: ExportRest | null;
  /** The most attempts to give at once; an operation may have very many. */
  readonly limit: number;
  /** Whether attempts that have not ended are wanted as well; those of which something was exported are always given. */
  readonly withOpen: boolean;
}

/** A place inside of an operation: after which of its attempts. */
export interface ExportRest {
  readonly revision: Revision;
  readonly afterOrdinal: number;
}

/** A part of the change feed, as a target needs it. */
export interface ExportPortion {
  /** Up to there the target has all of it now; null where no operation came to its end. */
  readonly through: Revision | null;
  /** Where to read on; null where no operation was left half read. */
  readonly rest: ExportRest | null;
  /** What may have to be sent, or may have changed since it was. */
  readonly subjects: readonly ExportSubject[];
  /** What the target has of attempts that are there no more. */
  readonly gone: readonly ExportedKey[];
}

/** Reads what exporters need. Part of a reader. */
export interface ExportReader {
  readExports(request: ExportRequest): Promise<ExportPortion>;
  /** An attempt, its parent, and so on up to the root of its trace; empty where there is no such attempt. */
  readLineage(spanId: string, ordinal: number, mode: TraceMode): Promise<readonly ExportPlace[]>;
  /** The ids of attempts, in the order asked; null for those that have none, or are gone. */
  readPins(
    attempts: readonly { readonly spanId: string; readonly ordinal: number }[],
    mode: TraceMode,
  ): Promise<readonly (Pin | null)[]>;
  /** What was being sent, in order; empty where nothing is. */
  readOutbox(target: TargetId): Promise<readonly OutboxItem[]>;
  /** Every target that there ever was, by name. */
  listExportTargets(): Promise<readonly ExportLag[]>;
  /** What a target has refused, the latest first. */
  listParked(target: TargetId, limit: number): Promise<readonly ParkedSpan[]>;
}
