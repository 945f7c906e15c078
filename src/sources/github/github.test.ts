import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { githubExamples } from '../../../test/support/github-examples.ts';
import type { Event } from '../../domain/event.ts';
import { fold } from '../../domain/fold.ts';
import { identityKey } from '../../domain/identity.ts';
import { merge } from '../../domain/merge.ts';
import { durationMs } from '../../domain/span.ts';
import { github } from './index.ts';

const HOUR = 3_600_000;
const repository = { id: 4711, full_name: 'octo-org/api' };
const ada = { login: 'ada', type: 'User' };
const bob = { login: 'bob', type: 'User' };
const bot = { login: 'checker[bot]', type: 'Bot' };

function read(event: string, payload: unknown): readonly Event[] {
  const read = github.interpret({
    instance: '',
    headers: { 'x-github-event': event },
    body: Buffer.alloc(0),
    payload,
    key: 'k',
    receivedAt: Date.UTC(2026, 2, 30),
    channel: 'webhook' as const,
  });
  return read.outcome === 'accepted' ? read.events : [];
}

const foldAll = (events: readonly Event[]) =>
  fold([...Map.groupBy(events, ({ key }) => key).values()].map(merge)).attempts;

const at = (day: number, hour: number) =>
  `2026-03-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00Z`;

/** A pull request from draft through two reviews to its merge, as GitHub sends it. */
function pullRequestStory(): readonly Event[][] {
  const base = {
    id: 99,
    number: 42,
    state: 'open',
    created_at: at(2, 9),
    user: ada,
    head: { ref: 'cache', sha: 'a'.repeat(40), repo: { id: 4711 } },
    base: { ref: 'main', repo: { id: 4711 } },
  };
  const pull = (action: string, updated_at: string, more: object = {}) => [
    ...read('pull_request', { action, repository, sender: ada, pull_request: { ...base, updated_at, ...more } }),
  ];
  const review = (id: number, state: string, user: object, submitted_at: string, more: object = {}) => [
    ...read('pull_request_review', {
      action: 'submitted',
      repository,
      sender: user,
      review: { id, state, user, submitted_at },
      pull_request: { ...base, updated_at: submitted_at, ...more },
    }),
  ];
  const merged = { state: 'closed', closed_at: at(4, 10), merged_at: at(4, 10) };
  return [
    pull('opened', at(2, 9), { draft: true, title: 'Cache' }),
    pull('ready_for_review', at(2, 13), { title: 'Cache' }),
    pull('labeled', at(2, 13), { title: 'Cache', labels: [{ name: 'perf' }] }),
    review(5, 'approved', bot, at(2, 14)),
    review(6, 'changes_requested', bot, at(2, 15)),
    review(1, 'commented', ada, at(3, 8)),
    review(2, 'changes_requested', bob, at(3, 15)),
    pull('synchronize', at(3, 16), { title: 'Add a cache' }),
    review(3, 'approved', bob, at(4, 9)),
    pull('closed', at(4, 10), { ...merged, merged: true, title: 'Add a cache' }),
    review(4, 'commented', bob, at(4, 11), merged),
  ];
}

describe("a pull request's life", () => {
  it('has the stages and the times that its page would show', () => {
    const [attempt, ...others] = foldAll(pullRequestStory().flat());
    expect(others).toEqual([]);
    expect(attempt).toMatchObject({ title: 'Add a cache', result: 'merged', isError: false, anomalies: [] });
    expect(attempt?.stages.map((stage) => [stage.name, (durationMs(stage) ?? 0) / HOUR])).toEqual([
      ['draft', 4],
      ['awaiting_review', 26],
      ['review', 18],
      ['approved', 1],
    ]);
  });

  it('is the same in any order and with anything twice', () => {
    const story = pullRequestStory();
    const expected = foldAll(story.flat());
    const twice = [...story, ...story];
    fc.assert(
      fc.property(fc.shuffledSubarray(twice, { minLength: twice.length }), (deliveries) => {
        expect(foldAll(deliveries.flat())).toEqual(expected);
      }),
    );
  });

  it('has its right start and end when only its last payload came', () => {
    const [attempt, ...others] = foldAll(pullRequestStory().at(-2) ?? []);
    expect(others).toEqual([]);
    expect(attempt).toMatchObject({
      startedAt: Date.parse(at(2, 9)),
      finishedAt: Date.parse(at(4, 10)),
      result: 'merged',
    });
  });

  it('has an unknown stage, and says so, where the first half did not come', () => {
    const [attempt] = foldAll(pullRequestStory().slice(4).flat());
    expect(attempt?.anomalies).toEqual(['stage_unknown']);
    expect(attempt?.stages.map((stage) => [stage.name, (durationMs(stage) ?? 0) / HOUR])).toEqual([
      ['unknown', 30],
      ['review', 18],
      ['approved', 1],
    ]);
  });
});

