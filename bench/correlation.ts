/**
 * What an event costs that is correlated, with few and with many spans stored: CPU time of alternating blocks of one run.
 * Each change is a ticket, a pull request, two runs with three jobs, a push and its commit, and every tenth is deployed,
 * so that everything finds its cause, and a deployment what it carries. All runs on the main branch want the same branch.
 *
 * Run: node bench/correlation.ts [--few 10000] [--many 1000000] [--blocks 7] [--changes 150]
 */
import { parseArgs } from 'node:util';
import type { Event } from '../src/domain/event.ts';
import { append, type Entry } from '../src/ingest/append.ts';
import { Ruling } from '../src/rules/ruling.ts';
import { rulesSchema } from '../src/rules/schema.ts';
import type { Store } from '../src/store/contract.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { deployment, eventsOf, job, pull, push, run, ticket } from '../test/support/company.ts';
import { delivery } from '../test/support/events.ts';
import { inNewFolder, median } from './_measure.ts';

const { values: options } = parseArgs({
  options: {
    few: { type: 'string', default: '10000' },
    many: { type: 'string', default: '1000000' },
    blocks: { type: 'string', default: '7' },
    changes: { type: 'string', default: '150' },
  },
});
const BLOCKS = Number(options.blocks);
const CHANGES = Number(options.changes);
const WARM_UP = 3;
const AT_ONCE = 16;
const SEEDED_AT_ONCE = 64;

/** The built-in ones, as a server has them. */
const ruling = new Ruling({ rules: rulesSchema.parse({}), teams: [] });

const SPANS_PER_CHANGE = 7.1;

/** All webhooks of one change, as events; `number` tells it from the others. */
function changeOf(number: number): (readonly Event[])[] {
  const hour = number / 20;
  const branch = `pay-${number}-work`;
  const made = { number, branch, head: `h${number}`, opened: hour };
  const merged = { ...made, merged: hour + 2, mergeCommit: `m${number}` };
  const checks = { id: 2 * number, branch, commit: `h${number}`, began: hour + 0.1, pulls: [number] };
  const onMain = { id: 2 * number + 1, branch: 'main', commit: `m${number}`, began: hour + 2.1, event: 'push' };
  const message = `Change ${number} (#${number})`;
  const sent = [
    ticket(hour, `PAY-${number}`, 'progress'),
    pull('opened', hour, made),
    run('in_progress', hour + 0.2, checks),
    job(hour + 0.5, 2 * number, 10 * number),
    job(hour + 0.6, 2 * number, 10 * number + 1),
    run('completed', hour + 0.7, { ...checks, conclusion: 'success' }),
    pull('closed', hour + 2, merged),
    push(hour + 2, 'main', `m${number - 1}`, { [`m${number}`]: message }),
    job(hour + 2.3, 2 * number + 1, 10 * number + 2),
    run('completed', hour + 2.4, { ...onMain, message, conclusion: 'success' }),
    ...(number % 10 === 0 ? deployment(hour + 3, number, `m${number}`) : []),
  ];
  return sent.map(eventsOf);
}

let deliveries = 0;
function entryOf(events: readonly Event[]): Entry {
  deliveries += 1;
  return { delivery: delivery(`bench-${deliveries}`, { events: events.length }), events };
}

interface Seeded {
  readonly name: string;
  readonly store: Store;
  next: number;
}

async function seed(folder: string, name: string, spans: number): Promise<Seeded> {
  const store = openSqliteStore(`${folder}/${name}`);
  const changes = Math.ceil(spans / SPANS_PER_CHANGE);
  for (let number = 1; number <= changes; number += SEEDED_AT_ONCE) {
    const group = Array.from({ length: Math.min(SEEDED_AT_ONCE, changes - number + 1) }, (_, index) =>
      entryOf(changeOf(number + index).flat()),
    );
    await append(store, group, ruling);
    if (number % (SEEDED_AT_ONCE * 100) === 1) process.stderr.write(`\r${name}: ${number} of ${changes} changes `);
  }
  process.stderr.write('\r');
  return { name, store, next: changes + 1 };
}

/** Microseconds of CPU time an event. */
async function block(seeded: Seeded): Promise<number> {
  const entries = Array.from({ length: CHANGES }, (_, index) => changeOf(seeded.next + index).map(entryOf)).flat();
  seeded.next += CHANGES;
  const events = entries.reduce((sum, entry) => sum + entry.events.length, 0);
  const before = process.cpuUsage();
  for (let start = 0; start < entries.length; start += AT_ONCE)
    await append(seeded.store, entries.slice(start, start + AT_ONCE), ruling);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / events;
}

await inNewFolder(async (folder) => {
  const few = await seed(folder, 'few', Number(options.few));
  const many = await seed(folder, 'many', Number(options.many));
  const times = new Map([few, many].map((seeded) => [seeded, [] as number[]]));
  for (let turn = -WARM_UP; turn < BLOCKS; turn += 1) {
    for (const [seeded, own] of times) {
      const cpu = await block(seeded);
      if (turn >= 0) own.push(cpu);
    }
  }
  const [ofFew = 0, ofMany = 0] = [...times.values()].map(median);
  console.log(
    `CPU an event: ${options.few} spans ${ofFew.toFixed(0)} µs, ${options.many} spans ${ofMany.toFixed(0)} µs`,
  );
  console.log(`ratio ${(ofMany / ofFew).toFixed(2)}, medians of ${BLOCKS} alternating blocks`);
  for (const { store } of [few, many]) await store.close();
});
