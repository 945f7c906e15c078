import type { Bucket } from '../app/search.ts';
import { durationTicks } from '../format/duration.ts';
import type { Unit } from '../format/number.ts';

/** One line, or one part of the bars, of a chart: a value for each of its points, null where nothing is known. */
export interface Series {
  readonly key: string;
  readonly name: string;
  /** A colour of the theme: `var(--accent)`. */
  readonly color: string;
  readonly values: readonly (number | null)[];
  readonly isHatched?: boolean;
}

/** A point of the horizontal axis. */
export interface Point {
  readonly label: string;
  /** Instants in milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Whether it was shown from its beginning to its end; else its values are of a part of it. */
  readonly isWhole: boolean;
}

export interface ChartData {
  readonly points: readonly Point[];
  readonly series: readonly Series[];
  readonly unit: Unit;
  readonly per: Bucket;
  readonly kind: 'line' | 'bars' | 'area';
}

interface WireBucket {
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly is_whole: boolean;
}

/** The points of what a measure tells by day, week or month. */
export function pointsOf(buckets: readonly WireBucket[]): Point[] {
  const now = Date.now();
  return buckets.map(({ label, from, to, is_whole }) => {
    const end = Date.parse(to);
    return { label, from: Date.parse(from), to: end, isWhole: is_whole && end <= now };
  });
}

/** The greatest value that has to find room: of bars and areas that of a whole pile. */
export function greatest({ points, series, kind }: Pick<ChartData, 'points' | 'series' | 'kind'>): number {
  const at = (index: number) => series.map(({ values }) => values[index] ?? 0);
  const tops = points.map((_, index) =>
    kind === 'line' ? Math.max(0, ...at(index)) : at(index).reduce((sum, value) => sum + value, 0),
  );
  return Math.max(0, ...tops);
}

/** Round values for the vertical axis, from zero up to one that is not below `max`. */
export function ticksOf(max: number, unit: Unit, count: number): number[] {
  if (unit === 'ms') return durationTicks(Math.max(max, 1_000), count);
  if (max <= 0) return unit === 'ratio' ? [0, 0.5, 1] : [0, 1];
  const rough = max / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((one) => one >= rough) ?? rough;
  const least = unit === 'count' ? Math.max(1, Math.ceil(step)) : step;
  return Array.from({ length: Math.ceil(max / least - 1e-9) + 1 }, (_, index) => index * least);
}
