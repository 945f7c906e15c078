/**
 * What rules cost: folding one event with and without them, in alternating blocks; and how long a change of rules takes
 * to reach everything that is stored.
 *
 * Run: node bench/rules.ts [--spans 50000]
 */
import { parseArgs } from 'node:util';
import { emptyTail } from '../src/domain/fold.ts';
import { append, type Entry } from '../src/ingest/append.ts';
import { refold } from '../src/ingest/refold.ts';
import { RuleChecks } from '../src/ingest/rule-checks.ts';
import { foldOntoByRules } from '../src/rules/fold.ts';
import { Ruling } from '../src/rules/ruling.ts';
import { noRules, rulesSchema } from '../src/rules/schema.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { delivery, event, ofBuild } from '../test/support/events.ts';
import { inNewFolder, median } from './_measure.ts';

const { values: options } = parseArgs({ options: { spans: { type: 'string', default: '50000' } } });
const SPANS = Number(options.spans);
const GROUP = 500;
const FOLDS = 50_000;

const changed = { rules: rulesSchema.parse({ deploys: [{ when: { job: 'ship-1*' } }] }), teams: [] };
const none = new Ruling(noRules);
const some = new Ruling(changed);

const one = event('start', 0, { facts: { job: 'unit tests / linux', environment: 'prod-eu', labels: ['a', 'b'] } });

function microseconds(ruling: Ruling): number {
  const from = performance.now();
  for (let index = 0; index < FOLDS; index += 1) foldOntoByRules(emptyTail, one, ruling);
  return ((performance.now() - from) * 1_000) / FOLDS;
}

const blocks = Array.from({ length: 9 }, () => ({ without: microseconds(none), by: microseconds(some) })).slice(2);
const [without, by] = [median(blocks.map((block) => block.without)), median(blocks.map((block) => block.by))];
console.log(`folding one event: ${without.toFixed(2)} µs without rules, ${by.toFixed(2)} µs by rules`);

function build(index: number): Entry {
  const of = ofBuild(String(index));
  const facts = { job: index % 20 === 0 ? `ship-1-${index}` : 'test' };
  const events = [event('start', index / 100, { ...of, facts }), event('end', index / 100 + 5, { ...of, facts })];
  return { delivery: delivery(`seed-${index}`, { events: 2 }), events };
}

await inNewFolder(async (folder) => {
  const store = openSqliteStore(folder);
  for (let made = 0; made < SPANS; made += GROUP)
    await append(
      store,
      Array.from({ length: Math.min(GROUP, SPANS - made) }, (_, index) => build(made + index)),
      none,
    );
  const reader = openSqliteReader(folder);
  const checks = new RuleChecks({
    dataDir: folder,
    reader,
    rules: changed,
    refold: (ids) => refold(store, ids, some),
    applied: async () => undefined,
    now: Date.now,
    failed: console.error,
  });
  for (const what of ['dry run', 'applied', 'dry run, all applied']) {
    const from = performance.now();
    const { id } = (what === 'applied' ? await checks.apply() : await checks.start(null)) ?? { id: '' };
    await checks.settled();
    const seconds = (performance.now() - from) / 1_000;
    const { spans } = checks.get(id);
    console.log(`${what}: ${SPANS} spans in ${seconds.toFixed(1)} s, ${spans.changed} changed`);
  }
  await checks.close();
  await reader.close();
  await store.close();
});
