import { afterEach, beforeEach, expect, it } from 'vitest';
import { World } from '../../test/support/world.ts';
import { Ruling } from '../rules/ruling.ts';
import { rulesSchema } from '../rules/schema.ts';
import { findSource } from '../sources/registry.ts';
import { appendImported, importedBy, readBatch } from './imports.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const ruling = new Ruling({ rules: rulesSchema.parse({}), teams: [] });
const ORIGIN = { source: 'github', instance: '' };
const repository = { id: 7, full_name: 'octo-org/api' };

function issue(number: number, title = 'Trouble', updated_at = '2026-03-02T09:00:00Z') {
  const times = { created_at: '2026-03-02T09:00:00Z', updated_at };
  return { import: 'issue', repository, issue: { number, title, state: 'open', ...times, labels: [] }, timeline: [] };
}

async function imported(deliveries: readonly object[], position: string) {
  const cursor = { scope: '7', resource: 'issues', position };
  const batch = readBatch({ ...ORIGIN, deliveries, cursor }, findSource, Date.UTC(2026, 4));
  return importedBy(await appendImported(world.store, batch, ruling));
}

const position = async () => (await world.reader.listImportCursors(ORIGIN)).map((cursor) => cursor.position);

it('a batch is stored with its cursor, and what was stored before is known', async () => {
  const nothing = { ignored: 0, deadLetters: [] };
  expect(await imported([issue(1), issue(2)], 'one')).toEqual({ accepted: 2, duplicates: 0, ...nothing });
  expect(await position()).toEqual(['one']);
  const again = await imported([issue(1), issue(2, 'Another title', '2026-03-02T10:00:00Z')], 'two');
  expect(again).toEqual({ accepted: 1, duplicates: 1, ...nothing });
  expect(await position()).toEqual(['two']);
  const { items } = await world.reader.listSpans({}, { limit: 10 });
  expect(items.map(({ attempt: { title } }) => title).toSorted()).toEqual(['Another title', 'Trouble']);
});

it('what cannot be read is kept, and holds nothing up', async () => {
  const told = await imported([issue(1), { import: 'issue', repository }], 'one');
  expect(told).toMatchObject({ accepted: 1, deadLetters: [2] });
  expect(await position()).toEqual(['one']);
});

it('a batch without deliveries moves its cursor', async () => {
  await imported([], 'nothing new');
  expect(await position()).toEqual(['nothing new']);
});
