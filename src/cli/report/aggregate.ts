import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { isTimeZone } from '../../measures/calendar.ts';
import { type Bucket, buckets } from '../../measures/window.ts';
import { type AggregateRow, aggregate, aggregateColumns, type LeftOut } from '../../report/aggregate.ts';
import { type Cell, csvOf } from '../../report/csv.ts';
import { InputError, readPullRequestsCsv } from '../../report/read-csv.ts';
import { CliFailure } from '../failure.ts';
import { flag, withJson } from '../flags.ts';
import { markdownOf } from '../measures/sheet.ts';
import { harmless, inWords, printJson, table, zone } from '../output.ts';
import { ratedProgress } from '../rated-progress.ts';

interface AggregateFlags {
  readonly in: string;
  readonly window: Bucket;
  readonly timeZone: string;
  readonly bots?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly markdown?: boolean;
}

/** `valuestream report aggregate`. */
export function aggregateCommand(): Command {
  const command = new Command('aggregate').description(
    'tell per repository and day, week or month how pull requests have gone',
  );
  const flags = [
    flag('REPORT', '--in <file>', 'what "report pull-requests" has written; - is stdin').makeOptionMandatory(),
    flag('REPORT', '--window <interval>', 'of what a row tells').choices(buckets).default('week'),
    flag('REPORT', '--time-zone <name>', 'in which days, weeks and months begin').default(
      zone(),
      'that of this machine',
    ),
    flag('REPORT', '--bots', 'count those of bots as well'),
    flag('REPORT', '--csv', 'print comma-separated values; so it is where stdout is no terminal').conflicts([
      'json',
      'markdown',
    ]),
    flag('REPORT', '--markdown', 'print a table in Markdown').conflicts(['json']),
  ];
  for (const option of flags) command.addOption(option);
  return withJson(command)
    .addHelpText(
      'after',
      `
A pull request counts where it ended: merged or closed. What is open, and what bots have made, is told as left out. An empty cell is
not known, never 0. Running percentiles are of all that were merged up to the end of the row's interval. Every column is defined in
docs/reports.md.

Examples:
  $ valuestream report aggregate --in pull-requests.csv --window month
  $ valuestream report aggregate --in pull-requests.csv --time-zone Europe/Berlin --csv > weeks.csv
  $ valuestream report pull-requests --repo octo-org/api | valuestream report aggregate --in - --markdown`,
    )
    .action((given: AggregateFlags) => aggregateFile(given));
}

async function aggregateFile(flags: AggregateFlags): Promise<void> {
  const { window, timeZone, bots: withBots = false } = flags;
  if (!isTimeZone(timeZone))
    throw new CliFailure(`--time-zone: ${timeZone} is no time zone; give one such as Europe/Berlin`, 2);
  const input = flags.in === '-' ? process.stdin : createReadStream(flags.in);
  const progress = ratedProgress('pull requests');
  const read = counted(readPullRequestsCsv(input), (done) => progress.update({ done, total: null, also: '' }));
  const { rows, leftOut } = await aggregate(read, { window, timeZone, withBots })
    .finally(() => progress.stop())
    .catch((error: unknown) => {
      throw cannotRead(flags.in, error);
    });
  if (flags.json === true) return printJson({ window, time_zone: timeZone, left_out: leftOut, rows: [...rows] });
  const count = await print(rows, flags);
  for (const line of notes(count, leftOut)) console.error(line);
}

const TELL_EVERY = 10_000;

/** Tells now and then how many there were. */
async function* counted<T>(all: AsyncIterable<T>, tell: (count: number) => void): AsyncGenerator<T> {
  let count = 0;
  for await (const one of all) {
    yield one;
    count += 1;
    if (count % TELL_EVERY === 0) tell(count);
  }
}

function cannotRead(path: string, error: unknown): unknown {
  if (error instanceof InputError) return new CliFailure(`${path}: ${error.message}`, 2);
  const isOfFile =
    error instanceof Error && 'code' in error && ['ENOENT', 'EACCES', 'EISDIR'].includes(String(error.code));
  return isOfFile ? new CliFailure(`--in: cannot read ${path}: ${error.message}`, 2) : error;
}

/** How many rows it has printed. */
async function print(rows: Iterable<AggregateRow>, { csv, markdown }: AggregateFlags): Promise<number> {
  if (markdown !== true && (csv === true || process.stdout.isTTY !== true)) return printCsv(rows);
  const all = [...rows];
  // What all have in common tells none from another, and takes the room.
  const isOneOwner = new Set(all.map(({ owner }) => owner)).size === 1;
  const words = all.map((row) => wordsOf(row, isOneOwner ? row.repo : row.key));
  if (markdown === true) console.log(markdownOf(HEAD, words, 2));
  else if (words.length > 0) console.log(table(HEAD, words, { flexible: 0, dispensable: [6, 7, 8, 9] }));
  return words.length;
}

const PORTION = 1_000;

async function printCsv(rows: Iterable<AggregateRow>): Promise<number> {
  let count = 0;
  function* portions(): Generator<string> {
    yield csvOf([aggregateColumns]);
    let portion: Cell[][] = [];
    for (const row of rows) {
      count += 1;
      portion.push(aggregateColumns.map((column) => row[column]));
      if (portion.length < PORTION) continue;
      yield csvOf(portion);
      portion = [];
    }
    if (portion.length > 0) yield csvOf(portion);
  }
  await pipeline(Readable.from(portions()), process.stdout, { end: false });
  return count;
}

const HEAD = [
  ...['repository', 'interval', 'total', 'merged', 'ratio', 'lines', 'to merge', 'per line', 'per comment', 'comments'],
  ...['running p50', 'p95', 'p99'],
];

/** A row for people: a dash is what is not known. */
function wordsOf(row: AggregateRow, name: string): string[] {
  const time = (seconds: number | null) => (seconds === null ? '–' : inWords(seconds * 1_000));
  const hours = (value: number | null) => time(value === null ? null : value * 3_600);
  const number = (value: number | null, digits: number) => (value === null ? '–' : value.toFixed(digits));
  return [
    ...[harmless(name), row.interval, String(row.total), String(row.merged)],
    ...[`${(100 * row.merge_ratio).toFixed(1)} %`, number(row.average_lines_changed, 0), hours(row.hours)],
    ...[time(row.seconds_per_line), time(row.seconds_per_comment), number(row.comments, 1)],
    ...[hours(row.running_p50_hours), hours(row.running_p95_hours), hours(row.running_p99_hours)],
  ];
}

function notes(count: number, { open, bot }: LeftOut): string[] {
  return [
    ...(count === 0 ? ['nothing in it has ended that counts'] : []),
    ...(open > 0 ? [`left out: ${open} that are open`] : []),
    ...(bot > 0 ? [`left out: ${bot} made by bots; --bots counts them as well`] : []),
  ];
}
