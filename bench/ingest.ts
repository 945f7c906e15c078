/**
 * What a durable, folded webhook costs, against the least that any receiver must do (bench/_floor.ts). The load comes
 * from another process; servers take turns in alternating blocks. Reports medians of requests per second, CPU time of the
 * server per request, and the answer's p50 and p99; ratios are to the floor with one process.
 *
 * Run: node bench/ingest.ts [--blocks 7] [--requests 4000] [--kind pull_request|custom|both] [--connections 32,128]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Job, Outcome } from './_load.ts';
import { inNewFolder, median } from './_measure.ts';
import { cpuSeconds, type Target, valueStream } from './_server.ts';

const { values: options } = parseArgs({
  options: {
    blocks: { type: 'string', default: '7' },
    requests: { type: 'string', default: '4000' },
    kind: { type: 'string', default: 'both' },
    connections: { type: 'string', default: '32,128' },
  },
});
const BLOCKS = Number(options.blocks);
const REQUESTS = Number(options.requests);
const CONNECTIONS = options.connections.split(',').map(Number);
const KINDS = options.kind === 'both' ? (['pull_request', 'custom'] as const) : [options.kind as Job['kind']];

interface Block extends Outcome {
  readonly perSecond: number;
  /** In microseconds of CPU time of all the server's processes. */
  readonly cpu: number;
}

async function floor(processes: number): Promise<Target> {
  const env = { ...process.env, FLOOR_PROCESSES: String(processes) };
  const child = fork(new URL('./_floor.ts', import.meta.url), { env });
  const [{ port, pids }] = await once(child, 'message');
  return { name: `floor, ${processes} process${processes === 1 ? '' : 'es'}`, port, pids, process: child };
}

const load = fork(new URL('./_load.ts', import.meta.url));
let offset = 0;

async function block(target: Target, kind: Job['kind'], connections: number): Promise<Block> {
  const job: Job = { port: target.port, kind, connections, requests: REQUESTS, offset };
  offset += REQUESTS;
  load.send(job);
  await once(load, 'message');
  const before = cpuSeconds(target);
  load.send('go');
  const [outcome]: Outcome[] = await once(load, 'message');
  if (outcome === undefined) throw new Error('the load generator said nothing');
  const cpu = ((cpuSeconds(target) - before) / REQUESTS) * 1e6;
  return { ...outcome, cpu, perSecond: REQUESTS / outcome.seconds };
}

function row(name: string, blocks: readonly Block[], base: readonly Block[]): string {
  const of = (all: readonly Block[], field: keyof Block) => median(all.map((one) => one[field]));
  const ratio = (field: keyof Block) => (of(blocks, field) / of(base, field)).toFixed(2);
  const cells = [
    name,
    `${of(blocks, 'perSecond').toFixed(0)} (×${ratio('perSecond')})`,
    `${of(blocks, 'cpu').toFixed(0)} µs (×${ratio('cpu')})`,
    `${of(blocks, 'p50').toFixed(1)} ms`,
    `${of(blocks, 'p99').toFixed(1)} ms`,
  ];
  return `| ${cells.join(' | ')} |`;
}

async function storedDeliveries({ port }: Target): Promise<number> {
  const { items } = (await (await fetch(`http://127.0.0.1:${port}/api/v1/sources`)).json()) as {
    items: { deliveries: { accepted: number } }[];
  };
  return items.reduce((sum, { deliveries }) => sum + deliveries.accepted, 0);
}

/** Rounds that do not count: the compilers of Node.js take a while to settle. */
const WARM_UP = 3;

async function compare(targets: readonly Target[], kind: Job['kind'], connections: number): Promise<void> {
  const blocks = new Map(targets.map((target) => [target, [] as Block[]]));
  for (let turn = -WARM_UP; turn < BLOCKS; turn += 1) {
    for (const [target, own] of blocks) {
      const measured = await block(target, kind, connections);
      if (turn >= 0) own.push(measured);
    }
  }
  const base = [...blocks.values()][0] ?? [];
  const kib = median(base.map(({ bytes }) => bytes)) / 1024;
  console.log(`\n${kind}, ${kib.toFixed(1)} KiB, ${connections} connections, medians of ${BLOCKS} blocks\n`);
  console.log('| | requests/s | CPU a request | p50 | p99 |\n|---|---|---|---|---|');
  for (const [target, own] of blocks) console.log(row(target.name, own, base));
}

await inNewFolder(async (folder) => {
  const server = await valueStream(folder);
  const targets = [await floor(1), await floor(2), server];
  for (const kind of KINDS) for (const connections of CONNECTIONS) await compare(targets, kind, connections);
  const answered = KINDS.length * CONNECTIONS.length * (WARM_UP + BLOCKS) * REQUESTS;
  const stored = await storedDeliveries(server);
  if (stored !== answered) throw new Error(`${answered} deliveries were answered and ${stored} are stored`);
  console.log(`\n${answered} deliveries were answered, and as many are stored.`);
  load.kill();
  for (const target of targets) {
    target.process.kill();
    await once(target.process, 'close');
  }
});
