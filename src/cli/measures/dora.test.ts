import { expect, test } from 'vitest';
import { doraCommand } from './dora.ts';
import { flowCommand } from './flow.ts';

test('DORA is always told of each service and environment, so that no groups are offered', () => {
  expect(doraCommand().helpInformation()).not.toContain('--group-by');
  expect(flowCommand().helpInformation()).toContain('--group-by');
});
