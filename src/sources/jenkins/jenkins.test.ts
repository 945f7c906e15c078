import { describe, expect, it } from 'vitest';
import { expectSameInAnyOrder, hoursOf, spansOf, told } from '../../../test/support/stories.ts';
import { durationMs } from '../../domain/span.ts';
import { buildAt } from './operation.ts';

const HOUR = 3_600_000;
const T = Date.UTC(2026, 2, 2, 9);
const SHA = '304839c04c12d78a94b9b521c237c83ec84e826d';

const start = (job: string, number: number, hour: number, more: object = {}) =>
  told('jenkins', {
    ciUrl: 'https://jenkins.example/',
    fullJobName: job,
    number,
    result: 'INPROGRESS',
    startTime: T + hour * HOUR,
    endTime: null,
    duration: 0,
    parameters: null,
    buildUrl: `job/${job.replaceAll('/', '/job/')}/${number}/`,
    ...more,
  });
const end = (job: string, number: number, hour: number, duration: number, more: object = {}) =>
  told('jenkins', {
    ciUrl: 'https://jenkins.example/',
    fullJobName: job,
    number,
    result: 'SUCCESS',
    startTime: null,
    endTime: T + hour * HOUR,
    duration: duration * HOUR,
    parameters: null,
    scmInfo: null,
    queueTime: 0,
    buildUrl: `job/${job.replaceAll('/', '/job/')}/${number}/`,
    ...more,
  });

/** It waits in the queue, is built, and another job ships it: told by a parameter that the end does not have. */
const story = [
  told('jenkins', {
    jenkinsQueueId: 9,
    jobName: 'team » app',
    entryTime: T,
    exitTime: null,
    status: 'ENTERED',
    contextId: 5,
  }),
  told('jenkins', {
    jenkinsQueueId: 9,
    jobName: 'team » app',
    entryTime: T,
    exitTime: T + HOUR,
    status: 'LEFT',
    contextId: 5,
  }),
  start('team/app', 17, 1, { queueTime: HOUR, contextId: 5, startedUserId: 'SCM' }),
  told('jenkins', {
    startTime: T + 1.5 * HOUR,
    endTime: 0,
    buildUrl: 'job/team/job/app/17/',
    buildStepType: 'hudson.tasks.Shell',
    buildStepId: 'Shell@1',
  }),
  end('team/app', 17, 4, 3, { scmInfo: { url: 'git@github.com:acme/app.git', branch: 'origin/main', commit: SHA } }),
  start('team/rollout', 5, 4, {
    parameters: { type: 'deploy', ENVIRONMENT: 'production', GIT_SHA: SHA },
    startedUserId: 'ada',
  }),
  end('team/rollout', 5, 5, 1),
];

describe('a build that waits, runs and is deployed', () => {
  it('has the queue as a stage, and its own times', () => {
    const [build] = spansOf(story)['build 17'] ?? [];
    expect(build).toMatchObject({ operation: 'build', project: 'team/app', result: 'success', anomalies: [] });
    expect(build && [hoursOf(build), durationMs(build)]).toEqual(['queued 1, running 3', 4 * HOUR]);
    expect(build?.tags).toMatchObject({ 'vcs.ref.head.name': 'main', 'vcs.ref.head.revision': SHA });
  });

  it('is a deploy from its start to its end, though the end knows no parameter', () => {
    expect(spansOf(story)['build 5']).toMatchObject([
      {
        operation: 'deploy',
        state: 'finished',
        result: 'success',
        actor: 'ada',
        tags: { 'deployment.environment.name': 'production', 'valuestream.environment.tier': 'production' },
      },
    ]);
  });

  it('is tied to its place in the queue by the context, and to its commit by the address of the repository', () => {
    const references = story.flat().flatMap(({ provides = [], wants = [] }) => [...provides, ...wants]);
    expect(references.filter(({ type }) => type === 'context')).toEqual(
      Array(3).fill({ type: 'context', scope: 'jenkins', value: '5' }),
    );
    expect(references).toContainEqual({ type: 'commit', scope: 'github.com/acme/app', value: SHA });
  });

  it('is the same in any order, and with anything twice', () => {
    expectSameInAnyOrder(story);
  });
});

describe('a pipeline job whose start never came', () => {
  it('is whole by its end, but for the queue', () => {
    const [only] = spansOf([end('acme/app/main', 3, 4, 2, { result: 'UNSTABLE' })])['build 3'] ?? [];
    expect(only).toMatchObject({
      startedAt: T + 2 * HOUR,
      finishedAt: T + 4 * HOUR,
      result: 'failure',
      isError: true,
      stages: [],
      anomalies: [],
      tags: { 'valuestream.jenkins.result': 'UNSTABLE' },
    });
  });

  it.each([
    ['ABORTED', 'cancelled'],
    ['NOT_BUILT', 'skipped'],
  ])('is no failure when it was %s', (result, expected) => {
    const [only] = spansOf([end('a', 1, 4, 1, { result })])['build 1'] ?? [];
    expect(only).toMatchObject({ result: expected, isError: false });
  });
});

describe('a branch that is deleted and made anew', () => {
  const job = 'acme/app/dependabot%2Fnpm';
  const ends = [end(job, 1, 4, 2), end(job, 1, 2_000, 1, { result: 'FAILURE' })];
  const whole = [start(job, 1, 2), ...ends, start(job, 1, 1_999, { queueTime: 60_000 })];

  it.each([
    ['though it begins to count at 1 again', whole, HOUR + 60_000],
    ['though no start came', ends, HOUR],
  ])('has two builds of one number, each with its own times, %s', (_, told, second) => {
    const builds = spansOf(told)['build 1'] ?? [];
    expect(builds.map((build) => [durationMs(build), build.result, build.anomalies])).toEqual([
      [2 * HOUR, 'success', []],
      [second, 'failure', []],
    ]);
    expectSameInAnyOrder(told);
  });
});

describe('the branch of a multibranch job', () => {
  it.each([
    ['acme/app/main', 'main'],
    ['acme/app/feature%2Flogin', 'feature/login'],
    ['acme/app/fix%23123', 'fix#123'],
    ['acme/app/100%', undefined],
    ['acme/app/nightly', undefined],
    ['acme/app/PR-7', undefined],
    ['main', undefined],
  ])('%s is %s', (job, branch) => {
    expect(end(job, 1, 4, 2).at(-1)?.facts?.head_branch).toBe(branch);
  });
});

describe('the address of a build', () => {
  it('is a web page, whatever the plugin was told', () => {
    expect(end('a', 1, 4, 2, { buildUrl: 'javascript:alert(1)' }).at(-1)?.url).toBeUndefined();
  });

  it.each([
    ['job/team/job/app/17/', { job: 'team/app', number: 17 }],
    ['https://j.example/jenkins/job/a%20b/3', { job: 'a b', number: 3 }],
    ['job/acme/job/app/job/feature%252Fx/4/', { job: 'acme/app/feature%2Fx', number: 4 }],
  ])('%s names it', (url, expected) => {
    expect(buildAt(url)).toEqual(expected);
  });

  it.each(['aUrl', '', 'job/app/', 'job/app/x/', 'view/app/3/', 'job/a/b/3/', 'job/%E0%A4%A/3/'])(
    '%j does not',
    (url) => {
      expect(buildAt(url)).toBeNull();
    },
  );
});
