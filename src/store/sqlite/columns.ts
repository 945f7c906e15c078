import type { Database, Statement } from 'better-sqlite3';
import { mergeFacts } from '../../domain/history.ts';
import { type Identity, identityFromKey } from '../../domain/identity.ts';
import { referenceFromKey } from '../../domain/reference.ts';
import { VERDICT_FACT, verdictsOf } from '../../domain/verdict.ts';
import type {
  AttemptRow,
  CarriedRow,
  ColumnRows,
  ColumnsPortion,
  ColumnsRequest,
  CommitRow,
  DeploymentRow,
  LinkRow,
  PushedRow,
  StageRow,
  VerdictRow,
} from '../columns.ts';
import type { IdentityId, Revision } from '../contract.ts';
import { eventFromRow, Histories } from './history.ts';

/** Spans and what is told without being one are counted together, so that neither overtakes the other. */
export const LATEST_REVISION = `SELECT max(
  coalesce((SELECT max(revision) FROM identities WHERE revision > 0), 0),
  coalesce((SELECT max(told_revision) FROM identities WHERE told_revision IS NOT NULL), 0))`;

type Cell = string | number | null;
type Range = [after: Revision, through: Revision];

/** Of the identities whose revision lies in a range, in order; each table is read as a whole, for there are very many. */
const CHANGED = 'FROM identities i CROSS JOIN';
const IN_ORDER = 'WHERE i.revision > ? AND i.revision <= ? AND i.revision > 0 ORDER BY i.revision';

const CHANGES = `SELECT revision, id, 0 FROM identities WHERE revision > ? AND revision > 0
  UNION ALL SELECT told_revision, id, 1 FROM identities WHERE told_revision > ?
  ORDER BY 1 LIMIT ?`;
const ATTEMPTS = `SELECT s.identity_id, s.ordinal, i.span_id, i.key, s.attempt, s.operation = 'deploy'
  ${CHANGED} spans s ON s.identity_id = i.id ${IN_ORDER}, s.ordinal`;
const STAGES = `SELECT g.identity_id, g.ordinal, g.number, g.name, g.category, g.started_at, g.finished_at
  ${CHANGED} stages g ON g.identity_id = i.id ${IN_ORDER}, g.ordinal, g.number`;
const DEPLOYMENTS = `SELECT d.identity_id, d.ordinal, d.base, d.is_rollback
  FROM json_each(?) j CROSS JOIN deployments d ON d.identity_id = j.value ORDER BY j.key, d.ordinal`;
const CARRIED = `SELECT d.identity_id, d.ordinal, w.key
  FROM json_each(?) j CROSS JOIN deployments d ON d.identity_id = j.value
  JOIN wanted w ON w.identity_id = d.identity_id AND w.ordinal = d.ordinal AND w.wanted_as = 'carries'
    AND w.origin = 'derived'
  ORDER BY j.key, d.ordinal, w.key`;
const LINKS = `SELECT l.identity_id, l.ordinal, l.kind, l.to_id, l.to_attempt
  ${CHANGED} links l ON l.identity_id = i.id AND l.kind <> 'ambiguous' AND l.is_dropped = 0
  ${IN_ORDER}, l.ordinal, l.kind, l.to_id`;
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
  readonly #changes: Statement<[Revision, Revision, number], [Revision, IdentityId, isTold: number]>;
  readonly #attempts: Statement<Range, [...AttemptRow, isDeploy: number]>;
  readonly #stages: Statement<Range, Cell[]>;
  readonly #deployments: Statement<[string], Cell[]>;
  readonly #carried: Statement<[string], [IdentityId, number, string]>;
  readonly #links: Statement<Range, Cell[]>;
  readonly #observed: Statement<Range, ToldRow>;
  readonly #histories: Histories;

  constructor(database: Database) {
    const rows = (sql: string) => database.prepare<Range, Cell[]>(sql).raw();
    const rowsOf = (sql: string) => database.prepare<[string], Cell[]>(sql).raw();
    this.#latest = database.prepare<[], Revision>(LATEST_REVISION).pluck();
    this.#changes = database.prepare<[Revision, Revision, number], [Revision, IdentityId, number]>(CHANGES).raw();
    this.#attempts = database.prepare<Range, [...AttemptRow, isDeploy: number]>(ATTEMPTS).raw();
    this.#stages = rows(STAGES);
    this.#deployments = rowsOf(DEPLOYMENTS);
    this.#carried = database.prepare<[string], [IdentityId, number, string]>(CARRIED).raw();
    this.#links = rows(LINKS);
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
      rows: { ...this.#spanRows(range), ...this.#toldRows(range) },
    };
  }

  // The rows are what the statements above select, so that each is what its type says once it has been put right.
  #spanRows(range: Range): Omit<ColumnRows, 'commits' | 'pushed'> {
    const attempts = this.#attempts.all(...range);
    const deploys = JSON.stringify([...new Set(attempts.flatMap((row) => (row[5] === 1 ? [row[0]] : [])))]);
    // Few have been judged, so that what was said of them can be read one after the other.
    const isJudged = ([, , , , attempt, isDeploy]: [...AttemptRow, number]) =>
      isDeploy === 1 && attempt.includes(`"${VERDICT_FACT}`);
    const judged = [...new Set(attempts.filter(isJudged).map(([id]) => id))];
    return {
      attempts: attempts.map(asAttempt),
      stages: this.#stages.all(...range) as unknown as StageRow[],
      deployments: this.#deployments.all(deploys).map(asDeployment),
      carried: this.#carried.all(deploys).map(asCarried),
      links: this.#links.all(...range) as unknown as LinkRow[],
      verdicts: judged.flatMap((id) => this.#verdictsOn(id)),
    };
  }

  #verdictsOn(id: IdentityId): VerdictRow[] {
    const verdicts = verdictsOf(this.#histories.attemptsOf(id));
    return verdicts.map(
      ({ attempt, isFailure, isRework, author, reason }): VerdictRow => [
        id,
        attempt,
        isFailure,
        isRework,
        author,
        reason,
      ],
    );
  }

  #toldRows(range: Range): Pick<ColumnRows, 'commits' | 'pushed'> {
    const byIdentity = Map.groupBy(this.#observed.all(...range), ({ identity_id }) => identity_id);
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

/** Half of a character pair, which a sender may have cut a text off at: JSON can say that, and not everybody reads it. */
const HALF = '\\ud';

function asAttempt([identityId, ordinal, spanId, key, attempt]: [...AttemptRow, isDeploy: number]): AttemptRow {
  return [identityId, ordinal, spanId, key, attempt.includes(HALF) ? wellFormed(attempt) : attempt];
}

function wellFormed(json: string): string {
  return JSON.stringify(JSON.parse(json, (_name, value) => (typeof value === 'string' ? value.toWellFormed() : value)));
}

function asDeployment(row: Cell[]): DeploymentRow {
  const cells: unknown[] = row;
  cells[3] = row[3] === 1;
  return cells as unknown as DeploymentRow;
}

function asCarried([identityId, ordinal, key]: [IdentityId, number, string]): CarriedRow {
  return [identityId, ordinal, referenceFromKey(key).value];
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
