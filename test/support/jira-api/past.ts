/** Of which kind a Jira is: they write people, sprints and times of status categories in ways of their own. */
export type Deployment = 'cloud' | 'data_center';

type Json = Readonly<Record<string, unknown>>;

interface ToldHistory {
  readonly id: string;
  readonly author: Json;
  readonly created: string;
  readonly items: readonly Json[];
}

/** An issue as the API tells it today. */
export interface ToldIssue {
  readonly id: string;
  readonly key: string;
  readonly projectId: string;
  readonly fields: Json & { readonly updated: string };
  readonly histories: readonly ToldHistory[];
}

interface ToldProject {
  readonly id: string;
  key: string;
  /** Keys by which it is found too, for it was called so. */
  readonly oldKeys: readonly string[];
}

/** All that a Jira has today. */
export interface Company {
  readonly deployment: Deployment;
  readonly projects: ToldProject[];
  readonly issues: ToldIssue[];
  readonly statuses: readonly Json[];
  readonly fields: readonly Json[];
  /** By the id of a project. */
  readonly versions: ReadonlyMap<string, readonly Json[]>;
  /** By the id of a board. */
  readonly boards: readonly (Json & { readonly id: number; readonly projectId: string })[];
  readonly sprints: ReadonlyMap<number, readonly Json[]>;
}

/** The same past, as an API tells it today and as webhooks told it when it happened. */
export interface History {
  readonly company: Company;
  readonly sent: readonly Json[];
}

export interface PastOptions {
  readonly projects: number;
  readonly issues: number;
  readonly deployment?: Deployment;
  /** Further issues of the first project, each by the statuses through which it goes, one an hour. */
  readonly ways?: readonly Way[];
  /** How long before its webhook's time a change is in the changelog. */
  readonly earlierMs?: number;
}

interface Way {
  readonly statuses: readonly ('todo' | 'progress' | 'review' | 'done')[];
  /** Whether it is resolved while it is done. */
  readonly isResolved: boolean;
}

const START = Date.parse('2026-01-05T09:00:00Z');
const MINUTE = 60_000;
const PEOPLE = ['ada', 'bob', 'chen', 'dora'];
const SITE = 'https://acme.example';

const CATEGORIES = { new: 2, indeterminate: 4, done: 3 };
type Status = readonly [id: string, name: string, category: keyof typeof CATEGORIES];
const todo: Status = ['10001', 'To Do', 'new'];
const progress: Status = ['3', 'In Progress', 'indeterminate'];
const review: Status = ['10100', 'In Review', 'indeterminate'];
const done: Status = ['10002', 'Done', 'done'];
const toldStatus = ([id, name, category]: Status): Json => ({
  ...{ id, name, self: `${SITE}/rest/api/2/status/${id}` },
  statusCategory: { id: CATEGORIES[category], key: category, name: 'whatever' },
});

const SPRINT = 'customfield_10020';
const EPIC = 'customfield_10014';

/** A past of so many projects with so many issues each, of all kinds: re-opened, moved, linked, carried over, changed often. */
export function historyOf(options: PastOptions): History {
  const { deployment = 'cloud' } = options;
  const sent: Json[] = [];
  const issues: ToldIssue[] = [];
  const versions = new Map<string, readonly Json[]>();
  const sprints = new Map<number, readonly Json[]>();
  const projects: ToldProject[] = [];
  const boards: (Json & { id: number; projectId: string })[] = [];
  for (let index = 0; index < options.projects; index += 1) {
    const project = { id: String(10_000 + index), key: `P${index}`, oldKeys: [`OLD${index}`] };
    projects.push(project);
    const board = 12 + index;
    boards.push({ id: board, name: `Board ${index}`, type: 'scrum', projectId: project.id });
    boards.push({ id: 500 + index, name: 'Kanban', type: 'simple', projectId: project.id });
    sprints.set(board, sprintsOf(board, sent));
    for (let number = 1; number <= options.issues; number += 1)
      issues.push(new IssuePast({ project, number, board, sent, deployment, ...options }).told());
    for (const [number, way] of (index === 0 ? (options.ways ?? []) : []).entries())
      issues.push(new IssuePast({ project, number: 51 + number, board, sent, deployment, way, ...options }).told());
    versions.set(project.id, versionsOf(project, sent));
  }
  const fields = [
    { id: 'summary', name: 'Summary', custom: false, schema: { type: 'string', system: 'summary' } },
    { id: SPRINT, custom: true, schema: { type: 'array', custom: 'com.pyxis.greenhopper.jira:gh-sprint' } },
    { id: EPIC, custom: true, schema: { type: 'any', custom: 'com.pyxis.greenhopper.jira:gh-epic-link' } },
    {
      id: 'customfield_10019',
      custom: true,
      schema: { type: 'any', custom: 'com.pyxis.greenhopper.jira:gh-lexo-rank' },
    },
  ];
  const statuses = [todo, progress, review, done].map(toldStatus);
  return { company: { deployment, projects, issues, statuses, fields, versions, boards, sprints }, sent };
}

