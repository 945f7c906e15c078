/**
 * Where to write: on the answering thread or on one of its own. Alternating blocks over one growing store each;
 * deliveries per second, and the delay of the answering thread's event loop. Run: node bench/writer-thread.ts
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { append, type Entry } from '../src/ingest/append.ts';
import { GroupCommit } from '../src/ingest/group-commit.ts';
import { startWriter } from '../src/ingest/writer.ts';
import { Ruling } from '../src/rules/ruling.ts';
import { rulesSchema } from '../src/rules/schema.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { delivery, event, ofBuild } from '../test/support/events.ts';
import { inNewFolder, median } from './_measure.ts';

/** The built-in ones, as a server has them. */
const rules = { rules: rulesSchema.parse({}), teams: [] };
const ruling = new Ruling(rules);

const BLOCKS = 7;
const DELIVERIES = 2_000;
const CONCURRENCY = 64;
const BODY_BYTES = 24 * 1024;

interface Figures {
  readonly perSecond: number[];
  readonly p99: number[];
  readonly max: number[];
}

let deliveries = 0;

// Compressible as JSON is, and different each time.
function newEntry(): Entry {
  deliveries += 1;
  const body = Buffer.from(
    `{"n":${deliveries},"text":"${`field ${deliveries % 97} value `.repeat(2_000)}`.slice(0, BODY_BYTES),
  );
  const told = event(
    deliveries % 2 === 1 ? 'start' : 'end',
    deliveries % 2,
    ofBuild(String(Math.ceil(deliveries / 2))),
  );
  return { delivery: delivery(`bench-${deliveries}`, { body }), events: [told] };
}

async function block(commits: GroupCommit, into: Figures): Promise<void> {
  const entries = Array.from({ length: DELIVERIES }, newEntry);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = performance.now();
  const sender = async () => {
    for (let next = entries.pop(); next !== undefined; next = entries.pop()) await commits.submit(next);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, sender));
  into.perSecond.push((DELIVERIES / (performance.now() - before)) * 1_000);
  delay.disable();
  into.p99.push(delay.percentile(99) / 1e6);
  into.max.push(delay.max / 1e6);
}

const figures = (): Figures => ({ perSecond: [], p99: [], max: [] });

await inNewFolder(async (folder) => {
  const store = openSqliteStore(`${folder}/here`);
  const writer = startWriter(`${folder}/thread`, rules);
  // Writing here must let the loop turn between groups, as a server has to.
  const appendHere = async (entries: readonly Entry[]) => {
    await new Promise(setImmediate);
    return append(store, entries, ruling);
  };
  const here = { commits: new GroupCommit(appendHere), into: figures() };
  const thread = { commits: new GroupCommit((entries) => writer.append(entries)), into: figures() };
  for (let turn = 0; turn < BLOCKS; turn += 1) {
    await block(here.commits, here.into);
    await block(thread.commits, thread.into);
  }
  await store.close();
  await writer.close();
  for (const [name, { perSecond, p99, max }] of [
    ['answering thread', here.into],
    ['own thread', thread.into],
  ] as const)
    console.log(
      `${name.padEnd(17)} ${median(perSecond).toFixed(0)} deliveries/s, ` +
        `event loop delay p99 ${median(p99).toFixed(1)} ms, max ${median(max).toFixed(1)} ms`,
    );
});
