import { expect, test } from 'vitest';
import { deployIdentity, deployTold } from '../../test/support/deploys.ts';
import { entry } from '../../test/support/events.ts';
import { World } from '../../test/support/world.ts';
import { verdictsOf } from '../domain/verdict.ts';
import { Ruling } from '../rules/ruling.ts';
import { rulesSchema } from '../rules/schema.ts';
import { append } from './append.ts';
import { corrections, entryOf } from './corrections.ts';
import { differs, reread } from './reread.ts';

const NINE = Date.UTC(2026, 2, 2, 9);
const correction = {
  ...deployIdentity,
  operation: 'deploy',
  attempt: `t:${NINE}`,
  saying: { isFailure: true, author: 'ada', reason: 'customers could not pay' },
  saidAt: NINE + 3_600_000,
};

test('a correction is a delivery, and means the same whenever it is read again', async () => {
  const world = new World();
  const ruling = new Ruling({ rules: rulesSchema.parse({}), teams: [] });
  const deployed = entry(deployTold('start', NINE), deployTold('end', NINE + 60_000, { result: 'success' }));
  await append(world.store, [deployed, entryOf(correction)], ruling);

  const span = await world.reader.findSpan('vstrace-github-deployment-octo-org/api-7');
  expect(verdictsOf(span?.attempts ?? [])).toEqual([
    { attempt: 1, isRework: null, ...correction.saying, saidAt: correction.saidAt },
  ]);
  const { rows } = await world.reader.readColumns({ after: 0, limit: 10 });
  expect(JSON.parse(rows.verdicts ?? '')).toEqual({
    ...{ identity_id: [1], ordinal: [1], is_failure: [true], is_rework: [null] },
    ...{ author: ['ada'], reason: ['customers could not pay'] },
  });
  const [recorded] = await world.reader.findRecorded([2]);
  if (recorded?.body == null) throw new Error('it was not stored');
  expect(recorded.delivery).toMatchObject({ source: 'valuestream', channel: 'correction', kind: 'verdict' });
  expect(differs(recorded, reread(recorded.delivery, recorded.body, corrections))).toBe(false);
  await world.close();
});

test('what was never one of ours is kept, and not believed', () => {
  const raw = { instance: '', headers: {}, body: Buffer.from('{}'), receivedAt: NINE, key: 'k' };
  expect(corrections.interpret({ ...raw, channel: 'correction', payload: { attempt: 1 } })).toMatchObject({
    outcome: 'dead_letter',
    reason: expect.stringContaining('identity'),
  });
});
