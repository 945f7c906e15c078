const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** DORA does not say how long a month is. */
const MONTH = 30 * DAY;
const SIX_MONTHS = 6 * MONTH;

export const durationBands = [
  'less_than_one_hour',
  'less_than_one_day',
  'one_day_to_one_week',
  'one_week_to_one_month',
  'one_month_to_six_months',
  'more_than_six_months',
] as const;

export const frequencyBands = [
  'on_demand',
  'once_per_hour_to_once_per_day',
  'once_per_day_to_once_per_week',
  'once_per_week_to_once_per_month',
  'once_per_month_to_once_per_six_months',
  'less_than_once_per_six_months',
] as const;

/**
 * The answers that DORA's survey lets people choose from, for lead time and recovery time, and for frequency. They are no
 * grades: which of them are good for whom DORA does not say. Rates are asked for as a percentage, and have none.
 */
export type DurationBand = (typeof durationBands)[number];
export type FrequencyBand = (typeof frequencyBands)[number];

const limits = [HOUR, DAY, WEEK, MONTH, SIX_MONTHS];

/** In which answer of the survey a lead time or a recovery time lies. */
export function bandOfDuration(durationMs: number): DurationBand {
  const band = durationBands[limits.findIndex((limit) => durationMs < limit)];
  return band ?? 'more_than_six_months';
}

/**
 * In which answer of the survey so many deployments in a span of time lie, on average; null where there were none and
 * the time is too short to tell. "On demand" is taken for once per hour and more often, for the survey's answers overlap.
 */
export function bandOfFrequency(deployments: number, spanMs: number): FrequencyBand | null {
  if (deployments === 0 && spanMs <= SIX_MONTHS) return null;
  const band = frequencyBands[limits.findIndex((limit) => spanMs <= limit * deployments)];
  return band ?? 'less_than_once_per_six_months';
}
