import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { identityKey, spanIdOf } from '../src/domain/identity.ts';
import { referenceKey } from '../src/domain/reference.ts';
import type { Attempt, StageSpan } from '../src/domain/span.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PROJECTS = 50;
/** One change is an issue, its pull request, three pipelines with a job each and one more, and a deployment. */
export const SPANS_A_CHANGE = 10;

interface Seeded {
  readonly kind: string;
  readonly id: string;
  readonly attempt: Omit<Attempt, 'key' | 'ordinal' | 'project' | 'team' | 'url' | 'anomalies' | 'mentions' | 'state'>;
  readonly stages: readonly StageSpan[];
}

/**
 * Fills a new store with spans as they would be had all of it been told: by plain inserts, without deliveries, and so in
 * minutes where telling ten millions would take hours. Deployments carry the commit of their change; a few of all fail.
 *
 * @param to The end of the two years in which all of it happens, in milliseconds since 1970.
 */
export async function seedSpans(dataDir: string, spans: number, to: number): Promise<void> {
  await openSqliteStore(dataDir).close();
  const database = new Sqlite(join(dataDir, 'valuestream.db'));
  database.pragma('synchronous = OFF');
  database.pragma('cache_size = -1048576');
  const later = setAside(database);
  const seeding = new Seeding(database, to);
  const changes = Math.ceil(spans / SPANS_A_CHANGE);
  const portion = database.transaction((from: number, until: number) => {
    for (let change = from; change < until; change += 1) seeding.change(change, changes);
  });
  for (let from = 0; from < changes; from += 5_000) {
    portion(from, Math.min(changes, from + 5_000));
    process.stderr.write(`\r${from * SPANS_A_CHANGE} of ${spans} spans`);
  }
  process.stderr.write('\r');
  for (const sql of later) database.exec(sql);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

/** Indexes that need not be kept while rows come in order; answers with how they are made again. */
function setAside(database: Database): string[] {
  const found = database
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND sql NOT LIKE '%UNIQUE%'`,
    )
    .all();
  for (const { name } of found) database.exec(`DROP INDEX ${name}`);
  return found.map(({ sql }) => sql);
}

class Seeding {
  readonly #to: number;
  readonly #sql;
  #id: number;
  #revision: number;

  constructor(database: Database, to: number) {
    this.#to = to;
    this.#id = database.prepare<[], number>('SELECT coalesce(max(id), 0) FROM identities').pluck().get() ?? 0;
    this.#revision = this.#id;
    this.#sql = {
      identity: database.prepare(
        'INSERT INTO identities (id, key, span_id, tail, revision, told_revision) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      span: database.prepare(
        `INSERT INTO spans (identity_id, ordinal, source, operation, project, team, environment, state, result, is_error,
           at, started_at, finished_at, title, attempt, known_revision, finished_revision)
         VALUES (?, 1, 'github', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      stage: database.prepare(
        `INSERT INTO stages (identity_id, ordinal, number, key, name, category, started_at, finished_at)
         VALUES (?, 1, ?, ?, ?, ?, ?, ?)`,
      ),
      link: database.prepare(
        `INSERT INTO links (identity_id, ordinal, kind, to_id, to_attempt, certainty, key, via, through, is_parent,
           precedence, is_dropped) VALUES (?, 1, ?, ?, NULL, 'certain', ?, 'field', NULL, ?, 1, 0)`,
      ),
      deployment: database.prepare(
        `INSERT INTO deployments (identity_id, ordinal, key, service, environment, is_production, finished_at, commit_sha,
           scope, base, is_rollback) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, 'known', 0)`,
      ),
      want: database.prepare(
        `INSERT INTO wanted (key, identity_id, ordinal, wanted_as, via, origin, rank, at)
         VALUES (?, ?, 1, 'carries', 'field', 'derived', 0, 0)`,
      ),
      delivery: database.prepare(
        `INSERT OR IGNORE INTO deliveries (id, source, instance, key, channel, received_at, authenticity, kind, outcome,
           events, headers, body_bytes) VALUES (1, 'github', '', 'seed', 'import', 0, 'unsigned', 'seed', 'accepted', 0,
           '{}', 0)`,
      ),
      observation: database.prepare(
        `INSERT INTO observations (identity_id, event_key, hash, delivery_id, occurred_at, received_at, event)
         VALUES (?, ?, x'00', 1, ?, ?, ?)`,
      ),
    };
    this.#sql.delivery.run();
  }

  /** The `number`th of so many changes, from its issue to its deployment. */
  change(number: number, of: number): void {
    const at = Math.floor(this.#to - 730 * DAY + (number / of) * 729 * DAY);
    const project = number % PROJECTS;
    const scope = `github:${4_000 + project}`;
    const sha = (what: string) => Buffer.from(`${what}${number}`).toString('hex').padEnd(40, '0').slice(0, 40);
    const isOpen = number > of - PROJECTS;
    const during = (from: number, hours: number) => ({
      startedAt: at + from * HOUR,
      finishedAt: isOpen ? null : at + Math.round((from + hours * (0.2 + ((number * 7919) % 100) / 50)) * HOUR),
    });
    const author = { author: `person-${number % 97}`, author_is_bot: number % 10 === 0 };
    const issueTimes = during(-30, 60);
    const issue = this.#span(project, {
      kind: 'issue',
      id: `${number}`,
      attempt: attemptOf('issue', issueTimes, 'done', {
        issue_type: number % 3 === 0 ? 'Bug' : 'Story',
        labels: [`area-${number % 7}`],
        ...author,
      }),
      stages: stagesOf(issueTimes, [
        ['To Do', 'waiting'],
        ['In Progress', 'active'],
      ]),
    });
    const pullTimes = during(0, 20);
    const pull = this.#span(project, {
      kind: 'pull_request',
      id: `${number}`,
      attempt: attemptOf('pull_request', pullTimes, number % 12 === 0 ? 'abandoned' : 'merged', {
        ...{ labels: [], head_branch: `change-${number}`, base_branch: 'main', fork: false, ...author },
        ...{ additions: (number * 31) % 900, deletions: (number * 17) % 400, changed_files: number % 20, commits: 2 },
      }),
      stages: stagesOf(pullTimes, [
        ['awaiting_review', 'waiting'],
        ['in_review', 'active'],
        ['approved', 'waiting'],
      ]),
    });
    this.#sql.link.run(pull, 'caused_by', issue, referenceKey({ type: 'issue', value: `${number}`, scope }), 1);
    for (let run = 0; run < 3; run += 1) {
      const runTimes = during(run, 0.5);
      const result = (number + run) % 9 === 0 ? 'failure' : 'success';
      const pipeline = this.#span(project, {
        kind: 'workflow_run',
        id: `${number}${run}`,
        attempt: attemptOf('pipeline', runTimes, result, {
          workflow: 'CI',
          head_branch: `change-${number}`,
          fork: false,
        }),
        stages: stagesOf(runTimes, [
          ['queued', 'waiting'],
          ['running', 'active'],
        ]),
      });
      this.#sql.link.run(pipeline, 'caused_by', pull, referenceKey({ type: 'commit', value: sha('a'), scope }), 1);
      this.#span(project, {
        kind: 'workflow_job',
        id: `${number}${run}`,
        attempt: attemptOf('build', runTimes, result, { job: 'test', workflow: 'CI' }),
        stages: stagesOf(runTimes, [['running', 'active']]),
      });
    }
    this.#span(project, {
      kind: 'check_run',
      id: `${number}`,
      attempt: attemptOf('build', during(3, 0.1), 'success', { job: 'lint' }),
      stages: [],
    });
    this.#told('commit', project, sha('m'), at + 20 * HOUR, {
      title: `Change ${number}`,
      facts: { message: `Change ${number} (#${number})`, paths: [] },
    });
    this.#told('push', project, `refs/heads/main@${sha('m')}`, at + 20 * HOUR, {
      facts: {
        ref: 'refs/heads/main',
        before: sha('b'),
        after: sha('m'),
        forced: false,
        truncated: false,
        commits: [sha('m')],
      },
    });
    this.#deployment({ number, project, scope, commit: sha('m'), pull, times: during(45, 0.3) });
  }

  #deployment({
    number,
    project,
    scope,
    commit,
    pull,
    times,
  }: {
    number: number;
    project: number;
    scope: string;
    commit: string;
    pull: number;
    times: { startedAt: number; finishedAt: number | null };
  }): void {
    const environment = number % 3 === 0 ? 'staging' : 'production';
    const isFailed = number % 13 === 0;
    const id = this.#span(project, {
      kind: 'deployment',
      id: `${number}`,
      attempt: {
        ...attemptOf('deploy', times, isFailed ? 'failure' : 'success', { environment, ref: 'main' }),
        tags: { ...TAGS, 'deployment.environment.name': environment, 'valuestream.environment.tier': environment },
      },
      stages: [],
    });
    if (isFailed || times.finishedAt === null) return;
    const isProduction = environment === 'production' ? 1 : 0;
    this.#sql.deployment.run(
      id,
      `seed-${number}`,
      nameOf(project),
      environment,
      isProduction,
      times.finishedAt,
      commit,
      scope,
    );
    const key = referenceKey({ type: 'commit', value: commit, scope });
    this.#sql.want.run(key, id);
    this.#sql.link.run(id, 'carries', pull, key, 0);
  }

  #span(project: number, { kind, id: own, attempt, stages }: Seeded): number {
    const id = this.#identity(kind, project, own, attempt, true);
    const whole = {
      key: `t:${attempt.startedAt}`,
      ordinal: 1,
      project: nameOf(project),
      team: `team-${project % 8}`,
      url: `https://github.com/${nameOf(project)}/${kind}/${own}`,
      state: attempt.finishedAt === null ? 'open' : 'finished',
      ...attempt,
      mentions: [],
      anomalies: [],
    };
    const { operation, result, isError, startedAt, finishedAt, title, tags } = attempt;
    this.#sql.span.run(
      id,
      operation,
      whole.project,
      whole.team,
      tags['deployment.environment.name'] ?? null,
      whole.state,
      result,
      isError ? 1 : 0,
      startedAt,
      startedAt,
      finishedAt,
      title,
      JSON.stringify(whole),
      this.#revision,
      finishedAt === null ? null : this.#revision,
    );
    stages.forEach((stage, index) => {
      this.#sql.stage.run(id, index + 1, stage.key, stage.name, stage.category, stage.startedAt, stage.finishedAt);
    });
    return id;
  }

  /** Of what is no span: what one delivery has told. */
  #told(kind: string, project: number, own: string, at: number, more: object): void {
    const id = this.#identity(kind, project, own, {}, false);
    const name = { scope: nameOf(project), id: own };
    const told = {
      name,
      key: kind,
      state: 'intermediary',
      operation: kind,
      occurredAt: at,
      precisionMs: 1000,
      channel: 'webhook',
      observedAt: at,
      ...more,
    };
    this.#sql.observation.run(id, kind, at, at, JSON.stringify(told));
  }

  #identity(kind: string, project: number, own: string, state: object, isSpan: boolean): number {
    this.#id += 1;
    this.#revision += 1;
    const identity = { source: 'github', instance: '', kind, scope: `github:${4_000 + project}`, id: own };
    this.#sql.identity.run(
      this.#id,
      identityKey(identity),
      spanIdOf(identity, { scope: nameOf(project), id: own }),
      JSON.stringify({
        latest: null,
        count: 1,
        number: null,
        current: state,
        pending: null,
        evidence: null,
        firstStart: null,
      }),
      isSpan ? this.#revision : 0,
      isSpan ? null : this.#revision,
    );
    return this.#id;
  }
}

