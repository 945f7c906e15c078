import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Event } from '../domain/event.ts';
import { foldHistory } from '../domain/history.ts';
import { spanIdOf } from '../domain/identity.ts';
import { candidatesIn } from '../domain/mention.ts';
import { durationMs, type FoldedAttempt } from '../domain/span.ts';
import { findSource, sources } from './registry.ts';

/**
 * What an older tool of the same purpose got wrong, so that nobody does it again. Those that concern the store and the
 * server (events that are kept in memory, ends that are refused) have their tests there.
 */

const HOUR = 3_600_000;
/** Long after anything in a fixture happened. */
const ARRIVED = Date.UTC(2026, 5, 1);

type Json = Record<string, unknown>;

/** A fixture as its source reads it, with some fields of its payload put otherwise. */
function interpreted(source: string, fixture: string, change: (payload: Json) => void = () => undefined) {
  const file = new URL(`./${source}/fixtures/${fixture}.request.json`, import.meta.url);
  const { headers, payload } = JSON.parse(readFileSync(file, 'utf8'));
  change(payload);
  const body = Buffer.from(JSON.stringify(payload));
  const delivery = { instance: '', headers, body, payload, key: 'k', receivedAt: ARRIVED, channel: 'webhook' } as const;
  const interpretation = findSource(source)?.interpret(delivery);
  if (interpretation === undefined) throw new Error(`there is no source ${source}`);
  return interpretation;
}

function eventsOf(...of: Parameters<typeof interpreted>): readonly Event[] {
  const read = interpreted(...of);
  if (read.outcome !== 'accepted') throw new Error(`${of[1]} is ${read.outcome}`);
  return read.events;
}

function folded(...of: Parameters<typeof interpreted>): FoldedAttempt | undefined {
  return foldHistory(eventsOf(...of)).attempts.at(-1);
}

const inside =
  (field: string, change: Json) =>
  (payload: Json): void => {
    Object.assign(payload[field] as Json, change);
  };
const inAttributes = (change: Json) => inside('object_attributes', change);
const spanIds = (events: readonly Event[]) => [
  ...new Set(events.map(({ identity, name }) => spanIdOf(identity, name))),
];

describe('a source', () => {
  it.each(sources.map((source) => [source.id, source] as const))('%s asks for a signature', (_, source) => {
    const raw = {
      instance: '',
      headers: {},
      body: Buffer.from('{}'),
      receivedAt: ARRIVED,
      channel: 'webhook',
    } as const;
    expect(source.verify(raw, ['a secret of thirty-two characters'])).toMatchObject({ ok: false });
  });

  it('takes durations from the times of its sender, not from when it heard of them', () => {
    expect(folded('github', 'workflow_job.completed')?.finishedAt).toBeLessThan(ARRIVED - HOUR);
    expect(
      durationMs(folded('gitlab', 'merge_request.merge') ?? { startedAt: null, finishedAt: null }),
    ).toBeGreaterThan(0);
  });

  it('names operations by the whole name of their repository, so that two called api never meet', () => {
    const other = inside('repository', { id: 4712, full_name: 'other-org/api' });
    const ids = [...eventsOf('github', 'issues.opened'), ...eventsOf('github', 'issues.opened', other)];
    expect(spanIds(ids)).toEqual(['vstrace-github-issue-octo-org/api-27', 'vstrace-github-issue-other-org/api-27']);
  });

  it.each([
    ['github', 'star'],
    ['gitlab', 'wiki_page'],
  ])('%s ignores what it has no use for, with a reason, instead of refusing it', (source, fixture) => {
    expect(interpreted(source, fixture)).toMatchObject({ outcome: 'ignored', reason: expect.stringMatching(/\w/) });
  });

  it('takes an end whose beginning never came', () => {
    expect(folded('gitlab', 'deployment.success')).toMatchObject({
      state: 'finished',
      startedAt: null,
      anomalies: ['end_without_start'],
    });
  });

  it('finds every span id that a text names, not only the first', () => {
    const found = [...candidatesIn('fixes vstrace-jira-issue-PAY-1 and vstrace-github-issue-api-27')];
    expect(found).toEqual(expect.arrayContaining(['vstrace-jira-issue-PAY-1', 'vstrace-github-issue-api-27']));
  });
});

describe("GitHub's pull requests", () => {
  it('are called by their number, as issues are, and by their global id too', () => {
    const [event] = eventsOf('github', 'pull_request.closed-merged');
    expect(event?.name.id).toBe('42');
    expect(event?.aliases?.some((alias) => /-api-\d{3,}$/.test(alias))).toBe(true);
  });

  it('tell a merge from a closing without one', () => {
    expect(folded('github', 'pull_request.closed-merged')?.result).toBe('merged');
    expect(folded('github', 'pull_request.closed-unmerged')?.result).toBe('abandoned');
  });
});

