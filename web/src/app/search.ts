import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { DAY } from '../format/duration.ts';
import { isoDay, timeZone } from '../format/time.ts';

/** What measures can be narrowed to from every page; in the URL, so that a link shows the same to a colleague. */
export const filterNames = ['service', 'team', 'project', 'source', 'environment'] as const;
export type FilterName = (typeof filterNames)[number];

/** What every page keeps in its URL. `range`: the last `30d`, or `2026-01-01..2026-03-31`, both days included. */
export type SharedSearch = { range?: string } & Partial<Record<FilterName, string>>;

export const shared = ['range', ...filterNames] as const;

/** Short enough that a young history has as much before it to compare with. */
const DEFAULT_DAYS = 30;
export const DEFAULT_RANGE = `${DEFAULT_DAYS}d`;
export const presets: readonly [range: string, label: string][] = [
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['90d', 'Last 90 days'],
  ['180d', 'Last 6 months'],
  ['365d', 'Last year'],
];

/** Takes from a URL what is known by these names, as texts. */
export function texts<K extends string>(
  given: Record<string, unknown>,
  names: readonly K[],
): Partial<Record<K, string>> {
  const known = names.flatMap((name) => {
    const value = given[name];
    return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [];
  });
  return Object.fromEntries(known) as Partial<Record<K, string>>;
}

export function sharedSearch(given: Record<string, unknown>): SharedSearch {
  return texts(given, shared);
}

interface DayRange {
  readonly from: string;
  /** The last day; null where the range goes on until now. */
  readonly to: string | null;
  readonly days: number;
  readonly label: string;
}

const CUSTOM = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/;

/** A range of the URL as days; the default where it cannot be read. */
export function daysOf(range = DEFAULT_RANGE, now = new Date()): DayRange {
  const [, from, to] = CUSTOM.exec(range) ?? [];
  if (from !== undefined && to !== undefined && from <= to) {
    const days = Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;
    return { from, to, days, label: from === to ? from : `${from} – ${to}` };
  }
  const days = Math.min(Number(/^(\d{1,4})d$/.exec(range)?.[1] ?? DEFAULT_DAYS), 7_300) || DEFAULT_DAYS;
  const start = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
  const label = presets.find(([preset]) => preset === range)?.[1] ?? `Last ${days} days`;
  return { from: isoDay(start), to: null, days, label };
}

export type Bucket = 'day' | 'week' | 'month';

/** How a range is cut: a few points that say something; of a month by day, every other one would be of one change or of none. */
export function bucketOf(days: number): Bucket {
  if (days <= 21) return 'day';
  return days <= 200 ? 'week' : 'month';
}

/** What is asked of every measure on a page: its window, and what it is narrowed to. */
export function measureQuery(search: SharedSearch) {
  const { from, to } = daysOf(search.range);
  const filters = texts(search, filterNames);
  return { from, ...(to === null ? {} : { to: dayAfter(to) }), time_zone: timeZone, ...filters };
}

/** Ranges include their last day, and the API's `to` does not. */
function dayAfter(day: string): string {
  return new Date(Date.parse(day) + DAY).toISOString().slice(0, 10);
}

/** What is asked of lists of spans: instants instead of days, and no measure's words. */
export function spanWindow(search: SharedSearch): { from?: string; to?: string } {
  const { from, to } = daysOf(search.range);
  const start = (day: string) => new Date(`${day}T00:00:00`).toISOString();
  return { from: start(from), ...(to === null ? {} : { to: start(dayAfter(to)) }) };
}

export function useSharedSearch(): SharedSearch {
  return useSearch({ strict: false, select: (search) => sharedSearch(search as Record<string, unknown>) });
}

/** Changes what the URL says; an undefined value takes its parameter away. */
export function useSetSearch() {
  const navigate = useNavigate();
  return useCallback(
    (changes: Record<string, string | undefined>, replace = false) =>
      void navigate({
        to: '.',
        replace,
        search: ((before: Record<string, unknown>) => ({ ...before, ...changes })) as never,
      }),
    [navigate],
  );
}
