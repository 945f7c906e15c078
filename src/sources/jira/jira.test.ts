import { describe, expect, it } from 'vitest';
import { expectSameInAnyOrder, hoursOf, spansOf, told } from '../../../test/support/stories.ts';
import type { Event } from '../../domain/event.ts';
import { durationMs } from '../../domain/span.ts';
import { sprintIdsIn } from './sprints.ts';

const HOUR = 3_600_000;
const ada = { accountId: 'a', displayName: 'Ada' };
const categories = { new: 2, indeterminate: 4, done: 3 };

type Status = readonly [id: string, name: string, category: keyof typeof categories];

/** A time of March 2026, as Jira writes it. */
const at = (day: number, hour: number) =>
  `2026-03-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00.000+0000`;

interface Change {
  readonly event?: string;
  readonly kind?: string;
  readonly from?: Status;
  readonly items?: readonly object[];
  readonly fields?: object;
}

let changelogs = 0;

/** What Jira sends of an issue that is now in a status. */
function issue(number: number, [id, name, category]: Status, day: number, hour: number, change: Change = {}) {
  changelogs += 1;
  const { event = 'jira:issue_updated', kind = 'issue_generic', from, items = [], fields = {} } = change;
  const moved =
    from === undefined ? [] : [{ field: 'status', fieldId: 'status', from: from[0], to: id, toString: name }];
  return told('jira', {
    webhookEvent: event,
    issue_event_type_name: kind,
    timestamp: Date.parse(at(day, hour).replace('+0000', 'Z')) + 30,
    user: ada,
    issue: {
      id: String(10_000 + number),
      key: `PAY-${number}`,
      self: 'https://acme.atlassian.net/rest/api/2/issue/1',
      fields: {
        summary: `Issue ${number}`,
        created: at(2, 9),
        updated: at(day, hour),
        status: { id, name, statusCategory: { id: categories[category], key: category, name: 'whatever' } },
        issuetype: { name: 'Story' },
        creator: ada,
        ...fields,
      },
    },
    changelog: { id: String(changelogs), items: [...moved, ...items] },
  });
}

const created = { event: 'jira:issue_created', kind: 'issue_created' };
const resolved = [{ field: 'resolution', fieldId: 'resolution', from: null, to: '10000', toString: 'Done' }];
const unresolved = [{ field: 'resolution', fieldId: 'resolution', from: '10000', to: null }];
const done = (day: number, hour: number) => ({ resolution: { name: 'Done' }, resolutiondate: at(day, hour) });

const todo: Status = ['10001', 'To Do', 'new'];
const progress: Status = ['3', 'In Progress', 'indeterminate'];
const review: Status = ['10100', 'In Review', 'indeterminate'];
const closed: Status = ['10002', 'Done', 'done'];

