import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../test/support/jira-api/past.ts';
import { hoursOf, spansOf, told } from '../../../test/support/stories.ts';
import type { Channel, Event } from '../../domain/event.ts';
import type { Interpretation } from '../contract.ts';
import { jira } from './index.ts';

/** A time of March 2026, as Jira writes it. */
const at = (day: number, hour: number, ms = '000') =>
  `2026-03-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00.${ms}+0000`;

const ada = { name: 'ada', key: 'JIRAUSER10100', displayName: 'Ada' };
const bob = { name: 'bob', key: 'JIRAUSER10101', displayName: 'Bob' };

const STATUSES = {
  '10001': ['To Do', 'new'],
  '3': ['In Progress', 'indeterminate'],
  '10100': ['In Review', 'indeterminate'],
  '10002': ['Done', 'done'],
} as const;
const statuses = Object.entries(STATUSES).map(([id, [name, key]]) => ({ id, name, statusCategory: { key } }));
type Id = keyof typeof STATUSES;
const statusOf = (id: Id) => statuses.find((status) => status.id === id);

type Item = Readonly<Record<string, unknown>>;
const moved = (from: string, to: string): Item => ({
  ...{ field: 'status', fieldtype: 'jira', from, to, fromString: nameOf(from), toString: nameOf(to) },
});
const nameOf = (id: string) => (id in STATUSES ? STATUSES[id as Id][0] : `Status ${id}`);
const resolved: Item = { field: 'resolution', fieldtype: 'jira', from: null, to: '1', toString: 'Done' };
const unresolved: Item = {
  field: 'resolution',
  fieldtype: 'jira',
  from: '1',
  fromString: 'Done',
  to: null,
  toString: null,
};
const changed = (field: string, fromString: string | null, text: string | null, more: Item = {}): Item => ({
  ...{ field, fieldtype: 'jira', from: null, fromString, to: null, toString: text, ...more },
});

interface Past {
  readonly status: Id;
  readonly updated?: string;
  readonly fields?: object;
  readonly key?: string;
  readonly changes?: readonly (readonly [day: number, hour: number, ...items: readonly Item[]])[];
  readonly known?: readonly object[];
}

function interpreted(payload: object, channel: Channel = 'import'): Interpretation {
  const body = Buffer.from(JSON.stringify(payload));
  const receivedAt = Date.UTC(2026, 5, 1);
  return jira.interpret({
    instance: '',
    headers: {},
    body,
    payload: JSON.parse(String(body)),
    key: 'k',
    receivedAt,
    channel,
  });
}

function read(payload: object): readonly Event[] {
  const interpretation = interpreted(payload);
  if (interpretation.outcome !== 'accepted') throw new Error(JSON.stringify(interpretation));
  return interpretation.events;
}

/** What an import brings of an issue. */
function issue({
  status,
  changes = [],
  fields = {},
  key = 'PAY-12',
  known = statuses,
  ...past
}: Past): readonly Event[] {
  const last = changes.at(-1);
  return read({
    import: 'issue',
    site: 'https://acme.atlassian.net',
    issue: {
      ...{ id: '10412', key, self: 'https://api.atlassian.com/ex/jira/1/rest/api/3/issue/10412' },
      fields: {
        ...{ summary: 'Refund', created: at(2, 9), updated: past.updated ?? (last ? at(last[0], last[1]) : at(2, 9)) },
        ...{ status: statusOf(status), issuetype: { name: 'Story' }, creator: ada, ...fields },
      },
    },
    changelog: changes.map(([day, hour, ...items], index) => ({
      ...{ id: String(20_001 + index), author: bob, created: at(day, hour), items },
    })),
    statuses: known,
  });
}

const lives = (events: readonly Event[]) => spansOf([events])['issue 10412'] ?? [];
const change = (events: readonly Event[], number: number) =>
  events.find(({ key }) => key === `changelog:${20_000 + number}`);

