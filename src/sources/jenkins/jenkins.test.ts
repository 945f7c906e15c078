import { describe, expect, it } from 'vitest';
import { expectSameInAnyOrder, hoursOf, spansOf, told } from '../../../test/support/stories.ts';
import type { Event } from '../../domain/event.ts';
import { identityKey, spanIdOf } from '../../domain/identity.ts';
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

const wantedBy = (events: readonly Event[] = []) => events.flatMap(({ wants = [] }) => wants);

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

  it('is tied to its commit by the address of the repository, once its checkout is known', () => {
    expect(wantedBy(story[4])).toContainEqual({ type: 'commit', scope: 'github.com/acme/app', value: SHA });
  });

  it('is found by its job and its number, and its place in the queue is not looked for', () => {
    expect(story.flat().flatMap(({ provides = [] }) => provides)).toEqual(
      [17, 17, 5, 5].map((number) => ({
        type: 'job',
        scope: 'jenkins',
        value: `team/${number === 5 ? 'rollout' : 'app'}#${number}`,
      })),
    );
    expect(wantedBy(story.slice(0, 2).flat())).toEqual([]);
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

describe('a build of a multibranch job', () => {
  const BRANCHES = ['main', 'PR-42', 'PR-42-merge', 'MR-7', 'feature%2Fpay-1'];

  it('is one of the job, not of its branch: of branches there is no end', () => {
    const spans = spansOf(
      BRANCHES.flatMap((branch) => [start(`team/app/${branch}`, 3, 1), end(`team/app/${branch}`, 3, 4, 2)]),
    );
    const attempts = Object.values(spans).flat();
    expect(new Set(attempts.map(({ project }) => project))).toEqual(new Set(['team/app']));
    expect(new Set(attempts.map(({ tags }) => tags['cicd.pipeline.name']))).toEqual(new Set(['team/app']));
  });

  it('keeps its branch apart from others of the same number', () => {
    const ends = BRANCHES.flatMap((branch) => end(`team/app/${branch}`, 3, 4, 2).slice(-1));
    expect(new Set(ends.map(({ identity }) => identityKey(identity))).size).toBe(BRANCHES.length);
    const [built] = end('team/app/PR-42', 3, 4, 2);
    expect(built && spanIdOf(built.identity, built.name)).toBe('vstrace-jenkins-build-team/app/PR-42-3');
  });

  it.each(['team/app', 'main', 'team/nightly'])('is not taken for one where the job is %s', (job) => {
    expect(end(job, 3, 4, 2).map(({ project }) => project)).toEqual([undefined, undefined]);
  });
});

describe('what must not be seen by everybody', () => {
  it('is left out: who may fetch the repository, and who may enter Jenkins', () => {
    const events = end('team/app', 3, 4, 2, {
      ciUrl: 'https://admin:s3cret@jenkins.example/',
      scmInfo: { url: 'https://ci:s3cret@git.example/acme/app.git', branch: 'main', commit: SHA },
    });
    expect(JSON.stringify(events)).not.toContain('s3cret');
    expect(events.at(-1)).toMatchObject({
      url: 'https://jenkins.example/job/team/job/app/3/',
      tags: { 'vcs.repository.url.full': 'https://git.example/acme/app' },
    });
  });
});

describe('what a build belongs to', () => {
  const repository = 'github.com/acme/app';
  const checkout = (branch: string, more: object = {}) => ({
    scmInfo: { url: 'git@github.com:acme/app.git', branch, commit: null, ...more },
  });
  const wanted = (job: string, more: object) => wantedBy(end(job, 1, 4, 2, more));
  const key = (value: string) => ({ type: 'issue_key', scope: '', value, via: 'branch' });

  it.each([
    ['acme/app/PR-42', '42'],
    ['acme/app/PR-42-head', '42'],
    ['acme/app/PR-42-merge', '42'],
    ['acme/app/MR-7', '7'],
  ])('is the pull request of the job %s, which is no branch and no issue', (job, value) => {
    const branch = job.slice(job.lastIndexOf('/') + 1);
    expect(wanted(job, checkout(branch))).toEqual([{ type: 'pull_request', scope: repository, value }]);
  });

  it('is no pull request of a repository that is not known, for any has a number 42', () => {
    expect(wanted('acme/app/PR-42', { scmInfo: null })).toEqual([]);
    expect(wanted('acme/app/PR-42x', checkout('main'))).toEqual([{ type: 'branch', scope: repository, value: 'main' }]);
  });

  it.each([
    'origin/feature/abc-12-login',
    'refs/heads/feature/abc-12-login',
    'refs/remotes/origin/feature/abc-12-login',
  ])('is its branch, and what that names: %s', (branch) => {
    expect(wanted('app', checkout(branch))).toEqual([
      { type: 'branch', scope: repository, value: 'feature/abc-12-login' },
      key('ABC-12'),
    ]);
  });

  it('is what the branch names, though its repository is not known', () => {
    expect(wanted('acme/app/feature%2FABC-12', {})).toEqual([key('ABC-12')]);
  });

  it('is the span that the name of its branch or of its job holds', () => {
    const span = { type: 'span', scope: '', value: 'vstrace-github-issue-api-27', via: 'branch' };
    expect(wanted('app', { scmInfo: { branch: 'origin/vstrace-github-issue-api-27' } })).toContainEqual(span);
    expect(wanted('acme/app/vstrace-github-issue-api-27', {})).toEqual([span]);
  });

  it.each([
    [SHA.toUpperCase(), SHA],
    ['304839C0', '304839c0'],
    ['aCommitHash', undefined],
  ])('is the commit %s, where that is one', (commit, value) => {
    const [found] = wanted('app', { scmInfo: { url: null, branch: null, commit } });
    expect(found).toEqual(value === undefined ? undefined : { type: 'commit', scope: '', value });
  });

  it('is a commit by a parameter, shortened too, but no number of another tool', () => {
    const by = (REVISION: string) => wantedBy(start('app', 1, 1, { parameters: { REVISION } }));
    expect(by('304839c')).toEqual([{ type: 'commit', scope: '', value: '304839c' }]);
    expect(by('1234567')).toEqual([]);
  });

  it('is the build that started it, and not what has started that one', () => {
    const buildCause =
      'Started by upstream project "acme/app/main" build number 1,204\n' +
      'originally caused by:\n Started by upstream project "seed" build number 3';
    expect(wantedBy(start('team/rollout', 8, 1, { buildCause }))).toEqual([
      { type: 'job', scope: 'jenkins', value: 'acme/app/main#1204' },
    ]);
    expect(wantedBy(start('team/rollout', 8, 1, { buildCause: 'Started by user "x" build number 5' }))).toEqual([]);
  });

  it('is the span that the parameter vstrace-trace-id holds, and nothing where it holds none', () => {
    const by = (value: unknown) => wantedBy(start('app', 1, 1, { parameters: { 'vstrace-trace-id': value } }));
    const span = { type: 'span', scope: '', value: 'vstrace-github-issue-api-27', via: 'parameter' };
    expect(by(' vstrace-github-issue-api-27 ')).toEqual([span]);
    expect([by('x'), by(''), by(null), by(['vstrace-a'])]).toEqual([[], [], [], []]);
  });

  it('is bounded, whatever stands in the names', () => {
    const names = Array.from({ length: 60 }, (_, index) => `ABC-${index + 1}`).join();
    const buildCause = 'Started by upstream project "'.repeat(50_000);
    expect(wanted('x/'.repeat(10_000), { ...checkout(names), buildCause })).toHaveLength(32);
    expect(wanted('app', checkout('ABC-1/'.repeat(50_000)))).toEqual([]);
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
