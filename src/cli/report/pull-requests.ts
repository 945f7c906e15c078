import { createWriteStream, renameSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import type { Journal } from '../../report/journal.ts';
import { csvOfJournal, readPullRequests } from '../../report/pull-requests.ts';
import { type Question, states } from '../../report/question.ts';
import { createGithub } from '../../vendors/github/client.ts';
import { GithubError } from '../../vendors/github/error.ts';
import type { GithubHost } from '../../vendors/github/host.ts';
import { findToken } from '../../vendors/github/token.ts';
import { CliFailure } from '../failure.ts';
import { flag, wholeNumber } from '../flags.ts';
import { checkNames, githubOf } from '../github.ts';
import { zone } from '../output.ts';
import { ratedProgress } from '../rated-progress.ts';
import { type Stop, stopOnSignal } from '../stop-on-signal.ts';
import { askingOf, exitCodeOf } from '../vendors.ts';
import { maxWait, names, sinceAt } from './asked.ts';
import { cannotWrite, openJournal, type Place, placeOf, withWayOn } from './partial.ts';

interface ReportFlags {
  readonly org?: readonly string[];
  readonly repo?: readonly string[];
  readonly state: Question['state'];
  readonly since?: string;
  readonly max?: number;
  readonly authors?: boolean;
  readonly enterpriseHost: string;
  readonly out?: string;
  readonly restart?: boolean;
  readonly maxWait: number;
}

/** `valuestream report pull-requests`. */
export function pullRequestsReportCommand(): Command {
  const command = new Command('pull-requests').description(
    'fetch pull requests from GitHub into comma-separated values',
  );
  const flags = [
    flag(
      'REPORT',
      '--org <names>',
      'an organization or a user, or a pattern of organizations; several times or with commas',
    ).argParser(names),
    flag(
      'REPORT',
      '--repo <names>',
      'a repository, owner/name, or a pattern; several times or with commas; all if not given',
    ).argParser(names),
    flag('REPORT', '--state <state>', 'which: closed is without a merge').choices(states).default('all'),
    flag('REPORT', '--since <time>', 'those that are open, or ended since: 90d, 12w, 2026-03-01 or an instant'),
    flag('REPORT', '--max <number>', 'the latest of each repository, so many').argParser(wholeNumber(1)),
    flag('REPORT', '--authors', 'tell who made each; without it, nobody is named'),
    flag('REPORT', '--enterprise-host <host>', 'a GitHub of your own, or what stands before one, by its URL').default(
      'github.com',
    ),
    flag(
      'REPORT',
      '--out <file>',
      'write to this file, and be able to go on after an interruption; stdout if not given',
    ),
    flag('REPORT', '--restart', 'forget what an interrupted report has read'),
    maxWait('REPORT', '10m'),
  ];
  for (const option of flags) command.addOption(option);
  return command.addHelpText('after', HELP).action((given: ReportFlags) => report(given));
}

const HELP = `
The token comes from VS_GITHUB_TOKEN, GH_TOKEN or GITHUB_TOKEN, for another host from VS_GITHUB_TOKEN, GH_ENTERPRISE_TOKEN or
GITHUB_ENTERPRISE_TOKEN, or else from the GitHub CLI ("gh auth login"). It needs to read pull requests: the scope "repo" of a
classic token, for patterns in --org also "read:org".

With --out FILE everything that is read stands in FILE.partial until the report is whole; only then FILE is written, at once.
Whatever interrupts it (Ctrl-C, a rate limit, a power cut): the same command goes on where it stopped, and FILE is the same, byte
for byte, as if it had not been interrupted. Every column is defined in docs/reports.md.

Exit codes: 0 done; 1 GitHub did not answer, or its rate limit lasts longer than --max-wait; 2 a flag, a name or the token is
wrong; 130 after Ctrl-C.

Examples:
  $ valuestream report pull-requests --org octo-org --out pull-requests.csv
  $ valuestream report pull-requests --repo octo-org/api --repo octo-org/web --state merged --since 90d
  $ valuestream report pull-requests --org octo-org --repo 'pay-*' --max 500 | valuestream report aggregate --in -
  $ valuestream report pull-requests --enterprise-host github.example.com --org '*' --out all.csv`;

async function report(flags: ReportFlags): Promise<void> {
  const host = githubOf(flags.enterpriseHost);
  const question = questionOf(flags, host);
  const now = Date.now();
  const since = flags.since === undefined ? null : sinceAt(flags.since, now, zone());
  const place = placeOf(flags);
  const stop = stopOnSignal();
  try {
    const token = await findToken(host, process.env);
    const journal = openJournal(place, question, { startedAt: now, sinceAt: since });
    await readAndWrite(flags, { host, token, question, journal, place, stop });
  } catch (error) {
    throw error instanceof GithubError ? new CliFailure(withWayOn(error.message, place), exitCodeOf(error)) : error;
  } finally {
    stop.forget();
    place.forget();
  }
}

function questionOf(flags: ReportFlags, host: GithubHost): Question {
  const { org: orgs = [], repo: repos = [], state, since = null, max = null, authors = false } = flags;
  checkNames(orgs, repos);
  return { ...{ host: host.name, orgs: [...orgs], repos: [...repos], state, since, max, authors } };
}

interface Run {
  readonly host: GithubHost;
  readonly token: string;
  readonly question: Question;
  readonly journal: Journal;
  readonly place: Place;
  readonly stop: Stop;
}

async function readAndWrite(flags: ReportFlags, { host, token, question, journal, place, stop }: Run): Promise<void> {
  const progress = ratedProgress('pull requests');
  const github = createGithub({ ...askingOf('GitHub', flags.maxWait, progress.say, stop.signal), host, token });
  if (journal.isResumed) progress.say(`going on with what ${place.path} has`);
  try {
    await readPullRequests(github, journal, question, {
      onRenamed: (asked, today) => progress.say(`${asked} is called ${today} today`),
      onFetched: ({ repositories, pullRequests }) =>
        progress.update({ ...pullRequests, also: `${repositories.done} of ${repositories.total} repositories` }),
    });
    progress.stop();
    const count = await write(journal, question, flags.out);
    journal.remove();
    console.error(summary(count, journal.repositories?.length ?? 0, question, flags.out));
  } catch (error) {
    progress.stop();
    journal.close();
    if (!stop.signal.aborted) throw cannotWrite(place.path, error);
    console.error(withWayOn('stopped.', place));
    process.exitCode = stop.exitCode();
  }
}

/** How many rows it has written. */
async function write(journal: Journal, question: Question, out: string | undefined): Promise<number> {
  let count = 0;
  const onRows = (rows: number) => {
    count += rows;
  };
  const text = Readable.from(csvOfJournal(journal, question, onRows));
  if (out === undefined) await pipeline(text, process.stdout, { end: false });
  else await writeWhole(text, out);
  return count;
}

/** Either the whole file is there, or what was there before. */
async function writeWhole(text: Readable, out: string): Promise<void> {
  const temporary = `${out}.tmp`;
  try {
    await pipeline(text, createWriteStream(temporary, { flush: true }));
    renameSync(temporary, out);
  } catch (error) {
    throw cannotWrite(out, error);
  }
}

function summary(count: number, found: number, { state, since }: Question, out: string | undefined): string {
  const of = `of ${found} ${found === 1 ? 'repository' : 'repositories'}`;
  if (count > 0) return `${count} pull requests ${of}${out === undefined ? '' : ` are in ${out}`}`;
  const narrow = state === 'all' && since === null ? '' : ': ask for more with --state all, and without --since';
  return `no pull requests ${of}${narrow}`;
}
