import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Company, companyOf } from '../support/github-api/company.ts';
import { dayIn, type ExpectedRow, expectedAggregate, expectedCsv, isoWeek } from '../support/github-api/expected.ts';
import { GithubApi, type GithubApiOptions, primaryLimit, secondaryLimit, TOKEN } from '../support/github-api/server.ts';
import { runProgram, startProgram } from '../support/server.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

let folder: string;
let out: string;
let partial: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'valuestream-report-test-'));
  out = join(folder, 'pull-requests.csv');
  partial = `${out}.partial`;
});
afterEach(() => rmSync(folder, { recursive: true }));

let api: GithubApi | undefined;
afterEach(async () => {
  await api?.stop();
  api = undefined;
});

async function serve(company: Company, options: GithubApiOptions = {}): Promise<GithubApi> {
  api = await new GithubApi(company, options).start();
  return api;
}

/** No token of the machine, and no GitHub CLI of it. */
const NOBODY = Object.fromEntries(
  ['GH_TOKEN', 'GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'].map((name) => [name, '']),
);
const as = (token: string) => ({ ...NOBODY, PATH: '', VS_GITHUB_TOKEN: token });

const argumentsOf = (flags: readonly string[]) => [
  'report',
  'pull-requests',
  '--enterprise-host',
  api?.url ?? '',
  ...flags,
];
const report = (flags: readonly string[], token = TOKEN) => runProgram(argumentsOf(flags), as(token));

