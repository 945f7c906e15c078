import { DAY } from './duration.ts';

/** The viewer's own zone: what days are in, here and in what is asked. */
export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const short = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const dayOnly = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const monthOnly = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'narrow' });

export function fullTime(at: number): string {
  return full.format(at);
}

/** In UTC, as the API tells it and as colleagues elsewhere can compare it. */
export function utcTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A day with its time; with its year where it was another one. */
export function shortTime(at: number): string {
  const isThisYear = new Date(at).getFullYear() === new Date().getFullYear();
  return isThisYear ? short.format(at) : `${dayOfYear.format(at)}, ${clock.format(at).slice(0, 5)}`;
}

export function day(at: number): string {
  return dayOnly.format(at);
}

export function dayWithYear(at: number): string {
  return dayOfYear.format(at);
}

/** What a bucket of a chart is called. */
export function bucketName(from: number, per: 'day' | 'week' | 'month'): string {
  if (per === 'month') return monthOnly.format(from);
  return per === 'week' ? `Week of ${dayOnly.format(from)}` : dayOnly.format(from);
}

const STEPS: readonly [limit: number, unit: Intl.RelativeTimeFormatUnit, length: number][] = [
  [60_000, 'second', 1_000],
  [3_600_000, 'minute', 60_000],
  [DAY, 'hour', 3_600_000],
  [30 * DAY, 'day', DAY],
  [365 * DAY, 'month', 30 * DAY],
  [Number.POSITIVE_INFINITY, 'year', 365 * DAY],
];

/** `3 min. ago`. */
export function ago(at: number, now: number): string {
  const distance = at - now;
  const [, unit, length] = STEPS.find(([limit]) => Math.abs(distance) < limit) ?? ['', 'year' as const, 365 * DAY];
  return relative.format(Math.round(distance / length), unit);
}

/** A day of the viewer's calendar as the API reads it: `2026-03-29`. */
export function isoDay(at: Date): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}