describe('an imported issue', () => {
  const story: Past['changes'] = [
    [3, 9, moved('10001', '3')],
    [4, 15, moved('3', '10100')],
    [5, 9, moved('10100', '10002'), resolved],
    [9, 9, moved('10002', '3'), unresolved],
    [9, 13, moved('3', '10002'), resolved],
  ];
  const done = (day: number, hour: number) => ({ resolution: { name: 'Done' }, resolutiondate: at(day, hour) });

  it('has the whole way through its board, each life with its result', () => {
    const [first, second, ...more] = lives(issue({ status: '10002', changes: story, fields: done(9, 13) }));
    expect(first && [hoursOf(first), first.result, first.anomalies]).toEqual([
      ...['To Do 24, In Progress 30, In Review 18', 'done', []],
    ]);
    expect(second && [hoursOf(second), second.result]).toEqual(['In Progress 4', 'done']);
    expect(first?.stages.map(({ category }) => category)).toEqual(['waiting', 'active', 'active']);
    expect(first).toMatchObject({ title: 'Refund', url: 'https://acme.atlassian.net/browse/PAY-12', actor: 'bob' });
    expect(more).toEqual([]);
  });

  it('is the same whichever way round its changelog is', () => {
    const past = { status: '10002', changes: story, fields: done(9, 13) } as const;
    const payload = (changes: NonNullable<Past['changes']>) => lives(issue({ ...past, changes, updated: at(9, 13) }));
    const keyless = (spans: readonly object[]) => JSON.stringify(spans);
    expect(keyless(payload(story))).toBe(keyless(payload([...story].reverse())));
  });

  it('was re-opened where its status says so, though no resolution was ever set', () => {
    const changes: Past['changes'] = [
      [3, 9, moved('10001', '10002')],
      [4, 9, moved('10002', '3')],
    ];
    const told = lives(issue({ status: '3', changes }));
    expect(told.map(({ state, startedAt }) => [state, startedAt])).toEqual([
      ['finished', Date.UTC(2026, 2, 2, 9)],
      ['open', Date.UTC(2026, 2, 4, 9)],
    ]);
  });

  it('was not re-opened where its resolution was taken back while it was worked on', () => {
    const changes: Past['changes'] = [
      [3, 9, moved('10001', '10100'), resolved],
      [4, 9, moved('10100', '3'), unresolved],
    ];
    expect(lives(issue({ status: '3', changes }))).toHaveLength(1);
  });

  it('has the stages of statuses that there are no more, without what they meant', () => {
    const changes: Past['changes'] = [
      [3, 9, moved('10001', '777')],
      [4, 9, moved('777', '10002')],
    ];
    const [only] = lives(issue({ status: '10002', changes }));
    expect(only?.stages.map(({ name, category }) => [name, category])).toEqual([
      ['To Do', 'waiting'],
      ['Status 777', null],
    ]);
  });

  it('was done in a status that there is no more where it was resolved in it, and what webhooks knew of that one stays', () => {
    const changes: Past['changes'] = [
      [3, 9, moved('10001', '777')],
      [4, 9, moved('777', '778'), resolved],
      [6, 9, moved('778', '3'), unresolved],
    ];
    const imported = issue({ status: '3', changes });
    expect(lives(imported).map(({ state, finishedAt }) => [state, finishedAt])).toEqual([
      ['finished', Date.UTC(2026, 2, 4, 9)],
      ['open', null],
    ]);
    const webhook = told('jira', {
      ...{ webhookEvent: 'jira:issue_updated', timestamp: Date.UTC(2026, 2, 3, 9) },
      issue: {
        ...{ id: '10412', key: 'PAY-12' },
        fields: {
          ...{ created: at(2, 9), updated: at(3, 9) },
          status: { id: '777', name: 'Status 777', statusCategory: { key: 'indeterminate' } },
        },
      },
      changelog: { id: '20001', items: [moved('10001', '777')] },
    });
    for (const both of [
      [...imported, ...webhook],
      [...webhook, ...imported],
    ])
      expect(lives(both)[0]?.stages.map(({ category }) => category)).toEqual(['waiting', 'active']);
  });

  it('was done when Jira says it was, where no change of it is told', () => {
    const cloud = lives(
      issue({
        status: '10002',
        fields: { statuscategorychangedate: at(6, 9) },
        changes: [[3, 9, moved('10001', '3')]],
      }),
    );
    expect(cloud.map(({ finishedAt, result }) => [finishedAt, result])).toEqual([[Date.UTC(2026, 2, 6, 9), 'done']]);
    const lost = lives(issue({ status: '3', updated: at(7, 9) }));
    expect(lost.map(({ state }) => state)).toEqual(['open']);
  });

  it('was done when it was resolved, where it was created as done', () => {
    const [only] = lives(issue({ status: '10002', fields: done(1, 9), updated: at(20, 9) }));
    expect(only).toMatchObject({ state: 'finished', finishedAt: Date.UTC(2026, 2, 1, 9) });
  });

  it('of a Data Center is done when its status says so, not when it was resolved before; a webhook that thought so is mended', () => {
    const fields = done(4, 9);
    const changes: Past['changes'] = [
      [3, 9, moved('10001', '3')],
      [4, 9, moved('3', '10100'), resolved],
      [6, 9, moved('10100', '10002')],
    ];
    const imported = issue({ status: '10002', changes, fields, updated: at(8, 9) });
    const webhook = told('jira', {
      ...{
        webhookEvent: 'jira:issue_updated',
        issue_event_type_name: 'issue_commented',
        timestamp: Date.UTC(2026, 2, 8, 9),
      },
      issue: {
        id: '10412',
        key: 'PAY-12',
        fields: { created: at(2, 9), updated: at(8, 9), status: statusOf('10002'), ...fields },
      },
    });
    expect(lives([...webhook])).toMatchObject([{ finishedAt: Date.UTC(2026, 2, 4, 9) }]);
    for (const both of [imported, [...imported, ...webhook], [...webhook, ...imported]])
      expect(lives(both)).toMatchObject([{ finishedAt: Date.UTC(2026, 2, 6, 9) }]);
  });

  it('will not be done where its resolution of then says so', () => {
    const wont = { ...resolved, toString: "Won't Do" };
    const events = issue({
      status: '10002',
      changes: [[3, 9, moved('10001', '10002'), wont]],
      fields: { resolution: { name: "Won't Do" } },
    });
    expect(lives(events)).toMatchObject([{ result: 'cancelled' }]);
  });

  it('tells each change as it looked then, with the number by which the webhook of it is known', () => {
    const changes: Past['changes'] = [
      [3, 9, changed('summary', 'Refnud', 'Refund')],
      [3, 10, changed('labels', 'a', 'a b')],
      [3, 11, changed('assignee', null, 'Bob', { to: 'JIRAUSER10101' })],
      [3, 12, changed('issuetype', 'Bug', 'Story')],
    ];
    const events = issue({ status: '10001', changes, fields: { labels: ['a', 'b'], assignee: bob } });
    expect(events.find(({ key }) => key === 'opened')).toMatchObject({
      ...{ title: 'Refnud', facts: { labels: ['a'], assignee: null, issue_type: 'Bug' }, actor: 'ada' },
    });
    expect(change(events, 2)).toMatchObject({ title: 'Refund', facts: { labels: ['a', 'b'], assignee: null } });
    expect(change(events, 3)).toMatchObject({ actor: 'bob', facts: { assignee: 'bob', issue_type: 'Bug' } });
    expect(events.at(-1)).toMatchObject({ facts: { assignee: 'bob', issue_type: 'Story' } });
  });

  it('leads to itself by the key that it had, and was called so before it was moved', () => {
    const changes: Past['changes'] = [[3, 9, changed('project', 'Old', 'Payments'), changed('Key', 'OLD-7', 'PAY-12')]];
    const events = issue({ status: '10001', changes });
    expect(events.find(({ key }) => key === 'opened')?.name).toEqual({ scope: 'OLD', id: '7' });
    expect(change(events, 1)).toMatchObject({
      name: { scope: 'PAY', id: '12' },
      aliases: ['vstrace-jira-issue-OLD-7'],
    });
    expect(change(events, 1)?.provides?.map(({ value }) => value)).toEqual(['PAY-12', 'OLD-7']);
  });

  it('was a part of its sprints and its parent, and about what it was linked to, since when it was', () => {
    const sprint = (...ids: number[]) => ids.map((id) => ({ id, boardId: 1, state: 'active' }));
    const changes: Past['changes'] = [
      [
        3,
        9,
        { field: 'Sprint', fieldtype: 'custom', fieldId: 'customfield_10020', from: '', to: '41', toString: 'Seven' },
      ],
      [3, 10, { field: 'Sprint', fieldtype: 'custom', fieldId: 'customfield_10020', from: '41', to: '41, 42' }],
      [3, 11, changed('IssueParentAssociation', null, 'PAY-1')],
      [3, 12, changed('Link', null, 'This issue relates to OPS-1', { to: 'OPS-1' })],
      [3, 13, { field: 'Epic Link', fieldtype: 'custom', from: null, fromString: null, to: '9', toString: 'PAY-9' }],
      [3, 14, changed('Link', 'This issue relates to OPS-2', null, { from: 'OPS-2' })],
    ];
    const events = issue({
      ...{ status: '10001', changes },
      fields: {
        ...{ customfield_10020: sprint(41, 42), parent: { key: 'PAY-1' }, customfield_10014: 'PAY-9' },
        issuelinks: [{ outwardIssue: { key: 'OPS-1' } }],
      },
    });
    const named = (number: number) => change(events, number)?.mentions?.map(({ value }) => value);
    expect(named(1)).toEqual(['OPS-2', '41']);
    expect(named(2)).toEqual(['OPS-2', '41', '42']);
    expect(named(3)).toEqual(['OPS-2', 'PAY-1', '41', '42']);
    expect(named(4)?.toSorted()).toEqual(['41', '42', 'OPS-1', 'OPS-2', 'PAY-1']);
    expect(named(5)?.toSorted()).toEqual(['41', '42', 'OPS-1', 'OPS-2', 'PAY-1', 'PAY-9']);
    expect(named(6)?.toSorted()).toEqual(['41', '42', 'OPS-1', 'PAY-1', 'PAY-9']);
  });

  it('tells nothing of changes that nobody measures, nor of its place in the backlog', () => {
    const rank = {
      field: 'Rank',
      fieldtype: 'custom',
      fieldId: 'customfield_10019',
      from: '',
      to: '',
      toString: 'Ranked higher',
    };
    const changes: Past['changes'] = [
      [3, 9, changed('Attachment', null, 'a.png')],
      [3, 10, rank],
      [3, 11, changed('timespent', null, '3600')],
    ];
    expect(issue({ status: '10001', changes }).map(({ key }) => key.split('@')[0])).toEqual(['opened', 'seen']);
  });

  it('that cannot be read says why', () => {
    expect(
      interpreted({ import: 'issue', site: 'x', issue: { id: '1', key: 'PAY-1' }, changelog: [], statuses: [] }),
    ).toEqual({
      ...{ outcome: 'dead_letter', kind: 'import.issue', reason: expect.stringContaining('issue.fields') },
    });
  });
});

