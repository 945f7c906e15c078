import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  deployment,
  eventsOf,
  issue,
  jenkins,
  pull,
  push,
  type Sent,
  story,
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

const graph = [
  'github-deployment-octo-org/api-10 carries github-pull_request-octo-org/api-43',
  'github-deployment-octo-org/api-10 ← github-pull_request-octo-org/api-43',
  'github-deployment-octo-org/api-9 carries github-pull_request-octo-org/api-42',
  'github-deployment-octo-org/api-9 ← github-pull_request-octo-org/api-42',
  'github-deployment-octo-org/api-9 caused_incident github-issue-octo-org/api-99 (possible)',
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
].sort();

describe('from a ticket to production, an incident and its fix, across four tools and without markup', () => {
  it('is one graph', async () => {
    const world = await worldOf(story);
    expect(await world.graph()).toEqual(graph);
    expect(await world.trace('jira-issue-PAY-12')).toEqual([
      'github-deployment-octo-org/api-9',
      'github-issue-octo-org/api-99 (caused_incident)',
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
