/**
 * What the dashboard's first screen costs: each of its queries by itself, and all of them at once, as a browser asks; through the
 * routes of the API, over columns in a file, which are read on a thread of their own. The durations also from a table of SQLite
 * with the same rows, in the same run.
 *
 * Run: node bench/measures.ts [--spans 1000000] [--days 30] [--rounds 40] [--keep folder]
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Sqlite, { type Database } from 'better-sqlite3';
import { Commits } from '../src/ingest/commits.ts';
import type { Columns } from '../src/measures/columns/contract.ts';
import { ColumnsDatabase } from '../src/measures/columns/database.ts';
import { startColumns } from '../src/measures/columns/follow.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { serveMeasures } from '../test/support/measures-server.ts';
import { inNewFolder } from './_measure.ts';
import { seedColumns } from './_seed-columns.ts';

const { values: options } = parseArgs({
  options: {
    spans: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '40' },
    threads: { type: 'string', default: '1' },
    keep: { type: 'string' },
  },
});
const SPANS = Number(options.spans);
const ROUNDS = Number(options.rounds);
const settings = { memoryMb: 256, threads: Number(options.threads) };
const NOW = Date.UTC(2026, 5, 30, 12);
const WARM_UP = 3;

const day = (before: number) => new Date(NOW - before * 86_400_000).toISOString().slice(0, 10);

/** Of how long the first screen tells; the dashboard opens with 30 days. */
const FROM = `from=${day(Number(options.days) - 1)}`;

/** What the first screen asks. */
const screen: Readonly<Record<string, string>> = {
  dora: `dora?${FROM}&per=week&compare=previous&most_groups=20&details=false`,
  durations: `durations?${FROM}&per=week&group_by=operation`,
  oldest: `items?${FROM}&measure=open&order=value&limit=10`,
  'last deployments': `items?${FROM}&measure=change_fail_rate&tier=production&limit=20`,
};
/** And what pages behind it ask. */
const others: Readonly<Record<string, string>> = {
  'dora with details, all services that fit': 'dora?per=week&compare=previous',
  'flow of a quarter': 'flow?per=week',
  'pull requests of a quarter': 'pull-requests?per=week',
};

interface Figures {
  readonly times: number[];
  cpuMs: number;
}

const nothing = () => undefined;
const facts = {
  remaking: console.error,
  remade: nothing,
  recovered: nothing,
  reached: nothing,
  failing: console.error,
};

async function openColumns(dataDir: string): Promise<Columns> {
  const columns = startColumns({ ...{ dataDir, settings, commits: new Commits(), now: () => NOW }, facts });
  await columns.read([], { fresh: true });
  return columns;
}

async function seed(dataDir: string): Promise<void> {
  const path = join(dataDir, 'measures.duckdb');
  if (existsSync(path)) return;
  await openSqliteStore(dataDir).close();
  const reader = openSqliteReader(dataDir);
  const storeId = await reader.storeId();
  await reader.close();
  const began = performance.now();
  await seedColumns(path, { spans: SPANS, to: NOW, storeId, settings: { ...settings, memoryMb: 2_048 } });
  const seconds = (performance.now() - began) / 1_000;
  console.log(`${SPANS} spans seeded in ${seconds.toFixed(0)} s, ${(statSync(path).size / 2 ** 20).toFixed(0)} MiB`);
}

async function timed(work: () => Promise<void>, { times, ...figures }: Figures): Promise<Figures> {
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  await work();
  times.push(performance.now() - began);
  const { user, system } = process.cpuUsage(cpu);
  return { times, cpuMs: figures.cpuMs + (user + system) / 1_000 };
}

function tell(name: string, { times, cpuMs }: Figures): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1]?.toFixed(0);
  console.log(`| ${name} | ${at(0.5)} ms | ${at(0.95)} ms | ${(cpuMs / times.length).toFixed(0)} ms |`);
}

async function measure(dataDir: string): Promise<void> {
  const columns = await openColumns(dataDir);
  const app = await serveMeasures(columns, () => NOW);
  let size = 0;
  const get = async (path: string) => {
    const answer = await app.inject({ method: 'GET', url: `/api/v1/measures/${path}` });
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`);
    size += answer.body.length;
  };
  const whole = async () => {
    await Promise.all(Object.values(screen).map(get));
  };
  const work: Record<string, () => Promise<void>> = {
    'the whole screen': whole,
    ...Object.fromEntries(Object.entries({ ...screen, ...others }).map(([name, path]) => [name, () => get(path)])),
  };
  const figures = new Map(Object.keys(work).map((name) => [name, { times: [], cpuMs: 0 } as Figures]));
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const [name, doing] of Object.entries(work)) {
      const before = figures.get(name) ?? { times: [], cpuMs: 0 };
      const after = await timed(doing, before);
      figures.set(name, round < 0 ? { times: [], cpuMs: 0 } : after);
    }
  }
  size = 0;
  await whole();
  console.log(`| ${SPANS} spans | p50 | p95 | CPU |\n|---|---|---|---|`);
  for (const [name, of] of figures) tell(name, of);
  console.error(
    `the screen's answers: ${(size / 1024).toFixed(0)} KiB; memory ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
  );
  await app.close();
  await columns.close();
}

