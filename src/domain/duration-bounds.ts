const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * The upper bounds of histograms of durations, in milliseconds: from a minute to three months, what people and machines do. One
 * list for all, so that Prometheus and the measures draw the same picture.
 */
export const durationBounds: readonly number[] = [
  ...[1, 5, 15, 30, 60, 180, 360, 720].map((minutes) => minutes * MINUTE),
  ...[1, 3, 7, 14, 21, 30, 60, 90].map((days) => days * DAY),
];
