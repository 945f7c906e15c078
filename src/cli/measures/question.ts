import type { Command } from 'commander';
import { buckets, type dimensions } from '../../measures/window.ts';
import { CliFailure } from '../failure.ts';
import { flag, type ServerFlags, withJson, withServer } from '../flags.ts';
import type { Query } from '../listing.ts';
import { zone } from '../output.ts';

/** The flags of every measure. */
export interface MeasureFlags extends ServerFlags {
  readonly from?: string;
  readonly to?: string;
  readonly since?: string;
  readonly timeZone: string;
  readonly per: string;
  readonly groupBy?: string;
  readonly compare?: boolean;
  readonly source?: string;
  readonly project?: string;
  readonly team?: string;
  readonly service?: string;
  readonly environment?: string;
  readonly fresh?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly markdown?: boolean;
}

/** Adds the flags of every measure, and by what it is grouped: from when to when, of what, and in what form. */
export function withQuestion(command: Command): Command {
  return withQuestionOfLanes(command).addOption(
    flag('MEASURE', '--group-by <words>', 'project, team, service, environment, source, …; several with commas'),
  );
}

/** Adds the same flags but that of groups, for what is always told of each service and environment. */
export function withQuestionOfLanes(command: Command): Command {
  const flags = [
    flag('MEASURE', '--since <time>', 'so far back from now, or from --to: 90d or 12w').conflicts('from'),
    flag('MEASURE', '--from <time>', 'from this day (2026-03-01) or instant (RFC 3339) on; 90 days back if not given'),
    flag('MEASURE', '--to <time>', 'before this day or instant; now if not given'),
    flag('MEASURE', '--time-zone <name>', 'in which days and weeks begin').default(zone(), 'that of this machine'),
    flag('MEASURE', '--per <bucket>', 'of what a row, or a bar, tells').choices(buckets).default('week'),
    flag('MEASURE', '--compare', 'with the period before'),
    flag('MEASURE', '--source <id>', 'github, customhttp, …'),
    flag('MEASURE', '--project <name>', 'the repository or namespace'),
    flag('MEASURE', '--team <name>', 'the team'),
    flag('MEASURE', '--service <name>', 'the service'),
    flag('MEASURE', '--environment <name>', 'production, staging, …'),
    flag('MEASURE', '--fresh', 'wait until all is counted that has arrived'),
    flag('MEASURE', '--csv', 'print comma-separated values, all numbers of all rows').conflicts(['json', 'markdown']),
    flag('MEASURE', '--markdown', 'print a table in Markdown').conflicts(['json']),
  ];
  for (const option of flags) command.addOption(option);
  return withJson(withServer(command));
}

/** What the API is asked by these flags. Throws a CliFailure where they are wrong. */
export function queryBy(flags: MeasureFlags, now: number): Query {
  const { to, timeZone, per, groupBy, compare, source, project, team, service, environment, fresh } = flags;
  return {
    from: flags.since === undefined ? flags.from : dayBefore(flags.since, to, timeZone, now),
    ...{ to, time_zone: timeZone, per, group_by: groupBy, source, project, team, service, environment },
    compare: compare === true ? 'previous' : undefined,
    fresh: fresh === true ? true : undefined,
  };
}

/** What the rows of an answer may be grouped by. */
export type GroupKey = Partial<Record<(typeof dimensions)[number], string>>;

const DAYS = { d: 1, w: 7 } as const;

/** The day that lies so long before now, or before the end that is given. */
function dayBefore(since: string, to: string | undefined, timeZone: string, now: number): string {
  const { count, unit } = /^(?<count>\d{1,5})(?<unit>[dw])$/.exec(since)?.groups ?? {};
  if (count === undefined || (unit !== 'd' && unit !== 'w'))
    throw new CliFailure(`--since: ${since} is no time; give one such as 90d or 12w`, 2);
  const end = to === undefined ? now : Date.parse(to);
  if (Number.isNaN(end)) throw new CliFailure(`--to: ${to} is no time; give a day such as 2026-03-01`, 2);
  const today = to !== undefined && !to.includes('T') ? to : dayAt(end, timeZone);
  return new Date(Date.parse(today) - Number(count) * DAYS[unit] * 86_400_000).toISOString().slice(0, 10);
}

function dayAt(at: number, timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at);
  } catch {
    throw new CliFailure(`--time-zone: ${timeZone} is no time zone; give one such as Europe/Berlin`, 2);
  }
}
