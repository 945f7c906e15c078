import type { EpochMs } from '../domain/event.ts';
import type { Parameter } from './columns/contract.ts';
import type { Unit } from './measured.ts';
import type { Bucket, Dimension, MeasureFilter, Window } from './window.ts';

/** What a number means. */
export interface Definition {
  /** What it tells, in one sentence. */
  readonly definition: string;
  /** Where docs/measures.md defines it exactly: `duration`. */
  readonly anchor: string;
}

/** One measure: the relation of its items, and what is said of it. All its numbers are aggregates over the relation. */
export interface Measure extends Definition {
  /** Its name in URLs: `duration`. */
  readonly name: string;
  /** Of the value of an item, and of every number that is made of these but a count. */
  readonly unit: Unit;
  /**
   * SQL of a SELECT that gives the columns of a MeasureItem, its `identity_id`, and one of each of {@link dimensions}; window, filter and groups
   * are put around it. `"at"` should be a plain column of a table, so that DuckDB skips what lies outside of the window: where
   * it is one or another, a UNION ALL of both. It may use `$from`, `$to`, `$now`, `$operation` (the one that is asked for, else
   * NULL) and each of {@link Question.options}.
   */
  readonly items: string;
  /** By what it can be filtered and grouped. */
  readonly dimensions: readonly Dimension[];
  /**
   * One of {@link dimensions} by which its items are not left out where it is not known of them: what may have been asked for
   * is told, as excluded.
   */
  readonly orUnknown?: Dimension;
  /** A column of the items that tells those of one attempt apart, where an attempt has several: `stage`, `commit_sha`. */
  readonly part?: string;
  /** Further columns of its items, to be shown with each: `causes`. */
  readonly details?: readonly string[];
  /** Further columns of its items, numbers whose sums are told beside that of the value. */
  readonly sums?: readonly string[];
  /** How its values are spread is told, not only their mean. */
  readonly isSpread?: boolean;
  /** Its items follow from what became of deployments, as {@link import('./columns/contract.ts').Query.isOfOutcomes} has it. */
  readonly isOfOutcomes?: boolean;
  /** It tells what is there now, however long: all items before the end of the window, and none of a period before. */
  readonly isStock?: boolean;
}

/** What is asked of measures. */
export interface Question {
  readonly window: Window;
  readonly filter: MeasureFilter;
  readonly groupBy: readonly Dimension[];
  /** Also for each day, week or month. */
  readonly per: Bucket | null;
  /** Also for the period before. */
  readonly compare: boolean;
  /** So many groups are told, those with most items first; not given: as many as an answer can hold. */
  readonly mostGroups?: number | undefined;
  readonly now: EpochMs;
  /** What only some measures ask: parameters of their SQL by name. */
  readonly options?: Readonly<Record<string, Parameter>>;
}