describe('a ticket on a kanban board', () => {
  const story: readonly (readonly Event[])[] = [
    issue(12, todo, 2, 9, created),
    issue(12, todo, 2, 12, { kind: 'issue_assigned' }),
    issue(12, progress, 3, 9, { from: todo }),
    issue(12, review, 4, 15, { from: progress }),
    issue(12, closed, 5, 9, { from: review, items: resolved, fields: done(5, 9) }),
    issue(12, closed, 5, 11, { kind: 'issue_commented', fields: done(5, 9) }),
    issue(12, progress, 9, 9, { from: closed, items: unresolved }),
    issue(12, closed, 9, 13, { from: progress, items: resolved, fields: done(9, 13) }),
  ];

  it('has the stages and the lives that its board would show', () => {
    const [first, second, ...more] = spansOf(story)['issue 10012'] ?? [];
    expect(more).toEqual([]);
    expect(first).toMatchObject({ project: 'PAY', title: 'Issue 12', result: 'done', anomalies: [] });
    expect(first && hoursOf(first)).toBe('To Do 24, In Progress 30, In Review 18');
    expect(first?.stages.map(({ category }) => category)).toEqual(['waiting', 'active', 'active']);
    expect(second && [hoursOf(second), second.result]).toEqual(['In Progress 4', 'done']);
  });

  it('is the same in any order, and with anything twice', () => {
    expectSameInAnyOrder(story);
  });

  it('has its first life from its last payload alone', () => {
    const [only] = spansOf(story.slice(5, 6))['issue 10012'] ?? [];
    expect(only && [only.state, durationMs(only)]).toEqual(['finished', 72 * HOUR]);
  });

  it('says what it does not know where the first half did not come', () => {
    const lives = spansOf(story.slice(6))['issue 10012'] ?? [];
    expect(lives.map((life) => [durationMs(life), life.result, life.anomalies])).toEqual([
      [null, 'unknown', ['end_unknown']],
      [4 * HOUR, 'done', []],
    ]);
    const [first] = spansOf(story.slice(3))['issue 10012'] ?? [];
    expect(first && [hoursOf(first), first.anomalies]).toEqual(['unknown 54, In Review 18', ['stage_unknown']]);
  });

  it('was done when it was done, though it was deleted later and only that was told', () => {
    const deleted = issue(12, closed, 20, 9, { event: 'jira:issue_deleted', fields: done(5, 9) });
    const [only, ...more] = spansOf([deleted])['issue 10012'] ?? [];
    expect(only && [durationMs(only), only.result, more]).toEqual([72 * HOUR, 'done', []]);
  });

  it('was done when it was resolved elsewhere, and not at once, where it was imported as done', () => {
    const imported = issue(12, closed, 20, 9, { ...created, fields: done(5, 9) });
    const [only] = spansOf([imported])['issue 10012'] ?? [];
    expect(only && [durationMs(only), only.result]).toEqual([72 * HOUR, 'done']);
  });

  it('was not open between its lives, though the end of the first one was lost', () => {
    const lives = spansOf([...story.slice(0, 4), ...story.slice(6)])['issue 10012'] ?? [];
    expect(lives.map((life) => [durationMs(life), life.anomalies])).toEqual([
      [null, ['end_unknown']],
      [4 * HOUR, []],
    ]);
  });
});

describe('a sprint of three issues, one of which is carried over', () => {
  const sprint = (event: string, state: string, time: number, more: object = {}) =>
    told('jira', {
      webhookEvent: event,
      timestamp: time,
      sprint: { id: 41, name: 'Sprint 7', originBoardId: 12, state, ...more },
      oldValue: {},
    });
  const started = { startDate: '2026-03-02T08:00:00.000Z', endDate: '2026-03-06T16:00:00.000Z' };
  const inSprints = (...ids: readonly number[]) => ({
    customfield_10020: ids.map((id) => ({ id, boardId: 12, state: 'active', name: `Sprint ${id}` })),
  });
  const story = [
    sprint('sprint_created', 'future', Date.UTC(2026, 1, 26)),
    ...[1, 2, 3].map((number) => issue(number, todo, 2, 9, { ...created, fields: inSprints(41) })),
    sprint('sprint_started', 'active', Date.UTC(2026, 2, 2, 8), started),
    issue(1, closed, 3, 9, { from: todo, items: resolved, fields: { ...inSprints(41), ...done(3, 9) } }),
    issue(2, closed, 4, 9, { from: todo, items: resolved, fields: { ...inSprints(41), ...done(4, 9) } }),
    issue(3, progress, 5, 9, { from: todo, fields: inSprints(41) }),
    sprint('sprint_closed', 'closed', Date.UTC(2026, 2, 6, 17), {
      ...started,
      completeDate: '2026-03-06T17:00:00.000Z',
    }),
    issue(3, progress, 6, 18, { fields: inSprints(41, 42) }),
  ];

  it('began when it was started and ended when it was closed, and so did its issues', () => {
    const spans = spansOf(story);
    expect(spans['sprint 41']).toMatchObject([
      { title: 'Sprint 7', startedAt: Date.UTC(2026, 2, 2, 8), finishedAt: Date.UTC(2026, 2, 6, 17), result: 'done' },
    ]);
    expect([1, 2, 3].map((number) => spans[`issue 1000${number}`]?.[0]?.state)).toEqual([
      'finished',
      'finished',
      'open',
    ]);
  });

  it('is what its issues are a part of, also the one that went on into the next', () => {
    const named = (index: number) =>
      story[index]?.at(-1)?.mentions?.map(({ value, relation }) => `${relation} ${value}`);
    expect(named(1)).toEqual(['part_of 41']);
    expect(named(9)).toEqual(['part_of 41', 'part_of 42']);
    expect(story[4]?.at(-1)?.provides).toEqual([{ type: 'sprint', scope: 'jira', value: '41' }]);
  });

  it('is taken back by the next payload when an issue was put into it by mistake', () => {
    const later = [...story, issue(2, closed, 7, 9, { fields: { ...inSprints(42), ...done(4, 9) } })];
    const [only] = spansOf(later)['issue 10002'] ?? [];
    expect(only?.mentions.map(({ value }) => value)).toEqual(['42']);
  });

  it('is the same in any order, and with anything twice', () => {
    expectSameInAnyOrder(story);
  });

  const complete = { ...started, completeDate: '2026-03-06T17:00:00.000Z' };
  const after = Date.UTC(2026, 2, 20);

  it.each([
    ['sprint_deleted', {}],
    ['sprint_updated', { name: 'The seventh' }],
  ])('stays done when it was closed before %s', (event, change) => {
    const later = sprint(event, 'closed', after, { ...complete, ...change });
    const ended = [{ finishedAt: Date.UTC(2026, 2, 6, 17), result: 'done', startedAt: Date.UTC(2026, 2, 2, 8) }];
    expect(spansOf([...story, later])['sprint 41']).toMatchObject(ended);
    expect(spansOf([later])['sprint 41']).toMatchObject(ended);
  });

  it('is cancelled when it is deleted while it runs', () => {
    const deleted = sprint('sprint_deleted', 'active', after, started);
    expect(spansOf([deleted])['sprint 41']).toMatchObject([{ finishedAt: after, result: 'cancelled' }]);
  });

  it('is found in a custom field of any number, as an object or as the text of one', () => {
    const java = 'com.atlassian.greenhopper.service.sprint.Sprint@1f3c[rapidViewId=12,state=ACTIVE,id=7,name=x]';
    expect(sprintIdsIn({ customfield_1: [java], customfield_2: [{ id: 8, boardId: 1, state: 'closed' }] })).toEqual([
      '7',
      '8',
    ]);
    expect(sprintIdsIn({ customfield_1: [{ id: 8, value: 'x' }, 'id=9', null], sprint: [java] })).toEqual([]);
  });
});

