import type { EpochMs } from '../domain/event.ts';

export const buckets = ['day', 'week', 'month'] as const;
/** A week is an ISO week: from Monday to Sunday. */
export type Bucket = (typeof buckets)[number];

/** From `from` (inclusive) to `to` (exclusive), both instants; cut into days, weeks or months of a time zone. */
export interface Window {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** An IANA name: `Europe/Berlin`. */
  readonly timeZone: string;
}

/** What all measures can be narrowed to. */
export interface MeasureFilter {
  readonly source?: string;
  readonly project?: string;
  readonly team?: string;
  readonly service?: string;
  readonly environment?: string;
}
