import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type History, historyOf } from '../support/github-api/past.ts';
import { pastRoutes } from '../support/github-api/rest.ts';
import {
  badGateway,
  GithubApi,
  type GithubApiOptions,
  primaryLimit,
  secondaryLimit,
  TOKEN,
} from '../support/github-api/server.ts';
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
let api: GithubApi;
let server: TestServer | undefined;
beforeEach(() => {
  dataDir = newDataDir();
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await api?.stop();
  removeDataDir(dataDir);
});

async function serve(history: History, options: GithubApiOptions = {}): Promise<void> {
  api = await new GithubApi(history.company, { routes: pastRoutes, ...options }).start();
}

/** No token of the machine, and no GitHub CLI of it. */
const NOBODY = Object.fromEntries(
  ['GH_TOKEN', 'GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'].map((name) => [name, '']),
);
const as = (token: string) => ({ ...NOBODY, PATH: '', VS_GITHUB_TOKEN: token });
const argumentsOf = (flags: readonly string[], folder = dataDir) => [
  ...['import', 'github', '--org', 'octo-org', '--enterprise-host', api.url],
  ...(server === undefined ? ['--data-dir', folder] : ['--url', server.url]),
  ...flags,
];
const importAll = (flags: readonly string[] = [], token = TOKEN, folder = dataDir) =>
  runProgram(argumentsOf(flags, folder), as(token));

/** The main branch of its first repository. */
const lineOf = ({ company }: History) => company.repositories[0]?.past?.line ?? [];

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at by what is expected of them
async function json(url: string): Promise<any> {
  return (await fetch(url)).json();
}

describe('an import that is killed', () => {
  it('and resumed has the spans of one that was not, wherever it was killed', async () => {
    const history = historyOf(4, 60);
    await serve(history);
    const flags = ['--only', 'issues,pull_requests,commits,deployments', '--json'];
    const things = 4 * (60 + 30 + 30 + lineOf(history).length);
    const whole = newDataDir();
    try {
      const done = await importAll(flags, TOKEN, whole);
      expect(done).toMatchObject({ code: 0 });
      expect(JSON.parse(done.stdout)).toMatchObject({ things, accepted: things, dead_letters: 0, failed: [] });
      const expected = await spansIn(whole);
      expect(expected.length).toBeGreaterThan(360);
      for (const last of [9, 30]) {
        const before = api.asked.length;
        const run = startProgram(argumentsOf(flags), as(TOKEN));
        api.mishap = ({ index }) => {
          if (index - before >= last) run.child.kill('SIGKILL');
          return null;
        };
        expect(await run.ended).toMatchObject({ signal: 'SIGKILL' });
      }
      api.mishap = () => null;
      const before = api.asked.length;
      const rest = await importAll(flags);
      expect(rest).toMatchObject({ code: 0 });
      // What was stored is not fetched again.
      expect(JSON.parse(rest.stdout).things).toBeLessThan(things);
      expect(api.asked.length - before).toBeGreaterThan(0);
      expect(await spansIn(dataDir)).toEqual(expected);
    } finally {
      removeDataDir(whole);
    }
  });
});

describe('an import beside a running server', () => {
  it('is read as webhooks are, once, and says so', async () => {
    const history = historyOf(1, 6);
    await serve(history);
    server = await startServer(dataDir);
    for (const { event, id, body } of history.sent) {
      const headers = { 'content-type': 'application/json', 'x-github-event': event, 'x-github-delivery': id };
      const { status } = await fetch(`${server.url}/webhooks/github`, {
        ...{ method: 'POST', headers, body: JSON.stringify(body) },
      });
      expect(status).toBe(200);
    }
    const told = await spansIn(dataDir);
    const first = await importAll();
    expect(first).toMatchObject({ code: 0 });
    expect(await spansIn(dataDir)).toEqual(told);
    const again = await importAll(['--restart']);
    expect(again.stdout).toMatch(/: 0 new or changed, \d+ known before/);

    const { items } = await get(`/api/v1/imports/cursors?source=github`);
    expect(items).toHaveLength(6);
    const { items: deliveries } = await get('/api/v1/deliveries?source=github&limit=200');
    expect(deliveries.filter((one: { channel: string }) => one.channel === 'import').length).toBe(
      6 + 3 * 4 + lineOf(history).length,
    );
  });

  it('refuses a batch that is none, names the field, and stores nothing', async () => {
    await serve(historyOf(1, 0));
    server = await startServer(dataDir);
    const post = (body: unknown) =>
      fetch(`${server?.url}/api/v1/imports`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      });
    const wrong = await post({ source: 'github', deliveries: [{}] });
    expect(wrong.status).toBe(400);
    expect(JSON.stringify(await wrong.json())).toContain('deliveries/0/import: ');
    expect((await post({ source: 'nobody', deliveries: [] })).status).toBe(404);
    const unread = await post({ source: 'github', deliveries: [{ import: 'pull_request', repository: {} }] });
    expect(await unread.json()).toMatchObject({ accepted: 0, dead_letters: ['1'] });
    expect((await get('/api/v1/deliveries?limit=10')).items).toHaveLength(1);
  });

  const get = (path: string) => json(`${server?.url}${path}`);
});

