import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventsOf, story } from '../../../test/support/company.ts';
import { event, ofBuild } from '../../../test/support/events.ts';
import { World } from '../../../test/support/world.ts';
import type { StoreReader } from '../../store/contract.ts';
import { ColumnsFile } from './file.ts';

const told = story.map(eventsOf);
const counting = {
  sql: 'SELECT count(*) AS n, count(DISTINCT (identity_id, ordinal)) AS distinct_n FROM spans',
  parameters: {},
};

/** The store as it is, in which something is committed before each portion is read. */
function meanwhile(reader: StoreReader, commit: () => Promise<unknown>): StoreReader {
  return new Proxy(reader, {
    get: (target, name) => {
      const method = Reflect.get(target, name).bind(target);
      if (name !== 'readColumns') return method;
      return async (...args: unknown[]) => {
        await commit();
        return method(...args);
      };
    },
  });
}

test('what changes while columns are made anew is in them once, as it is at last', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: told.length }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(1, 2_000, 1_000_000),
      async (first, limit, portions, atOnce) => {
        const world = await new World().tell(told.slice(0, first));
        let next = first;
        const reader = meanwhile(world.reader, () => world.tell(told.slice(next, ++next)));
        const sizes = { small: { limit, portions }, large: { limit, portions }, atOnce };
        const file = new ColumnsFile(
          join(world.folder, 'measures.duckdb'),
          reader,
          { memoryMb: 64, threads: 1 },
          sizes,
        );
        for (;;) {
          const { isWhole, revision, latest } = await file.step({ isSmall: false, isDamaged: false });
          if (isWhole && revision === latest && next >= told.length) break;
        }
        const { rows } = (await file.read([counting])) ?? {};
        const n = (await world.reader.listSpans({}, { limit: 1_000 })).items.length;
        expect(rows).toEqual([[{ n, distinct_n: n }]]);
        await file.close();
        await world.close();
      },
    ),
    { numRuns: 10 },
  );
});

test('what changes again while it waits to be read is there once, as it is at last', async () => {
  const changes = (['start', 'end'] as const).map((state, minute) => [event(state, minute, ofBuild('42'))]);
  const world = await new World().tell(changes.splice(0, 1));
  let reads = 0;
  const reader = meanwhile(world.reader, () => world.tell(reads++ === 0 ? [] : changes.splice(0)));
  const sizes = { small: { limit: 1, portions: 1 }, large: { limit: 1, portions: 8 }, atOnce: 1_000_000 };
  const path = join(world.folder, 'measures.duckdb');
  const file = new ColumnsFile(path, reader, { memoryMb: 64, threads: 1 }, sizes);
  await file.step({ isSmall: false, isDamaged: false });
  const { rows } = (await file.read([{ sql: 'SELECT is_open FROM spans', parameters: {} }])) ?? {};
  expect(rows).toEqual([[{ is_open: false }]]);
  await file.close();
  await world.close();
});