describe('a board in German', () => {
  const zuErledigen: Status = ['10001', 'Zu erledigen', 'new'];
  const inArbeit: Status = ['10005', 'In Arbeit', 'indeterminate'];
  const fertig: Status = ['10006', 'Fertig', 'done'];
  const story = [
    issue(7, zuErledigen, 2, 9, created),
    issue(7, inArbeit, 2, 13, { from: zuErledigen }),
    issue(7, fertig, 3, 9, {
      from: inArbeit,
      items: resolved,
      fields: { ...done(3, 9), resolution: { name: 'Erledigt' } },
    }),
  ];

  it('waits, is worked on and is done by categories, whatever these are called', () => {
    const [only] = spansOf(story)['issue 10007'] ?? [];
    expect(only && [hoursOf(only), only.result]).toEqual(['Zu erledigen 4, In Arbeit 20', 'done']);
    expect(only?.stages.map(({ category }) => category)).toEqual(['waiting', 'active']);
    expectSameInAnyOrder(story);
  });
});

describe('what a changelog calls its fields', () => {
  const names = (items: object[]) => ({ items });

  it.each([
    ['Cloud', { field: 'Rank', fieldtype: 'custom', fieldId: 'customfield_10019', from: '', to: '' }],
    ['Data Center', { field: 'Rank', fieldtype: 'custom', from: '', to: '' }],
  ])('of %s is understood: a rank is no change of the work', (_, rank) => {
    expect(() => issue(3, todo, 4, 9, names([rank]))).toThrow('moved up or down');
  });

  it.each([
    ['Cloud', 'issuekey'],
    ['Data Center', undefined],
  ])('of %s is understood: the old key of what was moved leads to it', (_, fieldId) => {
    const moved = { field: 'Key', fieldtype: 'jira', fieldId, fromString: 'OLD-7', toString: 'PAY-3' };
    const last = issue(3, todo, 4, 9, names([moved])).at(-1);
    expect(last?.aliases).toEqual(['vstrace-jira-issue-OLD-7']);
    expect(last?.provides?.map(({ value }) => value)).toEqual(['PAY-3', 'OLD-7']);
  });

  it('may be what a team calls a field of its own', () => {
    const own = { field: 'Status', fieldtype: 'custom', fieldId: 'customfield_1', from: '1', to: '2' };
    expect(issue(3, closed, 4, 9, names([own])).at(-1)?.state).toBe('intermediary');
  });
});

