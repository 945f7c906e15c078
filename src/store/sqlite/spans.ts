import type { Database, Statement } from 'better-sqlite3';
import type { EpochMs } from '../../domain/event.ts';
import type { AttemptChange } from '../../domain/fold.ts';
import { identityFromKey } from '../../domain/identity.ts';
import { sameAttempts } from '../../domain/same-attempt.ts';
import { type Attempt, environmentOf, type FoldedAttempt, type StageSpan } from '../../domain/span.ts';
import type { FoldWrite, IdentityId, Revision, Transaction } from '../contract.ts';
import { LATEST_REVISION } from './columns.ts';
import type { SqliteExports } from './exports.ts';

/** Every statement of the writing side, prepared once for the connection. */
export class SpanStatements {
  readonly latestRevision: Statement<[], Revision>;
  readonly saveIdentity: Statement<[string, number, number], string>;
  readonly saveSpan: Statement<unknown[]>;
  readonly spansBefore: Statement<[number], SpanBefore>;
  readonly saveStage: Statement<unknown[]>;
  readonly dropSpans: Statement<[number]>;
  readonly dropStages: Statement<[number]>;

  constructor(database: Database) {
    this.latestRevision = database.prepare<[], Revision>(LATEST_REVISION).pluck();
    this.saveIdentity = database
      .prepare<[string, number, number], string>(
        'UPDATE identities SET tail = ?, revision = ? WHERE id = ? RETURNING key',
      )
      .pluck();
    this.saveSpan = database.prepare(
      `INSERT INTO spans (identity_id, source, ordinal, operation, project, team, environment, state, result, is_error, at,
         started_at, finished_at, title, attempt, known_revision, finished_revision)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (identity_id, ordinal) DO UPDATE SET operation = excluded.operation, project = excluded.project,
         team = excluded.team,
         environment = excluded.environment, state = excluded.state, result = excluded.result,
         is_error = excluded.is_error, at = excluded.at, started_at = excluded.started_at,
         finished_at = excluded.finished_at, title = excluded.title, attempt = excluded.attempt,
         finished_revision = iif(excluded.state = 'finished', coalesce(finished_revision, excluded.finished_revision), NULL)`,
    );
    this.spansBefore = database.prepare(
      `SELECT attempt ->> '$.key' AS key, finished_at AS finishedAt, known_revision, finished_revision FROM spans
       WHERE identity_id = ? ORDER BY ordinal`,
    );
    this.saveStage = database.prepare(
      `INSERT INTO stages (identity_id, ordinal, number, key, name, category, started_at, finished_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (identity_id, ordinal, number) DO UPDATE SET key = excluded.key, name = excluded.name,
         category = excluded.category, started_at = excluded.started_at, finished_at = excluded.finished_at`,
    );
    this.dropSpans = database.prepare('DELETE FROM spans WHERE identity_id = ?');
    this.dropStages = database.prepare('DELETE FROM stages WHERE identity_id = ?');
  }
}

/** Writes the spans and stages that identities are folded to; part of a transaction. */
export class SqliteSpans implements Pick<Transaction, 'saveFolds'> {
  readonly #sql: SpanStatements;
  readonly #exports: SqliteExports;

  constructor(statements: SpanStatements, exports: SqliteExports) {
    this.#sql = statements;
    this.#exports = exports;
  }

  async saveFolds(writes: readonly FoldWrite[]): Promise<void> {
    let revision = this.#sql.latestRevision.get() ?? 0;
    for (const write of writes) {
      revision += 1;
      this.#saveFold(write, revision);
    }
  }

  #saveFold(write: FoldWrite, revision: number): void {
    const { identityId } = write;
    const key = this.#sql.saveIdentity.get(JSON.stringify(write.tail), revision, identityId);
    if (key === undefined) throw new RangeError(`there is no identity ${identityId} to fold`);
    const changes = write.whole ? write.attempts.map(asChange) : write.changes;
    const before = write.whole ? this.#dropAttempts(identityId, write.attempts) : NOTHING_BEFORE;
    for (const { attempt, stagesFrom, stages } of changes) {
      this.#saveSpan(identityId, identityFromKey(key).source, { attempt, revision, before: before.get(attempt.key) });
      stages.forEach((stage, index) => {
        this.#saveStage(identityId, attempt.ordinal, stagesFrom + index + 1, stage);
      });
    }
    this.#exports.attemptsChanged(identityId, write.whole ? 'all' : 'some');
  }

  /** Makes room for other attempts; answers with what each of those was before, by its key. */
  #dropAttempts(identityId: IdentityId, attempts: readonly FoldedAttempt[]): ReadonlyMap<string, SpanBefore> {
    const before = sameAttempts(this.#sql.spansBefore.all(identityId), attempts);
    this.#sql.dropSpans.run(identityId);
    this.#sql.dropStages.run(identityId);
    return before;
  }

  #saveSpan(identityId: IdentityId, source: string, { attempt, revision, before }: SavedAttempt): void {
    const { startedAt, finishedAt } = attempt;
    this.#sql.saveSpan.run(
      identityId,
      source,
      attempt.ordinal,
      attempt.operation,
      attempt.project,
      attempt.team,
      environmentOf(attempt),
      attempt.state,
      attempt.result,
      attempt.isError ? 1 : 0,
      startedAt ?? finishedAt ?? 0,
      startedAt,
      finishedAt,
      attempt.title,
      JSON.stringify(attempt),
      before?.known_revision ?? revision,
      attempt.state === 'finished' ? (before?.finished_revision ?? revision) : null,
    );
  }

  #saveStage(identityId: IdentityId, ordinal: number, number: number, stage: StageSpan): void {
    const { key, name, category, startedAt, finishedAt } = stage;
    this.#sql.saveStage.run(identityId, ordinal, number, key, name, category, startedAt, finishedAt);
  }
}

interface SpanBefore {
  readonly key: string;
  readonly finishedAt: EpochMs | null;
  readonly known_revision: number;
  readonly finished_revision: number | null;
}

const NOTHING_BEFORE: ReadonlyMap<string, SpanBefore> = new Map();

interface SavedAttempt {
  readonly attempt: Attempt;
  readonly revision: number;
  /** What it was before, where it is written anew. */
  readonly before: SpanBefore | undefined;
}

function asChange({ stages, ...attempt }: FoldedAttempt): AttemptChange {
  return { attempt, stagesFrom: 0, stages };
}