describe("GitLab's hooks", () => {
  it('end a merge request when it is merged, not only when it is closed', () => {
    expect(folded('gitlab', 'merge_request.merge')).toMatchObject({ state: 'finished', result: 'merged' });
  });

  it.each([
    ['merge_request.new-commits', 'opened'],
    ['issue.update-of-one-in-a-milestone', 'opened'],
  ])('do not begin anew with %s, though its state is %s', (fixture, state) => {
    const events = eventsOf('gitlab', fixture, inAttributes({ state }));
    const starts = events.filter((event) => event.state === 'start');
    expect(starts.map(({ key }) => key)).toEqual(['opened']);
    expect(foldHistory(events).attempts).toHaveLength(1);
  });

  it.each([
    ['success', 'finished', false],
    ['failed', 'finished', true],
    ['canceled', 'finished', false],
    ['skipped', 'finished', false],
    ['created', 'open', false],
    ['pending', 'open', false],
    ['running', 'open', false],
    ['manual', 'open', false],
  ])('of a pipeline that is %s: it is %s, and an error: %s', (status, state, isError) => {
    const finished_at = state === 'open' ? null : '2026-03-02 15:30:00 UTC';
    expect(folded('gitlab', 'pipeline.failed', inAttributes({ status, finished_at }))).toMatchObject({
      state,
      isError,
    });
  });

  it.each([
    ['success', 'finished', false],
    ['failed', 'finished', true],
    ['canceled', 'finished', false],
    ['skipped', 'finished', false],
    ['pending', 'open', false],
    ['running', 'open', false],
    ['manual', 'open', false],
  ])('of a job that is %s: it is %s, and an error: %s', (build_status, state, isError) => {
    const change = { build_status, ...(state === 'open' ? { build_finished_at: null } : {}) };
    const attempt = folded('gitlab', 'build.success', (payload) => {
      Object.assign(payload, change);
    });
    expect(attempt).toMatchObject({ state, isError });
  });

  it('keep a pipeline and a job with one number apart, and the job in its pipeline', () => {
    const pipeline = eventsOf('gitlab', 'pipeline.failed', inAttributes({ id: 31 }));
    const job = eventsOf('gitlab', 'build.success', (payload) => {
      // The commit of a job holds the id of its pipeline as well; this is the field that is meant for it.
      Object.assign(payload, { build_id: 31, pipeline_id: 77, commit: { id: 99 } });
    });
    expect(spanIds([...pipeline, ...job])).toHaveLength(2);
    expect(job.flatMap(({ wants }) => wants ?? [])).toEqual([expect.objectContaining({ type: 'run', value: '77' })]);
  });
});

describe("Jira's hooks", () => {
  it('begin and end by the category of a status, in any language', () => {
    const german = { id: '10006', name: 'Fertig', statusCategory: { id: 3, key: 'done', name: 'Erledigt' } };
    const inStatus = (status: Json) => (payload: Json) => {
      Object.assign((payload.issue as { fields: Json }).fields, { status });
    };
    expect(folded('jira', 'issue_updated.work-began', inStatus(german))).toMatchObject({
      state: 'finished',
      result: 'done',
    });
    expect(folded('jira', 'issue_created')?.state).toBe('open');
  });

  it('end an issue that is deleted', () => {
    expect(folded('jira', 'issue_deleted')).toMatchObject({ state: 'finished', result: 'cancelled' });
  });

  it('are read where an item of the changelog has no field called toString, and where it has one', () => {
    const bare = (payload: Json) => {
      (payload.changelog as { items: Json[] }).items = [{ field: 'status', from: '10001', to: '3' }];
    };
    expect(eventsOf('jira', 'issue_updated.work-began', bare)).toEqual(eventsOf('jira', 'issue_updated.work-began'));
  });
});

describe("Jenkins' hooks", () => {
  it('keep one identity from a start with parameters to an end without', () => {
    const both = [
      ...eventsOf('jenkins', 'build.deploy-start-by-parameter'),
      ...eventsOf('jenkins', 'build.deploy-end-without-parameters'),
    ];
    expect(spanIds(both)).toEqual(['vstrace-jenkins-build-team/ship-5']);
    expect(foldHistory(both).attempts).toMatchObject([{ state: 'finished', facts: { 'parameter.type': 'deploy' } }]);
  });

  it.each([
    ['build.unstable', true],
    ['build.aborted', false],
    ['build.not-built', false],
  ])('tell by %s an error: %s', (fixture, isError) => {
    expect(folded('jenkins', fixture)?.isError).toBe(isError);
  });

  it.each(['startedUserName', 'startedUsername'])('tell who began by %s, and by the id before', (field) => {
    const actor = (change: Json) =>
      folded('jenkins', 'build.start', (payload) => {
        Object.assign(payload, { startedUserId: null, startedUserName: null, ...change });
      })?.actor;
    expect([actor({ [field]: 'Ada' }), actor({ [field]: 'Ada', startedUserId: 'ada' })]).toEqual(['Ada', 'ada']);
  });
});