describe('a payload of an early server', () => {
  it('is read with its time as text, and a priority that is only a name', () => {
    const events = told('jira', {
      id: 2,
      timestamp: '2009-09-09T00:08:36.796-0500',
      webhookEvent: 'jira:issue_updated',
      issue: {
        id: '99291',
        key: 'JRA-20002',
        self: 'https://jira.example/rest/api/2/issue/99291',
        fields: { summary: 'Go faster', created: '2009-08-16T23:46:10.612-0600', labels: ['UI'], priority: 'Minor' },
      },
      user: { name: 'brollins', displayName: 'Bryan' },
      changelog: { items: [{ toString: 'New', to: null, fromString: 'Old', from: null, field: 'summary' }], id: 10124 },
    });
    expect(events.map(({ state, occurredAt }) => [state, new Date(occurredAt).toISOString()])).toEqual([
      ['start', '2009-08-17T05:46:10.612Z'],
      ['intermediary', '2009-09-09T05:08:36.796Z'],
    ]);
  });
});

describe('a payload without the id of its issue', () => {
  it.each([null, '', {}])('is not read as one of an issue called %j', (id) => {
    const issue = { id, key: 'PAY-1', fields: { created: at(2, 9) } };
    const payload = { webhookEvent: 'jira:issue_updated', timestamp: Date.UTC(2026, 2, 2), issue };
    expect(() => told('jira', payload)).toThrow('issue.id');
  });
});

