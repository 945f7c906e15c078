import type { Database, Statement } from 'better-sqlite3';
import { mergeFacts } from '../../domain/history.ts';
import { type Identity, identityFromKey } from '../../domain/identity.ts';
import { referenceFromKey } from '../../domain/reference.ts';
import { VERDICT_FACT, verdictsOf } from '../../domain/verdict.ts';
import {
  BETWEEN_DETAILS,
  type ColumnRows,
  type ColumnsPortion,
  type ColumnsRequest,
  type ListedRows,
  type ListedTable,
  type ListsOf,
} from '../columns.ts';
import type { IdentityId, Revision } from '../contract.ts';
import { eventFromRow, Histories } from './history.ts';

/** Spans and what is told without being one are counted together, so that neither overtakes the other. */
export const LATEST_REVISION = `SELECT max(
  coalesce((SELECT max(revision) FROM identities WHERE revision > 0), 0),
  coalesce((SELECT max(told_revision) FROM identities WHERE told_revision IS NOT NULL), 0))`;

type Range = [after: Revision, through: Revision];

/** Of the identities whose revision lies in a range; each table is read as a whole, for there are very many. */
const CHANGED = 'FROM identities i CROSS JOIN';
const IN_RANGE = 'WHERE i.revision > ? AND i.revision <= ? AND i.revision > 0';

const CHANGES = `SELECT revision, id, 0 FROM identities WHERE revision > ? AND revision > 0
  UNION ALL SELECT told_revision, id, 1 FROM identities WHERE told_revision > ?
  ORDER BY 1 LIMIT ?`;
const IS_PULL = "s.operation = 'pull_request'";
const ATTEMPTS = `SELECT
    ${listsOf<'attempts'>({ identity_id: 'i.id', ordinal: 's.ordinal', span_id: 'i.span_id', source: 's.source' })} AS attempts,
    group_concat(s.attempt, '${BETWEEN_DETAILS}') AS details,
    iif(count(*) FILTER (WHERE ${IS_PULL}) > 0, ${listsOf<'pull_requests'>(
      { identity_id: 'i.id', ordinal: 's.ordinal', key: 'i.key', details: 's.attempt' },
      IS_PULL,
    )}, NULL) AS pull_requests,
    json_group_array(DISTINCT i.id) FILTER (WHERE s.operation = 'deploy') AS deploys,
    json_group_array(DISTINCT i.id) FILTER (WHERE s.operation = 'deploy' AND instr(s.attempt, '"${VERDICT_FACT}')) AS judged
  ${CHANGED} spans s ON s.identity_id = i.id ${IN_RANGE} HAVING count(*) > 0`;
const STAGES = `SELECT ${listsOf<'stages'>({
  ...{ identity_id: 'g.identity_id', ordinal: 'g.ordinal', number: 'g.number', name: 'g.name', category: 'g.category' },
  ...{ started_at: 'g.started_at', finished_at: 'g.finished_at' },
})} ${CHANGED} stages g ON g.identity_id = i.id ${IN_RANGE} HAVING count(*) > 0`;
const LINKS = `SELECT ${listsOf<'links'>({
  ...{ identity_id: 'l.identity_id', ordinal: 'l.ordinal', kind: 'l.kind' },
  ...{ to_id: 'l.to_id', to_attempt: 'l.to_attempt' },
})} ${CHANGED} links l ON l.identity_id = i.id AND l.kind <> 'ambiguous' AND l.is_dropped = 0 ${IN_RANGE} HAVING count(*) > 0`;
const DEPLOYMENTS = `SELECT d.identity_id, d.ordinal, d.base, d.is_rollback
  FROM json_each(?) j CROSS JOIN deployments d ON d.identity_id = j.value ORDER BY j.key, d.ordinal`;
const CARRIED = `SELECT d.identity_id, d.ordinal, w.key
  FROM json_each(?) j CROSS JOIN deployments d ON d.identity_id = j.value
  JOIN wanted w ON w.identity_id = d.identity_id AND w.ordinal = d.ordinal AND w.wanted_as = 'carries'
    AND w.origin = 'derived'
  ORDER BY j.key, d.ordinal, w.key`;