function sprintsOf(board: number, sent: Json[]): readonly Json[] {
  return [1, 2, 3].map((number) => {
    const id = board * 10 + number;
    const begin = START + (number - 1) * 14 * 24 * 60 * MINUTE;
    const iso = (ms: number) => new Date(ms).toISOString();
    const self = `${SITE}/rest/agile/1.0/sprint/${id}`;
    const planned = { id, self, name: `Sprint ${number}`, originBoardId: board, state: 'future' };
    const started = { ...planned, state: 'active', startDate: iso(begin), endDate: iso(begin + 10 * 24 * 60 * MINUTE) };
    const closed = { ...started, state: 'closed', completeDate: iso(begin + 11 * 24 * 60 * MINUTE) };
    const send = (webhookEvent: string, timestamp: number, sprint: Json, oldValue: Json | null) =>
      sent.push({ webhookEvent, timestamp, sprint, ...(oldValue === null ? {} : { oldValue }) });
    send('sprint_created', begin - 60 * MINUTE, planned, null);
    if (number === 3) return planned;
    send('sprint_started', begin, started, planned);
    if (number === 2) return started;
    send('sprint_closed', Date.parse(closed.completeDate), closed, started);
    return closed;
  });
}

function versionsOf({ id: projectId }: ToldProject, sent: Json[]): readonly Json[] {
  return [1, 2, 3].map((number) => {
    const id = String(Number(projectId) * 10 + number);
    const day = `2026-02-0${number}`;
    const version = { id, self: `${SITE}/rest/api/2/version/${id}`, name: `1.${number}`, projectId: Number(projectId) };
    if (number === 3) return { ...version, released: false, archived: false };
    const released = { ...version, released: true, archived: false, releaseDate: day };
    sent.push({ webhookEvent: 'jira:version_released', timestamp: Date.parse(`${day}T15:00:00Z`), version: released });
    return released;
  });
}

interface Making extends PastOptions {
  readonly project: ToldProject;
  readonly number: number;
  readonly board: number;
  readonly sent: Json[];
  readonly deployment: Deployment;
  readonly way?: Way;
}

type Item = readonly [
  field: string,
  from: string | null,
  fromString: string | null,
  to: string | null,
  text: string | null,
];

/** One issue, which is changed and tells it by webhooks. */
class IssuePast {
  readonly #making: Making;
  readonly #id: string;
  readonly #begin: number;
  readonly #histories: ToldHistory[] = [];
  #key: string;
  #at: number;
  #status = todo;
  #fields: Record<string, unknown>;