describe('what is imported', () => {
  const history = historyOf({ projects: 1, issues: 8 }).company;
  const issues = history.issues.map(({ id, key, fields, histories: changelog }) => ({
    ...{ import: 'issue', site: 'https://acme.example', issue: { id, key, fields }, changelog },
    statuses: history.statuses,
  }));
  const junk = fc.oneof(fc.jsonValue(), fc.constantFrom('', null, -1, '__proto__', '9999-12-31T00:00:00Z', {}, []));

  /** Puts something else in the place of one of the things inside. */
  function spoiled(value: unknown, turn: number, other: unknown): unknown {
    if (typeof value !== 'object' || value === null || turn === 0) return other;
    const entries = Object.entries(value);
    if (entries.length === 0) return other;
    const which = turn % entries.length;
    const inside = entries.map(([key, one], at) => [
      key,
      at === which ? spoiled(one, Math.floor(turn / 7), other) : one,
    ]);
    return Array.isArray(value) ? inside.map(([, one]) => one) : Object.fromEntries(inside);
  }

  it('is read, or says why it is not, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...issues), fc.nat(), junk, (issue, turn, other) => {
        const { outcome } = interpreted(Object.assign({}, spoiled(issue, turn, other), { import: 'issue' }));
        expect(['accepted', 'dead_letter']).toContain(outcome);
      }),
      { numRuns: 500 },
    );
  });
});