const TOLD = `SELECT o.identity_id, i.key, o.received_at, o.event
  FROM identities i CROSS JOIN observations o ON o.identity_id = i.id
  WHERE i.told_revision > ? AND i.told_revision <= ? ORDER BY i.told_revision, o.id`;

/** An expression for rows as {@link ListsOf}, or for some of them: SQLite writes a text sooner than it hands over each value. */
function listsOf<T extends ListedTable>(values: Readonly<Record<keyof ListedRows[T], string>>, which = 'TRUE'): string {
  const members = Object.entries(values).map(
    ([column, value]) => `'"${column}":' || json_group_array(${value}) FILTER (WHERE ${which})`,
  );
  return `'{' || ${members.join(" || ',' || ")} || '}'`;
}

interface AttemptsRow {
  readonly attempts: ListsOf<'attempts'>;
  readonly details: string;
  readonly pull_requests: ListsOf<'pull_requests'> | null;
  /** Identities, as JSON. */
  readonly deploys: string;
  /** Those of them of which a person has said something, which are few. */
  readonly judged: string;
}

type DeploymentRow = Omit<ListedRows['deployments'], 'is_rollback'> & { readonly is_rollback: number };
type CarriedRow = Omit<ListedRows['carried'], 'commit_sha'> & { readonly key: string };

interface ToldRow {
  readonly identity_id: IdentityId;
  readonly key: string;
  readonly received_at: number;
  readonly event: string;
}

/** Reads what a copy in columns is made of; part of a reader, inside of whose snapshot it is called. */
export class ColumnsOf {
  readonly #latest: Statement<[], Revision>;
  readonly #changes: Statement<[Revision, Revision, number], [Revision, IdentityId, isTold: number]>;
  readonly #attempts: Statement<Range, AttemptsRow>;
  readonly #stages: Statement<Range, ListsOf<'stages'>>;
  readonly #links: Statement<Range, ListsOf<'links'>>;
  readonly #deployments: Statement<[string], DeploymentRow>;
  readonly #carried: Statement<[string], CarriedRow>;
  readonly #observed: Statement<Range, ToldRow>;
  readonly #histories: Histories;

  constructor(database: Database) {
    this.#latest = database.prepare<[], Revision>(LATEST_REVISION).pluck();
    this.#changes = database.prepare<[Revision, Revision, number], [Revision, IdentityId, number]>(CHANGES).raw();
    this.#attempts = database.prepare(ATTEMPTS);
    this.#stages = database.prepare<Range, ListsOf<'stages'>>(STAGES).pluck();
    this.#links = database.prepare<Range, ListsOf<'links'>>(LINKS).pluck();
    this.#deployments = database.prepare(DEPLOYMENTS);
    this.#carried = database.prepare(CARRIED);
    this.#observed = database.prepare(TOLD);
    this.#histories = new Histories(database);
  }

  latest(): Revision {
    return this.#latest.get() ?? 0;
  }

  portion({ after, limit }: ColumnsRequest): ColumnsPortion {
    const changes = this.#changes.all(after, after, limit);
    const through = changes.at(-1)?.[0] ?? after;
    const range: Range = [after, through];
    return {
      through,
      latest: this.latest(),
      spans: changes.flatMap(([, id, isTold]) => (isTold === 0 ? [id] : [])),
      told: changes.flatMap(([, id, isTold]) => (isTold === 1 ? [id] : [])),
      rows: this.#rows(range),
    };
  }

