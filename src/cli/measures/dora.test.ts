import { expect, test } from 'vitest';
import { bandNotes, doraCommand } from './dora.ts';
import { flowCommand } from './flow.ts';

test('DORA is always told of each service and environment, so that no groups are offered', () => {
  expect(doraCommand().helpInformation()).not.toContain('--group-by');
  expect(flowCommand().helpInformation()).toContain('--group-by');
});

test('the bands of the DORA survey are told of each service and environment, and not of those without any', () => {
  const bands = (leadTime: string | null, frequency: string | null) =>
    ({
      change_lead_time: { band: leadTime },
      deployment_frequency: { band: frequency },
      failed_deployment_recovery_time: { band: null },
    }) as never;
  const portion = { previous: null, buckets: [] };
  const notes = bandNotes({
    groups: [
      {
        ...{ group: { service: 'shop', environment: 'production' }, ...portion },
        numbers: bands('one_day_to_one_week', 'on_demand'),
      },
      { group: { service: 'ledger', environment: '' }, ...portion, numbers: bands(null, 'on_demand') },
      { group: { service: '', environment: 'production' }, ...portion, numbers: bands(null, null) },
    ],
  });
  expect(notes).toEqual([
    'In the words of the DORA survey:',
    '  shop in production: lead time one day to one week; deployments on demand',
    '  ledger: deployments on demand',
  ]);
});
