import { teams } from '../../demo/teams.ts';
import type { Outcomes } from '../../demo/tell-all.ts';
import { harmless, printJson, table } from '../output.ts';

/** How many spans there are of an operation in a project. */
export interface Tally {
  readonly project: string;
  readonly operation: string;
  readonly count: number;
}

/** What was made, times in milliseconds since 1970. */
export interface DemoReport {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly days: number;
  readonly outcomes: Outcomes;
  readonly tallies: readonly Tally[];
  readonly worthSeeing: { readonly spanId: string; readonly title: string } | null;
}

/** Where it is now. */
interface Place {
  readonly url: string | null;
  /** The folder of a store of its own. */
  readonly dataDir: string | null;
}

const COLUMNS = ['issue', 'pull_request', 'pipeline', 'build', 'deploy', 'incident'];

export function printReport(report: DemoReport, { json }: { readonly json?: boolean }): void {
  if (json === true) printJson(wireReport(report));
  else for (const line of linesOf(report)) console.log(line);
}

function wireReport({ seed, from, to, days, outcomes, tallies, worthSeeing }: DemoReport): object {
  return {
    ...{ seed, days, from: new Date(from).toISOString(), to: new Date(to).toISOString(), outcomes },
    teams: teams.map((team) => ({ name: team.name, projects: team.projects, spans: spansOf(team, tallies) })),
    worth_seeing: worthSeeing === null ? null : { span_id: worthSeeing.spanId, title: worthSeeing.title },
  };
}

function linesOf({ from, to, outcomes, tallies }: DemoReport): string[] {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  const [accepted = 0, others] = [outcomes.accepted, Object.entries(outcomes).filter(([name]) => name !== 'accepted')];
  const aside = others.map(([name, count]) => `, ${count} ${name}`).join('');
  const rows = teams.map((team) => {
    const spans = spansOf(team, tallies);
    return [team.name, ...COLUMNS.map((operation) => String(spans[operation] ?? 0)), team.projects.join(' ')];
  });
  return [
    `${accepted} webhooks accepted${aside}: three teams from ${day(from)} to ${day(to)}`,
    '',
    table(['team', ...COLUMNS, 'projects'], rows, { flexible: COLUMNS.length + 1 }),
  ];
}

function spansOf({ projects }: { readonly projects: readonly string[] }, tallies: readonly Tally[]) {
  const spans: Record<string, number> = {};
  for (const { operation, count } of tallies.filter(({ project }) => projects.includes(project)))
    spans[operation] = (spans[operation] ?? 0) + count;
  return spans;
}

/** What to look at now, and how to be rid of it. */
export function nextSteps(report: DemoReport | null, { url, dataDir }: Place): string {
  const own = url === null || url === 'http://127.0.0.1:4747' ? '' : ` --url ${url}`;
  const seen = report?.worthSeeing ?? null;
  const trace = seen === null ? [] : [`  valuestream trace${own} '${seen.spanId}'   ${harmless(seen.title)}`];
  return [
    '',
    url === null ? `Serve it:  valuestream demo --serve --data-dir ${dataDir}` : `Look at it:  ${url}`,
    ...(url === null ? ['Then look at it:'] : []),
    `  valuestream measure dora${own} --per week`,
    `  valuestream measure flow${own}`,
    ...trace,
    dataDir === null
      ? 'Its senders are called "demo"; what a server was told is not taken back.'
      : `To be rid of it, remove ${dataDir}.`,
  ].join('\n');
}
