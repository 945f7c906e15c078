/**
 * What the columns for measures cost: making them anew from a store that was seeded in bulk, three times, and following it
 * while it is told webhooks: the CPU time of the threads beside the one that ingests, against the same where nothing follows, in
 * alternating blocks of one run. (What ingesting itself takes differs more from block to block than all of following.)
 *
 * Run: node bench/measures-columns.ts [--spans 1000000] [--blocks 5] [--deliveries 18000] [--keep folder]
 */
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { append, type Entry } from '../src/ingest/append.ts';
import { Commits } from '../src/ingest/commits.ts';
import { startColumns } from '../src/measures/columns/follow.ts';
import { Ruling } from '../src/rules/ruling.ts';
import { rulesSchema } from '../src/rules/schema.ts';
import { findSource } from '../src/sources/registry.ts';
import type { Store } from '../src/store/contract.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { pullRequest, type Sent } from '../test/support/client.ts';
import { delivery } from '../test/support/events.ts';
import { inNewFolder, median } from './_measure.ts';
import { seedSpans } from './_seed.ts';

const { values: options } = parseArgs({
  options: {
    spans: { type: 'string', default: '1000000' },
    blocks: { type: 'string', default: '5' },
    deliveries: { type: 'string', default: '18000' },
    keep: { type: 'string' },
  },
});
const SPANS = Number(options.spans);
const BLOCKS = Number(options.blocks);
const DELIVERIES = Number(options.deliveries);
const settings = { memoryMb: 256, threads: 1 };
const NOW = Date.UTC(2026, 5, 30);
const GROUP = 16;
const WARM_UP = Math.ceil(DELIVERIES / 6) * 2;
/** Waits for what became of deployments as well. */
const OUTCOMES = { sql: 'SELECT 1 AS one', parameters: {}, isOfOutcomes: true };

const nothing = () => undefined;
const facts = { remaking: nothing, remade: nothing, recovered: nothing, reached: nothing, failing: console.error };

async function remake(dataDir: string): Promise<void> {
  rmSync(join(dataDir, 'measures.duckdb'), { force: true });
  let most = 0;
  const sampling = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  const { promise, resolve } = Promise.withResolvers<void>();
  const columns = startColumns({
    ...{ dataDir, settings, commits: new Commits(), now: Date.now },
    facts: { ...facts, remade: () => resolve() },
  });
  await promise;
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(sampling);
  await columns.close();
  const size = statSync(join(dataDir, 'measures.duckdb')).size;
  console.log(
    `${SPANS} spans: ${Math.round(SPANS / seconds)} spans/s, ${seconds.toFixed(1)} s, CPU ${((user + system) / 1e6).toFixed(1)} s; ` +
      `memory ${(most / 2 ** 20).toFixed(0)} MiB at most, file ${(size / 2 ** 20).toFixed(0)} MiB`,
  );
}

const ruling = new Ruling({ rules: rulesSchema.parse({}), teams: [] });

function entryOf({ key, body: text }: Sent): Entry {
  const body = Buffer.from(text);
  const headers = { 'x-github-event': 'pull_request' };
  const raw = {
    instance: '',
    headers,
    body,
    payload: JSON.parse(text),
    key,
    receivedAt: NOW,
    channel: 'webhook',
  } as const;
  const read = findSource('github')?.interpret(raw);
  if (read?.outcome !== 'accepted') throw new Error('an example is not accepted');
  return { delivery: delivery(key, { source: 'github', body }), events: read.events };
}

async function appendAll(store: Store, sent: readonly Sent[], commits: Commits): Promise<void> {
  for (let from = 0; from < sent.length; from += GROUP) {
    await append(store, sent.slice(from, from + GROUP).map(entryOf), ruling);
    commits.happened();
    // As in a server, where other threads are heard of between groups.
    await setImmediate();
  }
}

/**
 * Microseconds of CPU a delivery: appended in groups as fast as it goes, while columns follow or do not; after a third as many that
 * do not count, for a server runs for weeks, and a thread is slow in its first moments.
 */
async function block(dataDir: string, first: number, follows: boolean): Promise<Cost> {
  const store = openSqliteStore(dataDir);
  const commits = new Commits();
  const columns = follows ? startColumns({ ...{ dataDir, settings, commits, now: Date.now }, facts }) : null;
  const sent = Array.from({ length: DELIVERIES + WARM_UP }, (_, index) =>
    pullRequest(first + Math.floor(index / 2), index % 2 === 0 ? 'start' : 'end'),
  );
  await appendAll(store, sent.splice(0, WARM_UP), commits);
  await columns?.read([OUTCOMES], { fresh: true });
  const before = [process.cpuUsage(), process.threadCpuUsage()] as const;
  await appendAll(store, sent, commits);
  await columns?.read([OUTCOMES], { fresh: true });
  const [all, own] = [process.cpuUsage(before[0]), process.threadCpuUsage(before[1])];
  await columns?.close();
  await store.close();
  const total = (all.user + all.system) / DELIVERIES;
  return { total, beside: total - (own.user + own.system) / DELIVERIES };
}

/** Microseconds of CPU a delivery: of the whole process, and of its other threads than the one that ingests. */
interface Cost {
  readonly total: number;
  readonly beside: number;
}

async function follow(dataDir: string): Promise<void> {
  const costs: Record<'with' | 'without', Cost[]> = { with: [], without: [] };
  for (let round = -1; round < BLOCKS; round += 1) {
    const first = (round + 1) * (DELIVERIES + WARM_UP);
    const without = await block(dataDir, first, false);
    const following = await block(dataDir, first + (DELIVERIES + WARM_UP) / 2, true);
    if (round < 0) continue;
    costs.without.push(without);
    costs.with.push(following);
    console.log(`  without ${told(without)}, with ${told(following)}`);
  }
  const beside = (some: readonly Cost[]) => median(some.map((cost) => cost.beside));
  const total = median(costs.without.map((cost) => cost.total));
  const more = beside(costs.with) - beside(costs.without);
  console.log(
    `following ${SPANS} spans: ${total.toFixed(0)} µs of CPU a delivery without, ${more.toFixed(0)} µs more with it: ` +
      `${((more / total) * 100).toFixed(1)} % (medians of ${BLOCKS} blocks)`,
  );
}

const told = ({ total, beside }: Cost) => `${total.toFixed(0)} µs a delivery (${beside.toFixed(0)} beside)`;

async function run(dataDir: string): Promise<void> {
  if (!existsSync(join(dataDir, 'valuestream.db'))) await seedSpans(dataDir, SPANS, NOW);
  for (let time = 0; time < 3; time += 1) await remake(dataDir);
  await follow(dataDir);
}

if (options.keep === undefined) await inNewFolder(run);
else {
  mkdirSync(options.keep, { recursive: true });
  await run(options.keep);
}
