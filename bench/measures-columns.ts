/**
 * What the columns for measures cost: making them anew from a store that was seeded in bulk, and following it while it is
 * told webhooks, as CPU time against the same server that does not follow, in alternating blocks of one run.
 *
 * Run: node bench/measures-columns.ts [--spans 1000000] [--blocks 7] [--deliveries 6000] [--keep folder]
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
    blocks: { type: 'string', default: '7' },
    deliveries: { type: 'string', default: '6000' },
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
async function block(dataDir: string, first: number, follows: boolean): Promise<number> {
  const store = openSqliteStore(dataDir);
  const commits = new Commits();
  const columns = follows ? startColumns({ ...{ dataDir, settings, commits, now: Date.now }, facts }) : null;
  const sent = Array.from({ length: DELIVERIES + WARM_UP }, (_, index) =>
    pullRequest(first + Math.floor(index / 2), index % 2 === 0 ? 'start' : 'end'),
  );
  await appendAll(store, sent.splice(0, WARM_UP), commits);
  await columns?.read([OUTCOMES], { fresh: true });
  const before = process.cpuUsage();
  await appendAll(store, sent, commits);
  await columns?.read([OUTCOMES], { fresh: true });
  const { user, system } = process.cpuUsage(before);
  await columns?.close();
  await store.close();
  return (user + system) / DELIVERIES;
}

async function follow(dataDir: string): Promise<void> {
  const figures: Record<'with' | 'without', number[]> = { with: [], without: [] };
  for (let round = -2; round < BLOCKS; round += 1) {
    const first = (round + 2) * (DELIVERIES + WARM_UP);
    const without = await block(dataDir, first, false);
    const following = await block(dataDir, first + (DELIVERIES + WARM_UP) / 2, true);
    if (round < 0) continue;
    figures.without.push(without);
    figures.with.push(following);
    console.log(`  without ${without.toFixed(0)} µs, with ${following.toFixed(0)} µs of CPU a delivery`);
  }
  const [without, following] = [median(figures.without), median(figures.with)];
  const more = median(figures.with.map((one, index) => one / (figures.without[index] ?? Number.NaN))) - 1;
  console.log(
    `following ${SPANS} spans: ${without.toFixed(0)} µs of CPU a delivery without, ${following.toFixed(0)} µs with: ` +
      `${(more * 100).toFixed(1)} % more (median of ${BLOCKS} pairs)`,
  );
}

async function run(dataDir: string): Promise<void> {
  if (!existsSync(join(dataDir, 'valuestream.db'))) await seedSpans(dataDir, SPANS, NOW);
  await remake(dataDir);
  await follow(dataDir);
}

if (options.keep === undefined) await inNewFolder(run);
else {
  mkdirSync(options.keep, { recursive: true });
  await run(options.keep);
}