  #rows(range: Range): ColumnRows {
    return {
      ...this.#attemptRows(range),
      ...present('stages', this.#stages.get(...range)),
      ...present('links', this.#links.get(...range)),
      ...this.#toldRows(range),
    };
  }

  #attemptRows(range: Range): ColumnRows {
    const rows = this.#attempts.get(...range);
    if (rows === undefined) return {};
    const { attempts, details, pull_requests: pulls, deploys, judged } = rows;
    const verdicts = (JSON.parse(judged) as IdentityId[]).flatMap((id) => this.#verdictsOn(id));
    return {
      attempts,
      details: wellFormedEach(details),
      ...present('pull_requests', pulls === null ? undefined : wellFormedPulls(pulls)),
      ...listed('deployments', this.#deployments.all(deploys).map(asDeployment)),
      ...listed('carried', this.#carried.all(deploys).map(asCarried)),
      ...listed('verdicts', verdicts),
    };
  }

  #verdictsOn(id: IdentityId): ListedRows['verdicts'][] {
    const verdicts = verdictsOf(this.#histories.attemptsOf(id));
    return verdicts.map(({ attempt, isFailure, isRework, author, reason }) => ({
      ...{ identity_id: id, ordinal: attempt, author, reason },
      ...{ is_failure: isFailure, is_rework: isRework },
    }));
  }

  #toldRows(range: Range): ColumnRows {
    const byIdentity = Map.groupBy(this.#observed.all(...range), ({ identity_id }) => identity_id);
    const commits: ListedRows['commits'][] = [];
    const pushed: ListedRows['pushed'][] = [];
    for (const [id, told] of byIdentity) {
      const { kind } = identityFromKey(told[0]?.key ?? '');
      if (kind === 'commit') commits.push(commitOf(id, told));
      if (kind === 'push') pushed.push(...pushedBy(id, told));
    }
    return { ...listed('commits', commits), ...listed('pushed', pushed) };
  }
}

function listed<T extends ListedTable>(table: T, rows: readonly ListedRows[T][]): ColumnRows {
  const [first] = rows;
  if (first === undefined) return {};
  const columns = Object.keys(first) as (keyof ListedRows[T])[];
  const lists = columns.map((column) => [column, rows.map((row) => row[column])]);
  return present(table, wellFormed(JSON.stringify(Object.fromEntries(lists))));
}

function present<T extends ListedTable>(table: T, lists: ListsOf<T> | undefined): ColumnRows {
  return lists === undefined ? {} : { [table]: lists };
}

/** Half of a character pair, which a sender may have cut a text off at: JSON can say that, and not everybody reads it. */
const HALF = '\\ud';

function wellFormed(json: string): string {
  if (!json.includes(HALF)) return json;
  return JSON.stringify(JSON.parse(json, (_name, value) => (typeof value === 'string' ? value.toWellFormed() : value)));
}

function wellFormedEach(details: string): string {
  return details.includes(HALF) ? details.split(BETWEEN_DETAILS).map(wellFormed).join(BETWEEN_DETAILS) : details;
}

function wellFormedPulls(pulls: ListsOf<'pull_requests'>): ListsOf<'pull_requests'> {
  if (!pulls.includes(HALF)) return pulls;
  const lists: { readonly details: readonly string[] } = JSON.parse(pulls);
  return JSON.stringify({ ...lists, details: lists.details.map(wellFormed) });
}

function asDeployment(row: DeploymentRow): ListedRows['deployments'] {
  return { ...row, is_rollback: row.is_rollback === 1 };
}

function asCarried({ key, ...row }: CarriedRow): ListedRows['carried'] {
  return { ...row, commit_sha: referenceFromKey(key).value };
}

/** Where it happened, as the references of its source name the place: `github:4711`, `gitlab:own:30`. */
function scopeOf({ source, instance, scope }: Identity): string {
  return [source, ...(instance === '' ? [] : [instance]), scope].join(':');
}

function commitOf(id: IdentityId, told: readonly ToldRow[]): ListedRows['commits'] {
  const facts = mergeFacts(told.map(eventFromRow));
  const identity = identityFromKey(told[0]?.key ?? '');
  const at = (key: string) => facts.find((fact) => fact.key === key)?.occurredAt ?? null;
  const message = facts.map((fact) => fact.facts?.message).find((text) => typeof text === 'string') ?? null;
  return {
    ...{ identity_id: id, scope: scopeOf(identity), commit_sha: identity.id, message },
    ...{ authored_at: at('authored'), committed_at: at('committed') },
  };
}

function pushedBy(id: IdentityId, told: readonly ToldRow[]): ListedRows['pushed'][] {
  return mergeFacts(told.map(eventFromRow)).flatMap(({ identity, facts, occurredAt }) => {
    const { ref, commits } = facts ?? {};
    if (typeof ref !== 'string' || !Array.isArray(commits)) return [];
    const push = { identity_id: id, scope: scopeOf(identity), ref, pushed_at: occurredAt };
    return commits.map((commit: string) => ({ ...push, commit_sha: commit }));
  });
}
