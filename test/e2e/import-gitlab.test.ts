import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type History, historyOf, type ProjectPast } from '../support/gitlab-api/past.ts';
import { badGateway, GitlabApi, type GitlabApiOptions, TOKEN, tooMany } from '../support/gitlab-api/server.ts';
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
let api: GitlabApi;
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

async function serve(history: History, options: GitlabApiOptions = {}): Promise<void> {
  api = await new GitlabApi(history.company, options).start();
}

/** No token of the machine, and no GitLab CLI of it. */
const NOBODY = Object.fromEntries(['GITLAB_TOKEN', 'GITLAB_ACCESS_TOKEN', 'OAUTH_TOKEN'].map((name) => [name, '']));
const as = (token: string) => ({ ...NOBODY, PATH: '', VS_GITLAB_TOKEN: token });
const argumentsOf = (flags: readonly string[], folder = dataDir) => [
  ...['import', 'gitlab', '--host', api.url],
  ...(flags.includes('--project') ? [] : ['--group', 'shop']),
  ...(server === undefined ? ['--data-dir', folder] : ['--url', server.url]),
  ...flags,
];
const importAll = (flags: readonly string[] = [], token = TOKEN, folder = dataDir) =>
  runProgram(argumentsOf(flags, folder), as(token));

async function send(payload: object, key?: string): Promise<void> {
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) };
  const { status } = await fetch(`${server?.url}/webhooks/gitlab`, {
    ...{ method: 'POST', headers, body: JSON.stringify(payload) },
  });
  expect(status).toBe(200);
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at by what is expected of them
async function get(path: string): Promise<any> {
  return (await fetch(`${server?.url}${path}`)).json();
}

describe('an import from GitLab that is killed', () => {
  it('and resumed has the spans of one that was not, wherever it was killed', async () => {
    await serve(historyOf(4, 42));
    const flags = ['--only', 'merge_requests,commits,pipelines', '--json'];
    const whole = newDataDir();
    try {
      const done = await importAll(flags, TOKEN, whole);
      expect(done).toMatchObject({ code: 0 });
      expect(JSON.parse(done.stdout)).toMatchObject({ things: 508, accepted: 508, dead_letters: 0, failed: [] });
      const expected = await spansIn(whole);
      expect(expected.length).toBeGreaterThan(252);
      for (const last of [150, 400]) {
        const before = api.asked.length;
        const run = startProgram(argumentsOf(flags), as(TOKEN));
        api.mishap = ({ index }) => {
          if (index - before >= last) run.child.kill('SIGKILL');
          return null;
        };
        expect(await run.ended).toMatchObject({ signal: 'SIGKILL' });
      }
      api.mishap = () => null;
      const rest = await importAll(flags);
      expect(rest).toMatchObject({ code: 0 });
      // What was stored is not fetched again.
      expect(JSON.parse(rest.stdout).things).toBeLessThan(508);
      expect(await spansIn(dataDir)).toEqual(expected);
    } finally {
      removeDataDir(whole);
    }
  });
});

