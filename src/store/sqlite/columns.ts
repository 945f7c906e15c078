import type { Database, Statement } from 'better-sqlite3';
import { mergeFacts } from '../../domain/history.ts';
import { type Identity, identityFromKey } from '../../domain/identity.ts';
import { referenceFromKey } from '../../domain/reference.ts';
import { VERDICT_FACT, verdictsOf } from '../../domain/verdict.ts';
import type {
  CarriedRow,
  ColumnRows,
  ColumnsPortion,
  ColumnsRequest,
  CommitRow,
  DeploymentRow,
  LinkRow,
  PullRequestRow,
  PushedRow,
  SpanRow,
  StageRow,
  VerdictRow,
} from '../columns.ts';
import type { IdentityId, Revision } from '../contract.ts';
import { eventFromRow, Histories } from './history.ts';
import { parseJson } from './json.ts';

/** Spans and what is told without being one are counted together, so that neither overtakes the other. */
export const LATEST_REVISION = `SELECT max(
  coalesce((SELECT max(revision) FROM identities WHERE revision > 0), 0),
  coalesce((SELECT max(told_revision) FROM identities WHERE told_revision IS NOT NULL), 0))`;

type Cell = string | number | null;
type Range = [after: Revision, through: Revision];

/** Of the identities whose revision lies in a range, in order; each table is read as a whole, for there are very many. */
const CHANGED = 'FROM identities i CROSS JOIN';
const IN_ORDER = 'WHERE i.revision > ? AND i.revision <= ? AND i.revision > 0 ORDER BY i.revision';

/** `->>` on one text again and again parses it once. */
const SPANS = `SELECT s.identity_id, s.ordinal, i.span_id, s.source, s.operation, s.project, s.team,
    s.attempt ->> '$.tags."service.name"', s.environment, s.attempt ->> '$.tags."valuestream.environment.tier"',
    s.state = 'open', s.result, s.is_error, s.started_at, s.finished_at, s.title, s.attempt ->> '$.facts.issue_type',
    s.attempt -> '$.facts.labels', coalesce(s.attempt ->> '$.facts.author', s.attempt ->> '$.actor'),
    coalesce(s.attempt ->> '$.tags."valuestream.author.is_bot"', s.attempt ->> '$.facts.author_is_bot')
  ${CHANGED} spans s ON s.identity_id = i.id ${IN_ORDER}, s.ordinal`;
const PULL_REQUESTS = `SELECT s.identity_id, s.ordinal, i.key, s.attempt ->> '$.facts.head_branch',
    s.attempt ->> '$.facts.fork', s.attempt ->> '$.facts.additions', s.attempt ->> '$.facts.deletions',
    s.attempt ->> '$.facts.changed_files', s.attempt ->> '$.facts.commits', s.attempt ->> '$.facts.comments'
  FROM json_each(?) j CROSS JOIN spans s ON s.identity_id = j.value AND s.operation = 'pull_request'
  JOIN identities i ON i.id = s.identity_id ORDER BY j.key, s.ordinal`;
const STAGES = `SELECT g.identity_id, g.ordinal, g.number, g.name, g.category, g.started_at, g.finished_at
  ${CHANGED} stages g ON g.identity_id = i.id ${IN_ORDER}, g.ordinal, g.number`;
const DEPLOYMENTS = `SELECT d.identity_id, d.ordinal, d.service, d.environment, d.is_production, d.finished_at, d.commit_sha,
    d.scope, d.base, d.is_rollback
  ${CHANGED} deployments d ON d.identity_id = i.id ${IN_ORDER}, d.ordinal`;
const CARRIED = `SELECT d.identity_id, d.ordinal, w.key
  ${CHANGED} deployments d ON d.identity_id = i.id
  JOIN wanted w ON w.identity_id = d.identity_id AND w.ordinal = d.ordinal AND w.wanted_as = 'carries'
    AND w.origin = 'derived'
  ${IN_ORDER}, d.ordinal, w.key`;
const LINKS = `SELECT l.identity_id, l.ordinal, l.kind, l.to_id, l.to_attempt, l.certainty, l.is_parent
  ${CHANGED} links l ON l.identity_id = i.id AND l.kind <> 'ambiguous' AND l.is_dropped = 0
  ${IN_ORDER}, l.ordinal, l.kind, l.to_id`;
