import { z } from 'zod';
import { wrongParameter } from '../../domain/app-error.ts';
import { MOST_GROUPS } from '../../measures/ask.ts';
import { isTimeZone, startOfDay, startOfDayBefore } from '../../measures/calendar.ts';
import type { Parameter } from '../../measures/columns/contract.ts';
import type { Question } from '../../measures/measure.ts';
import { buckets, type Dimension, dimensions, type MeasureFilter, type Window } from '../../measures/window.ts';

const DEFAULT_DAYS = 90;
const MOST_BUCKETS = 1_000;
const MOST_YEARS = 20;
const YEAR_MS = 366 * 86_400_000;
const MOST_GROUPINGS = 3;

const time = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'must be a day such as 2026-03-01, or an RFC 3339 time such as 2026-03-01T09:30:00Z',
});
const flag = z.enum(['true', 'false']).default('false');
const narrowing = (words: string) => z.string().max(500).optional().describe(`${words}; empty: where it is not known`);

/** What can be asked of every measure: from when to when, and of what. */
export const narrowQuery = {
  from: time
    .optional()
    .describe(`from this instant on, or from the start of this day; ${DEFAULT_DAYS} days before \`to\` if not given`),
  to: time.optional().describe('before this instant, or before the start of this day; now if not given'),
  time_zone: z
    .string()
    .default('UTC')
    .describe('in which days, weeks and months begin: an IANA name such as Europe/Berlin'),
  operation: narrowing('issue, pull_request, build, deploy, …'),
  source: narrowing('github, customhttp, …'),
  project: narrowing('the repository or namespace'),
  team: narrowing('whose it is'),
  service: narrowing('what the rules call it, else the project'),
  environment: narrowing('where it acted'),
  tier: narrowing('what kind of environment that is, by the rules: production, staging, …'),
  result: narrowing('how it ended'),
  stage: narrowing('the name of a stage'),
  type: narrowing('of flow: feature, defect, risk or debt'),
  author: narrowing('who made it'),
  fresh: flag.describe('whether to wait until everything is counted that has arrived before'),
};

/** What can be asked of every answer with numbers. */
export const numbersQuery = {
  ...narrowQuery,
  per: z.enum(buckets).optional().describe('the numbers also of each day, ISO week or month'),
  group_by: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(dimensions)).max(MOST_GROUPINGS))
    .optional()
    .describe(`the numbers also of each group: ${dimensions.join(', ')}; up to ${MOST_GROUPINGS}, with commas between`),
  most_groups: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_GROUPS)
    .optional()
    .describe('so many groups, those with most items first; not given: as many as an answer can hold'),
  compare: z.enum(['previous']).optional().describe('the numbers also of the period before'),
};

type NarrowQuery = z.infer<z.ZodObject<typeof narrowQuery>>;
type NumbersQuery = z.infer<z.ZodObject<typeof numbersQuery>>;

/**
 * A query as a question. `options`: what else the measures ask, by the names of their parameters. Throws an AppError
 * `invalid_parameter` that names what is wrong.
 */
export function questionOf(
  query: NarrowQuery & Partial<Pick<NumbersQuery, 'per' | 'group_by' | 'most_groups' | 'compare'>>,
  now: number,
  options: Readonly<Record<string, Parameter>> = {},
): Question {
  const window = windowOf(query, now);
  const per = query.per ?? null;
  if (per !== null) refuseTooMany(window, per);
  const groupBy = [...new Set(query.group_by ?? [])];
  const shape = { groupBy, per, compare: query.compare !== undefined, mostGroups: query.most_groups };
  return { window, filter: filterOf(query), ...shape, now, options };
}

function windowOf({ from, to, time_zone: timeZone }: NarrowQuery, now: number): Window {
  if (!isTimeZone(timeZone))
    throw wrongParameter('time_zone', `${timeZone} is no time zone; give one such as Europe/Berlin`);
  const end = to === undefined ? now : instantOf(to, timeZone, 'to');
  const start = from === undefined ? startOfDayBefore(end, DEFAULT_DAYS, timeZone) : instantOf(from, timeZone, 'from');
  if (start >= end) throw wrongParameter('from', `must be before ${to === undefined ? 'now' : '`to`'}`);
  // What is cut into days or weeks is held in memory.
  if (end - start > MOST_YEARS * YEAR_MS)
    throw wrongParameter('from', `must be at most ${MOST_YEARS} years before \`to\``);
  return { from: start, to: end, timeZone };
}

function instantOf(text: string, timeZone: string, parameter: string): number {
  const instant = text.includes('T') ? Date.parse(text) : startOfDay(text, timeZone);
  if (instant === null || Number.isNaN(instant)) throw wrongParameter(parameter, `there is no ${text}`);
  return instant;
}

/** How long one lasts at least; nearly, for where a zone leaves out a day nothing is gained by being exact. */
const LEAST_MS = { day: 86_400_000, week: 7 * 86_400_000, month: 28 * 86_400_000 } as const;

function refuseTooMany({ from, to }: Window, per: NonNullable<Question['per']>): void {
  if ((to - from) / LEAST_MS[per] <= MOST_BUCKETS) return;
  throw wrongParameter(
    'per',
    `the window has more than ${MOST_BUCKETS} ${per}s; ask for longer ones, or a shorter window`,
  );
}

function filterOf(query: NarrowQuery): MeasureFilter {
  const given = dimensions.flatMap((name): [Dimension, string][] => {
    const value = query[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(given);
}
