import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ColumnsInMemory } from '../../../test/support/columns.ts';
import type { Row } from '../columns/contract.ts';
import type { Question } from '../measure.ts';
import { askDora } from './dora.ts';

const DAY = 86_400_000;
const FROM = Date.UTC(2026, 2, 2);
const WEEKS = 13;
const SERVICES = 60;

/** More of them than an answer can hold days of: each deployed twice on one day, and once on another in the week after. */
const deployments: Row[] = Array.from({ length: SERVICES * 3 }, (_, index) => ({
  ...{ identity_id: index + 1, operation: 'deploy', service: `service-${index % SERVICES}` },
  ...{ environment: 'production', tier: 'production', result: 'success' },
  finished_at: FROM + (index < SERVICES * 2 ? 1 : 8) * DAY + index,
}));

const question: Question = {
  window: { from: FROM, to: FROM + WEEKS * 7 * DAY, timeZone: 'UTC' },
  ...{ filter: {}, groupBy: ['service', 'environment'], per: null, compare: false, now: FROM + 100 * DAY },
};

describe('DORA of many services', () => {
  let columns: ColumnsInMemory;

  beforeAll(async () => {
    columns = await ColumnsInMemory.of({ spans: deployments });
  });
  afterAll(() => columns.close());

  test('tells of each on how many days there was a deployment, and how many in a week', async () => {
    const { asked, rhythmOf } = await askDora(columns, question, {
      leadTimeFrom: null,
      withDetails: true,
      fresh: false,
    });
    expect(asked.groups).toHaveLength(SERVICES);
    for (const { key } of asked.groups) expect(rhythmOf(key)).toEqual({ days: 2, perWeek: 0 });
    expect(rhythmOf(null)).toEqual({ days: 2, perWeek: 0 });
  });

  test('does not take the weeks to come for weeks without a deployment', async () => {
    const inTheThird = { ...question, now: FROM + 16 * DAY };
    const options = { leadTimeFrom: null, withDetails: true, fresh: false };
    const { asked, rhythmOf } = await askDora(columns, inTheThird, options);
    for (const { key } of asked.groups) expect(rhythmOf(key).perWeek).toBe(1.5);
    const { rhythmOf: inTheFirst } = await askDora(columns, { ...question, now: FROM + DAY }, options);
    expect(inTheFirst(null).perWeek).toBeNull();
  });

  test('tells so many as are asked for, and how many it leaves out; all count in the total', async () => {
    const few = { ...question, mostGroups: 2 };
    const { asked } = await askDora(columns, few, { leadTimeFrom: null, withDetails: false, fresh: false });
    expect(asked.groups).toHaveLength(2);
    expect(asked.groupsLeftOut).toBe(SERVICES - 2);
    expect(asked.total.now.deployment_frequency.n).toBe(deployments.length);
  });

  test('tells no stages and no failures where no details are asked', async () => {
    const options = { leadTimeFrom: null, withDetails: false, fresh: false };
    const { stagesOf, failures } = await askDora(columns, question, options);
    expect(stagesOf(null)).toBeNull();
    expect(failures).toBeNull();
  });
});
