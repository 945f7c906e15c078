import { InvalidArgumentError, type Option } from 'commander';
import { startOfDay, startOfDayBefore } from '../../measures/calendar.ts';
import { CliFailure } from '../failure.ts';
import { flag } from '../flags.ts';

/** Reads a flag that can be given several times, or once with commas. */
export function names(text: string, before: readonly string[] = []): readonly string[] {
  const given = text.split(',').map((name) => name.trim());
  if (given.includes('')) throw new InvalidArgumentError('a name is empty');
  return [...before, ...given];
}

const WAIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Reads how long to wait, `90s`, `10m` or `2h`, as milliseconds. */
export function waitMs(text: string): number {
  const { count, unit = 's' } = /^(?<count>\d{1,6})(?<unit>[smh])?$/.exec(text)?.groups ?? {};
  if (count === undefined || (unit === 's' && !text.endsWith('s') && count !== '0'))
    throw new InvalidArgumentError('give a time such as 90s, 10m or 2h');
  return Number(count) * WAIT_MS[unit as keyof typeof WAIT_MS];
}

/** `--max-wait` of a command that reads from a vendor: so long, as in `10m`, where it is not given. */
export function maxWait(command: string, usual: string): Option {
  return flag(command, '--max-wait <time>', 'wait for a rate limit so long at most: 90s, 10m, 2h, or 0')
    .argParser(waitMs)
    .default(waitMs(usual), usual);
}

const DAYS = { d: 1, w: 7 } as const;

/**
 * From when on `--since` means: the beginning of a day in a time zone, so many days or weeks back or by its date; or an instant.
 * In milliseconds since 1970.
 */
export function sinceAt(text: string, now: number, timeZone: string): number {
  const { count, unit } = /^(?<count>\d{1,5})(?<unit>[dw])$/.exec(text)?.groups ?? {};
  if (count !== undefined) return startOfDayBefore(now, Number(count) * DAYS[unit as keyof typeof DAYS], timeZone);
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? startOfDay(text, timeZone) : instant(text);
  if (at !== null) return at;
  throw new CliFailure(`--since: ${text} is no time; give 90d, 12w, 2026-03-01 or 2026-03-01T09:00:00Z`, 2);
}

function instant(text: string): number | null {
  const at = /^\d{4}-\d\d-\d\dT.+(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