/** The same spans as rows of SQLite, with the columns that durations are read from and the indexes that help them most. */
async function fillSqlite(dataDir: string): Promise<Database> {
  const path = join(dataDir, 'rows.db');
  const isNew = !existsSync(path);
  const database = new Sqlite(path);
  if (!isNew) return database;
  database.pragma('synchronous = OFF');
  database.pragma('journal_mode = OFF');
  database.exec(
    'CREATE TABLE spans (operation TEXT, is_open INT, result TEXT, is_error INT, started_at INT, finished_at INT)',
  );
  const insert = database.prepare('INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?)');
  const columns = await ColumnsDatabase.open(join(dataDir, 'measures.duckdb'), settings);
  for (let from = 0; from < SPANS; from += 100_000) {
    const sql = `SELECT operation, is_open::INTEGER AS is_open, result, is_error::INTEGER AS is_error, started_at, finished_at
      FROM spans WHERE identity_id >= $from AND identity_id < $to`;
    const [rows = []] = await columns.read([{ sql, parameters: { from, to: from + 100_000 } }]);
    database.transaction(() => {
      for (const row of rows) insert.run(...Object.values(row));
    })();
  }
  columns.close();
  database.exec(`
    CREATE INDEX ended ON spans (finished_at, operation, started_at, result, is_error);
    CREATE INDEX begun ON spans (started_at, operation);
    CREATE INDEX open ON spans (operation, started_at) WHERE is_open;
    ANALYZE`);
  return database;
}

const WEEK = 'CAST((finished_at - 345600000) / 604800000 AS INT)';
/** As `durations` above: by operation, the whole window and each week; what SQLite has no word for is left out, the histogram. */
const ofSqlite = [false, true].map((isWeekly) => {
  const group = isWeekly ? `operation, ${WEEK}` : 'operation';
  return `
SELECT operation, count(*), avg(ms), min(ms), max(ms), sum(is_error), sum(is_error OR result IN ('success', 'merged', 'done')),
  ${[0.5, 0.75, 0.85, 0.9, 0.95, 0.99].map((part) => `max(ms) FILTER (WHERE place = 1 + CAST(${part} * (n - 1) AS INT))`).join(', ')}
FROM (
  SELECT operation, ${isWeekly ? WEEK : '0'} AS week, is_error, result, finished_at - started_at AS ms,
    row_number() OVER (PARTITION BY ${group} ORDER BY finished_at - started_at) AS place,
    count(*) OVER (PARTITION BY ${group}) AS n
  FROM spans WHERE finished_at >= @from AND finished_at < @to
)
GROUP BY operation, week`;
});
const countsOfSqlite = [
  'SELECT operation, count(*) FROM spans WHERE started_at >= @from AND started_at < @to GROUP BY operation',
  'SELECT operation, count(*), min(started_at) FROM spans WHERE is_open GROUP BY operation',
];

async function compare(dataDir: string): Promise<void> {
  const database = await fillSqlite(dataDir);
  const queries = [...ofSqlite, ...countsOfSqlite].map((sql) => database.prepare(sql));
  const window = { from: Date.parse(`${day(Number(options.days) - 1)}T00:00:00Z`), to: NOW };
  const figures: Figures = { times: [], cpuMs: 0 };
  let { cpuMs } = figures;
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const work = async () => {
      for (const query of queries) query.all(query.source.includes('@from') ? window : {});
    };
    const after = await timed(work, { times: round < 0 ? [] : figures.times, cpuMs });
    if (round >= 0) cpuMs = after.cpuMs;
  }
  database.close();
  tell('durations, from SQLite', { ...figures, cpuMs });
}

async function run(dataDir: string): Promise<void> {
  await seed(dataDir);
  await measure(dataDir);
  await compare(dataDir);
}

if (options.keep === undefined) await inNewFolder(run);
else {
  mkdirSync(options.keep, { recursive: true });
  await run(options.keep);
}
