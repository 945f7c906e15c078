/**
 * What one more attempt costs those who follow the change feed, where an operation has had many: a build that is re-run
 * under one number, of which every attempt was exported before.
 *
 * Run: node bench/many-attempts.ts
 */
import { otlpExporter } from '../src/exporters/otlp/index.ts';
import { append } from '../src/ingest/append.ts';
import { Ruling } from '../src/rules/ruling.ts';
import { rulesSchema } from '../src/rules/schema.ts';
import type { Store, StoreReader } from '../src/store/contract.ts';
import type { ExportPortion, ExportRest } from '../src/store/exports.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { entry, event } from '../test/support/events.ts';
import { inNewFolder } from './_measure.ts';

const ATTEMPTS = [10, 500, 1_000, 2_000];
const AT_ONCE = 500;

const ruling = new Ruling({ rules: rulesSchema.parse({}), teams: [] });
const exporter = otlpExporter({
  ...{ url: 'http://127.0.0.1:9/', headers: {}, compression: 'none', timeoutMs: 1_000, tls: {} },
  ...{ mode: 'whole', pendingSpans: false, serviceName: 'valuestream' },
});

function attempt(number: number) {
  return entry(event('start', 10 * number), event('end', 10 * number + 5, { result: 'success' }));
}

/** Exports all that there is, to a backend that takes everything; answers with how many spans and how long reading took. */
async function exportAll(store: Store, reader: StoreReader) {
  const { id, position } = await store.write(({ exports }) => exports.openTarget('bench', 0));
  const upTo = await reader.latestRevision();
  const request = { target: id, mode: exporter.mode, withOpen: false, upTo, limit: 200 };
  let rest: ExportRest | null = null;
  let after = position;
  let spans = 0;
  let readMs = 0;
  while (after < upTo) {
    const from = performance.now();
    const portion: ExportPortion = await reader.readExports({ ...request, after, rest });
    readMs += performance.now() - from;
    const through = portion.through ?? after;
    const batch = exporter.prepare(portion.subjects);
    spans += batch.items.length;
    await store.write(async ({ exports }) => {
      await exports.begin(id, { ...batch, through, at: 0 });
      await exports.finish(id, { parked: [], rejected: 0, unsent: [], at: 0 });
    });
    after = through;
    rest = portion.rest;
  }
  return { spans, readMs };
}

for (const attempts of ATTEMPTS) {
  await inNewFolder(async (folder) => {
    const store = openSqliteStore(folder);
    const reader = openSqliteReader(folder);
    for (let number = 0; number < attempts; number += AT_ONCE)
      await append(
        store,
        Array.from({ length: Math.min(AT_ONCE, attempts - number) }, (_, index) => attempt(number + index)),
        ruling,
      );
    await exportAll(store, reader);
    const before = await reader.latestRevision();
    await append(store, [attempt(attempts)], ruling);
    const { spans, readMs } = await exportAll(store, reader);
    const from = performance.now();
    await reader.changesAfter(before, 200);
    const changesMs = performance.now() - from;
    console.log(
      `${attempts} attempts, and one more: ${spans} exported, read in ${readMs.toFixed(1)} ms; the feed in ${changesMs.toFixed(1)} ms`,
    );
    await reader.close();
    await store.close();
  });
}
