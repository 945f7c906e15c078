import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../domain/event.ts';
import { foldHistory } from '../../domain/history.ts';
import { identityKey } from '../../domain/identity.ts';
import { durationMs } from '../../domain/span.ts';
import { github } from './index.ts';

type Payload = Record<string, unknown> & { readonly action: string };

interface Hook {
  readonly event: string;
  readonly payload: Payload;
}

/** The payload of a fixture, with some fields of its main object changed. */
function hook(event: string, fixture: string, change: object = {}, action?: string): Hook {
  const file = new URL(`./fixtures/${event}.${fixture}.request.json`, import.meta.url);
  const { payload } = JSON.parse(readFileSync(file, 'utf8'));
  const changed = {
    ...payload,
    [event]: { ...payload[event], ...change },
    ...(action === undefined ? {} : { action }),
  };
  return { event, payload: changed };
}

function eventsOf({ event, payload }: Hook, index: number): readonly Event[] {
  const body = Buffer.from(JSON.stringify(payload));
  const headers = { 'x-github-event': event };
  const receivedAt = Date.UTC(2026, 3, 1) + index;
  const read = github.interpret({
    instance: '',
    headers,
    body,
    payload,
    key: `d${index}`,
    receivedAt,
    channel: 'webhook',
  });
  return read.outcome === 'accepted' ? read.events : [];
}