describe('change lead time after an import', () => {
  it('needs no webhook: it is known what each deployment brought, and since when', async () => {
    const history = historyOf(1, 6);
    await serve(history);
    server = await startServer(dataDir);
    expect(await importAll()).toMatchObject({ code: 0 });
    const asked = '/api/v1/measures/dora?from=2026-01-01&to=2026-02-01&lead_time_from=committed';
    // Of three deployments the second brought nothing: it was what had been deployed. All that landed until the third came with it.
    const last = Date.parse('2026-01-07T09:05:00Z');
    const carried = lineOf(history).slice(-3);
    expect(carried.map(({ message }) => message)).toEqual(['Work 0 of 5', 'Work 1 of 5', 'Work of 6 (#6)']);
    const values = carried.map(({ committedDate }) => last - Date.parse(committedDate)).sort((a, b) => a - b);
    await vi.waitFor(
      async () => {
        const told = (await json(`${server?.url}${asked}`)).total?.numbers.change_lead_time;
        expect(told).toMatchObject({ n: 3, p50: values[1] });
        expect(told.excluded.map(({ reason, count }: { reason: string; count: number }) => [reason, count])).toEqual([
          ['first_deployment', 1],
        ]);
      },
      { timeout: 60_000, interval: 250 },
    );
  });

  it('leaves out what stands on commits that no import and no push told', async () => {
    const history = historyOf(1, 6);
    const line = lineOf(history) as { readonly oid: string }[];
    // GitHub has what the last deployment is of no more: it was pushed over, and only the deployment remembers it.
    const gone = line.splice(-1, 1);
    await serve(history);
    server = await startServer(dataDir);
    expect(await importAll(['--only', 'commits,deployments'])).toMatchObject({ code: 0 });
    const asked = '/api/v1/measures/dora?from=2026-01-01&to=2026-02-01&lead_time_from=committed';
    expect(gone).toHaveLength(1);
    await vi.waitFor(
      async () => {
        const told = (await json(`${server?.url}${asked}`)).total?.numbers.change_lead_time;
        expect(told?.n).toBe(0);
        expect(told.excluded.map(({ reason }: { reason: string }) => reason).sort()).toEqual([
          'base_unknown',
          'first_deployment',
        ]);
      },
      { timeout: 60_000, interval: 250 },
    );
  });

  it('has the times of committers where an import told them, and says of which commits it has none', async () => {
    const history = historyOf(1, 6);
    await serve(history);
    server = await startServer(dataDir);
    // Both pushes lead from one deployment to the next; only one of the commits came by a pull request.
    const repository = {
      id: 1_000,
      full_name: 'octo-org/service-00',
      html_url: 'https://github.example.com/octo-org/service-00',
    };
    const merged = history.sent
      .filter(({ event }) => event === 'push')
      .map(({ body }) => (body as { after: string }).after);
    const [base = '', second = ''] = merged;
    const unknown = 'ab'.repeat(20);
    const commit = (id: string) => ({
      id,
      message: 'Work',
      timestamp: '2026-01-06T08:00:00Z',
      added: ['a'],
      modified: [],
      removed: [],
    });
    const push = (before: string, after: string, at: string) =>
      send('push', {
        ...{ ref: 'refs/heads/main', before, after, head_commit: { id: after }, commits: [commit(after)] },
        repository: { ...repository, pushed_at: Date.parse(at) / 1_000 },
      });
    const deploy = (id: number, sha: string, at: string) => {
      const deployment = { id, sha, ref: 'main', task: 'deploy', environment: 'production', created_at: at };
      const deployment_status = { id, state: 'success', created_at: at };
      return send('deployment_status', { action: 'created', repository, deployment, deployment_status });
    };
    await push('0'.repeat(40), base, '2026-01-06T09:00:00Z');
    await deploy(1, base, '2026-01-06T10:00:00Z');
    await push(base, second, '2026-01-07T09:00:00Z');
    await push(second, unknown, '2026-01-07T10:00:00Z');
    await deploy(2, unknown, '2026-01-07T12:00:00Z');
    const asked = '/api/v1/measures/dora?from=2026-01-01&to=2026-02-01&lead_time_from=committed';
    const leadTime = async () => (await json(`${server?.url}${asked}`)).total?.numbers.change_lead_time;
    const ofDeployment = 'vstrace-github-deployment-octo-org/service-00-';
    const first = { reason: 'first_deployment', count: 1, example: `${ofDeployment}1` };
    const patient = { timeout: 60_000, interval: 250 };
    await vi.waitFor(async () => {
      const unknown = { reason: 'commit_time_unknown', count: 2, example: `${ofDeployment}2` };
      expect(await leadTime()).toMatchObject({ n: 0, excluded: [unknown, first] });
    }, patient);
    expect(await importAll(['--only', 'pull_requests'])).toMatchObject({ code: 0 });
    await vi.waitFor(async () => {
      const still = [{ reason: 'commit_time_unknown', count: 1, example: `${ofDeployment}2` }, first];
      const told = await leadTime();
      expect(told).toMatchObject({ n: 1, excluded: expect.arrayContaining(still) });
      // From 04:00 on the 6th, when the merge was committed, to 12:00 on the 7th.
      expect(told.p50).toBe(32 * 3_600_000);
    }, patient);
  });

  async function send(event: string, body: object): Promise<void> {
    sent += 1;
    const headers = { 'content-type': 'application/json', 'x-github-event': event, 'x-github-delivery': `s-${sent}` };
    const { status } = await fetch(`${server?.url}/webhooks/github`, {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
    });
    expect(status).toBe(200);
  }
  let sent = 0;
});

