import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../domain/event.ts';
import { foldHistory, mergeFacts } from '../../domain/history.ts';
import { identityKey } from '../../domain/identity.ts';
import { durationMs } from '../../domain/span.ts';
import { gitlab } from './index.ts';

const project = { id: 30, path_with_namespace: 'shop/web/cart', web_url: 'https://gitlab.com/shop/web/cart' };
const ada = { id: 1, username: 'ada', name: 'Ada' };
const bob = { id: 2, username: 'bob', name: 'Bob' };
const chen = { id: 3, username: 'chen', name: 'Chen' };
const bot = { id: 9, username: 'project_30_bot_1', name: 'Bot' };

function interpret(payload: object, channel: 'import' | 'webhook') {
  const common = { instance: '', headers: {}, body: Buffer.alloc(0), key: 'k', receivedAt: Date.UTC(2026, 3, 1) };
  return gitlab.interpret({ ...common, payload, channel });
}

function toldBy(payload: object, channel: 'import' | 'webhook' = 'import'): readonly Event[] {
  const read = interpret(payload, channel);
  if (read.outcome !== 'accepted') throw new Error(JSON.stringify(read));
  return read.events;
}

function hook(fixture: string, change: object = {}): readonly Event[] {
  const file = new URL(`./fixtures/${fixture}.request.json`, import.meta.url);
  const { object_attributes, ...others } = JSON.parse(readFileSync(file, 'utf8')).payload;
  return toldBy({ ...others, object_attributes: { ...object_attributes, ...change } }, 'webhook');
}

/** The attempts of the one span that events are of, in one line each. */
function lives(events: readonly Event[]): string[] {
  expect(new Set(events.map(({ identity }) => identityKey(identity))).size).toBe(1);
  return foldHistory(events).attempts.map((attempt) => {
    const minutes = (one: Parameters<typeof durationMs>[0]) => (durationMs(one) ?? Number.NaN) / 60_000;
    const stages = attempt.stages.map((stage) => `${stage.name} ${minutes(stage)}`);
    return [attempt.operation, attempt.result, minutes(attempt), ...stages, ...attempt.anomalies].join(' | ');
  });
}

const ofKind = (kind: string, events: readonly Event[]) => events.filter(({ identity }) => identity.kind === kind);

/** On the second of March 2026. */
const at = (time: string) => `2026-03-02T${time}`;
const note = (id: number, time: string, author: object, body?: string) => ({
  ...{ id, system: body !== undefined, author, created_at: at(time), ...(body === undefined ? {} : { body }) },
});
const approval = (id: number, time: string, author: object) => note(id, time, author, 'approved this merge request');
const turn = (state: string, time: string, user: object = bob) => ({ id: 1, state, created_at: at(time), user });

function mergeRequest(change: object = {}, more: object = {}): object {
  return {
    ...{ import: 'merge_request', project, notes: [], state_events: [], approvals_required: null },
    ...{ commits: [], merge_commits: [], diff_stats: null, ...more },
    merge_request: {
      ...{ id: 9_901, iid: 7, title: 'Remember the cart', state: 'opened', draft: false, author: ada, labels: [] },
      ...{ created_at: at('09:30:00.000Z'), updated_at: at('18:00:00.000Z'), merged_at: null, closed_at: null },
      ...{ source_branch: '23-remember', target_branch: 'main', source_project_id: 30, sha: 'a'.repeat(40) },
      ...{ web_url: `${project.web_url}/-/merge_requests/7`, milestone: null, user_notes_count: 0, ...change },
    },
  };
}
const merged = { state: 'merged', merged_at: at('17:30:00.456Z') };

