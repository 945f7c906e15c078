import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newDataDir, removeDataDir, runProgram, startProgram, startServer, until } from '../support/server.ts';

const TO = '2026-06-24T15:00:00Z';
const SECRETS = Object.fromEntries(
  ['GITHUB', 'GITLAB', 'JENKINS', 'JIRA'].map((source) => [`VS_SECRET_${source}_DEMO`, `secret-of-${source}`]),
);

async function ask<T>(url: string, path: string): Promise<T> {
  const response = await fetch(url + path);
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status: 200 });
  return JSON.parse(text);
}

/** Starts `valuestream demo --serve` on a free port, and waits until it listens. */
async function startDemo(dataDir: string, ...more: readonly string[]) {
  const program = startProgram(['demo', '--serve', '--port', '0', '--data-dir', dataDir, ...more]);
  const listens = until(program, 'stderr', 'To be rid of it');
  await Promise.race([listens, program.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
  const url = /listening on (http:\S+)/.exec(program.output.stderr)?.[1] ?? '';
  return { ...program, url };
}

interface Dora {
  readonly groups: readonly {
    readonly group: { readonly service: string; readonly environment: string };
    readonly numbers: {
      readonly change_lead_time: { readonly p50: number; readonly n: number };
      readonly deployment_frequency: { readonly value: number };
      readonly change_fail_rate: { readonly value: number };
      readonly failed_deployment_recovery_time: { readonly p50: number; readonly n: number };
      readonly deployment_rework_rate: { readonly value: number };
    };
    readonly buckets: readonly { readonly label: string; readonly numbers: Dora['groups'][number]['numbers'] }[];
  }[];
  readonly failures: readonly { readonly service: string; readonly causes: readonly string[] }[];
}

interface Trace {
  readonly spans: readonly {
    readonly span_id: string;
    readonly operation_name: string;
    readonly environment: string | null;
    readonly result: string | null;
    readonly links: readonly { readonly kind: string; readonly span_id: string }[];
  }[];
}

describe('a newcomer who types valuestream demo --serve', { timeout: 600_000 }, () => {
  const dataDir = newDataDir();
  let demo: Awaited<ReturnType<typeof startDemo>>;
  beforeAll(async () => {
    demo = await startDemo(dataDir, '--to', TO);
  }, 600_000);
  afterAll(async () => {
    demo.child.kill();
    await demo.ended;
    removeDataDir(dataDir);
  });

  const dora = (more = '') =>
    ask<Dora>(demo.url, `/api/v1/measures/dora?from=2026-03-26&to=2026-06-25&fresh=true${more}`);

  it('is told what was made, where it is, what to look at, and how to be rid of it', () => {
    expect(demo.output.stdout).toMatch(/^\d+ webhooks accepted: three teams from 2026-03-26 to 2026-06-24$/m);
    for (const team of ['checkout', 'search', 'platform'])
      expect(demo.output.stdout).toMatch(new RegExp(`^${team} .*\\d`, 'm'));
    expect(demo.output.stderr).toContain(`valuestream measure dora --url ${demo.url}`);
    expect(demo.output.stderr).toContain(`remove ${dataDir}`);
  });

  it('sees all five measures of each team, each another', async () => {
    const { groups } = await dora();
    expect(groups.map(({ group }) => [group.service, group.environment])).toEqual(
      expect.arrayContaining(['checkout', 'search', 'platform'].map((name) => [`larkmoor/${name}`, 'production'])),
    );
    expect(groups).toHaveLength(3);
    for (const { numbers } of groups) {
      expect(numbers.change_lead_time.p50).toBeGreaterThan(0);
      expect(numbers.deployment_frequency.value).toBeGreaterThan(15);
      expect(numbers.change_fail_rate.value).toBeGreaterThan(0);
      expect(numbers.failed_deployment_recovery_time.p50).toBeGreaterThan(0);
      expect(numbers.deployment_rework_rate.value).toBeGreaterThan(0);
    }
    const numbersOf = (name: string) => groups.find(({ group }) => group.service === `larkmoor/${name}`)?.numbers;
    const [checkout, search, platform] = [numbersOf('checkout'), numbersOf('search'), numbersOf('platform')];
    expect(checkout?.change_lead_time.p50).toBeLessThan(search?.change_lead_time.p50 ?? 0);
    expect(search?.change_lead_time.p50).toBeLessThan(platform?.change_lead_time.p50 ?? 0);
    expect(checkout?.change_fail_rate.value).toBeLessThan(search?.change_fail_rate.value ?? 0);
    expect(platform?.deployment_frequency.value).toBeLessThan(search?.deployment_frequency.value ?? 0);
  });

  it('sees one team become better and another have a bad month', async () => {
    const { groups } = await dora('&per=month');
    const months = (name: string) => groups.find(({ group }) => group.service === `larkmoor/${name}`)?.buckets ?? [];
    const [, april, may, june] = months('checkout').map(({ numbers }) => numbers.change_lead_time.p50);
    expect(june).toBeLessThan(april ?? 0);
    expect(may).toBeLessThan(april ?? 0);
    const [, , bad, good] = months('search').map(({ numbers }) => numbers.change_fail_rate.value);
    expect(bad).toBeGreaterThan(2 * (good ?? 1));
  });

  it('sees deployments fail for every reason that a team knows', async () => {
    const { failures } = await dora();
    const causes = new Set(failures.flatMap((failure) => failure.causes));
    expect([...causes].sort()).toEqual(['failed', 'hotfix', 'incident', 'rollback']);
  });

  it('sees that one deployment tells no commit', async () => {
    interface Numbers {
      readonly change_lead_time: { readonly excluded: readonly { readonly reason: string; readonly count: number }[] };
    }
    const { groups } = await ask<{ groups: readonly { group: { service: string }; numbers: Numbers }[] }>(
      demo.url,
      '/api/v1/measures/dora?from=2026-03-26&to=2026-06-25&fresh=true',
    );
    const platform = groups.find(({ group }) => group.service === 'larkmoor/platform');
    expect(platform?.numbers.change_lead_time.excluded).toContainEqual(
      expect.objectContaining({ reason: 'no_sha', count: 1 }),
    );
  });

  it('follows the ticket that it is told to look at to production, to the incident and to what has mended that', async () => {
    const [, spanId = ''] = /valuestream trace \S+ \S+ '([^']+)'/.exec(demo.output.stderr) ?? [];
    const { spans } = await ask<Trace>(demo.url, `/api/v1/traces/${encodeURIComponent(spanId)}`);
    const operations = new Set(spans.map(({ operation_name }) => operation_name));
    expect([...operations].sort()).toEqual(['build', 'deploy', 'incident', 'issue', 'pipeline', 'pull_request']);
    expect(spans.some((span) => span.operation_name === 'deploy' && span.environment === 'production')).toBe(true);
    const incident = spans.find((span) => span.operation_name === 'incident');
    expect(incident?.result).toBe('done');
    const fixes = await ask<{ readonly items: Trace['spans'] }>(
      demo.url,
      '/api/v1/spans?operation=pull_request&q=mend&limit=200',
    );
    const mended = fixes.items.flatMap(({ links }) => links.filter(({ kind }) => kind === 'fixes'));
    expect(mended.map((link) => link.span_id)).toContain(incident?.span_id);
  });

  it.each([
    ['checkout', 'jira', 'CHK'],
    ['search', 'gitlab', 'larkmoor/search'],
    ['platform', 'jira', 'PLAT'],
  ])('follows the finished tickets of %s to production', async (_team, source, project) => {
    const path = `/api/v1/spans?operation=issue&source=${source}&project=${project}&result=done&limit=15`;
    const { items } = await ask<{ readonly items: Trace['spans'] }>(demo.url, path);
    expect(items).toHaveLength(15);
    const traces = await Promise.all(
      items.map(({ span_id }) => ask<Trace>(demo.url, `/api/v1/traces/${encodeURIComponent(span_id)}`)),
    );
    const arrived = traces.filter(({ spans }) =>
      spans.some((span) => span.operation_name === 'deploy' && span.environment === 'production'),
    );
    // GitLab does not tell that an issue was closed because nobody wants it any more.
    expect(arrived.length).toBeGreaterThanOrEqual(source === 'gitlab' ? 12 : 15);
  });

  it('finds nothing that could not be read, nothing ignored, and the teams by their names', async () => {
    for (const outcome of ['dead_letter', 'ignored'])
      expect(await ask(demo.url, `/api/v1/deliveries?outcome=${outcome}`)).toMatchObject({ items: [] });
    for (const team of ['checkout', 'search', 'platform'])
      expect((await ask<{ items: unknown[] }>(demo.url, `/api/v1/spans?team=${team}&limit=1`)).items).toHaveLength(1);
  });

  it('has it again after a restart, and is not given another one beside it', async () => {
    const before = await dora();
    demo.child.kill('SIGINT');
    expect(await demo.ended).toMatchObject({ code: 0 });
    const again = await runProgram(['demo', '--serve', '--live', '--data-dir', dataDir, '--port', '0']);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('has a demo already');
    demo = await startDemo(dataDir);
    expect(demo.output.stderr).toContain('already; remove that folder');
    expect((await dora()).groups).toEqual(before.groups);
  });

  it('is told where one was interrupted', async () => {
    demo.child.kill();
    await demo.ended;
    rmSync(join(dataDir, 'valuestream.yaml'));
    const again = await runProgram(['demo', '--serve', '--data-dir', dataDir, '--port', '0']);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('was not finished');
  });
});