/** What is folded of some hooks: each span's attempts by its kind, in one line each. */
function spansOf(hooks: readonly Hook[]): Record<string, string[]> {
  const histories = Map.groupBy(hooks.flatMap(eventsOf), ({ identity }) => identityKey(identity));
  const spans = [...histories.values()].map((events): [string, string[]] => [
    events[0]?.identity.kind ?? '',
    foldHistory(events).attempts.map((attempt) => {
      const stages = attempt.stages.map((stage) => `${stage.name} ${(durationMs(stage) ?? Number.NaN) / 1_000}`);
      const { ordinal, operation, result, anomalies } = attempt;
      const seconds = durationMs(attempt);
      return [
        `${operation} ${ordinal}`,
        result,
        seconds === null ? '?' : seconds / 1_000,
        ...stages,
        ...anomalies,
      ].join(' | ');
    }),
  ]);
  return Object.fromEntries(spans.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const second = { run_attempt: 2, run_started_at: '2026-03-02T14:00:00Z' };
const story: readonly Hook[] = [
  hook('workflow_run', 'requested'),
  hook('workflow_job', 'queued'),
  hook('workflow_run', 'in-progress'),
  hook('workflow_job', 'completed'),
  hook('workflow_run', 'completed-with-failure'),
  hook('workflow_run', 'requested', { ...second, updated_at: '2026-03-02T14:00:01Z' }),
  hook('workflow_run', 'in-progress', { ...second, updated_at: '2026-03-02T14:00:30Z' }),
  hook('workflow_run', 'completed-at-the-second-attempt'),
  hook('deployment', 'created-by-a-run'),
  hook('deployment_status', 'in-progress'),
  hook('deployment_status', 'success'),
  hook('deployment_status', 'inactive'),
  hook('release', 'published'),
  hook('release', 'published', {}, 'released'),
];

const told = {
  deployment: ['deploy 1 | success | 240 | pending 30 | running 210'],
  release: ['release 1 | done | 0'],
  workflow_job: ['build 1 | success | 290 | queued 20 | running 270'],
  workflow_run: [
    'pipeline 1 | failure | 300 | queued 20 | running 280',
    'pipeline 2 | success | 240 | queued 30 | running 210',
  ],
};

describe('a run of two attempts, its job, a deployment and a release', () => {
  it('are the spans that their pages show', () => {
    expect(spansOf(story)).toEqual(told);
  });

  it('are the same in any order, and when they are told again', () => {
    const shuffled = fc.shuffledSubarray([...story, ...story.slice(0, 5)], { minLength: story.length + 5 });
    fc.assert(
      fc.property(shuffled, (hooks) => {
        expect(spansOf(hooks)).toEqual(told);
      }),
      { numRuns: 300 },
    );
  });

  it('have their right times where only the last hook of each was received, and no stage that is guessed', () => {
    const last = ['completed-at-the-second-attempt', 'completed', 'success', 'published'];
    const events = ['workflow_run', 'workflow_job', 'deployment_status', 'release'];
    const hooks = events.map((event, index) => hook(event, last[index] ?? ''));
    expect(spansOf(hooks)).toEqual({
      deployment: ['deploy 1 | success | 240'],
      release: ['release 1 | done | 0'],
      workflow_job: ['build 1 | success | 290 | queued 20 | running 270'],
      workflow_run: ['pipeline 2 | success | 240'],
    });
  });

  it('has another attempt of a deployment that succeeded at last, without having begun anew', () => {
    const statusOf = (state: string, id: number, created_at: string) =>
      hook('deployment_status', 'success', { state, id, created_at });
    const hooks = [
      statusOf('failure', 8003, '2026-03-02T15:12:00Z'),
      statusOf('success', 8004, '2026-03-02T15:20:00Z'),
    ];
    expect(spansOf(hooks).deployment?.map((attempt) => attempt.split(' | ').slice(0, 2).join(' '))).toEqual([
      'deploy 1 failure',
      'deploy 2 success',
    ]);
    expect(spansOf(hooks.toReversed())).toEqual(spansOf(hooks));
  });

  it('guess no queue of a run or a deployment whose beginning to run was not told', () => {
    const quiet = story.filter(({ payload, event }) => {
      const state = (payload.deployment_status as { state?: string } | undefined)?.state;
      return payload.action !== 'in_progress' && state !== 'in_progress' && event !== 'workflow_job';
    });
    const spans = spansOf(quiet);
    expect(spans.workflow_run).toEqual(['pipeline 1 | failure | 300', 'pipeline 2 | success | 240']);
    expect(spans.deployment).toEqual(['deploy 1 | success | 240']);
  });
});

describe('what is no start', () => {
  it('is the started_at of a job that is still queued', () => {
    expect(spansOf([hook('workflow_job', 'queued')])).toEqual({ workflow_job: ['build 1 |  | ? | queued NaN'] });
  });

  it('is the started_at of a skipped job, which may lie after its end', () => {
    const skipped = [hook('workflow_job', 'skipped-with-a-start-after-its-end')];
    expect(spansOf(skipped)).toEqual({ workflow_job: ['build 1 | skipped | 1'] });
  });

  it('is the creation of a job that lies after its end: the job has ended, and stays so', () => {
    const created_at = '2026-03-02T13:40:00Z';
    const queued = hook('workflow_job', 'queued', { created_at });
    const cancelled = hook('workflow_job', 'completed', { created_at, started_at: null, conclusion: 'cancelled' });
    const skipped = hook('workflow_job', 'skipped-with-a-start-after-its-end', { created_at });
    expect(spansOf([queued, cancelled])).toEqual({ workflow_job: ['build 1 | cancelled | ? | ends_before_start'] });
    expect(spansOf([skipped])).toEqual({ workflow_job: ['build 1 | skipped | ? | ends_before_start'] });
  });

  it('is the creation of a job that a re-run took over from the attempt before, with the times that it had', () => {
    const kept = hook('workflow_job', 'completed', { run_attempt: 2, created_at: '2026-03-02T14:00:00Z' });
    expect(spansOf([kept])).toEqual({ workflow_job: ['build 1 | success | 270 | running 270'] });
  });

  it('is the start of a check that lies after its end', () => {
    const late = hook('check_run', 'completed-timed-out', { started_at: '2026-03-02T23:00:00Z' });
    expect(spansOf([late])).toEqual({ check_run: ['build 1 | timeout | ? | ends_before_start'] });
  });

  it('is the creation of a run for its second attempt', () => {
    const unsaid = { run_started_at: null };
    const hooks = [hook('workflow_run', 'completed-at-the-second-attempt', unsaid)];
    expect(spansOf(hooks)).toEqual({ workflow_run: ['pipeline 2 | success | ? | end_without_start'] });
  });
});

it.each([
  ['success', 'success', false],
  ['failure', 'failure', true],
  ['startup_failure', 'error', true],
  ['timed_out', 'timeout', true],
  ['cancelled', 'cancelled', false],
  ['stale', 'cancelled', false],
  ['skipped', 'skipped', false],
  ['neutral', 'skipped', false],
  ['action_required', 'unknown', false],
  ['of_the_future', 'unknown', false],
  ['toString', 'unknown', false],
] as const)('a run that was concluded as %s has the result %s', (conclusion, result, isError) => {
  const events = eventsOf(hook('workflow_run', 'completed-with-failure', { conclusion }), 0);
  expect(foldHistory(events).attempts).toMatchObject([{ result, isError }]);
});

describe('another CI', () => {
  it('has its checks as builds, in their suite, whether they end well or not', () => {
    const hooks = [
      hook('check_run', 'created'),
      hook('check_run', 'completed-timed-out'),
      hook('check_suite', 'completed'),
    ];
    expect(spansOf(hooks)).toEqual({
      check_run: ['build 1 | timeout | 1800'],
      check_suite: ['pipeline 1 | success | 1870'],
    });
  });

  it('has a suite that was requested again as another attempt when it ends in another way', () => {
    const again = hook('check_suite', 'completed', { conclusion: 'failure', updated_at: '2026-03-02T15:00:00Z' });
    expect(spansOf([hook('check_suite', 'completed'), again]).check_suite).toEqual([
      'pipeline 1 | success | 1870',
      'pipeline 2 | failure | ? | end_without_start',
    ]);
  });
});

describe('a milestone', () => {
  it('is a sprint from its creation to its closing, and another attempt once it is opened again', () => {
    const hooks = [hook('milestone', 'created'), hook('milestone', 'closed'), hook('milestone', 're-opened')];
    const days = (11 * 24 + 8) * 3_600;
    expect(spansOf(hooks)).toEqual({ milestone: [`sprint 1 | done | ${days}`, 'sprint 2 |  | ?'] });
    expect(spansOf(hooks.toReversed())).toEqual(spansOf(hooks));
  });
});

/** A fixture as it is: a `status` has no object of its own in its payload. */
function asIs(event: string, fixture: string, change: object = {}): Hook {
  const { payload } = JSON.parse(
    readFileSync(new URL(`./fixtures/${event}.${fixture}.request.json`, import.meta.url), 'utf8'),
  );
  return { event, payload: { ...payload, ...change } };
}

describe('the status of a commit', () => {
  const error = asIs('status', 'error');

  it('is a build from pending to its end, and another one when it is pending again', () => {
    const again = asIs('status', 'pending', { id: 2003, created_at: '2026-03-02T14:00:00Z' });
    const success = asIs('status', 'error', { id: 2004, state: 'success', created_at: '2026-03-02T14:05:00Z' });
    const hooks = [asIs('status', 'pending'), error, again, success];
    expect(spansOf(hooks)).toEqual({ status: ['build 1 | error | 600', 'build 2 | success | 300'] });
    expect(spansOf(hooks.toReversed())).toEqual(spansOf(hooks));
  });

  it('is another build when another end was posted and nothing before it', () => {
    const success = asIs('status', 'error', { id: 2004, state: 'success', created_at: '2026-03-02T14:05:00Z' });
    expect(spansOf([asIs('status', 'pending'), error, success])).toEqual({
      status: ['build 1 | error | 600', 'build 2 | success | ? | end_without_start'],
    });
  });

  it('has no guessed start when only its end was posted', () => {
    expect(spansOf([error])).toEqual({ status: ['build 1 | error | ? | end_without_start'] });
  });
});

describe('what a run belongs to', () => {
  const wantsOf = (change: object) =>
    eventsOf(hook('workflow_run', 'requested', { pull_requests: [], ...change }), 0).flatMap(
      ({ wants }) => wants ?? [],
    );

  it.each(['push', 'release'])('is by a %s also the tag of that name, where there is one', (event) => {
    expect(wantsOf({ event, head_branch: 'v1.4.0' })).toContainEqual({
      type: 'tag',
      scope: 'github:4711',
      value: 'v1.4.0',
      relation: 'about',
    });
  });

  it('is no branch of a fork that is gone', () => {
    expect(wantsOf({ head_repository: null }).map(({ type }) => type)).toEqual(['commit']);
  });

  it('is not what a bot pasted below the first line of its commit', () => {
    const head_commit = { message: 'Bump lodash (#42)\n\nFixes #27', author: { name: 'dependabot[bot]' } };
    expect(wantsOf({ head_commit, head_repository: null }).map(({ value }) => value)).toEqual([
      'a'.repeat(4).padEnd(40, '0'),
      '42',
    ]);
  });
});