describe('a merge request that was imported', () => {
  it('is merged once, however exactly each told when', () => {
    const imported = toldBy(mergeRequest(merged, { state_events: [turn('merged', '17:30:00.900Z')] }));
    const both = [...hook('merge_request.merge'), ...ofKind('merge_request', imported)];
    expect(mergeFacts(both).filter(({ state }) => state === 'end')).toHaveLength(1);
    expect(lives(both)).toEqual([`pull_request | merged | ${480 + 0.456 / 60} | awaiting_review ${480 + 0.456 / 60}`]);
  });

  it.each([
    ['marked this merge request as **draft**', 'marked this merge request as **ready**'],
    ['marked as a **Work In Progress** from 1a2b3c4', 'unmarked as a **Work In Progress**'],
  ])('was a draft in between, by the notes "%s" and "%s"', (draft, ready) => {
    const notes = [note(1, '10:30:00Z', ada, draft), note(2, '11:30:00Z', ada, ready)];
    expect(lives(toldBy(mergeRequest(merged, { notes }))).join()).toContain(
      '| awaiting_review 60 | draft 60 | awaiting_review 36',
    );
  });

  it('was opened as a draft where it was marked as ready first', () => {
    const notes = [note(1, '10:30:00Z', ada, 'marked this merge request as **ready**')];
    expect(lives(toldBy(mergeRequest(merged, { notes }))).join()).toContain('| draft 60 | awaiting_review 42');
  });

  it('is looked at by the first comment of somebody else, once it is ready', () => {
    const notes = [
      note(1, '10:00:00Z', bob),
      note(2, '10:30:00Z', ada, 'marked this merge request as **ready**'),
      note(3, '11:00:00Z', ada),
      note(4, '11:10:00Z', bot),
      note(5, '11:20:00Z', bob, 'changed title from **a** to **b**'),
      note(6, '11:30:00Z', bob),
    ];
    expect(lives(toldBy(mergeRequest(merged, { notes }))).join()).toContain(
      '| draft 60 | awaiting_review 60 | review 36',
    );
  });

  it('is approved by as many as it needs, and no longer by what takes that back', () => {
    const notes = [
      approval(1, '10:30:00Z', bob),
      approval(2, '11:30:00Z', chen),
      note(3, '12:30:00Z', chen, 'unapproved this merge request'),
      approval(4, '13:30:00Z', chen),
      note(5, '14:30:00Z', ada, 'reset approvals from @bob and @chen by pushing to the branch'),
    ];
    const [told] = lives(toldBy(mergeRequest(merged, { notes, approvals_required: 2 })));
    expect(told).toContain('awaiting_review 60 | review 60 | approved 60 | review 60 | approved 60 | review 180');
  });

  it('is approved by the first where none is needed, and not by a bot', () => {
    const notes = [approval(1, '10:00:00Z', bot), approval(2, '10:30:00Z', bob)];
    expect(lives(toldBy(mergeRequest(merged, { notes }))).join()).toContain('| awaiting_review 60 | approved 420');
  });

  it('has the approval that its webhook told', () => {
    const imported = toldBy(mergeRequest({}, { notes: [approval(1, '16:30:00.123Z', bob)] }));
    const keys = hook('merge_request.approved', { updated_at: '2026-03-02 16:30:00 UTC' }).map(({ key }) => key);
    expect(keys.filter((key) => key.startsWith('approved:'))).toEqual(
      imported.map(({ key }) => key).filter((key) => key.startsWith('approved:')),
    );
  });

  it('has all the lives that it had, and in which it was a draft', () => {
    const state_events = [turn('closed', '10:30:00Z'), turn('reopened', '12:30:00Z'), turn('merged', '17:30:00Z')];
    expect(lives(toldBy(mergeRequest({ ...merged, draft: true }, { state_events })))).toEqual([
      'pull_request | abandoned | 60 | draft 60',
      expect.stringMatching(/^pull_request \| merged \| 300\.\d+ \| draft 300/),
    ]);
  });

  it('that ended before such events were kept has the end that it tells', () => {
    const closed = { state: 'closed', closed_at: at('10:30:00Z') };
    expect(lives(toldBy(mergeRequest(closed)))).toEqual(['pull_request | abandoned | 60 | awaiting_review 60']);
  });

  it('that ended nobody knows when is not open', () => {
    expect(foldHistory(toldBy(mergeRequest({ state: 'merged' }))).attempts).toEqual([]);
  });

  it('tells its author, its size, and when its commits were committed', () => {
    const commit = {
      ...{ id: 'b'.repeat(40), message: 'Remember\n\nCloses #23', author_name: 'Ada' },
      ...{ authored_date: at('08:00:00.000+00:00'), committed_date: at('10:00:00.000+01:00') },
      web_url: `${project.web_url}/-/commit/${'b'.repeat(40)}`,
    };
    const events = toldBy(
      mergeRequest(merged, { commits: [commit], diff_stats: { additions: 5, deletions: 2, fileCount: 1 } }),
    );
    const seen = events.find(({ key }) => key.startsWith('seen@'));
    expect(seen?.facts).toMatchObject({
      ...{ author: 'ada', author_is_bot: false, commits: 1, additions: 5, deletions: 2, changed_files: 1, comments: 0 },
    });
    expect(ofKind('commit', events).map(({ key, occurredAt }) => [key, new Date(occurredAt).toISOString()])).toEqual([
      ['authored', '2026-03-02T08:00:00.000Z'],
      ['committed', '2026-03-02T09:00:00.000Z'],
    ]);
  });
});

