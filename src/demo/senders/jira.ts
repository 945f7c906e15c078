import type { EpochMs } from '../../domain/event.ts';
import { demoSpanId, type Outbox } from '../delivery.ts';
import type { Person } from '../people.ts';
import type { Status, Ticket, Tracker } from '../tools.ts';

// https://developer.atlassian.com/cloud/jira/platform/webhooks/

const SITE = 'https://jira.example';

const statuses = {
  'To Do': { id: '10000', category: { id: 2, key: 'new', name: 'To Do' } },
  'In Progress': { id: '3', category: { id: 4, key: 'indeterminate', name: 'In Progress' } },
  'In Review': { id: '10003', category: { id: 4, key: 'indeterminate', name: 'In Progress' } },
  Done: { id: '10002', category: { id: 3, key: 'done', name: 'Done' } },
} as const satisfies Record<Status, object>;

function jiraTime(at: EpochMs): string {
  return new Date(at).toISOString().replace('Z', '+0000');
}

function jiraUser({ id, name }: Person): object {
  return { accountId: `5f0000${id}:demo`, displayName: name, accountType: 'atlassian' };
}

interface Sprint {
  readonly id: number;
  readonly name: string;
  readonly startDate: EpochMs;
  readonly endDate: EpochMs;
}

/** A project of Jira with its board. */
export class JiraProject implements Tracker {
  readonly key: string;
  readonly outbox: Outbox;
  readonly #name: string;
  readonly #id: number;
  readonly #board: number;
  #sprint: Sprint | null = null;
  #numbers = 0;
  #sprints = 0;

  constructor(outbox: Outbox, key: string, name: string) {
    this.outbox = outbox;
    this.key = key;
    this.#name = name;
    this.#id = outbox.number();
    this.#board = outbox.number();
  }

  get described(): object {
    return { id: String(this.#id), key: this.key, name: this.#name };
  }

  /** The sprint that is running, as issues show it. */
  get sprintField(): object[] | null {
    return this.#sprint === null ? null : [{ ...this.#told(this.#sprint, 'active'), boardId: this.#board }];
  }

  ticket(title: string, type: string, by: Person): Ticket {
    this.#numbers += 1;
    return new JiraIssue(this, this.#numbers, title, type, by);
  }

  startSprint(until: EpochMs): void {
    this.#sprints += 1;
    const name = `${this.key} Sprint ${this.#sprints}`;
    this.#sprint = { id: this.outbox.number(), name, startDate: this.outbox.now, endDate: until };
    const old = { id: this.#sprint.id, name, state: 'future' };
    this.post({
      timestamp: this.outbox.now,
      webhookEvent: 'sprint_started',
      sprint: this.#told(this.#sprint, 'active'),
      oldValue: old,
    });
  }

  closeSprint(): void {
    if (this.#sprint === null) return;
    const sprint = { ...this.#told(this.#sprint, 'closed'), completeDate: this.#isoNow() };
    this.post({
      timestamp: this.outbox.now,
      webhookEvent: 'sprint_closed',
      sprint,
      oldValue: this.#told(this.#sprint, 'active'),
    });
    this.#sprint = null;
  }

  #told({ id, name, startDate, endDate }: Sprint, state: string): object {
    const dates = { startDate: new Date(startDate).toISOString(), endDate: new Date(endDate).toISOString() };
    return { id, self: `${SITE}/rest/agile/1.0/sprint/${id}`, name, originBoardId: this.#board, state, ...dates };
  }

  #isoNow(): string {
    return new Date(this.outbox.now).toISOString();
  }

  post(payload: object): void {
    const headers = {
      'user-agent': 'Atlassian Webhook HTTP Client',
      'x-atlassian-webhook-identifier': this.outbox.uuid(),
      'x-atlassian-webhook-flow': 'Primary',
    };
    this.outbox.post('jira', headers, payload);
  }
}

class JiraIssue implements Ticket {
  readonly key: string;
  readonly title: string;
  readonly type: string;
  readonly #project: JiraProject;
  readonly #number: number;
  readonly #id: number;
  readonly #creator: Person;
  readonly #created: EpochMs;
  #status: Status = 'To Do';
  #since: EpochMs;
  #resolution: string | null = null;
  #assignee: Person | null = null;

  constructor(project: JiraProject, number: number, title: string, type: string, by: Person) {
    this.#project = project;
    this.#number = number;
    this.key = `${project.key}-${number}`;
    this.title = title;
    this.type = type;
    this.#id = project.outbox.number();
    this.#creator = by;
    this.#created = project.outbox.now;
    this.#since = this.#created;
    this.#tell('jira:issue_created', 'issue_created', by, []);
  }

  get spanId(): string {
    return demoSpanId('jira', 'issue', this.#project.key, String(this.#number));
  }

  get branchPrefix(): string {
    return this.key.toLowerCase();
  }

  get reference(): string {
    return `Ticket: ${SITE}/browse/${this.key}`;
  }

  move(to: Status, by: Person): void {
    this.#change(to, to === 'Done' ? 'Done' : null, by);
  }

  drop(by: Person): void {
    this.#change('Done', "Won't Do", by);
  }

  #change(to: Status, resolution: string | null, by: Person): void {
    const from = this.#status;
    const resolved = { from: null, fromString: this.#resolution, to: null, toString: resolution };
    const items = [
      changed('status', { from: statuses[from].id, fromString: from, to: statuses[to].id, toString: to }),
      ...(resolution === this.#resolution ? [] : [changed('resolution', resolved)]),
    ];
    if (statuses[from].category.key !== statuses[to].category.key) this.#since = this.#project.outbox.now;
    this.#status = to;
    this.#resolution = resolution;
    this.#assignee = by;
    this.#tell('jira:issue_updated', 'issue_generic', by, items);
  }

  #tell(webhookEvent: string, issue_event_type_name: string, by: Person, items: readonly object[]): void {
    const { outbox, described, sprintField } = this.#project;
    const { id, category } = statuses[this.#status];
    const isDone = this.#resolution !== null;
    this.#project.post({
      ...{ timestamp: outbox.now, webhookEvent, issue_event_type_name, user: jiraUser(by) },
      issue: {
        ...{ id: String(this.#id), self: `${SITE}/rest/api/2/issue/${this.#id}`, key: this.key },
        fields: {
          ...{ summary: this.title, issuetype: { name: this.type, subtask: false }, project: described },
          status: { id, name: this.#status, statusCategory: category },
          ...{ priority: { id: '3', name: 'Medium' }, labels: [], description: null },
          ...{ creator: jiraUser(this.#creator), reporter: jiraUser(this.#creator) },
          assignee: this.#assignee === null ? null : jiraUser(this.#assignee),
          ...{ created: jiraTime(this.#created), updated: jiraTime(outbox.now) },
          statuscategorychangedate: jiraTime(this.#since),
          resolution: isDone ? { name: this.#resolution } : null,
          resolutiondate: isDone ? jiraTime(outbox.now) : null,
          customfield_10020: this.#status === 'To Do' ? null : sprintField,
        },
      },
      ...(items.length === 0 ? {} : { changelog: { id: String(outbox.number()), items } }),
    });
  }
}

function changed(field: string, change: object): object {
  return { field, fieldtype: 'jira', fieldId: field, ...change };
}
