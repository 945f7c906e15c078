import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { ruleCheckSchema, rulesInForceSchema, spanSchema } from '../../src/api/schema.ts';
import { newDataDir, removeDataDir, runProgram, startServer, type TestServer } from '../support/server.ts';

type RuleCheck = z.infer<typeof ruleCheckSchema>;
type Span = z.infer<typeof spanSchema>;

const RULES = `
rules:
  deploys:
    - when: { job: ship }
      environment: live
  stages:
    - when: { status: Shipped }
      category: done
teams:
  - name: Shop
    projects: [shop]
`;

let dataDir: string;
let config: string;
let server: TestServer | null;
beforeEach(() => {
  dataDir = newDataDir();
  config = join(dataDir, 'rules.yaml');
  server = null;
});
afterEach(async () => {
  await server?.stop();
  removeDataDir(dataDir);
});

async function start(rules: string): Promise<TestServer> {
  writeFileSync(config, rules);
  server = await startServer(dataDir, { VS_CONFIG: config });
  return server;
}

/** Starts again with other rules, and waits until all that is stored is folded by them. */
async function restart(rules: string): Promise<TestServer> {
  await server?.stop();
  const again = await start(rules);
  while (!(await get<z.infer<typeof rulesInForceSchema>>(again, '/api/v1/rules')).applied) await wait(20);
  return again;
}

async function get<T>({ url }: TestServer, path: string): Promise<T> {
  return JSON.parse(await (await fetch(url + path)).text());
}

async function tell({ url }: TestServer, ...events: readonly object[]): Promise<void> {
  const body = JSON.stringify(events.map((event) => ({ namespace: 'shop', ...event })));
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(`${url}/webhooks/customhttp`, { method: 'POST', headers, body })).status).toBe(200);
}

async function seed(on: TestServer): Promise<void> {
  const metadata = { job: 'ship' };
  await tell(
    on,
    { id: '1', type: 'build', action: 'start', time: '2026-03-02T09:00:00Z', metadata },
    { id: '1', type: 'build', action: 'end', time: '2026-03-02T09:10:00Z', metadata },
    { id: '2', type: 'issue', action: 'start', time: '2026-03-02T09:00:00Z' },
    { id: '2', type: 'issue', action: 'transition', stage: 'Shipped', time: '2026-03-03T09:00:00Z' },
  );
}

const BY_TAG = RULES.replace('{ job: ship }', '{ tag: { job: ship } }');
const spans = async (on: TestServer) =>
  (await get<{ items: Span[] }>(on, '/api/v1/spans')).items.toSorted((a, b) => a.span_id.localeCompare(b.span_id));
const told = (span: Span) => [span.operation_name, span.team, span.environment, span.state];

const UNRULED = [
  ['build', null, null, 'finished'],
  ['issue', null, null, 'open'],
];
const RULED = [
  ['deploy', 'Shop', 'live', 'finished'],
  ['issue', 'Shop', null, 'finished'],
];

describe('rules of the configuration file', () => {
  it('decide of what arrives, and filter by what they decide', async () => {
    const on = await start(BY_TAG);
    await seed(on);
    expect((await spans(on)).map(told)).toEqual(RULED);
    const { items } = await get<{ items: Span[] }>(on, '/api/v1/spans?team=Shop&environment=live&operation=deploy');
    expect(items).toMatchObject([{ tags: { 'valuestream.environment.tier': 'production' } }]);
    expect((await get<{ items: Span[] }>(on, '/api/v1/spans?team=Nobody')).items).toEqual([]);
  });

  it('are applied to what is stored when they change, and taken back when they change back', async () => {
    const on = await start('');
    await seed(on);
    const before = await spans(on);
    expect(before.map(told)).toEqual(UNRULED);

    const ruled = await restart(BY_TAG);
    expect((await spans(ruled)).map(told)).toEqual(RULED);
    expect((await spans(ruled)).map(({ span_id }) => span_id)).toEqual(before.map(({ span_id }) => span_id));
    const { items } = await get<{ items: RuleCheck[] }>(ruled, '/api/v1/rules/checks');
    expect(items).toMatchObject([{ state: 'done', dry_run: false, spans: { added: 0, changed: 2, removed: 0 } }]);

    const back = await restart('');
    expect(await spans(back)).toEqual(before);
  });

  it('are not applied again at a start that finds them as they were', async () => {
    await seed(await start(BY_TAG));
    const again = await restart(BY_TAG);
    expect((await get<{ items: RuleCheck[] }>(again, '/api/v1/rules/checks')).items).toEqual([]);
  });

  it('are refused at start with the line and the reason', async () => {
    writeFileSync(config, 'rules:\n  deploys:\n    - when: { jib: ship }\n');
    const { code, stderr } = await runProgram(['serve', '--data-dir', dataDir], { VS_CONFIG: config });
    expect(code).toBe(2);
    expect(stderr).toMatch(/rules\.yaml: line 3: rules\.deploys\.0\.when: .*jib/);
  });
});

describe('valuestream rules', () => {
  const check = async (on: TestServer | null, ...args: readonly string[]) =>
    runProgram(['rules', 'check', '--data-dir', dataDir, ...args], on === null ? {} : { VS_URL: on.url });

  it('tells what the rules of a file decide and would change, and changes nothing', async () => {
    const on = await start('');
    await seed(on);
    writeFileSync(config, BY_TAG);
    const { code, stdout } = await check(on, '--config', config);
    expect(code).toBe(0);
    expect(stdout).toContain('done: 2 of 2 operations looked at');
    expect(stdout).toMatch(/operation +deploy +1 +rules\.deploys\[0\]/);
    expect(stdout).toMatch(/stage +Shipped: done +1 +rules\.stages\[0\]/);
    expect(stdout).toMatch(/tier +production +1 +defaults\.environments\[3\]/);
    expect(stdout).toContain('These rules would change: 0 would be added, 2 would be changed, 0 would be removed');
    expect(stdout).toContain('operation_name: build → deploy');
    expect((await spans(on)).map(told)).toEqual(UNRULED);

    const foretold: RuleCheck = JSON.parse((await check(on, '--config', config, '--json')).stdout);
    const done = await restart(BY_TAG);
    const { items } = await get<{ items: RuleCheck[] }>(done, '/api/v1/rules/checks');
    expect(items[0]?.changes).toEqual(foretold.changes);
  });

  it('says that nothing would change where nothing would', async () => {
    const on = await start(BY_TAG);
    await seed(on);
    expect((await check(on, '--config', config)).stdout).toContain('The stored spans are as these rules make them.');
  });

  it('opens the store itself where no server runs', async () => {
    await seed(await start(''));
    await server?.stop();
    server = null;
    writeFileSync(config, BY_TAG);
    const { code, stdout, stderr } = await check(null, '--config', config, '--json');
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('No server runs') });
    expect(JSON.parse(stdout)).toMatchObject({ spans: { changed: 2 } });
  });

  it('names the line of a wrong file, and exits with 2', async () => {
    writeFileSync(config, 'teams:\n  - projects: [a]\n');
    expect(await check(null, '--config', config)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/line 2: teams\.0\.name/),
    });
  });

  it('shows the rules in force, and the built-in ones', async () => {
    const on = await start(BY_TAG);
    const { stdout } = await runProgram(['rules', 'show'], { VS_URL: on.url });
    expect(stdout).toMatch(/job: ship[\s\S]*name: Shop[\s\S]*# +environments:/);
  });
});
