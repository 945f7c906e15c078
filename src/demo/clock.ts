import { Temporal } from 'temporal-polyfill';
import type { EpochMs } from '../domain/event.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** How much faster everything goes after the history, so that somebody who looks on sees something. */
const HURRY = 60;
const MORNING = 9;
const HOURS_A_DAY = 8.5;

interface Shift extends Span {
  /** When the day's work begins, whether or not the history does so later. */
  readonly morning: EpochMs;
  /** 1 is Monday. */
  readonly weekday: number;
}

export interface Span {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * When a team works: from Monday to Friday, 9:00 to 17:30 of its time zone. Machines work at any time. After the history
 * everybody works round the clock and in a hurry, for that is watched as it happens.
 */
export class Clock {
  readonly #shifts: readonly Shift[];
  readonly #end: EpochMs;

  constructor(timeZone: string, history: Span) {
    this.#shifts = shiftsIn(timeZone, history);
    this.#end = history.to;
  }

  /** When work that begins at a time and takes so long, in milliseconds of working hours, is done; to the second. */
  work(at: EpochMs, ms: number): EpochMs {
    let left = ms;
    for (const { from, to } of this.#shifts) {
      if (to <= at) continue;
      const begin = Math.max(from, at);
      if (begin + left <= to) return wholeSecond(begin + left);
      left -= to - begin;
    }
    return wholeSecond(Math.max(at, this.#end) + left / HURRY);
  }

  /** When a machine is done that begins at a time. */
  run(at: EpochMs, ms: number): EpochMs {
    return wholeSecond(at + (at < this.#end ? ms : ms / HURRY));
  }

  /** The next time after another that it is this hour (0 to 24) on one of these days there; after the history, soon. */
  next(at: EpochMs, weekdays: readonly number[], hour: number): EpochMs {
    const times = this.#shifts
      .filter(({ weekday }) => weekdays.includes(weekday))
      .map(({ morning }) => morning + (hour - MORNING) * HOUR);
    return wholeSecond(times.find((time) => time > at && time < this.#end) ?? Math.max(at, this.#end) + DAY / HURRY);
  }
}

function shiftsIn(timeZone: string, { from, to }: Span): Shift[] {
  const shifts: Shift[] = [];
  const dateAt = (at: EpochMs) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
  const last = dateAt(to);
  for (let date = dateAt(from); Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
    if (date.dayOfWeek > 5) continue;
    const morning = date.toZonedDateTime({ timeZone, plainTime: { hour: MORNING } }).epochMilliseconds;
    const shift = { from: Math.max(morning, from), to: Math.min(morning + HOURS_A_DAY * HOUR, to) };
    if (shift.from < shift.to) shifts.push({ ...shift, morning, weekday: date.dayOfWeek });
  }
  return shifts;
}

function wholeSecond(at: number): EpochMs {
  return Math.ceil(at / 1_000) * 1_000;
}
