import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../domain/event.ts';
import { foldHistory } from '../../domain/history.ts';
import { identityKey } from '../../domain/identity.ts';
import { durationMs } from '../../domain/span.ts';
import { gitlab } from './index.ts';

const RECEIVED_AT = Date.UTC(2026, 3, 1);

function payloadOf(fixture: string): { readonly object_attributes?: object } {
  const file = new URL(`./fixtures/${fixture}.request.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).payload;
}

function eventsOf(fixture: string, index = 0, change: object = {}): readonly Event[] {
  const { object_attributes, ...others } = payloadOf(fixture);
  const attributes = object_attributes === undefined ? {} : { object_attributes: { ...object_attributes, ...change } };
  return toldBy({ ...others, ...attributes }, index);
}

function toldBy(payload: object, index = 0): readonly Event[] {
  const body = Buffer.from(JSON.stringify(payload));
  const receivedAt = RECEIVED_AT + index;
  const read = gitlab.interpret({ instance: '', headers: {}, body, payload, key: 'k', receivedAt, channel: 'webhook' });
  return read.outcome === 'accepted' ? read.events : [];
}

/** Each span's attempts by its kind and id, in one line each. */
function spansOf(fixtures: readonly string[]): Record<string, string[]> {
  return linesOf(fixtures.flatMap((fixture, index) => eventsOf(fixture, index)));
}

function linesOf(told: readonly Event[]): Record<string, string[]> {
  const histories = Map.groupBy(told, ({ identity }) => identityKey(identity));
  const spans = [...histories.values()].map((events): [string, string[]] => [
    `${events[0]?.identity.kind} ${events[0]?.identity.id}`,
    foldHistory(events).attempts.map((attempt) => {
      const stages = attempt.stages.map((stage) => `${stage.name} ${(durationMs(stage) ?? Number.NaN) / 60_000}`);
      const minutes = durationMs(attempt);
      const { operation, result, anomalies, isError } = attempt;
      const outcome = `${result}${isError ? '!' : ''}`;
      return [operation, outcome, minutes === null ? '?' : minutes / 60_000, ...stages, ...anomalies].join(' | ');
    }),
  ]);
  return Object.fromEntries(spans.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const story = [
  ...['issue.open', 'issue.close', 'issue.reopen', 'work_item.incident-opened'],
  ...['merge_request.open-as-draft', 'merge_request.ready', 'merge_request.new-commits', 'note.by-somebody-else'],
  ...['note.by-the-author', 'merge_request.approved', 'merge_request.merge', 'merge_request.update-without-a-change'],
  ...[
    'pipeline.pending',
    'pipeline.failed',
    'pipeline.running-again',
    'pipeline.success-after-a-retry',
    'pipeline.child-of-another',
  ],
  ...['build.pending', 'build.success', 'deployment.running', 'deployment.success', 'release.create'],
];

const told = {
  'deployment 701': ['deploy | success | 4'],
  'issue 23': ['issue | done | 1500', 'issue | null | ?'],
  'issue 24': ['incident | null | ?'],
  'job 601': [`build | success | ${29 / 6} | queued ${1 / 3} | running 4.5`],
  'merge_request 7': ['pull_request | merged | 480 | draft 240 | awaiting_review 120 | review 60 | approved 60'],
  'pipeline 501': [
    `pipeline | failure! | 5 | queued ${1 / 3} | running ${14 / 3}`,
    'pipeline | success | 5 | running 5',
  ],
  'pipeline 502': [`pipeline | success | 5 | queued ${1 / 3} | running ${14 / 3}`],
  'release 801': ['release | done | 0'],
};

describe('a merge request with its pipelines, a deployment, a release, and two issues', () => {
  it('are the spans that their pages show', () => {
    expect(spansOf(story)).toEqual(told);
  });

  it('are the same in any order, and when they are told again', () => {
    const shuffled = fc.shuffledSubarray([...story, ...story.slice(0, 6)], { minLength: story.length + 6 });
    fc.assert(
      fc.property(shuffled, (fixtures) => {
        expect(spansOf(fixtures)).toEqual(told);
      }),
      { numRuns: 300 },
    );
  });

  it('tell what they can where only the last hook of each was received, and guess nothing', () => {
    const last = ['issue.close', 'merge_request.merge', 'pipeline.failed', 'build.success', 'deployment.success'];
    expect(spansOf(last)).toEqual({
      'deployment 701': ['deploy | success | ? | end_without_start'],
      'issue 23': ['issue | done | 1500'],
      'job 601': told['job 601'],
      'merge_request 7': ['pull_request | merged | 480'],
      'pipeline 501': [`pipeline | failure! | 5 | queued ${1 / 3} | running ${14 / 3}`],
    });
  });
});

describe('what has ended, told of later', () => {
  const labelled = { action: 'update', oldrev: 'a'.repeat(40), updated_at: '2026-03-04 09:00:00 UTC' };
  const closed = { ...labelled, state: 'closed' };

  it('is not open because the hook of its end did not come', () => {
    expect(linesOf(eventsOf('merge_request.merge', 0, labelled))).toEqual({ 'merge_request 7': [] });
    expect(linesOf(eventsOf('merge_request.merge', 0, closed))).toEqual({ 'merge_request 7': [] });
    expect(linesOf(eventsOf('issue.close', 0, { ...closed, closed_at: null }))).toEqual({ 'issue 23': [] });
  });

  it('has its end where that is told', () => {
    const merged = { ...labelled, merged_at: '2026-03-02T17:30:00.123Z' };
    expect(linesOf(eventsOf('merge_request.merge', 0, merged))).toEqual({
      'merge_request 7': [expect.stringMatching(/^pull_request \| merged \| 480/)],
    });
    expect(linesOf(eventsOf('issue.close', 0, closed))).toEqual({ 'issue 23': ['issue | done | 1500'] });
  });

  it('ends when the hook of its end says so, though another tells it later', () => {
    const events = [...eventsOf('merge_request.merge'), ...eventsOf('merge_request.merge', 1, labelled)];
    expect(linesOf(events)).toEqual({ 'merge_request 7': ['pull_request | merged | 480'] });
  });
});

describe('an issue', () => {
  it('is an incident by its address, in versions that do not tell its type', () => {
    const url = 'https://gitlab.com/shop/web/cart/-/issues/incident/24';
    const opened = eventsOf('work_item.incident-opened', 0, { type: null, url });
    expect(linesOf(opened)).toEqual({ 'issue 24': ['incident | null | ?'] });
  });

  it("of a group and a project's with the same number are two", () => {
    const all = [...eventsOf('work_item.epic-of-a-group', 0, { iid: 24 }), ...eventsOf('work_item.incident-opened')];
    expect(Object.keys(linesOf(all))).toEqual(['issue 24', 'issue 310']);
  });

  it.each([
    ['moved to another project', { moved_to_id: 999 }],
    ['closed as a duplicate', { duplicated_to_id: 999 }],
  ])('that was %s was not done here', (_, change) => {
    expect(linesOf(eventsOf('issue.close', 0, change))).toEqual({ 'issue 23': ['issue | cancelled | 1500'] });
  });
});

describe('an approval', () => {
  it('by a bot is not the first look', () => {
    const approved = { ...payloadOf('merge_request.approved'), user: { id: 9, username: 'project_30_bot_1' } };
    const told = ['merge_request.open-as-draft', 'merge_request.ready', 'merge_request.merge'];
    expect(linesOf([...told.flatMap((fixture) => eventsOf(fixture)), ...toldBy(approved)])).toEqual({
      'merge_request 7': ['pull_request | merged | 480 | draft 240 | awaiting_review 240'],
    });
  });
});

describe('a comment', () => {
  it.each(['project_30_bot', 'group_9_bot_4c1f', 'service_account_9f3', 'service_account_group_9_4c1f'])(
    'of %s is no first look',
    (username) => {
      const payload = { ...payloadOf('note.by-somebody-else'), user: { id: 5, username } };
      expect(toldBy(payload).map(({ state }) => state)).toEqual(['start', 'intermediary']);
    },
  );

  it('on what is in no project is ignored', () => {
    const { object_attributes, ...others } = payloadOf('note.on-an-issue');
    const payload = { ...others, object_attributes: { ...object_attributes, noteable_type: 'Epic' }, project: null };
    const body = Buffer.from(JSON.stringify(payload));
    const raw = { instance: '', headers: {}, body, payload, key: 'k', receivedAt: RECEIVED_AT } as const;
    expect(gitlab.interpret({ ...raw, channel: 'webhook' }).outcome).toBe('ignored');
  });
});

describe('a job or a pipeline', () => {
  it('that is allowed to fail has failed, and is no error', () => {
    expect(spansOf(['build.failed-as-it-may'])['job 601']?.[0]).toMatch(/^build \| failure \|/);
  });

  it('that was retried has another attempt, though it fails again', () => {
    const again = eventsOf('pipeline.success-after-a-retry', 1, { status: 'failed' });
    const first = eventsOf('pipeline.failed');
    const resumed = eventsOf('pipeline.running-again', 1);
    expect(linesOf([...first, ...resumed, ...again])['pipeline 501']?.map((line) => line.slice(0, 22))).toEqual([
      'pipeline | failure! | ',
      'pipeline | failure! | ',
    ]);
  });

  it('that runs on when a job waited for somebody has another attempt from then on', () => {
    const { builds, ...others } = payloadOf('pipeline.running-again') as { builds: Record<string, unknown>[] };
    const played = builds.map((job) => ({ ...job, created_at: '2026-03-02 13:31:00 UTC' }));
    const events = toldBy({ ...others, builds: played });
    expect(foldHistory(events).attempts.map(({ startedAt }) => startedAt)).toEqual([
      Date.UTC(2026, 2, 2, 13, 31),
      Date.UTC(2026, 2, 2, 13, 45, 10),
    ]);
  });

  it('that was skipped has ended', () => {
    expect(spansOf(['pipeline.skipped'])).toEqual({ 'pipeline 503': ['pipeline | skipped | 0'] });
  });

  it('of an older version is in the project that its address names', () => {
    expect(eventsOf('build.of-an-older-version')[0]?.name.scope).toBe('shop/web/cart');
  });
});

describe("GitLab's tokens", () => {
  const body = Buffer.from('{}');
  const raw = (headers: Record<string, string>) => ({
    instance: '',
    headers,
    body,
    receivedAt: RECEIVED_AT,
    channel: 'webhook' as const,
  });
  const signing = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const refused = { ok: false, reason: expect.stringMatching(/\w/) };

  it('are accepted as they are, any of several', () => {
    expect(gitlab.verify(raw({ 'x-gitlab-token': 'new' }), ['old', 'new'])).toEqual({ ok: true, scheme: 'token' });
  });

  it.each(['', 'ne', 'newer', 'NEW', 'ü'])('are refused when they are not the secret: %j', (token) => {
    expect(gitlab.verify(raw({ 'x-gitlab-token': token }), ['new'])).toEqual(refused);
  });

  it('never help a signature that is wrong', () => {
    const timestamp = String(RECEIVED_AT / 1_000);
    const signed = (secret: string) => {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      const signature = createHmac('sha256', key).update(`msg_1.${timestamp}.`).update(body).digest('base64');
      return { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
    };
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
    expect(gitlab.verify(raw(signed(signing)), [signing])).toEqual({ ok: true, scheme: 'standard-webhooks' });
    expect(gitlab.verify(raw({ ...signed(other), 'x-gitlab-token': signing }), [signing])).toEqual(refused);
  });
});