describe('what goes wrong', () => {
  it('is told: no token, a wrong one, one without scope, a repository that is not there', async () => {
    const history = historyOf(1, 2);
    const secret = { ...history.company.repositories[0], isPrivate: true } as (typeof history.company.repositories)[0];
    await serve(
      { ...history, company: { ...history.company, repositories: [secret] } },
      { tokens: { [TOKEN]: { scopes: ['gist'] } } },
    );
    expect(await importAll([], '')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no token for'),
    });
    expect(await importAll([], 'ghp_wrong')).toMatchObject({ code: 2, stderr: expect.stringContaining('token') });
    const unscoped = await importAll(['--repo', 'octo-org/service-00']);
    expect(unscoped).toMatchObject({ code: 2, stderr: expect.stringContaining('a private repository needs repo') });
    expect(await runProgram(['import', 'github', '--data-dir', dataDir], as(TOKEN))).toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining('of which repositories?') },
    });
  });

  it('ends with 1 over the rate limit, and the same command goes on', async () => {
    await serve(historyOf(1, 30), {
      mishap: ({ variables }) => (typeof variables.after === 'string' ? primaryLimit(1_800) : null),
    });
    const flags = ['--only', 'pull_requests', '--max-wait', '0'];
    const limited = await importAll(flags);
    expect(limited).toMatchObject({ code: 1, stderr: expect.stringContaining('rate limit') });
    expect(limited.stderr).toContain('the same command goes on from there');
    api.mishap = () => null;
    expect(await importAll(flags)).toMatchObject({ code: 0 });
    expect(await spansIn(dataDir)).toHaveLength(35);
  });

  it('is waited for where GitHub asks to slow down, and asked again where it stumbles', async () => {
    await serve(historyOf(1, 2), {
      mishap: ({ index }) => (index === 1 ? secondaryLimit(1) : index === 3 ? badGateway : null),
    });
    const done = await importAll();
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('GitHub asks to slow down') });
  });

  it('finds a repository by the name that it had before', async () => {
    const history = historyOf(1, 2);
    history.company.renamed.set('octo-org/before', 'octo-org/service-00');
    await serve(history);
    const done = await importAll(['--repo', 'octo-org/before']);
    expect(done).toMatchObject({
      ...{ code: 0, stderr: expect.stringContaining('octo-org/before is called octo-org/service-00 today') },
    });
  });
});

describe('a dry run', () => {
  it('tells how much it would be, and changes nothing', async () => {
    const history = historyOf(2, 30);
    await serve(history);
    const { code, stdout } = await importAll(['--dry-run', '--json']);
    expect(code).toBe(0);
    const { parts, ...total } = JSON.parse(stdout);
    expect(total).toEqual({
      things: 2 * (30 + 4 * 15 + lineOf(history).length),
      requests: expect.any(Number),
      duration_ms: expect.any(Number),
    });
    expect(parts).toContainEqual({
      ...{ name: 'octo-org/service-01', resource: 'pull_requests', things: 30, requests: 2, imported_before: false },
    });
    expect(await spansIn(dataDir)).toEqual([]);
  });
});