describe('valuestream demo with a running server', { timeout: 300_000 }, () => {
  const dataDir = newDataDir();
  let server: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    server = await startServer(dataDir, SECRETS);
  });
  afterAll(async () => {
    await server.stop();
    removeDataDir(dataDir);
  });

  const tell = (more: readonly string[], environment: Record<string, string> = SECRETS) =>
    runProgram(['demo', '--url', server.url, '--days', '10', ...more], environment);

  it('says which secret is missing, and tells nothing', async () => {
    const { code, stderr } = await tell([], {});
    expect(code).toBe(1);
    expect(stderr).toMatch(/VS_SECRET_(GITHUB|GITLAB|JENKINS|JIRA)_DEMO/);
    expect(await ask(server.url, '/api/v1/deliveries')).toMatchObject({ items: [] });
  });

  it('tells nothing where only some of its senders may come', async () => {
    const folder = newDataDir();
    const strict = await startServer(folder, { VS_SECRET_JENKINS: 'of-the-real-one' });
    const { code, stderr } = await runProgram(['demo', '--url', strict.url, '--days', '10']);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('VS_SECRET_JENKINS_DEMO') });
    expect(await ask(strict.url, '/api/v1/deliveries')).toMatchObject({ items: [] });
    await strict.stop();
    removeDataDir(folder);
  });

  it('says how to go on where it was interrupted', async () => {
    const folder = newDataDir();
    const half = await startServer(folder, { ...SECRETS, VS_SECRET_JENKINS_DEMO: 'another' });
    const { code, stderr } = await runProgram(['demo', '--url', half.url, '--days', '10', '--to', TO], SECRETS);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`valuestream demo --add --seed 1 --days 10 --to 2026-06-24T15:00:00.000Z`),
    });
    await half.stop();
    removeDataDir(folder);
  });

  it('tells it the webhooks, signed, and says as JSON what came of them', async () => {
    const { code, stdout } = await tell(['--to', TO, '--json']);
    const report = JSON.parse(stdout);
    expect({ code, report }).toMatchObject({
      code: 0,
      report: { seed: 1, days: 10, from: '2026-06-14T15:00:00.000Z', to: '2026-06-24T15:00:00.000Z' },
    });
    expect(Object.keys(report.outcomes)).toEqual(['accepted']);
    expect(report.teams.map(({ name }: { name: string }) => name)).toEqual(['checkout', 'search', 'platform']);
    expect(report.teams[0].spans).toMatchObject({ issue: expect.any(Number), pull_request: expect.any(Number) });
  });

  it('does nothing where there is one already, and is the same demo when it is added again', async () => {
    const refused = await tell(['--to', TO]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('has a demo already');
    const added = await tell(['--to', TO, '--add', '--json']);
    expect(Object.keys(JSON.parse(added.stdout).outcomes)).toEqual(['duplicate']);
  });

  it('does nothing where there is something real', async () => {
    const folder = newDataDir();
    const real = await startServer(folder);
    const event = { id: '1', namespace: 'shop', type: 'build', action: 'start' };
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
    await fetch(`${real.url}/webhooks/customhttp`, init);
    const refused = await runProgram(['demo', '--url', real.url]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('real ones');
    await real.stop();
    removeDataDir(folder);
  });

  it.each([
    [['--to', '2999-01-01'], 'future'],
    [['--to', 'yesterday'], 'must be a day'],
    [['--days', '0'], 'from 1 on'],
    [['--seed', 'x'], 'whole number'],
    [['--live', '--to', TO], 'leave --to out'],
  ])('refuses %j', async (flags, why) => {
    const { code, stderr } = await runProgram(['demo', '--url', server.url, ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });
});

describe('valuestream demo --live', { timeout: 300_000 }, () => {
  it('goes on with it until it is stopped', async () => {
    const dataDir = newDataDir();
    const began = new Date().toISOString();
    const demo = await startDemo(dataDir, '--live', '--days', '5');
    const news = async () =>
      (await ask<{ items: object[] }>(demo.url, `/api/v1/deliveries?from=${began}&instance=demo`)).items;
    while ((await news()).length === 0) await new Promise(setImmediate);
    expect(await news()).toContainEqual(expect.objectContaining({ outcome: 'accepted' }));
    demo.child.kill('SIGINT');
    expect(await demo.ended).toMatchObject({ code: 0 });
    removeDataDir(dataDir);
  });
});