describe('a commit', () => {
  it('was committed when its push says so, and authored when an import does', () => {
    const id = 'c'.repeat(40);
    const commit = { id, message: 'Work', author: { name: 'Ada' }, timestamp: '2026-03-02T14:40:00+02:00' };
    const push = { object_kind: 'push', ref: 'refs/heads/main', before: 'b'.repeat(40), after: id, commits: [commit] };
    const told = {
      ...{ id, message: 'Work', author_name: 'Ada', parent_ids: ['b'.repeat(40)] },
      ...{ authored_date: at('08:00:00Z'), committed_date: at('12:40:00Z') },
    };
    const common = { import: 'commit', project, ref: 'refs/heads/main', brought: [], truncated: false };
    const times = (events: readonly Event[]) =>
      mergeFacts(ofKind('commit', events)).map(({ key, occurredAt }) => [key, new Date(occurredAt).toISOString()]);
    const byPush = toldBy({ ...push, project, project_id: 30, total_commits_count: 1 }, 'webhook');
    expect(times(byPush)).toContainEqual(['committed', '2026-03-02T12:40:00.000Z']);
    expect(times([...byPush, ...toldBy({ ...common, commit: told })])).toEqual([
      ['authored', '2026-03-02T08:00:00.000Z'],
      ['committed', '2026-03-02T12:40:00.000Z'],
      ['stands_on', '2026-03-02T12:40:00.000Z'],
    ]);
  });
});

function issue(change: object = {}, state_events: readonly object[] = []): object {
  return {
    ...{ import: 'issue', project, state_events },
    issue: {
      ...{ id: 8_823, iid: 23, title: 'Cart forgets', state: 'opened', issue_type: 'issue', severity: 'UNKNOWN' },
      ...{ created_at: at('09:00:00.000Z'), updated_at: at('12:00:00.000Z'), closed_at: null, labels: ['bug'] },
      ...{ web_url: `${project.web_url}/-/issues/23`, author: ada, milestone: { id: 5 }, ...change },
    },
  };
}

describe('an issue that was imported', () => {
  it('has all the lives that it had, and the last end that it tells', () => {
    const events = [turn('closed', '10:00:00Z'), turn('reopened', '11:00:00Z'), turn('closed', '12:00:01Z')];
    const told = toldBy(issue({ state: 'closed', closed_at: at('12:00:00.999Z') }, events));
    expect(lives(told)).toEqual(['issue | done | 60', `issue | done | ${60 + 0.999 / 60}`]);
  });

  it.each([
    ['moved', { moved_to_id: 999 }],
    ['a duplicate', { _links: { closed_as_duplicate_of: 'https://gitlab.com/api/v4/projects/30/issues/3' } }],
  ])('that was %s in the end was not done here', (_, change) => {
    const events = [turn('closed', '10:00:00Z'), turn('reopened', '11:00:00Z'), turn('closed', '12:00:00Z')];
    const told = toldBy(issue({ state: 'closed', closed_at: at('12:00:00Z'), ...change }, events));
    expect(lives(told)).toEqual(['issue | done | 60', 'issue | cancelled | 60']);
  });

  it.each([
    ['issue', 'issue', 'Issue'],
    ['incident', 'incident', 'Incident'],
    ['test_case', 'issue', 'Test Case'],
  ])('of the type %s is called as its webhooks call it', (issue_type, operation, type) => {
    const [told] = toldBy(issue({ issue_type })).slice(-1);
    expect(told).toMatchObject({ operation, facts: { issue_type: type, severity: 'unknown', author: 'ada' } });
  });

  it('that was closed nobody knows when is not open', () => {
    expect(foldHistory(toldBy(issue({ state: 'closed' }))).attempts).toEqual([]);
  });

  it('is in its milestone', () => {
    const mentions = toldBy(issue()).flatMap(({ mentions: named }) => named ?? []);
    expect(mentions).toContainEqual({ type: 'milestone', scope: 'gitlab', value: '5', relation: 'part_of' });
  });
});

