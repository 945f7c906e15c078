import { describe, expect, it } from 'vitest';
import { AS_OF, ColumnsInMemory } from '../../../test/support/columns.ts';
import { askMeasures, serveMeasures } from '../../../test/support/measures-server.ts';
import { expectedAt, sections, toldAt, workedExamples } from '../../../test/support/worked-examples.ts';
import { measureEndpoints } from './registry.ts';

const measures = measureEndpoints.flatMap((endpoint) => endpoint.measures);

describe('docs/measures.md', () => {
  it.each(workedExamples.map((example) => [example.anchor, example.path, example] as const))(
    'works out what it says under #%s of %s',
    async (_anchor, _path, { tables, path, expected }) => {
      const columns = await ColumnsInMemory.of(tables);
      const app = await serveMeasures(columns, () => AS_OF.at);
      const { status, body } = await askMeasures(app, path);
      await app.close();
      await columns.close();
      expect(status === 200 ? status : body).toBe(200);
      expect(expected.length).toBeGreaterThan(0);
      for (const [where, text] of expected) {
        const [told, wanted] = [toldAt(body, where), expectedAt(text)];
        if (typeof wanted === 'number' && typeof told === 'number') expect(told, where).toBeCloseTo(wanted, 3);
        else expect(told, where).toBe(wanted);
      }
    },
  );

  it.each(measures.map((measure) => [measure.name, measure] as const))(
    'defines %s where its answers lead, with an example',
    (_name, { anchor }) => {
      expect(sections.get(anchor)).toContain('```example\n');
    },
  );
});