  constructor(making: Making) {
    const { project, number } = making;
    this.#making = making;
    this.#id = String(Number(project.id) * 100 + number);
    this.#begin = START + number * 7 * 60 * MINUTE;
    this.#at = this.#begin;
    const isMoved = making.way === undefined && number % 8 === 2;
    this.#key = isMoved ? `LEGACY-${project.id}${number}` : `${project.key}-${number}`;
    const person = this.#user(number);
    this.#fields = {
      ...{ summary: `Issue ${number}`, description: 'After vstrace-github-issue-api-27, see the log', labels: ['web'] },
      ...{ issuetype: { id: '10001', name: 'Story', subtask: false }, priority: { id: '3', name: 'Medium' } },
      ...{ creator: person, assignee: null, resolution: null, resolutiondate: null, issuelinks: [] },
      ...{ [SPRINT]: null, [EPIC]: null },
    };
    this.#send('jira:issue_created', 'issue_created');
    if (making.way === undefined) this.#live(number % 8);
    else this.#go(making.way);
  }

  #go({ statuses, isResolved }: Way): void {
    for (const [hour, name] of statuses.entries()) {
      const to = { todo, progress, review, done }[name];
      const minute = (hour + 1) * 60;
      const summary = `Issue of hour ${hour}`;
      if (to === this.#status)
        this.#change(minute, [['summary', null, String(this.#fields.summary), null, summary]], { summary });
      else if (to === done) this.#end(minute, isResolved ? 'Done' : null);
      else if (this.#status === done) this.#reopen(minute, to);
      else this.#move(minute, to);
    }
  }

  told(): ToldIssue {
    const { id: projectId } = this.#making.project;
    return { id: this.#id, key: this.#key, projectId, fields: this.#shown(), histories: this.#histories };
  }

  #live(kind: number): void {
    const { project, number } = this.#making;
    if (kind === 2) {
      const key = `${project.key}-${number}`;
      this.#change(20, [['Key', null, this.#key, null, key]], {}, { key });
    }
    this.#move(60, progress);
    if (kind === 3) this.#edit();
    if (kind === 6) for (let turn = 0; turn < 50; turn += 1) this.#label(`turn-${turn}`);
    if (kind === 7) this.#tie();
    if (kind === 3) return;
    this.#move(150, review);
    this.#end(200, kind === 4 ? null : kind === 7 ? "Won't Do" : 'Done');
    // Somebody says thanks.
    if (kind === 0) this.#send('jira:issue_updated', 'issue_commented', 250);
    if (kind !== 1 && kind !== 4) return;
    this.#reopen(300, progress);
    this.#end(380, 'Done');
  }

  #reopen(minute: number, to: Status): void {
    const isResolved = this.#fields.resolution !== null;
    const cleared: Item[] = isResolved ? [['resolution', '10000', 'Done', null, null]] : [];
    this.#move(minute, to, cleared, { resolution: null, resolutiondate: null }, 'issue_reopened');
  }

  #edit(): void {
    const { board, number } = this.#making;
    const [first, second] = [board * 10 + 1, board * 10 + 2];
    const person = this.#user(number + 1);
    this.#change(63, [['summary', null, `Issue ${number}`, null, 'Another title']], { summary: 'Another title' });
    const { accountId, key, displayName } = person as Record<string, string>;
    this.#change(64, [['assignee', null, null, accountId ?? key ?? null, displayName ?? null]], { assignee: person });
    this.#change(65, [['Sprint', null, '', String(first), 'Sprint 1']], { [SPRINT]: this.#sprints(first) });
    const carried: Item = ['Sprint', String(first), 'Sprint 1', `${first}, ${second}`, 'Sprint 1, Sprint 2'];
    this.#change(66, [carried], { [SPRINT]: this.#sprints(first, second) });
    this.#change(67, [['Rank', '', '', '', 'Ranked higher']], {});
  }

  #tie(): void {
    const { project } = this.#making;
    const other = `${project.key}-1`;
    const link = { id: '1', type: { name: 'Relates' }, outwardIssue: { id: '1', key: other } };
    this.#change(70, [['Link', null, null, other, `This issue relates to ${other}`]], { issuelinks: [link] });
    this.#change(71, [['Epic Link', null, null, '99', `${project.key}-8`]], { [EPIC]: `${project.key}-8` });
    this.#change(72, [['priority', '3', 'Medium', '1', 'Highest']], { priority: { id: '1', name: 'Highest' } });
    this.#change(73, [['issuetype', '10001', 'Story', '10004', 'Bug']], { issuetype: { id: '10004', name: 'Bug' } });
  }

  #label(label: string): void {
    const before = (this.#fields.labels as string[]).join(' ');
    const labels = [...(this.#fields.labels as string[]).slice(-2), label];
    this.#change((this.#at - this.#begin) / MINUTE + 1, [['labels', null, before, null, labels.join(' ')]], { labels });
  }

  #end(minute: number, resolution: string | null): void {
    if (resolution === null) {
      this.#move(minute, done);
      return;
    }
    const date = this.#time(this.#begin + minute * MINUTE);
    const fields = { resolution: { id: '10000', name: resolution }, resolutiondate: date };
    this.#move(minute, done, [['resolution', null, null, '10000', resolution]], fields, 'issue_resolved');
  }

  #move(minute: number, to: Status, more: readonly Item[] = [], fields: Json = {}, kind = 'issue_generic'): void {
    const [id, name] = this.#status;
    this.#status = to;
    this.#change(minute, [...more, ['status', id, name, to[0], to[1]]], fields, { kind });
  }

  #change(minute: number, items: readonly Item[], fields: Json, more: { key?: string; kind?: string } = {}): void {
    const { earlierMs = 0, number } = this.#making;
    this.#at = this.#begin + minute * MINUTE;
    this.#key = more.key ?? this.#key;
    this.#fields = { ...this.#fields, ...fields };
    const history = {
      id: String(Number(this.#id) * 100 + this.#histories.length),
      author: this.#user(number + this.#histories.length),
      created: this.#time(this.#at - earlierMs),
      items: items.map((item) => this.#item(item)),
    };
    this.#histories.push(history);
    this.#send('jira:issue_updated', more.kind ?? 'issue_updated', minute, history);
  }

  #item([field, from, fromString, to, text]: Item): Json {
    const isCloud = this.#making.deployment === 'cloud';
    const ownFields: Readonly<Record<string, string>> = {
      Sprint: SPRINT,
      'Epic Link': EPIC,
      Rank: 'customfield_10019',
    };
    const fieldId = ownFields[field] ?? (field === 'Key' ? 'issuekey' : field);
    const fieldtype = Object.hasOwn(ownFields, field) ? 'custom' : 'jira';
    return { field, fieldtype, ...(isCloud ? { fieldId } : {}), from, fromString, to, toString: text };
  }

  #send(webhookEvent: string, kind: string, minute = 0, history?: ToldHistory): void {
    const { number, sent, deployment } = this.#making;
    this.#at = this.#begin + minute * MINUTE;
    const changelog = history === undefined ? {} : { changelog: { id: history.id, items: history.items } };
    sent.push({
      ...{ timestamp: this.#at + 31, webhookEvent },
      issue_event_type_name: deployment === 'cloud' && kind.startsWith('issue_re') ? 'issue_generic' : kind,
      user: history?.author ?? this.#user(number),
      issue: { id: this.#id, key: this.#key, self: `${SITE}/rest/api/2/issue/${this.#id}`, fields: this.#shown() },
      ...changelog,
    });
  }

  #shown(): Json & { updated: string } {
    const { project, deployment } = this.#making;
    const category = { statuscategorychangedate: this.#time(this.#categorySince() + 13) };
    return {
      ...this.#fields,
      ...{ created: this.#time(this.#begin), updated: this.#time(this.#at), status: toldStatus(this.#status) },
      ...(deployment === 'cloud' ? category : {}),
      ...{ project: { id: project.id, key: project.key }, lastViewed: this.#time(Date.now()) },
    };
  }

  /** Since when the status has been of its category. */
  #categorySince(): number {
    const since = this.#histories.findLast(({ items }) =>
      items.some(({ field, from, to }) => field === 'status' && categoryOf(from) !== categoryOf(to)),
    );
    return since === undefined ? this.#begin : Date.parse(since.created) + (this.#making.earlierMs ?? 0);
  }

  #sprints(...ids: readonly number[]): readonly unknown[] {
    const { board, deployment } = this.#making;
    if (deployment === 'cloud') return ids.map((id) => ({ id, name: `Sprint ${id}`, state: 'active', boardId: board }));
    const sprint = 'com.atlassian.greenhopper.service.sprint.Sprint';
    return ids.map((id) => `${sprint}@1f3c[id=${id},rapidViewId=${board},state=ACTIVE,name=Sprint ${id}]`);
  }

  #user(number: number): Json {
    const name = PEOPLE[number % PEOPLE.length] as string;
    const displayName = `${name[0]?.toUpperCase()}${name.slice(1)}`;
    const avatarUrls = { '48x48': `${SITE}/${Math.random()}.png` };
    if (this.#making.deployment === 'cloud')
      return { accountId: `5cedcb43:${name}`, accountType: 'atlassian', displayName, avatarUrls };
    return { name, key: `JIRAUSER${10_100 + (number % PEOPLE.length)}`, displayName, avatarUrls };
  }

  /** As Jira writes times: in a zone, without a colon. */
  #time(ms: number): string {
    return `${new Date(ms + 60 * MINUTE).toISOString().replace('Z', '')}+0100`;
  }
}

function categoryOf(id: unknown): string | undefined {
  return [todo, progress, review, done].find((status) => status[0] === id)?.[2];
}