const job = (id: number, name: string, status: string, times: readonly (string | null)[], more: object = {}) => {
  const [created, started, finished] = times.map((time) => (time === null ? null : at(time)));
  return {
    ...{ id, name, status, stage: 'test', ref: 'main', allow_failure: false, user: ada, runner: null },
    ...{ created_at: created, started_at: started, finished_at: finished, ...more },
  };
};

function pipeline(jobs: readonly object[], change: object = {}, more: object = {}): object {
  return {
    ...{ import: 'pipeline', project, jobs, commit: null, merge_request: null, upstream: null, ...more },
    pipeline: {
      ...{
        id: 501,
        iid: 1,
        name: null,
        status: 'success',
        ref: 'main',
        tag: false,
        sha: 'a'.repeat(40),
        source: 'push',
      },
      ...{ created_at: at('09:00:00.000Z'), started_at: at('09:01:00.000Z'), finished_at: at('12:05:00.000Z') },
      ...{ queued_duration: 60, user: ada, web_url: `${project.web_url}/-/pipelines/501`, ...change },
    },
  };
}

describe('a pipeline that was imported', () => {
  const failed = job(1, 'test', 'failed', ['09:00:00Z', '09:01:00Z', '09:05:00Z']);
  const again = job(3, 'test', 'success', ['12:00:00Z', '12:00:30Z', '12:05:00Z']);
  const attempts = (jobs: readonly object[]) => lives(ofKind('pipeline', toldBy(pipeline(jobs))));

  it('that was retried has the life that it had before, with how it had ended', () => {
    const lint = job(2, 'lint', 'success', ['09:00:00Z', '09:01:00Z', '09:04:00Z']);
    expect(attempts([again, lint, failed])).toEqual([
      'pipeline | failure | 5 | queued 1 | running 4',
      'pipeline | success | 5',
    ]);
  });

  it('that was retried after a job had failed as it may had succeeded before', () => {
    const allowed = { ...failed, allow_failure: true };
    const lint = job(2, 'lint', 'success', ['09:00:00Z', '09:01:00Z', '09:04:00Z']);
    expect(attempts([allowed, lint, again])[0]).toMatch(/^pipeline \| success \| 5/);
  });

  it('of which a job was retried by itself, or while others ran, has one life', () => {
    const byItself = { ...again, created_at: at('09:05:01Z') };
    expect(attempts([failed, byItself])).toHaveLength(1);
    const slow = job(2, 'slow', 'success', ['09:00:00Z', '09:01:00Z', '12:01:00Z']);
    expect(attempts([failed, slow, again])).toHaveLength(1);
  });

  it('whose later jobs were skipped and run after the retry has had its end before that', () => {
    const ship = job(2, 'ship', 'success', ['09:00:00Z', '12:04:00Z', '12:05:00Z']);
    expect(attempts([failed, ship, again])).toEqual([
      expect.stringMatching(/failure/),
      expect.stringMatching(/success/),
    ]);
  });

  it('has the end that its webhook tells a moment later', () => {
    const told = ofKind('pipeline', toldBy(pipeline([failed, again])));
    const end = told.find(({ key, state }) => state === 'end' && key.endsWith(String(Date.UTC(2026, 2, 2, 9, 5))));
    if (end === undefined) throw new Error('there is no end');
    const later = Date.UTC(2026, 2, 2, 9, 5, 2);
    const byWebhook = { ...end, channel: 'webhook', key: `finished@${later}`, occurredAt: later } as const;
    expect(lives([...told, byWebhook])).toEqual(lives(told));
  });

  it('that was cancelled while it ran has run', () => {
    const canceled = pipeline([], { status: 'canceled', finished_at: at('09:10:00.000Z') });
    expect(lives(toldBy(canceled))).toEqual(['pipeline | cancelled | 10 | queued 1 | running 9']);
  });

  it('links each try of a job to the one before, and says nothing of where a job deploys to', () => {
    const events = ofKind('job', toldBy(pipeline([again, failed])));
    const retry = events.filter(({ identity }) => identity.id === '3').at(-1);
    expect(retry?.wants).toContainEqual({
      ...{ type: 'job_name', scope: 'gitlab:30', value: '501/test#0', relation: 'retry_of' },
    });
    for (const { facts } of events) expect(Object.keys(facts ?? {})).not.toContain('environment');
  });

  it('of a merge request has its title, and none of another thing where that is not known', () => {
    const ofChange = { source: 'merge_request_event', ref: 'refs/merge-requests/7/head' };
    const commit = { title: 'Fix it', message: 'Fix it', author_name: 'Ada' };
    const titles = (payload: object) => toldBy(payload).flatMap(({ title }) => title ?? []);
    expect(titles(pipeline([], ofChange, { commit, merge_request: { iid: 7, title: 'Remember' } }))).toEqual([
      'Remember',
    ]);
    expect(titles(pipeline([], ofChange, { commit }))).toEqual([]);
    expect(titles(pipeline([], {}, { commit }))).toEqual(['Fix it']);
  });
});

