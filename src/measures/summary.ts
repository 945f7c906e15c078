import { durationBounds } from '../domain/duration-bounds.ts';
import { numberOrNull } from './columns/cells.ts';
import type { Row } from './columns/contract.ts';
import {
  type Distribution,
  type Exclusion,
  type ExclusionReason,
  FEW,
  type Measured,
  type Percentile,
  percentiles,
  type Unit,
} from './measured.ts';

/** The aggregates over the items of one measure, of one group in one period. */
export interface Summary {
  /** How many have a value. */
  readonly n: number;
  readonly sum: number | null;
  /** Of the further columns that the measure sums up, by their names. */
  readonly sums: Readonly<Record<string, number | null>>;
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** As {@link percentiles} has them; empty where there is no value, or how they are spread is not asked. */
  readonly percentiles: readonly number[];
  /** By the bounds of {@link durationBounds}, and one more for all above; empty in a bucket, and as {@link percentiles} are. */
  readonly histogram: readonly number[];
  readonly excluded: readonly Exclusion[];
}

export const NOTHING: Summary = {
  ...{ n: 0, sum: null, mean: null, min: null, max: null },
  ...{ sums: {}, percentiles: [], histogram: [], excluded: [] },
};

/** One summary of the rows of one group and period: one without a reason, and one for each reason. */
export function summaryOf(rows: readonly Row[]): Summary {
  const counted = rows.find(({ reason }) => reason === null);
  const excluded = rows
    .filter(({ reason }) => reason !== null)
    .map(({ reason, count, example }) => ({
      reason: reason as ExclusionReason,
      count: Number(count),
      example: String(example),
    }))
    .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason));
  if (counted === undefined) return { ...NOTHING, excluded };
  return {
    n: Number(counted.count),
    ...{
      sum: numberOrNull(counted.sum),
      mean: numberOrNull(counted.mean),
      min: numberOrNull(counted.min),
      max: numberOrNull(counted.max),
    },
    sums: sumsOf(counted),
    percentiles: numbers(counted.percentiles),
    histogram: histogramOf(numbers(counted.bounds), numbers(counted.counts)),
    excluded,
  };
}

const SUM_OF = 'sum of ';

function sumsOf(row: Row): Summary['sums'] {
  const sums = Object.keys(row).filter((column) => column.startsWith(SUM_OF));
  return Object.fromEntries(sums.map((column) => [column.slice(SUM_OF.length), numberOrNull(row[column])]));
}

function numbers(cell: Row[string] | undefined): readonly number[] {
  return Array.isArray(cell) ? cell.map(Number) : [];
}

/** What lies above the last bound comes under a bound of DuckDB's own. */
function histogramOf(bounds: readonly number[], counts: readonly number[]): readonly number[] {
  if (bounds.length === 0) return [];
  const byBound = new Map(bounds.map((bound, index) => [bound, counts[index] ?? 0]));
  const known = durationBounds.map((bound) => byBound.get(bound) ?? 0);
  return [...known, counts.reduce((sum, count) => sum + count, 0) - known.reduce((sum, count) => sum + count, 0)];
}

/** The number that `take` reads from a summary. */
export function measuredOf(summary: Summary, unit: Unit, take: (summary: Summary) => number | null): Measured {
  const value = summary.n === 0 ? null : take(summary);
  return { value, ...trustOf(summary, unit) };
}

/** How many items have a value. None is 0: that there is none is known. */
export function countOf(summary: Summary): Measured {
  return { value: summary.n, ...trustOf(summary, 'count'), missing: null };
}

export function distributionOf(summary: Summary, unit: Unit): Distribution {
  const { mean, min, max } = summary;
  const values = percentiles.map((percentile, index) => [percentile, summary.percentiles[index] ?? null]);
  return {
    ...{ mean, min, max },
    percentiles: Object.fromEntries(values) as Record<Percentile, number | null>,
    histogram: summary.histogram.map((count, index) => ({ upTo: durationBounds[index] ?? null, count })),
    ...trustOf(summary, unit),
  };
}

function trustOf({ n, excluded }: Summary, unit: Unit): Omit<Measured, 'value'> {
  return { missing: n > 0 ? null : missingOf(excluded), unit, n, isFew: n < FEW, excluded };
}

function missingOf(excluded: readonly Exclusion[]): Measured['missing'] {
  return excluded.length > 0 ? 'all_excluded' : 'nothing_in_window';
}
