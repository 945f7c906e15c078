import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Deployment, type History, historyOf } from '../support/jira-api/past.ts';
import { badGateway, EMAIL, JiraApi, type JiraApiOptions, TOKEN, tooMany } from '../support/jira-api/server.ts';
import {
  newDataDir,
  removeDataDir,
  runProgram,
  startProgram,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { spansIn } from '../support/spans-in.ts';

let dataDir: string;
let api: JiraApi | undefined;
let server: TestServer | undefined;
beforeEach(() => {
  dataDir = newDataDir();
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await api?.stop();
  api = undefined;
  removeDataDir(dataDir);
});

async function serve(history: History, options: JiraApiOptions = {}): Promise<JiraApi> {
  api = await new JiraApi(history.company, { timeZone: 'America/New_York', ...options }).start();
  return api;
}

/** No token of the machine. */
const NOBODY = { JIRA_API_TOKEN: '', JIRA_EMAIL: '' };
const AS_ADA = { ...NOBODY, VS_JIRA_TOKEN: TOKEN, VS_JIRA_EMAIL: EMAIL };
const argumentsOf = (flags: readonly string[], folder = dataDir) => [
  ...['import', 'jira', '--host', api?.url ?? ''],
  ...(server === undefined ? ['--data-dir', folder] : ['--url', server.url]),
  ...flags,
];
const importAll = (flags: readonly string[] = [], environment: Record<string, string> = AS_ADA, folder = dataDir) =>
  runProgram(argumentsOf(flags, folder), environment);

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at by what is expected of them
async function get(path: string): Promise<any> {
  return (await fetch(`${server?.url}${path}`)).json();
}

async function send(history: History): Promise<void> {
  for (const [index, body] of history.sent.entries()) {
    const headers = { 'content-type': 'application/json', 'x-atlassian-webhook-identifier': `w-${index}` };
    const { status } = await fetch(`${server?.url}/webhooks/jira`, {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
    });
    expect(status).toBe(200);
  }
}

const deployments: readonly Deployment[] = ['cloud', 'data_center'];

describe.each(deployments)('an import of a %s that is killed', (deployment) => {
  it('and resumed has the spans of one that was not, wherever it was killed', async () => {
    const running = await serve(historyOf({ projects: 2, issues: 150, deployment }), { context: '/jira' });
    const whole = newDataDir();
    try {
      const done = await importAll(['--json'], AS_ADA, whole);
      expect(done).toMatchObject({ code: 0 });
      const things = 2 * (150 + 2 + 2);
      expect(JSON.parse(done.stdout)).toMatchObject({ things, accepted: things, dead_letters: 0, failed: [] });
      const expected = await spansIn(whole);
      expect(expected.length).toBeGreaterThan(things);
      for (const last of [16, 20]) {
        const before = running.asked.length;
        const run = startProgram(argumentsOf(['--json']), AS_ADA);
        running.mishap = ({ index }) => {
          if (index - before >= last) run.child.kill('SIGKILL');
          return null;
        };
        expect(await run.ended).toMatchObject({ signal: 'SIGKILL' });
      }
      running.mishap = () => null;
      const rest = await importAll(['--json']);
      expect(rest).toMatchObject({ code: 0 });
      // What was stored is not fetched again.
      expect(JSON.parse(rest.stdout).things).toBeLessThan(things);
      expect(await spansIn(dataDir)).toEqual(expected);
    } finally {
      removeDataDir(whole);
    }
  });
});

describe.each(deployments)('an import of a %s beside a running server', (deployment) => {
  it('changes nothing of what webhooks brought, and they nothing of it', async () => {
    const history = historyOf({ projects: 1, issues: 16, deployment });
    await serve(history);
    server = await startServer(dataDir);
    await send(history);
    const told = await spansIn(dataDir);
    expect(told.length).toBeGreaterThan(20);
    expect(await importAll()).toMatchObject({ code: 0 });
    expect(await spansIn(dataDir)).toEqual(told);
    const again = await importAll(['--restart']);
    expect(again.stdout).toMatch(/20 things imported: 0 new or changed, 20 known before/);

    const { items } = await get('/api/v1/imports/cursors?source=jira');
    expect(items.map(({ scope, resource }: Record<string, string>) => `${scope} ${resource}`).sort()).toEqual([
      ...['10000 issues', '10000 sprints', '10000 versions'],
    ]);
    const { items: letters } = await get('/api/v1/deliveries?source=jira&outcome=dead_letter');
    expect(letters).toEqual([]);
  });

  it('has the same spans where the import came first', async () => {
    const history = historyOf({ projects: 1, issues: 16, deployment });
    await serve(history);
    server = await startServer(dataDir);
    expect(await importAll()).toMatchObject({ code: 0 });
    await send(history);
    const both = await spansIn(dataDir);
    await server.stop();
    const other = newDataDir();
    try {
      server = await startServer(other);
      await send(history);
      expect(both).toEqual(await spansIn(other));
    } finally {
      await server.stop();
      server = undefined;
      removeDataDir(other);
    }
  });
});

describe('what goes wrong', () => {
  const small = () => historyOf({ projects: 1, issues: 60 });

  it('is told: no Jira, no token, no e-mail address, a wrong token, a project that is not there', async () => {
    await serve(small());
    const told = async (args: readonly string[], environment: Record<string, string>) => {
      const { code, stderr } = await runProgram([...args, '--data-dir', dataDir], environment);
      return [code, stderr];
    };
    const here = ['import', 'jira', '--host', api?.url ?? ''];
    expect(await told(['import', 'jira'], AS_ADA)).toEqual([2, expect.stringContaining('of which Jira?')]);
    expect(await told(['import', 'jira', '--host', 'http://jira.example.com'], AS_ADA)).toEqual([
      ...[2, expect.stringContaining('--host: http://jira.example.com: https is needed')],
    ]);
    expect(await told(here, NOBODY)).toEqual([2, expect.stringContaining('there is no token for 127.0.0.1')]);
    expect(await told(here, { ...NOBODY, VS_JIRA_TOKEN: TOKEN })).toEqual([
      ...[2, expect.stringContaining('set VS_JIRA_EMAIL or JIRA_EMAIL')],
    ]);
    expect(await told(here, { ...AS_ADA, VS_JIRA_TOKEN: 'wrong' })).toEqual([
      ...[2, expect.stringContaining('does not accept the token')],
    ]);
    expect(await told([...here, '--project', 'NONE1'], AS_ADA)).toEqual([
      ...[2, expect.stringContaining("No project could be found with key 'NONE1'")],
    ]);
    expect(await told([...here, '--project', 'PAY-12'], AS_ADA)).toEqual([
      ...[2, expect.stringContaining('PAY-12 is no key of a project')],
    ]);
    expect(await told([...here, '--only', 'epics'], AS_ADA)).toEqual([2, expect.stringContaining('epics')]);
  });

  it('ends with 1 over a limit, and the same command goes on', async () => {
    const running = await serve(small());
    let searches = 0;
    running.mishap = ({ path }) => {
      if (path.endsWith('/search/jql')) searches += 1;
      return path.endsWith('/search/jql') && searches > 1 ? tooMany(1_800) : null;
    };
    const limited = await importAll(['--max-wait', '0', '--only', 'issues']);
    expect(limited).toMatchObject({ code: 1, stderr: expect.stringContaining('Jira asks to slow down') });
    expect(limited.stderr).toContain('the same command goes on from there');
    running.mishap = () => null;
    const rest = await importAll(['--only', 'issues', '--json']);
    expect(rest).toMatchObject({ code: 0 });
    expect(JSON.parse(rest.stdout)).toMatchObject({ things: 11, accepted: 10 });
  });

  it('is waited for where Jira asks to slow down, and asked again where it stumbles', async () => {
    await serve(small(), { mishap: ({ index }) => (index === 3 ? tooMany(1) : index === 6 ? badGateway : null) });
    const done = await importAll();
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('Jira asks to slow down: waiting 1s') });
  });

  it('in one part takes nothing else with it', async () => {
    const body = { message: 'Unauthorized; scope does not match' };
    await serve(small(), { mishap: ({ path }) => (path.startsWith('/rest/agile') ? { status: 403, body } : null) });
    const { code, stdout, stderr } = await importAll();
    expect([code, stdout]).toEqual([2, expect.stringContaining('62 things imported')]);
    expect(stderr).toContain('P0, sprints: ');
  });
});

describe('a dry run', () => {
  it('tells how much it would be, and changes nothing', async () => {
    await serve(historyOf({ projects: 2, issues: 60 }));
    const { code, stdout } = await importAll(['--dry-run', '--json', '--project', 'OLD1']);
    expect(code).toBe(0);
    const { parts, ...total } = JSON.parse(stdout);
    expect(total).toEqual({ things: 60 + 3 + 3, requests: 2 + 2 + 1, duration_ms: null });
    expect(parts).toContainEqual({ name: 'P1', resource: 'issues', things: 60, requests: 2, imported_before: false });
    expect(await spansIn(dataDir)).toEqual([]);
  });
});
