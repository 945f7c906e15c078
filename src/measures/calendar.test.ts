import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarOf, dayAfter, daysUntil, isTimeZone, periodBefore, startOfDay } from './calendar.ts';
import { buckets } from './window.ts';

const HOUR = 3_600_000;
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Apia', 'Asia/Kathmandu', 'America/Havana'] as const;
const instant = fc.integer({ min: Date.UTC(2009, 0), max: Date.UTC(2026, 11) });

/** The wall clock of a zone, by Intl alone: the calendar under test knows nothing of it. */
function wallClock(at: number, timeZone: string): { day: string; weekday: string } {
  const format = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit', weekday: 'short' },
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return { day: `${parts.year}-${parts.month}-${parts.day}`, weekday: parts.weekday ?? '' };
}

/** The ISO week of a day, by the definition: week 1 is that of the first Thursday. */
function isoWeek(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  const days = (date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / (24 * HOUR);
  return `${date.getUTCFullYear()}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`;
}

const labelBy = {
  day: (day: string) => day,
  week: isoWeek,
  month: (day: string) => day.slice(0, 7),
};

describe('the days, weeks and months of a window', () => {
  it('tile it: every instant lies in exactly one, the one that Intl says', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...buckets),
        instant,
        fc.integer({ min: 1, max: 100 * 24 * HOUR }),
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 20 }),
        (timeZone, bucket, from, length, shares) => {
          const window = { from, to: from + length, timeZone };
          const periods = calendarOf(window, bucket);
          const edges = [from, ...periods.map(({ to }) => to)];
          expect(periods.map((period) => period.from)).toEqual(edges.slice(0, -1));
          expect(edges.at(-1)).toBe(window.to);
          for (const at of [from, window.to - 1, ...shares.map((share) => from + Math.floor(share * length))]) {
            const [period, ...others] = periods.filter((one) => one.from <= at && at < one.to);
            expect(others).toEqual([]);
            expect(period?.label).toBe(labelBy[bucket](wallClock(at, timeZone).day));
          }
        },
      ),
    );
  });

  it.each([
    ['Europe/Berlin', '2026-03-23', 167],
    ['Europe/Berlin', '2026-10-19', 169],
    ['America/New_York', '2026-03-02', 167],
    ['America/New_York', '2026-10-26', 169],
    ['Asia/Kathmandu', '2026-03-23', 168],
    // Samoa went over the date line, and had no 30 December 2011.
    ['Pacific/Apia', '2011-12-26', 144],
  ])('in %s the week from %s has %d hours', (timeZone, monday, hours) => {
    const from = startOfDay(monday, timeZone) ?? 0;
    expect(wallClock(from, timeZone)).toEqual({ day: monday, weekday: 'Mon' });
    const [week] = calendarOf({ from, to: from + 10 * 24 * HOUR, timeZone }, 'week');
    expect(week).toMatchObject({ from, to: from + hours * HOUR, isWhole: true });
  });

  it('leave out a day that a zone has left out', () => {
    const window = { from: Date.UTC(2011, 11, 29), to: Date.UTC(2012, 0, 1), timeZone: 'Pacific/Apia' };
    expect(calendarOf(window, 'day').map(({ label }) => label)).toEqual([
      ...['2011-12-28', '2011-12-29', '2011-12-31', '2012-01-01'],
    ]);
  });
});

describe('the period before', () => {
  const compared = (from: string, to: string, timeZone = 'Europe/Berlin') => {
    const [start, end] = [startOfDay(from, timeZone) ?? 0, startOfDay(to, timeZone) ?? 0];
    const period = periodBefore({ from: start, to: end, timeZone });
    return [period.from, period.to].map((at) => wallClock(at, timeZone).day);
  };

  it('of whole months is as many months', () => {
    expect(compared('2026-03-01', '2026-04-01')).toEqual(['2026-02-01', '2026-03-01']);
    expect(compared('2026-01-01', '2026-04-01')).toEqual(['2025-10-01', '2026-01-01']);
  });

  it('of whole days is as many days, whatever their length', () => {
    expect(compared('2026-03-30', '2026-04-06')).toEqual(['2026-03-23', '2026-03-30']);
  });

  it('of anything else is the same time directly before', () => {
    const from = Date.UTC(2026, 2, 29, 12);
    expect(periodBefore({ from, to: from + 5 * HOUR, timeZone: 'Europe/Berlin' })).toEqual({
      ...{ from: from - 5 * HOUR, to: from },
    });
  });
});

it('days to come are counted by the calendar, and back', () => {
  const night = Date.UTC(2026, 2, 27, 23, 30);
  expect(daysUntil('2026-03-30', night, 'UTC')).toBe(3);
  expect(daysUntil('2026-03-30', night, 'Europe/Berlin')).toBe(2);
  expect(daysUntil('2026-02-30', night, 'UTC')).toBeNull();
  fc.assert(
    fc.property(fc.constantFrom(...zones), instant, fc.integer({ min: -500, max: 500 }), (zone, at, days) => {
      expect(daysUntil(dayAfter(at, days, zone), at, zone)).toBe(days);
    }),
  );
});

it('a time zone goes by its name', () => {
  expect(['UTC', 'Europe/Berlin', 'Asia/Kathmandu'].map(isTimeZone)).toEqual([true, true, true]);
  expect(['', 'Mars/Olympus', '+01:00', '-05:00'].map(isTimeZone)).toEqual([false, false, false, false]);
});