/** Few have been judged, so that what was said of them can be read one after the other. */
const JUDGED = `SELECT DISTINCT s.identity_id
  ${CHANGED} spans s ON s.identity_id = i.id AND s.operation = 'deploy' AND instr(s.attempt, '"${VERDICT_FACT}') > 0
  WHERE i.revision > 0 AND i.revision > ? AND i.revision <= ?`;
const TOLD = `SELECT o.identity_id, i.key, o.received_at, o.event
  FROM identities i CROSS JOIN observations o ON o.identity_id = i.id
  WHERE i.told_revision > ? AND i.told_revision <= ? ORDER BY i.told_revision, o.id`;

interface ToldRow {
  readonly identity_id: IdentityId;
  readonly key: string;
  readonly received_at: number;
  readonly event: string;
}

/** Reads what a copy in columns is made of; part of a reader, inside of whose snapshot it is called. */
export class ColumnsOf {
  readonly #latest: Statement<[], Revision>;
  readonly #through: Statement<[Revision, number, Revision, number, number], Revision | null>;
  readonly #changed: Statement<Range, IdentityId>;
  readonly #changedTold: Statement<Range, IdentityId>;
  readonly #spans: Statement<Range, Cell[]>;
  readonly #pullRequests: Statement<[string], Cell[]>;
  readonly #stages: Statement<Range, Cell[]>;
  readonly #deployments: Statement<Range, Cell[]>;
  readonly #carried: Statement<Range, [IdentityId, number, string]>;
  readonly #links: Statement<Range, Cell[]>;
  readonly #judged: Statement<Range, IdentityId>;
  readonly #told: Statement<Range, ToldRow>;
  readonly #histories: Histories;

  constructor(database: Database) {
    const rows = (sql: string) => database.prepare<Range, Cell[]>(sql).raw();
    this.#latest = database.prepare<[], Revision>(LATEST_REVISION).pluck();
    this.#through = database
      .prepare<[Revision, number, Revision, number, number], Revision | null>(
        `SELECT max(at) FROM (SELECT at FROM (
           SELECT * FROM (SELECT revision AS at FROM identities WHERE revision > ? AND revision > 0 ORDER BY 1 LIMIT ?)
           UNION ALL
           SELECT * FROM (SELECT told_revision FROM identities WHERE told_revision > ? ORDER BY 1 LIMIT ?)
         ) ORDER BY at LIMIT ?)`,
      )
      .pluck();
    this.#changed = database.prepare<Range, IdentityId>(`SELECT i.id FROM identities i ${IN_ORDER}`).pluck();
    this.#changedTold = database
      .prepare<Range, IdentityId>('SELECT id FROM identities WHERE told_revision > ? AND told_revision <= ?')
      .pluck();
    this.#spans = rows(SPANS);
    this.#pullRequests = database.prepare<[string], Cell[]>(PULL_REQUESTS).raw();
    this.#stages = rows(STAGES);
    this.#deployments = rows(DEPLOYMENTS);
    this.#carried = database.prepare<Range, [IdentityId, number, string]>(CARRIED).raw();
    this.#links = rows(LINKS);
    this.#judged = database.prepare<Range, IdentityId>(JUDGED).pluck();
    this.#told = database.prepare(TOLD);
    this.#histories = new Histories(database);
  }

  latest(): Revision {
    return this.#latest.get() ?? 0;
  }

  portion({ after, limit }: ColumnsRequest): ColumnsPortion {
    const through = this.#through.get(after, limit, after, limit, limit) ?? after;
    const range: Range = [after, through];
    return {
      through,
      latest: this.latest(),
      spans: this.#changed.all(...range),
      told: this.#changedTold.all(...range),
      rows: { ...this.#spanRows(range), ...this.#toldRows(range) },
    };
  }

  // The rows are what the statements above select, so that each is what its type says once it has been put right.
  #spanRows(range: Range): Omit<ColumnRows, 'commits' | 'pushed'> {
    const spans = this.#spans.all(...range).map(asSpan);
    const pulls = spans.filter(([, , , , operation]) => operation === 'pull_request').map(([id]) => id);
    return {
      spans,
      stages: this.#stages.all(...range) as unknown as StageRow[],
      pull_requests: this.#pullRequests.all(JSON.stringify([...new Set(pulls)])).map(asPullRequest),
      deployments: this.#deployments.all(...range).map(asDeployment),
      carried: this.#carried.all(...range).map(asCarried),
      links: this.#links.all(...range).map(asLink),
      verdicts: this.#judged.all(...range).flatMap((id) => this.#verdictsOn(id)),
    };
  }

