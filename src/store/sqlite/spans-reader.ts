import { identityFromKey } from '../../domain/identity.ts';
import type { Attempt } from '../../domain/span.ts';
import type {
  Change,
  ChangedAttempt,
  Page,
  PageRequest,
  Revision,
  SpanDetail,
  SpanFilter,
  StoredSpan,
  StoredStage,
} from '../contract.ts';
import type { LinkedAttempt } from '../traces.ts';
import { type Histories, type StageRow, stageFromRow } from './history.ts';
import { parseJson } from './json.ts';
import { paged, type Queries, Where } from './query.ts';
import type { Traces } from './traces.ts';

interface SpanRow {
  readonly id: number;
  readonly identity_id: number;
  readonly ordinal: number;
  readonly at: number;
  readonly source: string;
  readonly span_id: string;
  readonly attempt: string;
}

interface NumberedStageRow extends StageRow {
  readonly id: number;
  readonly number: number;
}

interface IdentityRow {
  readonly id: number;
  readonly key: string;
  readonly span_id: string;
  readonly revision: number;
}

/** What has a cause that counts is a part of another's trace. */
const IS_ROOT = `NOT EXISTS (SELECT 1 FROM links p WHERE p.identity_id = s.identity_id AND p.ordinal = s.ordinal
  AND p.kind = 'caused_by' AND p.is_parent = 1 AND p.is_dropped = 0)`;

const SPAN_COLUMNS = 's.id, s.identity_id, s.ordinal, s.at, s.source, i.span_id, s.attempt';

/** Reads spans, their stages and how they change; part of a reader, inside of whose snapshot it is called. */
export class Spans {
  readonly #queries: Queries;
  readonly #histories: Histories;
  readonly #traces: Traces;

  constructor(queries: Queries, histories: Histories, traces: Traces) {
    this.#queries = queries;
    this.#histories = histories;
    this.#traces = traces;
  }

  list(filter: SpanFilter, page: PageRequest): Page<StoredSpan> {
    return this.#list(spanWhere(filter), filter, page);
  }

  listRoots(filter: SpanFilter, page: PageRequest): Page<StoredSpan> {
    const where = spanWhere(filter);
    where.is(IS_ROOT);
    return this.#list(where, filter, page);
  }

  #list(where: Where, filter: SpanFilter, page: PageRequest): Page<StoredSpan> {
    where.and('s.operation = ?', filter.operation);
    where.before('s.at', 's.id', page.cursor);
    const rows = this.#queries.all<SpanRow>(
      `SELECT ${SPAN_COLUMNS} FROM spans s JOIN identities i ON i.id = s.identity_id ${where.sql}
         ORDER BY s.at DESC, s.id DESC LIMIT ?`,
      ...where.values,
      page.limit + 1,
    );
    return paged(
      rows,
      page.limit,
      (row) => this.#span(row),
      (row) => [row.at, row.id],
    );
  }

  listStages(filter: SpanFilter, page: PageRequest): Page<StoredStage> {
    const where = spanWhere(filter, 'g.started_at');
    where.before('g.started_at', 'g.id', page.cursor);
    const rows = this.#queries.all<SpanRow & NumberedStageRow>(
      `SELECT s.identity_id, s.ordinal, s.at, s.source, i.span_id, s.attempt, g.id, g.number, g.key,
         g.name, g.category, g.started_at, g.finished_at
       FROM stages g
       JOIN spans s ON s.identity_id = g.identity_id AND s.ordinal = g.ordinal
       JOIN identities i ON i.id = s.identity_id ${where.sql}
       ORDER BY g.started_at DESC, g.id DESC LIMIT ?`,
      ...where.values,
      page.limit + 1,
    );
    const read = (row: (typeof rows)[number]): StoredStage => ({
      span: this.#span(row),
      number: row.number,
      stage: stageFromRow(row),
    });
    return paged(rows, page.limit, read, (row) => [row.started_at, row.id]);
  }

  find(spanId: string): SpanDetail | null {
    const [identity] = this.#queries.all<IdentityRow>('SELECT * FROM identities WHERE span_id = ?', spanId);
    if (identity === undefined) return null;
    const names = this.#queries.all<{ name: string; valid_from: number }>(
      'SELECT name, valid_from FROM names WHERE identity_id = ? ORDER BY valid_from, name',
      identity.id,
    );
    return {
      spanId: identity.span_id,
      source: identityFromKey(identity.key).source,
      revision: identity.revision,
      names: names.map(({ name, valid_from }) => ({ name, validFrom: valid_from })),
      attempts: this.#linked(identity.id),
    };
  }

  changesAfter(revision: Revision, limit: number): readonly Change[] {
    const rows = this.#queries.all<IdentityRow>(
      'SELECT * FROM identities WHERE revision > ? AND revision > 0 ORDER BY revision LIMIT ?',
      revision,
      limit,
    );
    return rows.map((row) => ({
      revision: row.revision,
      spanId: row.span_id,
      source: identityFromKey(row.key).source,
      attempts: this.#changed(row.id),
    }));
  }

  latestRevision(): Revision {
    const [row] = this.#queries.all<{ latest: number | null }>(
      'SELECT max(revision) AS latest FROM identities WHERE revision > 0',
    );
    return row?.latest ?? 0;
  }

  #span(row: SpanRow): StoredSpan {
    const stages = this.#histories.stagesOf(row.identity_id, row.ordinal);
    const attempt = parseJson<Attempt>(row.attempt);
    const place = this.#traces.placeOf(row.identity_id, row.ordinal);
    return { spanId: row.span_id, source: row.source, attempt, stages, place };
  }

  #linked(identityId: number): LinkedAttempt[] {
    return this.#histories
      .attemptsOf(identityId)
      .map((attempt) => ({ ...attempt, place: this.#traces.placeOf(identityId, attempt.ordinal) }));
  }

  #changed(identityId: number): ChangedAttempt[] {
    const since = this.#queries.all<{ known_revision: number; finished_revision: number | null }>(
      'SELECT known_revision, finished_revision FROM spans WHERE identity_id = ? ORDER BY ordinal',
      identityId,
    );
    return this.#linked(identityId).map((attempt, index) => ({
      ...attempt,
      since: { known: since[index]?.known_revision ?? 0, finished: since[index]?.finished_revision ?? null },
    }));
  }
}

function spanWhere(filter: SpanFilter, time = 's.at'): Where {
  const where = new Where();
  where.and('s.source = ?', filter.source);
  where.and('s.project = ?', filter.project);
  where.and('s.team = ?', filter.team);
  where.and('s.environment = ?', filter.environment);
  where.and('s.state = ?', filter.state);
  where.and('s.is_error = ?', filter.isError === undefined ? undefined : Number(filter.isError));
  where.and('s.result = ?', filter.result);
  where.and(`${time} >= ?`, filter.from);
  where.and(`${time} < ?`, filter.to);
  where.and('(instr(lower(s.title), lower(?1)) > 0 OR instr(lower(i.span_id), lower(?1)) > 0)', filter.q);
  return where;
}
