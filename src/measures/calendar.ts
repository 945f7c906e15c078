import { Temporal } from 'temporal-polyfill';
import type { EpochMs } from '../domain/event.ts';
import type { Bucket, Period, Window } from './window.ts';

/** A day, week or month of a time zone, or what of it lies in a window. */
export interface CalendarPeriod extends Period {
  /** `2026-03-29`, `2026-W13`, `2026-03`. */
  readonly label: string;
  /** False of the first and the last of a window that cuts them. */
  readonly isWhole: boolean;
}

/** Whether the name is that of a time zone here: `Europe/Berlin`, `UTC`; no offset such as `+01:00`. */
export function isTimeZone(name: string): boolean {
  if (/^[+-]/.test(name)) return false;
  try {
    return Temporal.Now.zonedDateTimeISO(name).timeZoneId !== '';
  } catch {
    return false;
  }
}

/**
 * The days, ISO weeks or months of a window in its time zone, in order, without gap or overlap. A day begins at its first
 * instant, which is not midnight everywhere, and is as long as it is: 23 hours, 25, or none where a zone left one out.
 */
export function calendarOf({ from, to, timeZone }: Window, bucket: Bucket): CalendarPeriod[] {
  const periods: CalendarPeriod[] = [];
  let date = firstDayOf(dateAt(from, timeZone), bucket);
  for (let start = startOf(date, timeZone); start < to; ) {
    const next = date.add({ [`${bucket}s`]: 1 });
    const end = startOf(next, timeZone);
    const period = { from: Math.max(start, from), to: Math.min(end, to) };
    if (period.from < period.to)
      periods.push({ ...period, label: labelOf(date, bucket), isWhole: start >= from && end <= to });
    [date, start] = [next, end];
  }
  return periods;
}

/**
 * What a window is compared with: the months before, as many, where it is made of whole months; the days before where it is
 * made of whole days (and so of weeks); else the same time directly before.
 */
export function periodBefore({ from, to, timeZone }: Window): Period {
  const [first, last] = [dateAt(from, timeZone), dateAt(to, timeZone)];
  const isWhole = startOf(first, timeZone) === from && startOf(last, timeZone) === to;
  if (!isWhole) return { from: from - (to - from), to: from };
  const largestUnit = first.day === 1 && last.day === 1 ? 'months' : 'days';
  return { from: startOf(first.subtract(first.until(last, { largestUnit })), timeZone), to: from };
}

/** The first instant of a day, `2026-03-29`; null where there is no such day. */
export function startOfDay(day: string, timeZone: string): EpochMs | null {
  try {
    return startOf(Temporal.PlainDate.from(day), timeZone);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The first instant of the day that lies so many days before an instant. */
export function startOfDayBefore(at: EpochMs, days: number, timeZone: string): EpochMs {
  return startOf(dateAt(at, timeZone).subtract({ days }), timeZone);
}

/** How many days a day, `2026-03-29`, lies after that of an instant; negative before it, null where there is no such day. */
export function daysUntil(day: string, at: EpochMs, timeZone: string): number | null {
  try {
    return dateAt(at, timeZone).until(Temporal.PlainDate.from(day), { largestUnit: 'days' }).days;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The day, `2026-03-29`, so many days after that of an instant. */
export function dayAfter(at: EpochMs, days: number, timeZone: string): string {
  return dateAt(at, timeZone).add({ days }).toString();
}

function dateAt(at: EpochMs, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
}

function startOf(date: Temporal.PlainDate, timeZone: string): EpochMs {
  return date.toZonedDateTime(timeZone).epochMilliseconds;
}

function firstDayOf(date: Temporal.PlainDate, bucket: Bucket): Temporal.PlainDate {
  if (bucket === 'day') return date;
  return bucket === 'week' ? date.subtract({ days: date.dayOfWeek - 1 }) : date.with({ day: 1 });
}

function labelOf(date: Temporal.PlainDate, bucket: Bucket): string {
  if (bucket === 'day') return date.toString();
  if (bucket === 'month') return date.toString().slice(0, 7);
  return `${date.yearOfWeek}-W${String(date.weekOfYear).padStart(2, '0')}`;
}