  #verdictsOn(id: IdentityId): VerdictRow[] {
    const verdicts = verdictsOf(this.#histories.attemptsOf(id));
    return verdicts.map(
      ({ attempt, isFailure, isRework, author, reason, saidAt }): VerdictRow => [
        id,
        attempt,
        isFailure,
        isRework,
        author,
        reason,
        saidAt,
      ],
    );
  }

  #toldRows(range: Range): Pick<ColumnRows, 'commits' | 'pushed'> {
    const byIdentity = Map.groupBy(this.#told.all(...range), ({ identity_id }) => identity_id);
    const commits: CommitRow[] = [];
    const pushed: PushedRow[] = [];
    for (const [id, told] of byIdentity) {
      const { kind } = identityFromKey(told[0]?.key ?? '');
      if (kind === 'commit') commits.push(commitOf(id, told));
      if (kind === 'push') pushed.push(...pushedBy(id, told));
    }
    return { commits, pushed };
  }
}

function asSpan(row: Cell[]): SpanRow {
  const cells: unknown[] = row;
  cells[SERVICE] ??= cells[PROJECT];
  cells[IS_OPEN] = cells[IS_OPEN] === 1;
  cells[IS_ERROR] = cells[IS_ERROR] === 1;
  cells[LABELS] = listOf(row[LABELS]);
  cells[IS_BOT] = flagOf(row[IS_BOT]);
  return cells as unknown as SpanRow;
}

const [PROJECT, SERVICE, IS_OPEN, IS_ERROR, LABELS, IS_BOT] = [5, 7, 10, 12, 17, 19] as const;
const NONE: readonly string[] = [];

function listOf(json: Cell | undefined): readonly string[] {
  return typeof json !== 'string' || json === '[]' || json === 'null' ? NONE : parseJson<string[]>(json);
}

function flagOf(value: Cell | undefined): boolean | null {
  return value === null || value === undefined ? null : value === 1;
}

function asPullRequest(row: Cell[]): PullRequestRow {
  const cells: unknown[] = row;
  cells[2] = scopeOf(identityFromKey(String(row[2])));
  cells[4] = flagOf(row[4]);
  return cells as unknown as PullRequestRow;
}

function asDeployment(row: Cell[]): DeploymentRow {
  const cells: unknown[] = row;
  cells[4] = row[4] === 1;
  cells[9] = row[9] === 1;
  return cells as unknown as DeploymentRow;
}

function asCarried([identityId, ordinal, key]: [IdentityId, number, string]): CarriedRow {
  const { scope, value } = referenceFromKey(key);
  return [identityId, ordinal, scope, value];
}

function asLink(row: Cell[]): LinkRow {
  const cells: unknown[] = row;
  cells[6] = row[6] === 1;
  return cells as unknown as LinkRow;
}

/** Where it happened, as the references of its source name the place: `github:4711`, `gitlab:own:30`. */
function scopeOf({ source, instance, scope }: Identity): string {
  return [source, ...(instance === '' ? [] : [instance]), scope].join(':');
}

function commitOf(id: IdentityId, told: readonly ToldRow[]): CommitRow {
  const facts = mergeFacts(told.map(eventFromRow));
  const identity = identityFromKey(told[0]?.key ?? '');
  const at = (key: string) => facts.find((fact) => fact.key === key)?.occurredAt ?? null;
  const message = facts.map((fact) => fact.facts?.message).find((text) => typeof text === 'string');
  return [id, scopeOf(identity), identity.id, at('authored'), at('committed'), message ?? null];
}

function pushedBy(id: IdentityId, told: readonly ToldRow[]): PushedRow[] {
  return mergeFacts(told.map(eventFromRow)).flatMap(({ identity, facts, occurredAt }) => {
    const { ref, commits } = facts ?? {};
    if (typeof ref !== 'string' || !Array.isArray(commits)) return [];
    return commits.map((commit: string): PushedRow => [id, scopeOf(identity), ref, commit, occurredAt]);
  });
}
