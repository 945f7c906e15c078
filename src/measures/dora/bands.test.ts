import { expect, test } from 'vitest';
import { bandOfDuration, bandOfFrequency } from './bands.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test.each([
  [HOUR - 1, 'less_than_one_hour'],
  [HOUR, 'less_than_one_day'],
  [DAY, 'one_day_to_one_week'],
  [7 * DAY, 'one_week_to_one_month'],
  [30 * DAY, 'one_month_to_six_months'],
  [180 * DAY, 'more_than_six_months'],
])('%d ms is %s', (duration, band) => {
  expect(bandOfDuration(duration)).toBe(band);
});

test.each([
  [24, DAY, 'on_demand'],
  [23, DAY, 'once_per_hour_to_once_per_day'],
  [7, 7 * DAY, 'once_per_hour_to_once_per_day'],
  [6, 7 * DAY, 'once_per_day_to_once_per_week'],
  [4, 28 * DAY, 'once_per_day_to_once_per_week'],
  [3, 28 * DAY, 'once_per_week_to_once_per_month'],
  [2, 90 * DAY, 'once_per_month_to_once_per_six_months'],
  [1, 181 * DAY, 'less_than_once_per_six_months'],
  [0, 365 * DAY, 'less_than_once_per_six_months'],
  [0, 90 * DAY, null],
])('%d deployments in %d ms are %s', (deployments, span, band) => {
  expect(bandOfFrequency(deployments, span)).toBe(band);
});
