/**
 * What the dashboard's first screen costs: each of its queries by itself, and all of them at once, as a browser asks; through the
 * routes of the API, over columns in a file, which are read on a thread of their own. The durations also from a table of SQLite
 * with the same rows, in the same run.
 *
 * Run: node bench/measures.ts [--spans 1000000] [--rounds 40] [--keep folder]
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Commits } from '../src/ingest/commits.ts';
import type { Columns } from '../src/measures/columns/contract.ts';
import { startColumns } from '../src/measures/columns/follow.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { serveMeasures } from '../test/support/measures-server.ts';
import { inNewFolder } from './_measure.ts';
import { seedColumns } from './_seed-columns.ts';

const { values: options } = parseArgs({
  options: {
    spans: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '40' },
    keep: { type: 'string' },
  },
});
const SPANS = Number(options.spans);
const ROUNDS = Number(options.rounds);
const settings = { memoryMb: 256, threads: 2 };
const NOW = Date.UTC(2026, 5, 30, 12);
const WARM_UP = 3;

const day = (before: number) => new Date(NOW - before * 86_400_000).toISOString().slice(0, 10);

/** What the first screen asks. */
const screen: Readonly<Record<string, string>> = {
  dora: 'dora?per=week&compare=previous&most_groups=20&details=false',
  durations: 'durations?per=week&group_by=operation',
  oldest: 'items?measure=open&order=value&limit=10',
  'last deployments': `items?measure=change_fail_rate&tier=production&limit=20&from=${day(7)}`,
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
  for (const [name, { times, cpuMs }] of figures) {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1]?.toFixed(0);
    console.log(`| ${name} | ${at(0.5)} ms | ${at(0.95)} ms | ${(cpuMs / times.length).toFixed(0)} ms |`);
  }
  console.log(
    `the screen's answers: ${(size / 1024).toFixed(0)} KiB; memory ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
  );
  await app.close();
  await columns.close();
}

async function run(dataDir: string): Promise<void> {
  await seed(dataDir);
  await measure(dataDir);
}

if (options.keep === undefined) await inNewFolder(run);
else {
  mkdirSync(options.keep, { recursive: true });
  await run(options.keep);
}
