import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AS_OF, ColumnsInMemory } from '../../../test/support/columns.ts';
import { askMeasures, serveMeasures } from '../../../test/support/measures-server.ts';
import { sections } from '../../../test/support/worked-examples.ts';

type Served = Awaited<ReturnType<typeof serveMeasures>>;

/** What stands in an answer beside its numbers and what frames these. */
const FRAME = ['as_of', 'window', 'compared_with', 'definitions', 'total', 'groups', 'groups_left_out'];
/** What says how to read an answer, or lists items whose numbers are defined. */
const NO_NUMBERS = ['is_blended', 'lead_time_from', 'failures'];
/** Told by the names of what they are made of. */
const PARTS: Readonly<Record<string, readonly string[]>> = { ageing: ['age', 'stage_time'] };

let columns: ColumnsInMemory;
let app: Served;
beforeAll(async () => {
  columns = await ColumnsInMemory.of({});
  app = await serveMeasures(columns, () => AS_OF.at);
});
afterAll(async () => {
  await app.close();
  await columns.close();
});

/** The paths of the numbers in a tree of them: of all that have a unit, and of what is told of a window only. */
function pathsOf(numbers: object, within = ''): string[] {
  return Object.entries(numbers).flatMap(([name, value]) => {
    const path = `${within}${name}`;
    if (within === '') return [path, ...pathsOf(value ?? {}, `${path}.`)];
    const isNumber = typeof value === 'object' && value !== null && 'unit' in value;
    return isNumber || ['days', 'per_week', 'stages'].includes(name) ? [path] : [];
  });
}

describe('the definitions of an answer', () => {
  it.each(['durations?operation=build', 'dora', 'dora?blend=true', 'flow?forecast=3', 'pull-requests'])(
    'of %s say of each number in it what it means, and where that is defined',
    async (path) => {
      const { status, body } = await askMeasures(app, path);
      expect(status).toBe(200);
      const beside = Object.keys(body).filter((name) => !FRAME.includes(name) && !NO_NUMBERS.includes(name));
      const names = [...pathsOf(body.total.numbers), ...beside.flatMap((name) => PARTS[name] ?? [name])];
      expect(Object.keys(body.definitions)).toEqual(expect.arrayContaining(names));
      for (const { text, docs } of Object.values<{ text: string; docs: string }>(body.definitions)) {
        expect(text).toMatch(/^[A-Z].*\.$/);
        expect([...sections.keys()]).toContain(docs.replace('/docs/measures.md#', ''));
      }
    },
  );
});
