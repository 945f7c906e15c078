import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityKey } from '../../src/domain/identity.ts';
import { durationMs } from '../../src/domain/span.ts';
import { append, type Entry } from '../../src/ingest/append.ts';
import { Ruling } from '../../src/rules/ruling.ts';
import { rulesSchema } from '../../src/rules/schema.ts';
import { findSource } from '../../src/sources/registry.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { delivery } from '../support/events.ts';
import { newDataDir, removeDataDir } from '../support/server.ts';

const HOUR = 3_600_000;
const at = (day: number, hour: number) => `2026-03-0${day}T${String(hour).padStart(2, '0')}:00:00Z`;

const api = { id: 4711, full_name: 'octo-org/api' };
const core = { id: 4711, full_name: 'octo-org/core' };
const web = { id: 4712, full_name: 'octo-org/web' };
const ada = { login: 'ada', type: 'User' };

function hook(action: string, repository: object, issue: object, more: object = {}): Entry {
  const payload = { action, repository, sender: ada, issue: { title: 'Slow prices', user: ada, ...issue }, ...more };
  const headers = { 'x-github-event': 'issues' };
  const body = Buffer.from(JSON.stringify(payload));
  const receivedAt = Date.UTC(2026, 3, 1);
  const raw = { instance: '', headers, body, payload, key: 'k', receivedAt, channel: 'webhook' } as const;
  const read = findSource('github')?.interpret(raw);
  if (read?.outcome !== 'accepted') throw new Error(`${action} is not accepted`);
  return { delivery: delivery(JSON.stringify([action, issue]), { source: 'github' }), events: read.events };
}

const here = (state: string, updated_at: string, more: object = {}) => ({
  number: 27,
  state,
  created_at: at(2, 9),
  updated_at,
  closed_at: null,
  ...more,
});
const there = (state: string, updated_at: string, more: object = {}) => ({
  number: 5,
  state,
  created_at: at(2, 9),
  updated_at,
  closed_at: null,
  ...more,
});

/** Opened, its repository renamed, closed, re-opened, transferred to another repository, and closed there. */
const story: readonly Entry[] = [
  hook('opened', api, here('open', at(2, 9))),
  hook('labeled', api, here('open', at(2, 10), { labels: [{ name: 'bug' }] }), { label: { name: 'bug' } }),
  hook('assigned', core, here('open', at(3, 9)), { assignee: ada }),
  hook('closed', core, here('closed', at(4, 9), { closed_at: at(4, 9), state_reason: 'completed' })),
  hook('reopened', core, here('open', at(5, 9), { state_reason: 'reopened' })),
  hook('transferred', core, here('open', at(6, 9), { state_reason: 'reopened' }), {
    changes: { new_issue: { number: 5, created_at: at(2, 9) }, new_repository: web },
  }),
  hook('opened', web, there('open', at(6, 9)), { changes: { old_issue: { number: 27 }, old_repository: core } }),
  hook('closed', web, there('closed', at(7, 9), { closed_at: at(7, 9), state_reason: 'completed' })),
];

const OLD = identityKey({ source: 'github', instance: '', kind: 'issue', scope: '4711', id: '27' });
const NEW = identityKey({ source: 'github', instance: '', kind: 'issue', scope: '4712', id: '5' });

async function told(arrivals: readonly Entry[]) {
  const folder = newDataDir();
  const store = openSqliteStore(folder);
  const reader = openSqliteReader(folder);
  try {
    const ruling = new Ruling({ rules: rulesSchema.parse({}), teams: [] });
    for (const entry of arrivals) await append(store, [entry], ruling);
    const histories = await reader.findHistories([OLD, NEW]);
    const names = await Promise.all([...histories.values()].map(({ spanId }) => reader.findSpan(spanId)));
    return {
      attempts: [OLD, NEW].map((key) => histories.get(key)?.attempts ?? []),
      // Which of its names is the span id is the first that was heard of.
      names: names.map((span) => (span?.names ?? []).map(({ name }) => name).sort()),
    };
  } finally {
    await reader.close();
    await store.close();
    removeDataDir(folder);
  }
}

describe('an issue that is re-opened and transferred, in a repository that is renamed', () => {
  it('has the lives, the times and the names that its page would show', async () => {
    const { attempts, names } = await told(story);
    const lives = attempts.map((all) => all.map((one) => [one.result, (durationMs(one) ?? 0) / HOUR, one.project]));
    expect(lives).toEqual([
      [
        ['done', 48, 'octo-org/core'],
        ['cancelled', 24, 'octo-org/core'],
      ],
      [['done', 120, 'octo-org/web']],
    ]);
    expect(names).toEqual([
      [
        'vstrace-github-issue-api-27',
        'vstrace-github-issue-core-27',
        'vstrace-github-issue-octo-org/api-27',
        'vstrace-github-issue-octo-org/core-27',
      ],
      ['vstrace-github-issue-octo-org/core-27', 'vstrace-github-issue-octo-org/web-5', 'vstrace-github-issue-web-5'],
    ]);
  });

  it('is the same in any order, and with anything twice', async () => {
    const expected = await told(story);
    const arrivals = fc.shuffledSubarray([...story, ...story], { minLength: story.length * 2 });
    await fc.assert(
      fc.asyncProperty(arrivals, async (shuffled) => {
        expect(await told(shuffled)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('has the life that is told, and no wrong number, where the first half did not come', async () => {
    const { attempts } = await told(story.slice(4));
    expect(attempts[0]?.map((one) => [one.state, durationMs(one)])).toEqual([['finished', 24 * HOUR]]);
    expect(attempts[1]).toMatchObject([{ state: 'finished', startedAt: Date.parse(at(2, 9)) }]);
  });
});
