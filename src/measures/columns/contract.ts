import type { EpochMs } from '../../domain/event.ts';
import type { Revision } from '../../store/contract.ts';

/** A value that a query is given, by its name in the query: `$from`. Lists are lists of texts. */
export type Parameter = string | number | boolean | null | readonly string[];
/** Whole numbers of any width come as numbers; none of ours is beyond 2^53. Lists come as arrays. */
export type Cell = string | number | boolean | null | readonly (string | number | null)[];
export type Row = Readonly<Record<string, Cell>>;

/** One statement that only reads; parameters are bound, never pasted. */
export interface Query {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** It reads what became of deployments, which is computed a moment after what that follows from is in. */
  readonly isOfOutcomes?: boolean;
}

/** How fresh an answer is. */
export interface AsOf {
  /** All that was committed by then is counted. */
  readonly at: EpochMs;
  readonly revision: Revision;
}

export interface Answer {
  readonly asOf: AsOf;
  /** Of each query its rows, in the order asked. */
  readonly rows: readonly (readonly Row[])[];
}

/** The copy of the store that measures are computed from. */
export interface Columns {
  /**
   * Runs queries on one snapshot, so that what they say fits together.
   * - `fresh`: waits until all is in that was committed before the call.
   * - Where one is of outcomes the answer is as of these.
   * - Throws a {@link ColumnsUnavailable} while they are being made for the first time, or anew.
   */
  read(queries: readonly Query[], options: { readonly fresh: boolean }): Promise<Answer>;
  close(): Promise<void>;
}

/** They are being made; `progress` is the part that is done, from 0 to 1. */
export class ColumnsUnavailable extends Error {
  readonly progress: number;
  constructor(progress: number) {
    super(`the columns that measures are computed from are being made: ${Math.floor(progress * 100)} % done`);
    this.name = 'ColumnsUnavailable';
    this.progress = progress;
  }
}
