import { existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ColumnsDatabase } from '../../src/measures/columns/database.ts';
import { customBuild, post } from '../support/client.ts';
import { newDataDir, removeDataDir, startProgram, until } from '../support/server.ts';

let dataDir: string;
let running: ReturnType<typeof startProgram> | null;
let url: string;

beforeEach(() => {
  dataDir = newDataDir();
  running = null;
});

afterEach(async () => {
  await stop();
  removeDataDir(dataDir);
});

const file = () => join(dataDir, 'measures.duckdb');

async function start(): Promise<ReturnType<typeof startProgram>> {
  running = startProgram(['serve', '--port', '0', '--data-dir', dataDir, '--measures-memory-mb', '64']);
  await until(running, 'stdout', 'listening on http');
  url = /listening on (http:\S+)/.exec(running.output.stdout)?.[1] ?? '';
  return running;
}

/** Ends the server; answers with what it said. */
async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<string> {
  running?.child.kill(signal);
  const { stderr = '' } = (await running?.ended) ?? {};
  running = null;
  return stderr;
}

async function tell(from: number, to: number): Promise<void> {
  for (let build = from; build < to; build += 1)
    expect((await post(url, customBuild(build, 'start')))?.status).toBe(200);
}

async function spansInFile(): Promise<number> {
  const database = await ColumnsDatabase.open(file(), { memoryMb: 64, threads: 1 });
  const [rows] = await database.read([{ sql: 'SELECT count(*) AS n FROM spans', parameters: {} }]);
  database.close();
  return Number(rows?.[0]?.n);
}

const ANEW = 'the columns for measures are made anew';
const MADE = 'the columns for measures are made"';

test.each([
  ['is gone', () => rmSync(file()), 'there are none yet, or their file was removed'],
  ['is cut off', () => truncateSync(file(), 5_000), 'their file is damaged'],
  ['is something else', () => writeFileSync(file(), 'spans'.repeat(5_000)), 'their file is damaged'],
  [
    'was written by another version',
    async () => {
      const database = await ColumnsDatabase.open(file(), { memoryMb: 64, threads: 1 });
      await database.write((writing) => writing.run('UPDATE progress SET version = 99'));
      database.close();
    },
    'another version of the program has made them',
  ],
])('a file that %s is made anew while the server serves, and that is said', async (_what, spoil, reason) => {
  await start();
  await tell(0, 20);
  await stop();
  await spoil();

  const server = await start();
  await tell(20, 30);
  await until(server, 'stderr', MADE);
  const said = await stop();
  expect(said).toContain(ANEW);
  expect(said).toContain(reason);
  expect(said).toMatch(/"duration_ms":\d+/);
  expect(await spansInFile()).toBeGreaterThanOrEqual(20);
});

test('a file that is removed while the server runs is made anew with the next delivery', async () => {
  const server = await start();
  await tell(0, 5);
  while (!(await fetch(`${url}/api/v1/measures/durations?fresh=true`)).ok) await setTimeout(20);
  rmSync(file());
  await tell(5, 6);
  while (!existsSync(file())) await setTimeout(20);
  await until(server, 'stderr', MADE);
  await stop();
  expect(await spansInFile()).toBe(6);
});

test('a file whose server was killed is gone on with', async () => {
  await start();
  await tell(0, 20);
  await stop();
  await start();
  await tell(20, 25);
  await stop('SIGKILL');
  await start();
  expect(await stop()).not.toContain(ANEW);
  expect(await spansInFile()).toBeGreaterThanOrEqual(20);
});