describe('an import from GitLab beside a running server', () => {
  it('is read as webhooks are, once, and says so', async () => {
    const history = historyOf(1, 6);
    await serve(history);
    server = await startServer(dataDir);
    for (const [index, payload] of history.sent.entries()) await send(payload, `hook-${index}`);
    const told = await spansIn(dataDir);
    const first = await importAll();
    expect(first).toMatchObject({ code: 0 });
    expect(namesOf(await spansIn(dataDir))).toEqual(namesOf(told));
    const again = await importAll(['--restart']);
    expect(again.stdout).toMatch(/: 0 new or changed, \d+ known before/);

    const { items } = await get('/api/v1/imports/cursors?source=gitlab');
    expect(items).toHaveLength(6);
    const { items: deliveries } = await get('/api/v1/deliveries?source=gitlab&limit=200');
    expect(deliveries.filter((one: { channel: string }) => one.channel === 'import').length).toBe(6 + 3 * 4 + 10);
  });

  it('changes nothing afterwards when the webhooks come that tell the same', async () => {
    const history = historyOf(1, 6);
    await serve(history);
    server = await startServer(dataDir);
    expect(await importAll()).toMatchObject({ code: 0 });
    const imported = namesOf(await spansIn(dataDir));
    for (const [index, payload] of history.sent.entries()) await send(payload, `hook-${index}`);
    expect(namesOf(await spansIn(dataDir))).toEqual(imported);
  });

  it('has the spans of another GitLab under its name', async () => {
    await serve(historyOf(1, 2));
    server = await startServer(dataDir);
    expect(await importAll(['--instance', 'intern', '--only', 'issues'])).toMatchObject({ code: 0 });
    const { items } = await get('/api/v1/spans?source=gitlab');
    expect(items.map((span: { span_id: string }) => span.span_id)).toEqual([
      'vstrace-gitlab-issue-intern:shop/web/service-00-1',
    ]);
  });

  /** The spans by their ids and attempts, with when they began and ended. */
  function namesOf(spans: readonly string[]): string[] {
    const names = spans.map((text) => {
      const { spanId, attempt } = JSON.parse(text);
      return [spanId, attempt.ordinal, attempt.startedAt, attempt.finishedAt, attempt.result].join(' ');
    });
    return names.sort();
  }
});

describe('change lead time after an import from GitLab', () => {
  it('has the times of committers where an import told them, and says of which commits it has none', async () => {
    const history = historyOf(1, 6);
    await serve(history);
    server = await startServer(dataDir);
    const [past] = history.company.projects as [ProjectPast];
    const project = { id: past.info.id, path_with_namespace: past.info.path_with_namespace };
    const merged = history.sent.filter(({ object_kind }) => object_kind === 'push').map(({ after }) => String(after));
    const [, base = '', second = ''] = merged;
    const unknown = 'ab'.repeat(20);
    const push = (before: string, after: string) =>
      send({
        ...{ object_kind: 'push', ref: 'refs/heads/main', before, after, checkout_sha: after, project },
        ...{ project_id: project.id, total_commits_count: 1 },
        commits: [{ id: after, message: 'Work', author: { name: 'ada' }, added: ['a'], modified: [], removed: [] }],
      });
    const deploy = (id: number, sha: string, at: string) =>
      send({
        ...{ object_kind: 'deployment', status: 'success', status_changed_at: at, deployment_id: id, project },
        ...{ environment: 'production', environment_tier: 'production', short_sha: sha.slice(0, 8), ref: 'main' },
        commit_url: `https://gitlab.example.com/shop/web/service-00/-/commit/${sha}`,
      });
    await push('0'.repeat(40), base);
    await deploy(1, base, '2026-01-06 10:00:00 +0000');
    await push(base, second);
    await push(second, unknown);
    await deploy(2, unknown, '2026-01-07 12:00:00 +0000');
    const asked = '/api/v1/measures/dora?from=2026-01-01&to=2026-02-01&lead_time_from=committed';
    const leadTime = async () => (await get(asked)).total?.numbers.change_lead_time;
    const ofDeployment = 'vstrace-gitlab-deployment-shop/web/service-00-';
    const first = { reason: 'first_deployment', count: 1, example: `${ofDeployment}1` };
    const patient = { timeout: 60_000, interval: 250 };
    await vi.waitFor(async () => {
      const unknown = { reason: 'commit_time_unknown', count: 2, example: `${ofDeployment}2` };
      expect(await leadTime()).toMatchObject({ n: 0, excluded: [unknown, first] });
    }, patient);
    expect(await importAll(['--only', 'merge_requests'])).toMatchObject({ code: 0 });
    const committed = Date.parse(past.commits.get(second)?.committed_date ?? '');
    await vi.waitFor(async () => {
      const still = [{ reason: 'commit_time_unknown', count: 1, example: `${ofDeployment}2` }, first];
      const told = await leadTime();
      expect(told).toMatchObject({ n: 1, excluded: expect.arrayContaining(still) });
      expect(told.p50).toBe(Date.parse('2026-01-07T12:00:00Z') - committed);
    }, patient);
  });
});

