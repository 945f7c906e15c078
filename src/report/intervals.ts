import type { EpochMs } from '../domain/event.ts';
import { type CalendarPeriod, calendarOf } from '../measures/calendar.ts';
import type { Bucket } from '../measures/window.ts';

const DAY_MS = 86_400_000;

/** The days, weeks or months of a time zone by what lies in them. Remembers what it was asked, for the calendar is slow. */
export class Intervals {
  readonly #bucket: Bucket;
  readonly #timeZone: string;
  /** Of each day of UTC: what begins or goes on in it. */
  readonly #days = new Map<number, readonly CalendarPeriod[]>();

  constructor(bucket: Bucket, timeZone: string) {
    this.#bucket = bucket;
    this.#timeZone = timeZone;
  }

  /** `2026-03-29`, `2026-W13` or `2026-03`. */
  labelOf(at: EpochMs): string {
    const day = Math.floor(at / DAY_MS);
    const periods = this.#days.get(day) ?? this.#periodsOf(day);
    return periods.find(({ to }) => at < to)?.label ?? '';
  }

  #periodsOf(day: number): readonly CalendarPeriod[] {
    const window = { from: day * DAY_MS, to: (day + 1) * DAY_MS, timeZone: this.#timeZone };
    const periods = calendarOf(window, this.#bucket);
    this.#days.set(day, periods);
    return periods;
  }
}
