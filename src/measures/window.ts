import type { EpochMs } from '../domain/event.ts';

export const buckets = ['day', 'week', 'month'] as const;
/** A week is an ISO week: from Monday to Sunday. */
export type Bucket = (typeof buckets)[number];

/** From `from` (inclusive) to `to` (exclusive), both instants. */
export interface Period {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** A period that is cut into days, weeks or months of a time zone. */
export interface Window extends Period {
  /** An IANA name: `Europe/Berlin`. */
  readonly timeZone: string;
}

/** What measures can be narrowed to, and grouped by; not every measure by each. */
export const dimensions = [
  'operation',
  'source',
  'project',
  'team',
  'service',
  'environment',
  'tier',
  'result',
  'stage',
  'type',
  'author',
] as const;
export type Dimension = (typeof dimensions)[number];

/** What a measure is narrowed to; the empty text means: where this is not known. */
export type MeasureFilter = Readonly<Partial<Record<Dimension, string>>>;