describe('a deployment that was imported', () => {
  const deployment = (change: object = {}, environment_tier: string | null = 'production') => ({
    ...{ import: 'deployment', project, environment_tier },
    deployment: {
      ...{ id: 701, iid: 1, status: 'success', ref: 'main', sha: 'c'.repeat(40), user: ada },
      ...{ created_at: at('09:00:00.000Z'), updated_at: at('11:00:00.000Z'), environment: { id: 9, name: 'live' } },
      deployable: { id: 601, name: 'ship', started_at: at('10:00:00.000Z'), finished_at: at('10:04:00.000Z') },
      ...change,
    },
  });

  it('took as long as its job', () => {
    expect(lives(toldBy(deployment()))).toEqual(['deploy | success | 4']);
  });

  it('of no job began when it was told of, and ended when it was last changed', () => {
    expect(lives(toldBy(deployment({ deployable: null })))).toEqual(['deploy | success | 120']);
  });

  it('that waits for its job has not begun', () => {
    const waiting = { status: 'created', deployable: { id: 601, started_at: null, finished_at: null } };
    expect(foldHistory(toldBy(deployment(waiting))).attempts).toEqual([]);
  });

  it('keeps the end that a webhook told, where its job tells none', () => {
    const [webhook] = toldBy(
      {
        ...{ object_kind: 'deployment', status: 'success', status_changed_at: '2026-03-02 11:04:02 +0100', user: ada },
        ...{ deployment_id: 701, environment: 'live', short_sha: 'cccccccc', project },
      },
      'webhook',
    );
    const withoutEnd = { id: 601, started_at: at('10:00:00Z'), finished_at: null };
    if (webhook === undefined) throw new Error('the webhook tells nothing');
    expect(lives([webhook, ...toldBy(deployment({ deployable: withoutEnd }))])).toEqual([
      `deploy | success | ${4 + 2 / 60}`,
    ]);
  });

  it('takes no tier back that a webhook told', () => {
    for (const { facts } of toldBy(deployment({}, null))) expect(facts).not.toHaveProperty('environment_tier');
    expect(toldBy(deployment())[0]?.facts).toMatchObject({ environment: 'live', environment_tier: 'production' });
  });

  it('wants its job and its whole commit', () => {
    expect(toldBy(deployment())[0]?.wants).toEqual([
      { type: 'job', scope: 'gitlab:30', value: '601' },
      { type: 'commit', scope: 'gitlab:30', value: 'c'.repeat(40) },
    ]);
  });
});

describe('what an import brings', () => {
  it('is a release by the number that its webhook has', () => {
    const release = {
      ...{ id: 'gid://gitlab/Release/801', tagName: 'v1', name: 'One', links: { selfUrl: 'https://gitlab.com/x' } },
      ...{ createdAt: at('09:00:00Z'), releasedAt: at('10:00:00Z'), commit: { sha: 'c'.repeat(40) } },
    };
    const [told] = toldBy({ import: 'release', project, release });
    expect(told).toMatchObject({
      identity: { kind: 'release', scope: '30', id: '801' },
      key: 'published',
      title: 'One',
    });
  });

  it('is kept for later where it cannot be read, and says which field is wrong', () => {
    const read = interpret({ ...mergeRequest(), notes: [{ id: 'x' }] }, 'import');
    expect(read).toMatchObject({ outcome: 'dead_letter', reason: expect.stringContaining('notes.0.id') });
  });
});