async function aggregated(flags: readonly string[]): Promise<{ rows: ExpectedRow[]; left_out: object }> {
  const { code, stdout, stderr } = await runProgram(['report', 'aggregate', '--in', out, '--json', ...flags]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** Numbers are the same but for the last digits: they were added up in another order. */
function expectSame(rows: readonly ExpectedRow[], expected: readonly ExpectedRow[]): void {
  expect(rows).toHaveLength(expected.length);
  for (const [index, row] of rows.entries()) {
    const wanted = Object.entries(expected[index] ?? {}).map(([name, value]) => [
      name,
      typeof value === 'number' ? expect.closeTo(value, 6) : value,
    ]);
    expect(row).toEqual(Object.fromEntries(wanted));
  }
}

describe('10,000 pull requests in 40 repositories', () => {
  let company: Company;
  let expected: string;
  const everything = ['--org', 'octo-org', '--repo', '*'];
  beforeAll(() => {
    company = companyOf(7, 40, 10_000);
    expected = expectedCsv(company);
  });

  it('are told as they are, and aggregated as another computation does', async () => {
    // No page is answered before four wait for it: so they are asked for in parallel.
    const waiting: (() => void)[] = [];
    const server = await serve(company, {
      mishap: ({ variables }) => {
        if (variables.id === undefined || waiting.length === 4) return null;
        return new Promise((resolve) => {
          waiting.push(() => resolve(null));
          if (waiting.length === 4) for (const go of waiting) go();
        });
      },
    });
    const { code, stderr } = await report([...everything, '--out', out]);
    expect({ code, stderr: stderr.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      stderr: `10000 pull requests of 40 repositories are in ${out}`,
    });
    expect(readFileSync(out, 'utf8') === expected).toBe(true);
    expect(existsSync(partial)).toBe(false);
    expect(server.mostAtOnce).toBe(4);

    const weeks = await aggregated(['--time-zone', 'UTC']);
    expectSame(weeks.rows, expectedAggregate(company, isoWeek));
    const bots = company.repositories
      .flatMap(({ pullRequests }) => pullRequests)
      .filter(({ author }) => author?.kind === 'Bot');
    expect(weeks.left_out).toMatchObject({ bot: bots.length });
    const berlin = dayIn('Europe/Berlin');
    const days = await aggregated(['--window', 'day', '--time-zone', 'Europe/Berlin', '--bots']);
    expectSame(days.rows, expectedAggregate(company, berlin, true));
    const months = await aggregated(['--window', 'month', '--time-zone', 'Europe/Berlin']);
    expectSame(
      months.rows,
      expectedAggregate(company, (at) => berlin(at).slice(0, 7)),
    );
  });

  it('are the same after the process was killed again and again', async () => {
    const server = await serve(company);
    const flags = [...everything, '--out', out];
    for (const kill of [60, 130, 200]) {
      const program = startProgram(argumentsOf(flags), as(TOKEN));
      server.mishap = ({ index }) => {
        if (index === kill) program.child.kill('SIGKILL');
        return null;
      };
      expect((await program.ended).signal).toBe('SIGKILL');
      expect(existsSync(out)).toBe(false);
    }
    // What was being written when the machine went down.
    writeFileSync(partial, '{"of":3,"phase":0,"aft', { flag: 'a' });
    server.mishap = () => null;
    const { code, stderr } = await report(flags);
    expect(code).toBe(0);
    expect(stderr).toContain(`going on with what ${partial} has`);
    expect(readFileSync(out, 'utf8') === expected).toBe(true);
    expect(existsSync(partial)).toBe(false);
    // Nothing was asked twice but what was under way: four pages each time.
    const pages = server.asked.flatMap(({ variables: { id, after, states } }) =>
      id && states ? [`${id} ${after}`] : [],
    );
    expect(pages.length - new Set(pages).size).toBeLessThanOrEqual(3 * 4);
  });
});

describe('valuestream report pull-requests', () => {
  let company: Company;
  beforeEach(() => {
    company = companyOf(3, 6, 150);
  });
  const lines = (text: string) => text.trimEnd().split('\r\n').slice(1);

  it('stops at Ctrl-C, says how to go on, and goes on', async () => {
    const server = await serve(company);
    const flags = ['--org', 'octo-org', '--out', out];
    const program = startProgram(argumentsOf(flags), as(TOKEN));
    server.mishap = ({ index }) => {
      if (index < 3) return null;
      if (index === 3) program.child.kill('SIGINT');
      return new Promise(() => {});
    };
    const { code, stderr, stdout } = await program.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain(`What was read is kept in ${partial}: the same command goes on from there.`);
    server.mishap = () => null;
    expect((await report(flags)).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe(expectedCsv(company));
  });

  it('writes to stdout where no file is given, for a pipe', async () => {
    await serve(company);
    const { code, stdout, stderr } = await report(['--org', 'octo-org', '--repo', 'service-*', '--state', 'merged']);
    expect(code).toBe(0);
    expect(stdout).toBe(expectedCsv(company, (_, { state }) => state === 'MERGED'));
    expect(stderr).toContain('of 5 repositories');
  });

  it.each([
    ['open', 'OPEN'],
    ['closed', 'CLOSED'],
  ])('tells those that are %s', async (state, githubs) => {
    await serve(company);
    const { stdout } = await report(['--org', 'octo-org', '--state', state]);
    expect(stdout).toBe(expectedCsv(company, (_, pull) => pull.state === githubs));
  });

  it('names authors only where it is asked to', async () => {
    await serve(company);
    const { stdout } = await report(['--org', 'octo-org', '--authors']);
    expect(stdout).toBe(expectedCsv(company, () => true, true));
    const without = await report(['--org', 'octo-org']);
    expect(without.stdout).not.toMatch(/,(ada|bob|chen|dora|emil|fay),/);
  });

  it('tells the latest of each repository', async () => {
    await serve(company);
    const { stdout } = await report(['--org', 'octo-org', '--max', '3']);
    expect(stdout).toBe(expectedCsv(company, ({ pullRequests }, pull) => pullRequests.slice(-3).includes(pull)));
  });

  it('tells those that are open or ended since a time', async () => {
    await serve(company);
    const since = '2025-02-01T00:00:00Z';
    const { stdout } = await report(['--org', 'octo-org', '--since', since]);
    const expected = expectedCsv(company, (_, { closedAt }) => closedAt === null || closedAt >= since);
    expect(stdout).toBe(expected);
    expect(lines(expected).length).toBeLessThan(150);
  });

  it('finds repositories by name in several organizations, by former name, and each once', async () => {
    const two = companyOf(4, 6, 60, ['octo-org', 'acme']);
    two.renamed.set('octo-org/old', 'octo-org/service-02');
    await serve(two);
    const { stdout, stderr, code } = await report([
      '--org',
      'octo-org,acme',
      '--repo',
      'service-01',
      '--repo',
      'octo-org/old',
      '--repo',
      'octo-org/service-0?',
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('octo-org/old is called octo-org/service-02 today');
    expect(stdout).toBe(
      expectedCsv(
        two,
        ({ owner, name }) => name === 'service-01' || (owner === 'octo-org' && name.startsWith('service')),
      ),
    );
  });

  it('finds the organizations of the token by pattern', async () => {
    const two = companyOf(4, 6, 60, ['octo-org', 'acme']);
    await serve(two);
    expect((await report(['--org', '*'])).stdout).toBe(expectedCsv(two));
  });

  it('tells of a repository without any that there are none', async () => {
    await serve(company);
    const { code, stdout, stderr } = await report(['--repo', 'octo-org/empty', '--state', 'open']);
    expect(code).toBe(0);
    expect(lines(stdout)).toEqual([]);
    expect(stderr).toContain('no pull requests of 1 repository: ask for more with --state all');
  });

  it('waits as long as GitHub asks, and says so', async () => {
    const server = await serve(company, { mishap: ({ index }) => (index === 2 ? secondaryLimit(1) : null) });
    const { code, stdout, stderr } = await report(['--org', 'octo-org']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/GitHub asks to slow down: waiting 1s, until \d{4}-/);
    expect(stdout).toBe(expectedCsv(company));
    expect(server.asked.length).toBeGreaterThan(6);
  });

  it('gives up on a rate limit that lasts too long, and goes on when it is over', async () => {
    const server = await serve(company, { points: 3 });
    const flags = ['--org', 'octo-org', '--out', out];
    const { code, stderr } = await report(flags);
    expect(code).toBe(1);
    expect(stderr).toMatch(/valuestream: the rate limit of this token is used up until .+ UTC, in 3\d minutes/);
    expect(stderr).toContain('the same command goes on from there');
    server.points = undefined;
    expect((await report(flags)).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe(expectedCsv(company));
  });

  it('says at once when the limit is used up and it may not wait', async () => {
    await serve(company, { mishap: () => primaryLimit(600) });
    const { code, stderr, stdout } = await report(['--org', 'octo-org', '--max-wait', '0']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('the rate limit of this token is used up until');
  });

  it('without a token says where one can come from', async () => {
    await serve(company);
    const { code, stderr } = await report(['--org', 'octo-org', '--out', out], '');
    expect(code).toBe(2);
    expect(stderr).toMatch(/there is no token for 127\.0\.0\.1:\d+: set VS_GITHUB_TOKEN, GH_ENTERPRISE_TOKEN/);
    expect(stderr).toContain('gh auth login');
    expect(existsSync(partial)).toBe(false);
  });

  it('with a wrong token says so', async () => {
    await serve(company);
    const { code, stderr } = await report(['--org', 'octo-org'], 'ghp_wrong');
    expect(code).toBe(2);
    expect(stderr).toContain('does not accept the token (Bad credentials)');
    expect(stderr).not.toContain('ghp_wrong');
  });

  it('with a token without scope says which it has and which it needs', async () => {
    await serve(company, { tokens: { weak: { scopes: ['gist'] } } });
    const { code, stderr } = await report(['--repo', 'octo-org/service-02'], 'weak');
    expect(code).toBe(2);
    expect(stderr).toContain("Could not resolve to a Repository with the name 'octo-org/service-02'.");
    expect(stderr).toContain('The token has the scopes gist; a private repository needs repo.');
    const pattern = await report(['--org', '*'], 'weak');
    expect(pattern.code).toBe(2);
    expect(pattern.stderr).toContain("requires one of the following scopes: ['read:org']");
  });

  it.each([
    [['--repo', 'octo-org/nothing'], /Could not resolve to a Repository/],
    [['--org', 'nobody'], /no organization or user nobody/],
    [
      ['--org', 'octo-org', '--repo', 'x*'],
      /no repository of octo-org is x\*; there is empty, service-01, service-02 and 3 more/,
    ],
    [['--org', 'x*'], /no organization of this token is x\*; there is octo-org/],
    [[], /of which repositories\? Give --org/],
    [['--repo', 'api'], /whose is api\? Give --repo owner\/api/],
    [['--repo', 'a/b/c'], /a\/b\/c is no repository/],
    [['--org', 'octo-org', '--since', 'yesterday'], /--since: yesterday is no time/],
    [['--org', 'octo-org', '--max-wait', 'long'], /give a time such as 90s/],
    [['--org', 'octo-org', '--state', 'done'], /Allowed choices are open, merged, closed, all/],
    [['--org', 'octo-org', '--out', '/nowhere/at/all.csv'], /cannot write \/nowhere\/at\/all\.csv/],
    [['--org', 'octo-org', '--enterprise-host', 'http://github.example.com'], /https is needed/],
  ])('refuses %j with what to do', async (flags, message) => {
    await serve(company);
    const { code, stderr, stdout } = await report(flags);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('does not go on with what was asked otherwise, unless it may forget that', async () => {
    const server = await serve(company, { mishap: ({ index }) => (index === 2 ? primaryLimit(6_000) : null) });
    expect((await report(['--org', 'octo-org', '--out', out])).code).toBe(1);
    const other = ['--org', 'octo-org', '--state', 'merged', '--out', out];
    const { code, stderr } = await report(other);
    expect(code).toBe(2);
    expect(stderr).toContain(`${partial} is what another report has read so far: --org octo-org --state all`);
    server.mishap = () => null;
    expect((await report([...other, '--restart'])).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe(expectedCsv(company, (_, { state }) => state === 'MERGED'));
  });

  it('leaves a file alone that is no report of its own', async () => {
    await serve(company);
    writeFileSync(partial, 'my notes\n');
    const { code, stderr } = await report(['--org', 'octo-org', '--out', out]);
    expect(code).toBe(2);
    expect(stderr).toContain('is no report that can be gone on with');
    expect(readFileSync(partial, 'utf8')).toBe('my notes\n');
  });
});

describe('valuestream report aggregate', () => {
  const aggregate = (flags: readonly string[]) => runProgram(['report', 'aggregate', '--in', out, ...flags]);
  const HEAD = 'owner,repo,created_at,merged_at,closed_at,additions,deletions,comments,author_is_bot';

  it('reads what a report prints, from a pipe', async () => {
    const company = companyOf(3, 6, 150);
    await serve(company);
    const { stdout } = await report(['--org', 'octo-org']);
    const piped = spawnSync(
      process.execPath,
      [MAIN, 'report', 'aggregate', '--in', '-', '--time-zone', 'UTC', '--json'],
      { input: stdout, encoding: 'utf8' },
    );
    expect(piped.status).toBe(0);
    expectSame(JSON.parse(piped.stdout).rows, expectedAggregate(company, isoWeek));
  });

  it('prints comma-separated values into a pipe, Markdown where asked, and what it leaves out', async () => {
    writeFileSync(
      out,
      `${HEAD}
o,<b>|r,2026-03-02T09:00:00Z,2026-03-02T19:00:00Z,2026-03-02T19:00:00Z,30,10,4,false
o,r,2026-03-02T09:00:00Z,2026-03-02T19:00:00Z,2026-03-02T19:00:00Z,30,10,4,true
o,r,2026-03-02T09:00:00Z,,,30,10,4,false
`,
    );
    const csv = await aggregate(['--time-zone', 'UTC']);
    expect(csv.code).toBe(0);
    expect(csv.stdout).toMatch(
      /^key,interval,owner,.*\r\no\/<b>\|r,2026-W10,o,<b>\|r,1,1,1,40,10,900,9000,4,10,10,10\r\n$/,
    );
    expect(csv.stderr).toBe('left out: 1 that are open\nleft out: 1 made by bots; --bots counts them as well\n');
    const { stdout } = await aggregate(['--time-zone', 'UTC', '--markdown']);
    expect(stdout.split('\n')[2]).toBe(
      '| \\<b\\>\\|r | 2026-W10 | 1 | 1 | 100.0 % | 40 | 10h 00m | 15m 00s | 2h 30m | 4.0 | 10h 00m | 10h 00m | 10h 00m |',
    );
  });

  it('says so where nothing has ended', async () => {
    writeFileSync(out, `${HEAD}\n`);
    const { code, stderr } = await aggregate([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'nothing in it has ended that counts\n' });
  });

  it.each([
    [['--in', '/nowhere.csv'], /--in: cannot read \/nowhere\.csv: ENOENT/],
    [['--time-zone', 'Mars/Olympus'], /Mars\/Olympus is no time zone/],
    [['--window', 'year'], /Allowed choices are day, week, month/],
    [[], /pull-requests\.csv: row 1: there is no column/],
  ])('refuses %j with what to do', async (flags, message) => {
    writeFileSync(out, 'a,b\n1,2\n');
    const { code, stdout, stderr } = await aggregate(flags);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