describe('what an issue names', () => {
  const named = (fields: object) => issue(3, todo, 4, 9, { fields }).at(-1)?.mentions;
  const span = (value: string, via: string) => ({ type: 'span', scope: '', value, via });
  const key = (value: string, relation: string) => ({ type: 'issue_key', scope: '', value, relation });

  it('is nothing, and that is told: what it named before is taken back', () => {
    expect(named({ description: null, parent: null, issuelinks: [] })).toEqual([]);
    expect(issue(3, todo, 4, 9, created).map(({ mentions }) => mentions)).toEqual([[]]);
    const proofs = issue(3, closed, 5, 9, { from: todo, items: resolved, fields: done(5, 8) }).slice(0, -1);
    expect(proofs.map(({ mentions }) => mentions)).toEqual([undefined, undefined]);
  });

  it('is a span in its summary, before one in its description', () => {
    const fields = { summary: 'As vstrace-github-issue-api-27', description: '{quote}vstrace-gitlab-issue-x-1{quote}' };
    expect(named(fields)).toEqual([
      span('vstrace-github-issue-api-27', 'title'),
      span('vstrace-gitlab-issue-x-1', 'text'),
    ]);
  });

  it('is a span in a description that is a tree, whose words may be of several parts', () => {
    const text = (words: string, ...marks: readonly object[]) => ({ type: 'text', text: words, marks });
    const paragraph = (...content: readonly object[]) => ({ type: 'paragraph', content });
    const list = { type: 'bulletList', content: [{ type: 'listItem', content: [paragraph(text('vstrace-a-b-c-2'))] }] };
    const first = paragraph(text('see vstrace-github-'), text('issue', { type: 'strong' }), text('-api-27'));
    expect(named({ description: { type: 'doc', version: 1, content: [first, list] } })).toEqual([
      span('vstrace-github-issue-api-27', 'text'),
      span('vstrace-a-b-c-2', 'text'),
    ]);
  });

  it('is nothing at the end of a tree without an end', () => {
    const content = Array.from({ length: 20_000 }, () => ({ type: 'paragraph' }));
    const last = { type: 'text', text: 'vstrace-github-issue-api-27' };
    expect(named({ description: { type: 'doc', content: [...content, last] } })).toEqual([]);
  });

  it('is its parent, of which it is a part, and the issues that are linked with it', () => {
    const issuelinks = [
      { type: { name: 'Problem/Incident', inward: 'is caused by' }, inwardIssue: { key: 'OPS-1' } },
      { type: { name: 'Relates', outward: 'relates to' }, outwardIssue: { key: 'OPS-2' } },
      { type: { name: 'Relates' }, outwardIssue: { key: 'PAY-1' } },
      { type: { name: 'Relates' }, outwardIssue: {} },
    ];
    expect(named({ parent: { id: '1', key: 'PAY-1' }, issuelinks })).toEqual([
      key('OPS-1', 'about'),
      key('OPS-2', 'about'),
      key('PAY-1', 'part_of'),
    ]);
  });

  it('is what stands alone in a field of the team, such as its epic, without being a part of it', () => {
    const fields = { customfield_10014: 'PAY-1', customfield_2: 'as PAY-2', customfield_3: '2019-08-12', x: 'PAY-4' };
    expect(named(fields)).toEqual([key('PAY-1', 'about')]);
    expect(named({ customfield_10014: 'PAY-1', parent: { key: 'PAY-1' } })).toEqual([key('PAY-1', 'part_of')]);
    expect(named({ customfield_10014: 'PAY-3' })).toEqual([]);
  });

  it.each([
    ['links that are none', { issuelinks: 'OPS-1' }],
    ['links of nothing', { issuelinks: [null] }],
    ['a parent of an unheard-of key', { parent: { key: `A-${'1'.repeat(300)}` } }],
    ['a description that is a number', { description: 7 }],
  ])('is nothing where there are %s', (_, fields) => {
    expect(named(fields)).toEqual([]);
  });

  it('is bounded, and never crowds out what it is a part of', () => {
    const mentions = named({
      summary: 'vstrace-a-1,'.repeat(10_000),
      description: Array.from({ length: 10_000 }, (_, index) => `vstrace-b-${index}`).join(' '),
      customfield_1: Array.from({ length: 100 }, (_, id) => ({ id, boardId: 1, state: 'closed' })),
      parent: { key: 'PAY-1' },
    });
    expect(mentions).toHaveLength(32);
    expect(mentions?.filter(({ relation }) => relation === 'part_of')).toHaveLength(17);
    expect(mentions?.at(-1)).toEqual({ type: 'sprint', scope: 'jira', value: '99', relation: 'part_of' });
  });
});

describe('a Data Center whose workflow resolves an issue before it is done', () => {
  const early = done(4, 9);
  const story = [
    issue(12, todo, 2, 9, created),
    issue(12, progress, 3, 9, { from: todo }),
    issue(12, review, 4, 9, { from: progress, items: resolved, fields: early }),
    issue(12, closed, 6, 9, { from: review, fields: early }),
    issue(12, closed, 8, 9, { kind: 'issue_commented', fields: early }),
  ];

  it('is done when its status says so', () => {
    const [only, ...more] = spansOf(story)['issue 10012'] ?? [];
    expect(only && [hoursOf(only), only.result, only.anomalies]).toEqual([
      'To Do 24, In Progress 24, In Review 48',
      'done',
      [],
    ]);
    expect(more).toEqual([]);
    expectSameInAnyOrder(story);
  });

  it('is still open while no status says so', () => {
    expect(spansOf(story.slice(0, 3))['issue 10012']).toMatchObject([{ state: 'open' }]);
  });
});

describe('an incident', () => {
  it('of Jira Service Management is one by its own name of the type', () => {
    const fields = { issuetype: { name: '[System] Incident' }, description: 'after vstrace-github-issue-api-27' };
    const story = [issue(9, todo, 2, 9, { ...created, fields })];
    expect(spansOf(story)['issue 10009']).toMatchObject([
      { operation: 'incident', mentions: [{ type: 'span', value: 'vstrace-github-issue-api-27', via: 'text' }] },
    ]);
  });

  it('is an issue of that type, by the built-in rules', () => {
    const story = [issue(8, todo, 2, 9, { ...created, fields: { issuetype: { name: 'Incident' } } })];
    expect(spansOf(story)['issue 10008']).toMatchObject([{ operation: 'incident' }]);
  });
});