it('tells the comments of a pull request only where both kinds are told', () => {
  const commentsOf = (counts: object) => {
    const base = { id: 99, number: 42, created_at: at(2, 9), updated_at: at(2, 9), user: ada, ...counts };
    return read('pull_request', { action: 'opened', repository, sender: ada, pull_request: base }).at(-1)?.facts
      ?.comments;
  };
  expect(commentsOf({ comments: 2, review_comments: 3 })).toBe(5);
  expect(commentsOf({ comments: 0, review_comments: 0 })).toBe(0);
  expect(commentsOf({ comments: 2 })).toBeUndefined();
});

describe("an issue's life", () => {
  const issue = (action: string, updated_at: string, more: object = {}) => [
    ...read('issues', {
      action,
      repository,
      sender: bob,
      issue: { number: 27, state: 'open', created_at: at(2, 9), updated_at, user: ada, ...more },
    }),
  ];
  const closed = (time: string) =>
    issue('closed', time, { state: 'closed', state_reason: 'completed', closed_at: time });
  const reopened = issue('reopened', at(5, 8), { state_reason: 'reopened' });
  const story = [issue('opened', at(2, 9)), closed(at(3, 9)), reopened, closed(at(6, 8))];

  it('has two attempts when it was re-opened', () => {
    expect(foldAll(story.flat()).map((attempt) => [attempt.result, durationMs(attempt)])).toEqual([
      ['done', 24 * HOUR],
      ['done', 24 * HOUR],
    ]);
  });

  it('was opened by its author, whoever sent the payload and whatever came first', () => {
    const opened = issue('opened', at(2, 9));
    const both = [...opened, ...issue('labeled', at(2, 9), { labels: [] })];
    expect([opened, both].map((events) => foldAll(events.filter(({ key }) => key === 'opened'))[0]?.actor)).toEqual([
      'ada',
      'ada',
    ]);
  });

  it('is open when it was closed and re-opened within one second', () => {
    const second = [issue('opened', at(2, 9)), closed(at(5, 8)), reopened];
    expect(foldAll(second.flat()).map(({ state }) => state)).toEqual(['finished', 'open']);
  });

  it('has unknowns instead of wrong numbers where the first half did not come', () => {
    const [, , ...secondHalf] = story;
    expect(foldAll(secondHalf.flat()).map((attempt) => [durationMs(attempt), attempt.anomalies])).toEqual([
      [null, ['end_unknown']],
      [24 * HOUR, []],
    ]);
    expect(foldAll(reopened)).toMatchObject([{ state: 'open', startedAt: Date.parse(at(5, 8)) }]);
  });

  it('leads from its old name to the new one when it was transferred', () => {
    const prices = { id: 4712, full_name: 'octo-org/prices' };
    const moved = { number: 5, created_at: at(2, 9) };
    const changes = { new_issue: moved, new_repository: prices };
    const away = read('issues', {
      action: 'transferred',
      repository,
      issue: { number: 27, state: 'open', created_at: at(2, 9), updated_at: at(2, 12), user: ada },
      changes,
    });
    const byIdentity = Map.groupBy(away, ({ identity }) => identityKey(identity));
    const [old, successor] = [...byIdentity.values()];
    expect(foldAll(old ?? [])).toMatchObject([{ state: 'finished', result: 'cancelled' }]);
    expect(successor?.flatMap(({ aliases }) => aliases)).toContain('vstrace-github-issue-octo-org/api-27');
  });
});

describe("GitHub's own examples", () => {
  const read = [
    ...['issues', 'pull_request', 'pull_request_review', 'workflow_run', 'workflow_job'],
    ...['deployment', 'deployment_status', 'release', 'status', 'milestone', 'merge_group', 'push'],
  ];
  // Which of these are read depends on who made them and whether they have ended.
  const sometimes = ['check_run', 'check_suite'];
  // Of a release, a branch or a tag that is gone there is nothing to measure.
  const isGone = (payload: object) =>
    ('release' in payload && 'action' in payload && payload.action === 'deleted') ||
    ('deleted' in payload && payload.deleted === true);
  const isRead = (name: string, payload: object) => read.includes(name) && !isGone(payload);
  const examples = githubExamples.flatMap(({ name, examples: payloads }) =>
    payloads.map((payload) => ({ name, payload })),
  );
  const interpret = (name: string, payload: object) =>
    github.interpret({
      instance: '',
      headers: { 'x-github-event': name },
      body: Buffer.alloc(0),
      payload,
      key: 'k',
      receivedAt: 0,
      channel: 'webhook',
    });

  it('are all read, and those of other kinds ignored with a reason', () => {
    expect(examples.length).toBeGreaterThan(200);
    for (const { name, payload } of examples.filter((example) => !sometimes.includes(example.name)))
      expect([name, interpret(name, payload).outcome]).toEqual([name, isRead(name, payload) ? 'accepted' : 'ignored']);
  });
});
