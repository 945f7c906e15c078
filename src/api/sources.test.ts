import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { delivery } from '../../test/support/events.ts';
import { newDataDir, removeDataDir } from '../../test/support/server.ts';
import { findSource } from '../sources/registry.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { createServer } from './server.ts';
import { sourceRoutes } from './sources.ts';

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2026, 2, 2, 8);

let folder: string;
beforeEach(() => {
  folder = newDataDir();
});
afterEach(() => {
  removeDataDir(folder);
});

/** The codes of what is off with custom HTTP at a time, of which something came at each of these times. */
async function hintsAt(now: number, times: readonly number[]): Promise<string[]> {
  const store = openSqliteStore(folder);
  await store.write((transaction) =>
    transaction.addDeliveries(times.map((receivedAt, index) => delivery(`d-${index}`, { receivedAt }))),
  );
  const reader = openSqliteReader(folder);
  const telemetry = createTelemetry(pino({ level: 'silent' }), () => now);
  const app = createServer(telemetry);
  const customhttp = findSource('customhttp');
  await app.register(
    sourceRoutes({
      reader,
      sources: customhttp === undefined ? [] : [customhttp],
      telemetry,
      now: () => now,
      instancesOf: () => [],
      hasSecret: () => false,
      webhookUrl: () => 'http://127.0.0.1/',
    }),
  );
  const { items } = (await app.inject('/sources')).json();
  await app.close();
  await reader.close();
  await store.close();
  return items[0].health.hints.map(({ code }: { code: string }) => code);
}

describe('a source that comes once a day', () => {
  const daily = Array.from({ length: 40 }, (_, day) => MONDAY + day * 24 * HOUR);
  const last = daily.at(-1) ?? 0;

  it.each([
    [2, []],
    [4, ['silent']],
    [25, ['silent']],
    [200, ['silent']],
  ])('and not for %d days: %j', async (days, expected) => {
    expect(await hintsAt(last + days * 24 * HOUR, daily)).toEqual(expected);
  });
});
