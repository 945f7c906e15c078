/**
 * What a million open spans cost: the server's memory, and its CPU time per event against a server with an empty store,
 * in alternating blocks of one run. The spans are made through the store's own path, with small bodies.
 *
 * Run: npm run build && node bench/open-spans.ts [--spans 1000000] [--blocks 7] [--requests 10000]
 *      [--program src/main.ts]
 */
import { fork } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { append, type Entry } from '../src/ingest/append.ts';
import { Ruling } from '../src/rules/ruling.ts';
import { rulesSchema } from '../src/rules/schema.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { delivery, event, ofBuild } from '../test/support/events.ts';
import type { Job, Outcome } from './_load.ts';
import { inNewFolder, median } from './_measure.ts';
import { cpuSeconds, memoryMiB, type Target, valueStream } from './_server.ts';

/** The built-in ones, as a server has them. */
const rules = { rules: rulesSchema.parse({}), teams: [] };
const ruling = new Ruling(rules);

const { values: options } = parseArgs({
  options: {
    spans: { type: 'string', default: '1000000' },
    blocks: { type: 'string', default: '7' },
    requests: { type: 'string', default: '10000' },
    program: { type: 'string', default: 'dist/main.js' },
  },
});
const SPANS = Number(options.spans);
const BLOCKS = Number(options.blocks);
const REQUESTS = Number(options.requests);
const WARM_UP = 3;
const GROUP = 1_000;

function seeded(index: number): Entry {
  const id = hash('sha1', `open ${index}`);
  const minute = (index % 500_000) / 10;
  const told = event('start', minute, {
    ...ofBuild(id),
    title: `Build ${index}`,
    tags: { 'vcs.ref.head.name': 'main' },
  });
  const body = Buffer.from(JSON.stringify({ id, namespace: 'shop', type: 'build', action: 'start' }));
  return { delivery: delivery(`seed-${hash('sha1', String(index))}`, { body }), events: [told] };
}

async function seed(folder: string): Promise<void> {
  const store = openSqliteStore(folder);
  for (let made = 0; made < SPANS; made += GROUP) {
    await append(
      store,
      Array.from({ length: Math.min(GROUP, SPANS - made) }, (_, index) => seeded(made + index)),
      ruling,
    );
    if ((made / GROUP) % 100 === 0) process.stderr.write(`\r${made} of ${SPANS} spans`);
  }
  process.stderr.write('\r');
  await store.close();
}

const load = fork(new URL('./_load.ts', import.meta.url));
let offset = 0;

/** Microseconds of CPU time an event. */
async function block(target: Target): Promise<number> {
  const job: Job = { port: target.port, kind: 'scattered', connections: 32, requests: REQUESTS, offset };
  offset += REQUESTS;
  load.send(job);
  await once(load, 'message');
  const before = cpuSeconds(target);
  load.send('go');
  const [outcome]: Outcome[] = await once(load, 'message');
  if (outcome === undefined) throw new Error('the load generator said nothing');
  return ((cpuSeconds(target) - before) / REQUESTS) * 1e6;
}

async function listPages({ port }: Target): Promise<void> {
  let cursor = '';
  for (let page = 0; page < 20; page += 1) {
    const url = `http://127.0.0.1:${port}/api/v1/spans?state=open&limit=200${cursor}`;
    const { next_cursor } = (await (await fetch(url)).json()) as { next_cursor: string | null };
    if (next_cursor === null) return;
    cursor = `&cursor=${next_cursor}`;
  }
}

await inNewFolder(async (folder) => {
  await seed(`${folder}/full`);
  const full = await valueStream(`${folder}/full`, options.program);
  const empty = await valueStream(`${folder}/empty`, options.program);
  const idle = memoryMiB(full, 'VmRSS');
  const times = new Map([
    [empty, [] as number[]],
    [full, [] as number[]],
  ]);
  for (let turn = -WARM_UP; turn < BLOCKS; turn += 1) {
    for (const [target, own] of times) {
      const cpu = await block(target);
      if (turn >= 0) own.push(cpu);
    }
  }
  const loaded = memoryMiB(full, 'VmRSS');
  await listPages(full);
  const [ofEmpty = 0, ofFull = 0] = [...times.values()].map(median);
  console.log(`CPU an event: empty store ${ofEmpty.toFixed(0)} µs, ${SPANS} open spans ${ofFull.toFixed(0)} µs`);
  console.log(`ratio ${(ofFull / ofEmpty).toFixed(2)}, medians of ${BLOCKS} alternating blocks`);
  console.log(
    `memory with ${SPANS} open spans: ${idle.toFixed(0)} MiB idle, ${loaded.toFixed(0)} after the load, ` +
      `${memoryMiB(full, 'VmRSS').toFixed(0)} after listing 4,000 of them, ${memoryMiB(full, 'VmHWM').toFixed(0)} at most ` +
      `(empty store: ${memoryMiB(empty, 'VmHWM').toFixed(0)} at most)`,
  );
  load.kill();
  for (const { process: server } of [full, empty]) {
    server.kill();
    await once(server, 'close');
  }
});
