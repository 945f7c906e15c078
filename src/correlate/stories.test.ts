import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  deployment,
  eventsOf,
  issue,
  jenkins,
  job,
  pull,
  push,
  run,
  type Sent,
  ticket,
} from '../../test/support/company.ts';
import { World } from '../../test/support/world.ts';

const open: World[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

async function worldOf(sent: readonly Sent[], atOnce = 1): Promise<World> {
  const world = new World();
  open.push(world);
  return await world.tell(sent.map(eventsOf), atOnce);
}

/** From a ticket to production without any markup, an incident, and what mended it. */
const cache = { number: 42, branch: 'pay-12-cache-prices', head: 'h1', opened: 26, title: 'Cache prices' };
const fix = { number: 43, branch: 'mend-cache', head: 'h2', opened: 51, body: 'Fixes #99' };
const story: readonly Sent[] = [
  push(0, 'main', 'root', { m0: 'Begin' }),
  ...deployment(1, 8, 'm0'),
  ticket(2, 'PAY-12', 'todo'),
  ticket(25, 'PAY-12', 'progress', { from: 'todo', opened: 2 }),
  push(25.5, 'pay-12-cache-prices', 'm0', { h1: 'Cache' }),
  pull('opened', 26, cache),
  run('in_progress', 26.1, { id: 1001, branch: cache.branch, commit: 'h1', began: 26.05, pulls: [42] }),
  job(26.4, 1001, 501, { conclusion: 'failure' }),
  run('completed', 26.5, { id: 1001, branch: cache.branch, commit: 'h1', began: 26.05, conclusion: 'failure' }),
  run('in_progress', 27.1, { id: 1001, branch: cache.branch, commit: 'h1', began: 27, attempt: 2 }),
  job(27.4, 1001, 502, { attempt: 2 }),
  run('completed', 27.5, {
    id: 1001,
    branch: cache.branch,
    commit: 'h1',
    began: 27,
    attempt: 2,
    conclusion: 'success',
  }),
  pull('closed', 46, { ...cache, merged: 46, mergeCommit: 'm1' }),
  push(46, 'main', 'm0', { m1: 'Cache prices (#42)' }),
  ...jenkins(47, 'team/api', 17, { commit: 'm1' }),
  ...deployment(48, 9, 'm1'),
  ticket(48.5, 'PAY-12', 'done', { from: 'progress', opened: 2 }),
  issue('opened', 50, 99, { labels: ['incident'] }),
  pull('opened', 51, fix),
  pull('closed', 52, { ...fix, merged: 52, mergeCommit: 'm2' }),
  push(52, 'main', 'm1', { m2: 'Mend the cache (#43)' }),
  ...deployment(53, 10, 'm2'),
  issue('closed', 53.5, 99, { opened: 50, labels: ['incident'] }),
];

const graph = [
  'github-deployment-octo-org/api-10 carries github-pull_request-octo-org/api-43',
  'github-deployment-octo-org/api-10 ← github-pull_request-octo-org/api-43',
  'github-deployment-octo-org/api-9 carries github-pull_request-octo-org/api-42',
  'github-deployment-octo-org/api-9 ← github-pull_request-octo-org/api-42',
  'github-issue-octo-org/api-99 after_deployment github-deployment-octo-org/api-9 (possible)',
  'github-pull_request-octo-org/api-42 ← jira-issue-PAY-12',
  'github-pull_request-octo-org/api-43 fixes github-issue-octo-org/api-99',
  'github-workflow_job-octo-org/api-501 ← github-workflow_run-octo-org/api-1001',
  'github-workflow_job-octo-org/api-502 retry_of github-workflow_job-octo-org/api-501',
  'github-workflow_job-octo-org/api-502 ← github-workflow_run-octo-org/api-1001',
  'github-workflow_run-octo-org/api-1001 caused_by jira-issue-PAY-12 (likely)',
  'github-workflow_run-octo-org/api-1001 ← github-pull_request-octo-org/api-42',
  'github-workflow_run-octo-org/api-1001~2 caused_by jira-issue-PAY-12 (likely)',
  'github-workflow_run-octo-org/api-1001~2 ← github-pull_request-octo-org/api-42',
  'jenkins-build-team/api-17 ← github-pull_request-octo-org/api-42',
];

describe('from a ticket to production, an incident and its fix, across four tools and without markup', () => {
  it('is one graph', async () => {
    const world = await worldOf(story);
    expect(await world.graph()).toEqual(graph);
    expect(await world.trace('jira-issue-PAY-12')).toEqual([
      'github-deployment-octo-org/api-9',
      'github-issue-octo-org/api-99 (after_deployment)',
      'github-pull_request-octo-org/api-42',
      'github-workflow_job-octo-org/api-501',
      'github-workflow_job-octo-org/api-502',
      'github-workflow_run-octo-org/api-1001',
      'github-workflow_run-octo-org/api-1001',
      'jenkins-build-team/api-17',
      'jira-issue-PAY-12',
    ]);
    expect(await world.trace('github-deployment-octo-org/api-10')).toEqual([
      'github-deployment-octo-org/api-10',
      'github-pull_request-octo-org/api-43',
    ]);
  });

  it('is the same graph in any order, with anything twice, in whatever groups', async () => {
    const shuffled = fc.shuffledSubarray([...story, ...story.slice(0, 8)], { minLength: story.length + 8 });
    await fc.assert(
      fc.asyncProperty(shuffled, fc.integer({ min: 1, max: 5 }), async (sent, atOnce) => {
        const world = await worldOf(sent, atOnce);
        const told = [await world.graph(), await world.trace('jira-issue-PAY-12')];
        for (const one of open.splice(0)) await one.close();
        expect(told[0]).toEqual(graph);
        expect(told[1]).toHaveLength(9);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a deployment that carries twelve pull requests', () => {
  const numbers = Array.from({ length: 12 }, (_, index) => index + 1);
  const twelve: readonly Sent[] = [
    push(0, 'main', 'root', { m0: 'Begin' }),
    ...deployment(0.5, 100, 'm0'),
    ...numbers.flatMap((number) => {
      const made = { number, branch: `pay-${100 + number}-work`, head: `h${number}`, opened: number + 0.2 };
      return [
        ticket(number, `PAY-${100 + number}`, 'progress'),
        pull('opened', number + 0.2, made),
        pull('closed', number + 0.5, { ...made, merged: number + 0.5, mergeCommit: `m${number}` }),
        push(number + 0.5, 'main', `m${number - 1}`, { [`m${number}`]: `Change ${number} (#${number})` }),
      ];
    }),
    ...deployment(20, 101, 'm12'),
  ];

  it.each([
    ['in order', twelve],
    ['backwards', twelve.toReversed()],
  ])('is in the trace of each of the twelve tickets, and none shows another one, %s', async (_, sent) => {
    const world = await worldOf(sent, 7);
    for (const number of numbers.slice(0, -1))
      expect(await world.trace(`jira-issue-PAY-${100 + number}`)).toEqual([
        'github-deployment-octo-org/api-101 (carries)',
        `github-pull_request-octo-org/api-${number}`,
        `jira-issue-PAY-${100 + number}`,
      ]);
    // The commit that was deployed is the last one's, which is what the deployment is of.
    expect(await world.trace('jira-issue-PAY-112')).toEqual([
      'github-deployment-octo-org/api-101',
      'github-pull_request-octo-org/api-12',
      'jira-issue-PAY-112',
    ]);
    expect(await world.trace('github-deployment-octo-org/api-100')).toEqual(['github-deployment-octo-org/api-100']);
  });
});

describe('the older way, with markup', () => {
  const branch = 'vstrace-github-issue-api-27/cache';
  const marked: readonly Sent[] = [
    issue('opened', 0, 27),
    pull('opened', 1, { number: 41, branch, head: 'h1', opened: 1 }),
    ...jenkins(2, 'team/api', 5, { parameters: { 'vstrace-trace-id': 'vstrace-github-issue-api-27' } }),
    ...jenkins(3, 'team/ship', 6, {
      parameters: { 'vstrace-trace-id': 'vstrace-github-issue-api-27', type: 'deploy', ENVIRONMENT: 'production' },
    }),
  ];

  it.each([
    ['in order', marked],
    ['backwards', marked.toReversed()],
  ])('is one trace from the issue to the deploy, which ends without its parameters, %s', async (_, sent) => {
    const world = await worldOf(sent);
    expect(await world.graph()).toEqual([
      'github-pull_request-octo-org/api-41 ← github-issue-octo-org/api-27',
      'jenkins-build-team/api-5 ← github-issue-octo-org/api-27',
      'jenkins-build-team/ship-6 ← github-issue-octo-org/api-27',
    ]);
    const deploy = await world.reader.findSpan('vstrace-jenkins-build-team/ship-6');
    expect(deploy?.attempts).toMatchObject([{ operation: 'deploy', state: 'finished', result: 'success' }]);
    expect(new Set(Object.values(await world.traces()))).toEqual(new Set(['github-issue-octo-org/api-27']));
  });
});
