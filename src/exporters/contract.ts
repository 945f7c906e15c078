import type { TraceMode } from '../domain/pin.ts';
import type { ExportBatch, ExportSubject } from '../store/exports.ts';

/**
 * What became of spans that were sent.
 * - `sent`: the destination has them. Some it may have dropped (`rejected`), without saying which; where it has dropped none,
 *   `reason` may be a warning.
 * - `retry`: they may be taken later: it is away, busy, or does not let us in. Not before `afterMs`, where it says so. Where
 *   it was there and failed, one of them may be why (`suspects`).
 * - `refused`: it will never take all of them; which one it is has to be found out.
 */
export type Sent =
  | { readonly status: 'sent'; readonly rejected: number; readonly reason: string }
  | { readonly status: 'retry'; readonly afterMs: number | null; readonly reason: string; readonly suspects: boolean }
  | { readonly status: 'refused'; readonly reason: string };

/** What is to be written down before it is sent, without where and when that is. */
export type PreparedBatch = Omit<ExportBatch, 'through' | 'at'>;

/** One destination of spans. */
export interface Exporter {
  readonly mode: TraceMode;
  /** Whether it wants attempts that have not ended as well. */
  readonly withOpen: boolean;
  /**
   * What there is to send of these, and what has changed of that which was sent. Pure: the same subjects give the same
   * batch, byte for byte.
   */
  prepare(subjects: readonly ExportSubject[]): PreparedBatch;
  /**
   * Sends records that {@link prepare} has made.
   * - Up to 500 of them; never called concurrently. None at all asks whether it is one that takes spans.
   * - May see a record again after a crash: its span id is the key to deduplicate by, and it is the same, byte for byte.
   * - Does not throw: what does not arrive is a `retry`. An aborted signal ends it soon, as a `retry` too.
   */
  send(records: readonly string[], signal: AbortSignal): Promise<Sent>;
  /** Releases connections. Nothing may be called afterwards. */
  close(): void;
}
