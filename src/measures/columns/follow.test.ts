import { copyFileSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventsOf, story } from '../../../test/support/company.ts';
import { World } from '../../../test/support/world.ts';
import { Commits } from '../../ingest/commits.ts';
import { type Columns, ColumnsUnavailable, type Query } from './contract.ts';
import { ColumnsDatabase } from './database.ts';
import { startColumns } from './follow.ts';

const settings = { memoryMb: 64, threads: 1 };
const told = story.map(eventsOf);
const counting: Query = { sql: 'SELECT count(*) AS n FROM spans', parameters: {} };

let world: World;
let commits: Commits;
let columns: Columns | null;
let remakings: string[];
let failures: unknown[];
let now: number;

beforeEach(async () => {
  world = new World();
  commits = new Commits();
  columns = null;
  remakings = [];
  failures = [];
  now = 1_000;
});

afterEach(async () => {
  await columns?.close();
  await world.close();
  expect(failures).toEqual([]);
});

const file = (of = world) => join(of.folder, 'measures.duckdb');

function start(of = world): Columns {
  columns = startColumns({
    ...{ dataDir: of.folder, settings, commits, now: () => now },
    facts: {
      remaking: (why) => remakings.push(why),
      remade: (why) => remakings.push(`${why}: made`),
      failing: (error) => failures.push(error),
      recovered: () => undefined,
      reached: () => undefined,
    },
  });
  return columns;
}

async function stop(): Promise<void> {
  await columns?.close();
  columns = null;
}

async function tell(from: number, to: number): Promise<void> {
  await world.tell(told.slice(from, to));
  commits.happened();
}

/** However long it takes to make them: on a busy machine longer than anybody waits for an answer. */
async function count(): Promise<unknown> {
  for (;;) {
    try {
      const { rows } = await (columns ?? start()).read([counting], { fresh: true });
      return rows[0]?.[0]?.n;
    } catch (error) {
      if (!(error instanceof ColumnsUnavailable)) throw error;
    }
  }
}

async function stored(): Promise<number> {
  return (await world.reader.listSpans({}, { limit: 1_000 })).items.length;
}

/** Changes the file while nothing has it open. */
async function inFile(sql: string): Promise<void> {
  const database = await ColumnsDatabase.open(file(), settings);
  await database.write((writing) => writing.run(sql));
  database.close();
}

describe('columns that follow a store', () => {
  test('have all that was committed before a fresh read, and are made once', async () => {
    start();
    for (let at = 0; at < told.length; at += 5) {
      await tell(at, at + 5);
      expect(await count()).toBe(await stored());
    }
    expect(remakings).toEqual(['missing', 'missing: made']);
  });

  test('go on from where they were, also with what was committed meanwhile', async () => {
    await tell(0, 10);
    await count();
    await stop();
    await tell(10, told.length);
    remakings = [];
    expect(await count()).toBe(await stored());
    expect(remakings).toEqual([]);
  });

  test('say of which time they are: of now where all that was heard of is in', async () => {
    await tell(0, told.length);
    const following = start();
    await count();
    now = 9_000;
    const { asOf } = await following.read([counting], { fresh: true });
    expect(asOf).toEqual({ at: 9_000, revision: await world.reader.latestColumnsRevision() });
  });

  test('cannot be read while they are being made', async () => {
    await tell(0, told.length);
    await expect(start().read([counting], { fresh: false })).rejects.toThrow(ColumnsUnavailable);
    expect(await count()).toBe(await stored());
  });
});

describe('a file that cannot be used is made anew', () => {
  beforeEach(async () => {
    await tell(0, told.length - 1);
    await count();
    await stop();
    remakings = [];
  });

  const remade = async (why: string) => {
    expect(await count()).toBe(await stored());
    expect(remakings).toEqual([why, `${why}: made`]);
  };

  test('where it is gone', async () => {
    rmSync(file());
    await remade('missing');
  });

  test('where it was written by another version', async () => {
    await inFile('UPDATE progress SET version = 99');
    await remade('another_version');
  });

  test('where its tables are others', async () => {
    await inFile('DROP TABLE progress');
    await remade('damaged');
  });

  test('where the program ended while it was being made', async () => {
    await inFile('UPDATE progress SET version = 0');
    await remade('unfinished');
  });

  test('where it knows more than the store, which was put back', async () => {
    await inFile('UPDATE progress SET revision = 1000000');
    await remade('ahead_of_store');
  });

  test('where it is of another store', async () => {
    const other = await new World().tell(told.slice(0, 3));
    copyFileSync(file(), file(other));
    const { rows } = await start(other).read([counting], { fresh: true });
    expect(rows[0]?.[0]?.n).toBe((await other.reader.listSpans({}, { limit: 1_000 })).items.length);
    expect(remakings).toEqual(['another_store', 'another_store: made']);
    await stop();
    await other.close();
  });

  test('where it is cut off', async () => {
    truncateSync(file(), statSync(file()).size / 2);
    await remade('damaged');
  });

  test('where it is empty', async () => {
    truncateSync(file(), 0);
    await remade('damaged');
  });

  test('where it is something else', async () => {
    writeFileSync(file(), 'not a database'.repeat(10_000));
    await remade('damaged');
  });

  test('where something else has its place', async () => {
    rmSync(file());
    mkdirSync(file());
    await remade('damaged');
  });

  test('where it is removed while it is in use', async () => {
    await count();
    rmSync(file());
    await tell(told.length - 1, told.length);
    await remade('missing');
    expect(statSync(file()).size).toBeGreaterThan(0);
  });

  test('where it is cut off while it is in use, once somebody asks', async () => {
    const open = start();
    await open.read([], { fresh: true });
    truncateSync(file(), 4096 * 3);
    await expect(
      open.read([{ sql: 'SELECT max(title) FROM spans', parameters: {} }], { fresh: false }),
    ).rejects.toThrow(ColumnsUnavailable);
    await remade('damaged');
  });
});