const nameOf = (project: number) => `octo-org/project-${project}`;

const TAGS = {
  'vcs.owner.name': 'octo-org',
  'vcs.provider.name': 'github',
  'vcs.ref.base.name': 'main',
  'vcs.ref.head.revision': 'bf1c365741a4bfb5fee5c3150335ab4f867a4d9a',
  'vcs.repository.name': 'api',
  'vcs.repository.url.full': 'https://github.com/octo-org/api',
};

function attemptOf(
  operation: string,
  { startedAt, finishedAt }: { readonly startedAt: number; readonly finishedAt: number | null },
  result: NonNullable<Attempt['result']>,
  facts: Attempt['facts'],
): Seeded['attempt'] {
  return {
    operation,
    startedAt,
    finishedAt,
    result: finishedAt === null ? null : result,
    isError: finishedAt !== null && result === 'failure',
    title: `A ${operation} as people call theirs`,
    actor: 'ada',
    tags: TAGS,
    facts,
  };
}

/** Parts of one length, one after the other; of what is open the last one is the current one. */
function stagesOf(
  { startedAt, finishedAt }: { readonly startedAt: number; readonly finishedAt: number | null },
  names: readonly (readonly [string, NonNullable<StageSpan['category']>])[],
): StageSpan[] {
  const length = ((finishedAt ?? startedAt + HOUR) - startedAt) / names.length;
  return names.map(([name, category], index) => ({
    key: name,
    name,
    category,
    startedAt: Math.round(startedAt + index * length),
    finishedAt: finishedAt === null && index === names.length - 1 ? null : Math.round(startedAt + (index + 1) * length),
  }));
}
