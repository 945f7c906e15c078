import { expect, test } from 'vitest';
import { ColumnsInMemory } from '../../../test/support/columns.ts';
import { ask } from '../ask.ts';
import type { MeasureFilter } from '../window.ts';
import { doraMeasures } from './measures.ts';

const FROM = Date.UTC(2026, 2, 2);
const DAY = 86_400_000;
const window = { from: FROM, to: FROM + 7 * DAY, timeZone: 'UTC' };

const deploy = (identity_id: number, environment: string | null, tier: string | null) => ({
  ...{ identity_id, operation: 'deploy', service: 'shop', environment, tier },
  ...{ result: 'success', finished_at: FROM + identity_id * 60_000 },
});

test('a deployment of an unknown tier may have gone to any, so each tells that it is left out, and so does the unknown', async () => {
  const columns = await ColumnsInMemory.of({
    spans: [deploy(1, 'production', 'production'), deploy(2, 'staging', 'staging'), deploy(3, 'blue', null)],
  });
  const frequencyOf = async (filter: MeasureFilter) => {
    const question = { window, filter, groupBy: [], per: null, compare: false, now: window.to };
    const { total } = await ask(columns, question, { frequency: doraMeasures.deployment_frequency }, { fresh: false });
    const { n, excluded } = total.now.frequency;
    return { n, excluded: excluded.map(({ reason, example }) => `${reason} ${example}`) };
  };
  const left = ['environment_unknown span-3'];
  expect(await frequencyOf({ tier: 'production' })).toEqual({ n: 1, excluded: left });
  expect(await frequencyOf({ tier: 'staging' })).toEqual({ n: 1, excluded: left });
  expect(await frequencyOf({ tier: '' })).toEqual({ n: 0, excluded: left });
  expect(await frequencyOf({})).toEqual({ n: 2, excluded: left });
  expect(await frequencyOf({ environment: 'staging' })).toEqual({ n: 1, excluded: [] });
  await columns.close();
});
