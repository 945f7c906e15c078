/** Why something that might have counted does not; a closed list, so that a reader can learn it. */
export const exclusionReasons = [
  /** It has not ended yet. */
  'open',
  /** When it began is not known. */
  'no_start',
  /** That it has ended is known, and not when. */
  'no_end',
  /** The end that is told lies before the start. */
  'negative',
  /** The deployment does not tell its commit. */
  'no_sha',
  /** Nothing before it is known, so that all history would be its work. */
  'first_deployment',
  /** Pushes are not known back to the deployment before. */
  'base_unknown',
  /** The sender has left commits out. */
  'commits_truncated',
  /** Which environment it went to, or what kind that is, is not known. */
  'environment_unknown',
  /** No payload has told when the commit was made. */
  'commit_time_unknown',
  /** It has no pull request, and so none of its stages. */
  'no_pull_request',
  /** No stage is known of it. */
  'no_stages',
  /** Whether any of its stages waits or is work is not known. */
  'category_unknown',
  /** It was closed and opened again: in which stage it was in between nobody knows. */
  'reopened',
  /** It never was in this stage. */
  'stage_skipped',
  /** Since when it was ready for review is not known. */
  'ready_unknown',
  /** Its size, or the number of its comments, is not known. */
  'size_unknown',
  /** It has no lines, or no comments, to divide by. */
  'nothing_to_divide_by',
  /** The sender has cancelled or skipped it; nothing was tried. */
  'not_tried',
  /** It has ended, and not as done: cancelled, rejected, abandoned, or nobody knows how. */
  'not_done',
  /** How it ended is neither a success nor an error: not known, or given up. */
  'inconclusive',
  /** A bot's, which the question leaves out. */
  'bot',
] as const;
export type ExclusionReason = (typeof exclusionReasons)[number];

/** What is left out of a number, and one example to look at. */
export interface Exclusion {
  readonly reason: ExclusionReason;
  readonly count: number;
  /** The span id of one of them. */
  readonly example: string;
}

export type Unit = 'ms' | 'count' | 'ratio' | 'per_week' | 'ms_per_line' | 'ms_per_comment' | 'lines' | 'days';

/** Why there is no value. */
type Missing = 'nothing_in_window' | 'all_excluded' | 'not_enough';

/** One number, with all that it takes to trust it, or not to. */
export interface Measured {
  /** Null where nothing is known, and then `missing` says why; never 0 for that. */
  readonly value: number | null;
  readonly missing: Missing | null;
  readonly unit: Unit;
  /** Of how many the value is made. */
  readonly n: number;
  /** Fewer than five: a glance at the items says more than the number. */
  readonly isFew: boolean;
  readonly excluded: readonly Exclusion[];
}

export const FEW = 5;

/** Of which parts of the items {@link Distribution} tells the greatest value: p50 is the median. */
export const percentiles = [50, 75, 85, 90, 95, 99] as const;
export type Percentile = (typeof percentiles)[number];

/** How values are spread. All numbers are null where there is no value, and then `missing` says why. */
export interface Distribution extends Omit<Measured, 'value'> {
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Exact; between two values interpolated in proportion (type 7 of Hyndman and Fan 1996, PERCENTILE_CONT of SQL). */
  readonly percentiles: Readonly<Record<Percentile, number | null>>;
  /** How many values lie up to (and with) each bound and above the one before; the last bound is null, for all above. */
  readonly histogram: readonly { readonly upTo: number | null; readonly count: number }[];
}

/**
 * A measure is a relation of items, and the numbers are aggregates over it: so a number, what it leaves out and the items
 * behind it cannot disagree. The relation of every measure has at least these columns:
 *
 * | column | |
 * |---|---|
 * | `span_id`, `attempt` | the item; of a commit the deployment that brought it |
 * | `"at"` | the instant by which it falls into a window; quoted, for AT is a word of DuckDB's grammar |
 * | `value` | a number, NULL where it is excluded |
 * | `reason` | an {@link ExclusionReason}, NULL where it counts |
 * | `basis` | from what the value was taken, where there are several ways, else NULL |
 */
export interface MeasureItem {
  readonly spanId: string;
  readonly attempt: number;
  readonly at: number;
  readonly value: number | null;
  readonly reason: ExclusionReason | null;
  readonly basis: string | null;
}