describe('what goes wrong with GitLab', () => {
  it('is told: no token, a wrong one, one without scope, no project, a host that is none', async () => {
    await serve(historyOf(1, 2), { tokens: { [TOKEN]: ['read_user'] } });
    expect(await importAll([], '')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no token for'),
    });
    expect(await importAll([], 'glpat-wrong')).toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining('does not accept the token') },
    });
    expect(await importAll()).toMatchObject({ code: 2, stderr: expect.stringContaining('needs the scope read_api') });
    expect(await runProgram(['import', 'gitlab', '--data-dir', dataDir], as(TOKEN))).toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining('of which projects?') },
    });
    const wrongs: readonly (readonly [readonly string[], string])[] = [
      [['--group', 'shop', '--host', 'http://gitlab.example.com'], '--host: '],
      [['--project', 'cart'], '--project: whose is cart?'],
      [['--group', 'https://gitlab.com/shop'], '--group: https://gitlab.com/shop is no path'],
      [['--group', 'shop', '--only', 'wikis'], 'wikis is none of issues, merge_requests'],
      [['--group', 'shop', '--since', 'soon'], '--since: soon is no time'],
    ];
    for (const [flags, text] of wrongs)
      expect(await runProgram(['import', 'gitlab', '--data-dir', dataDir, ...flags], as(TOKEN))).toMatchObject({
        ...{ code: 2, stderr: expect.stringContaining(text) },
      });
  });

  it('ends with 1 over the rate limit, and the same command goes on', async () => {
    await serve(historyOf(1, 30), { mishap: ({ query }) => (query.has('updated_after') ? tooMany(1_800) : null) });
    const flags = ['--only', 'merge_requests', '--max-wait', '0'];
    const limited = await importAll(flags);
    expect(limited).toMatchObject({ code: 1, stderr: expect.stringContaining('rate limit') });
    expect(limited.stderr).toContain('the same command goes on from there');
    api.mishap = () => null;
    expect(await importAll(flags)).toMatchObject({ code: 0 });
    expect(await spansIn(dataDir)).toHaveLength(35);
  });

  it('is waited for where GitLab asks to slow down, and asked again where it stumbles', async () => {
    await serve(historyOf(1, 2), {
      mishap: ({ index }) => (index === 1 ? tooMany(1) : index === 3 ? badGateway : null),
    });
    const done = await importAll();
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining("GitLab's rate limit is used up: waiting") });
  });

  it('finds a project by the path that it had before', async () => {
    const history = historyOf(1, 2);
    history.company.renamed.set('shop/before', 1_000);
    await serve(history);
    const done = await importAll(['--project', 'shop/before']);
    expect(done).toMatchObject({
      ...{ code: 0, stderr: expect.stringContaining('shop/before is called shop/web/service-00 today') },
    });
  });

  it('imports nothing of an empty project', async () => {
    await serve(historyOf(1, 0));
    const done = await importAll(['--json']);
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout)).toMatchObject({ things: 0, parts: 6, failed: [] });
  });
});

describe('a dry run of an import from GitLab', () => {
  it('tells how much it would be, and changes nothing', async () => {
    await serve(historyOf(2, 30));
    const { code, stdout } = await importAll(['--dry-run', '--json']);
    expect(code).toBe(0);
    const { parts, ...total } = JSON.parse(stdout);
    expect(total).toEqual({ things: 2 * (30 + 4 * 15 + 46), requests: expect.any(Number), duration_ms: null });
    expect(parts).toContainEqual({
      ...{ name: 'shop/web/service-01', resource: 'merge_requests', things: 30, requests: 2 + 30 * 5 },
      imported_before: false,
    });
    expect(await spansIn(dataDir)).toEqual([]);
  });
});
