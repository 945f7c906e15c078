/**
 * What one more event in order costs a span that has seen 10, 1,000 and 10,000 events: medians of alternating blocks,
 * and their ratios to the first. Run: node bench/span-length.ts
 */

import type { Event } from '../src/domain/event.ts';
import { append, type Entry } from '../src/ingest/append.ts';
import { Ruling } from '../src/rules/ruling.ts';
import { rulesSchema } from '../src/rules/schema.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { delivery, event, ofBuild } from '../test/support/events.ts';
import { inNewFolder, median } from './_measure.ts';

/** The built-in ones, as a server has them. */
const rules = { rules: rulesSchema.parse({}), teams: [] };
const ruling = new Ruling(rules);

const LENGTHS = [10, 1_000, 10_000];
const BLOCKS = 15;
const EVENTS_PER_BLOCK = 40;
const STAGES = ['queue', 'run', 'wait'];

let deliveries = 0;
const minutes = new Map<string, number>();

function nextEvent(id: string): Event {
  const minute = (minutes.get(id) ?? -1) + 1;
  minutes.set(id, minute);
  const key = STAGES[minute % STAGES.length] ?? 'run';
  return event(minute === 0 ? 'start' : 'transition', minute, { ...ofBuild(id), stage: { key, name: key } });
}

function entryOf(one: Event): Entry {
  deliveries += 1;
  return { delivery: delivery(`bench-${deliveries}`), events: [one] };
}

await inNewFolder(async (folder) => {
  const store = openSqliteStore(folder);
  for (const length of LENGTHS) {
    for (let seen = 0; seen < length; seen += 100) {
      const group = Array.from({ length: Math.min(100, length - seen) }, () => entryOf(nextEvent(String(length))));
      await append(store, group, ruling);
    }
  }
  const times = new Map(LENGTHS.map((length) => [length, [] as number[]]));
  for (let block = 0; block < BLOCKS; block += 1) {
    for (const length of LENGTHS) {
      const entries = Array.from({ length: EVENTS_PER_BLOCK }, () => entryOf(nextEvent(String(length))));
      const before = performance.now();
      for (const one of entries) await append(store, [one], ruling);
      times.get(length)?.push(((performance.now() - before) / EVENTS_PER_BLOCK) * 1_000);
    }
  }
  await store.close();
  const base = median(times.get(LENGTHS[0] ?? 0) ?? []);
  for (const [length, values] of times) {
    const value = median(values);
    console.log(
      `${String(length).padStart(6)} events before: ${value.toFixed(0)} µs an event, ×${(value / base).toFixed(2)}`,
    );
  }
});
