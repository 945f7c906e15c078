/**
 * How a backlog is drained: a tracing backend is away while spans finish, and comes back. The real server, exporting over
 * HTTP to a receiver in this process that reads every message.
 *
 * Run: node bench/otlp-backlog.ts [--spans 100000]
 */
import { parseArgs } from 'node:util';
import { append, type Entry } from '../src/ingest/append.ts';
import { Ruling } from '../src/rules/ruling.ts';
import { rulesSchema } from '../src/rules/schema.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { delivery, event, ofBuild } from '../test/support/events.ts';
import { OtlpReceiver } from '../test/support/otlp.ts';
import { inNewFolder } from './_measure.ts';
import { cpuSeconds, memoryMiB, type Target, valueStream } from './_server.ts';

const { values: options } = parseArgs({ options: { spans: { type: 'string', default: '100000' } } });
const SPANS = Number(options.spans);
const AT_ONCE = 500;

const ruling = new Ruling({ rules: rulesSchema.parse({}), teams: [] });

/** A build of a pipeline, with what a CI tells of it. */
function entryOf(number: number): Entry {
  const tags = {
    'cicd.pipeline.name': `team/service-${number % 50}`,
    'cicd.pipeline.run.id': String(number),
    'cicd.pipeline.run.url.full': `https://ci.example/team/service-${number % 50}/${number}`,
    'vcs.ref.head.name': `feature/${number % 200}`,
    'vcs.ref.head.revision': number.toString(16).padStart(40, 'a'),
  };
  const of = ofBuild(String(number));
  const events = [
    event('start', number / 10, { ...of, title: `Build ${number}`, actor: 'ada', tags }),
    event('end', number / 10 + 4, { ...of, result: number % 10 === 0 ? 'failure' : 'success' }),
  ];
  return { delivery: delivery(`bench-${number}`, { events: events.length, body: null }), events };
}

async function seed(folder: string): Promise<void> {
  const store = openSqliteStore(folder);
  for (let number = 0; number < SPANS; number += AT_ONCE) {
    const group = Array.from({ length: Math.min(AT_ONCE, SPANS - number) }, (_, index) => entryOf(number + index));
    await append(store, group, ruling);
  }
  await store.close();
}

interface Exported {
  readonly items: readonly {
    readonly state: string;
    readonly behind: number;
    readonly exported: number;
    readonly parked: { readonly count: number };
  }[];
}

async function exportOf({ port }: Target) {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/exports`);
  const { items }: Exported = JSON.parse(await response.text());
  return items[0];
}

async function until(target: Target, holds: (of: NonNullable<Awaited<ReturnType<typeof exportOf>>>) => boolean) {
  for (;;) {
    const of = await exportOf(target);
    if (of !== undefined && holds(of)) return of;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

await inNewFolder(async (folder) => {
  await seed(folder);
  const receiver = await new OtlpReceiver().start();
  await receiver.stop();
  Object.assign(process.env, { VS_OTLP: receiver.url, VS_OTLP_WAIT_MS: '0' });
  const server = await valueStream(folder);
  await until(server, ({ state }) => state === 'retrying');
  const before = memoryMiB(server, 'VmRSS');

  const ids: unknown[] = [];
  let requests = 0;
  let from = 0;
  receiver.answering = ({ spans }) => {
    if (requests === 0) from = performance.now();
    requests += 1;
    for (const { attributes } of spans) ids.push(attributes['valuestream.span.id']);
    // Else they would all be kept here.
    receiver.requests.length = 0;
    receiver.taken.length = 0;
    return false;
  };
  await receiver.start();
  const cpu = cpuSeconds(server);
  let most = 0;
  const done = await until(server, ({ behind }) => {
    most = Math.max(most, memoryMiB(server, 'VmRSS'));
    return behind === 0;
  });
  const seconds = (performance.now() - from) / 1_000;
  const isInOrder = ids.every((id, index) => id === `vstrace-customhttp-build-shop-${index}`);
  console.log(
    `${ids.length} spans in ${requests} requests, ${seconds.toFixed(1)} s: ${Math.round(ids.length / seconds)}/s`,
  );
  console.log(`in order: ${isInOrder}; once each: ${new Set(ids).size === ids.length}; behind ${done.behind}`);
  console.log(`exported ${done.exported}, parked ${done.parked.count}`);
  console.log(`CPU a span: ${(((cpuSeconds(server) - cpu) * 1e6) / ids.length).toFixed(0)} µs`);
  console.log(`memory: ${before.toFixed(0)} MiB while away, ${most.toFixed(0)} MiB at most while draining`);
  server.process.kill('SIGTERM');
  await receiver.stop();
});