describe('an imported sprint', () => {
  const sprint = (more: object) =>
    interpreted({ import: 'sprint', sprint: { id: 41, name: 'Seven', originBoardId: 12, ...more } });
  const began = { startDate: '2026-03-02T08:00:00.000Z', endDate: '2026-03-06T16:00:00.000Z' };

  it('is what its webhooks would have told', () => {
    expect(sprint({ state: 'future' })).toMatchObject({ outcome: 'ignored', reason: 'it has not begun' });
    expect(sprint({ state: 'active', ...began })).toMatchObject({ events: [{ key: 'started', state: 'start' }] });
    const closed = sprint({ state: 'closed', ...began, completeDate: '2026-03-06T17:00:00.000Z' });
    const end = `end@${Date.UTC(2026, 2, 6, 17)}`;
    expect(closed).toMatchObject({
      events: [{ key: 'started' }, { key: end, state: 'end', result: 'done', title: 'Seven' }],
    });
  });
});

describe('an imported version', () => {
  const version = (more: object, time_zone = 'Europe/Berlin') =>
    interpreted({
      import: 'version',
      version: { id: '10020', name: '2026.3', projectId: 10_000, released: true, ...more },
      time_zone,
    });
  const webhook = (timestamp: number) =>
    told('jira', {
      webhookEvent: 'jira:version_released',
      timestamp,
      version: { id: '10020', name: '2026.3', projectId: 10_000 },
    });

  it('was released by the end of its day, where it was', () => {
    const at = Date.UTC(2026, 2, 16, 23) - 1;
    expect(version({ releaseDate: '2026-03-16' })).toMatchObject({
      events: [{ state: 'end', occurredAt: at, startedAt: at }],
    });
  });

  it('was released when a webhook said so, where both tell it', () => {
    const imported = version({ releaseDate: '2026-03-16' });
    if (imported.outcome !== 'accepted') throw new Error(imported.outcome);
    const moment = Date.UTC(2026, 2, 16, 10, 12);
    const both = spansOf([imported.events, webhook(moment)])['version 10020'];
    expect(both).toMatchObject([{ startedAt: moment, finishedAt: moment, anomalies: [] }]);
    expect(both).toHaveLength(1);
  });

  it('was not released in the future, though its day is not over', () => {
    expect(version({ releaseDate: '2026-06-01' })).toMatchObject({ events: [{ occurredAt: Date.UTC(2026, 5, 1) }] });
  });

  it.each([{}, { releaseDate: '2026-02-30' }])('without a day says nothing: %j', (more) => {
    expect(version(more)).toMatchObject({ outcome: 'ignored', reason: 'it does not say when it was released' });
  });
});
