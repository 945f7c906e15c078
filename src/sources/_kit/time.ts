import { z } from 'zod';

import type { EpochMs } from '../../domain/event.ts';

/** A sender's time, and how exact it is: 1000 where it tells whole seconds, 1 where it tells more. */
export interface SourceTime {
  readonly at: EpochMs;
  readonly precisionMs: number;
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? ?(?:[Zz]|UTC|([+-])(\d\d):?(\d\d))?$/;

/**
 * Reads a time as senders write it: RFC 3339 with up to nine fractional digits, an offset with or without a colon,
 * `2017-12-10 17:01:11 UTC`, `2021-04-28 21:50:00 +0200`. A time without a zone is UTC, never local.
 *
 * Undefined for what is no time, for a date that no calendar has, and for the ways in which senders say "not set":
 * null, an empty text, 0, and the years 1 and 9999.
 */
export function parseTime(value: unknown): SourceTime | undefined {
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute] = match;
  const utc = calendarTime([year, month, day, hour, minute, second].map(Number));
  const offset = offsetMs(sign, Number(offsetHour ?? 0), Number(offsetMinute ?? 0));
  if (utc === undefined || offset === undefined) return undefined;
  const milliseconds = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'));
  return { at: utc - offset + milliseconds, precisionMs: fraction === undefined ? 1000 : 1 };
}

const SECONDS_BELOW = 1e11;
const MILLISECONDS_BELOW = 1e14;

/**
 * Reads seconds or milliseconds since 1970, told apart by their magnitude. Only for a format in which either is
 * allowed: 1e11 is the year 5138 in seconds and 1973 in milliseconds.
 */
export function parseEpoch(value: unknown): SourceTime | undefined {
  if (typeof value !== 'number' || !(value > 0) || value >= MILLISECONDS_BELOW) return undefined;
  if (value >= SECONDS_BELOW) return { at: Math.floor(value), precisionMs: 1 };
  // Rounded to microseconds first: 1.001 s are 1000.9999999999999 ms in floating point.
  const at = Math.floor(Math.round(value * 1e6) / 1e3);
  return { at, precisionMs: Number.isInteger(value) ? 1000 : 1 };
}

/** A time that has to be there. */
export const time = z.unknown().transform((value, context): SourceTime => {
  const parsed = parseTime(value);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'expected a time' });
  return z.NEVER;
});

/** A time that may be missing, null or "not set". */
export const timeOrNone = z.unknown().transform(parseTime).optional();

/** A time in either form that has to be there: some senders write the same field in both. */
export const timeOrEpoch = z.unknown().transform((value, context): SourceTime => {
  const parsed = parseTime(value) ?? parseEpoch(value);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'expected a time' });
  return z.NEVER;
});

/** A time in either form, or none. */
export const timeOrEpochOrNone = z
  .unknown()
  .transform((value) => parseTime(value) ?? parseEpoch(value))
  .optional();

function calendarTime(parts: readonly number[]): EpochMs | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  if (year === 9999 || hour > 23 || minute > 59 || second > 60) return undefined;
  const midnight = new Date(Date.UTC(year, month - 1, day));
  // February 30th becomes March 2nd, and the year 1 becomes 1901: what does not come back was no date.
  const real =
    midnight.getUTCFullYear() === year && midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day;
  return real ? Date.UTC(year, month - 1, day, hour, minute, second) : undefined;
}

function offsetMs(sign: string | undefined, hours: number, minutes: number): number | undefined {
  if (hours > 23 || minutes > 59) return undefined;
  const offset = (hours * 60 + minutes) * 60_000;
  return sign === '-' ? -offset : offset;
}
