import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ColumnsInMemory } from '../../../test/support/columns.ts';
import type { Parameter } from './contract.ts';
import { ColumnsDatabase } from './database.ts';

let database: ColumnsDatabase;

beforeEach(async () => {
  database = await ColumnsDatabase.open(':memory:', { memoryMb: 64, threads: 1 });
});

afterEach(() => database.close());

async function rowOf(sql: string, parameters: Record<string, Parameter> = {}) {
  const [rows] = await database.read([{ sql, parameters }]);
  return rows?.[0];
}

describe('what queries give and take', () => {
  test('is plain: whole numbers of every width, decimals, texts, days, lists', async () => {
    expect(
      await rowOf(`SELECT 1::BIGINT AS big, sum(2::BIGINT) AS sum, 1.5 AS decimal, 0.5::DOUBLE AS double, true AS yes,
        NULL AS nothing, 'a' AS text, DATE '2026-03-02' AS day, [1, NULL]::BIGINT[] AS list`),
    ).toEqual({
      big: 1,
      sum: 2,
      decimal: 1.5,
      double: 0.5,
      yes: true,
      nothing: null,
      text: 'a',
      day: '2026-03-02',
      list: [1, null],
    });
  });

  test('is bound by its name, and is what it was', async () => {
    const given = { text: "it's", whole: 5, part: 0.5, no: false, nothing: null, list: ['a', "b'"], empty: [] };
    expect(
      await rowOf(
        'SELECT $text AS text, $whole AS whole, $part AS part, $no AS no, $nothing AS nothing, $list AS list, $empty AS empty',
        given,
      ),
    ).toEqual(given);
  });

  test('is refused where it has no plain counterpart', async () => {
    await expect(rowOf("SELECT TIMESTAMP '2026-03-02 09:00:00' AS at")).rejects.toThrow('cast it');
  });
});

describe('transactions', () => {
  beforeEach(() => database.write((writing) => writing.run('CREATE TABLE t (a BIGINT, b VARCHAR[], c BOOLEAN)')));

  test('nothing remains of one that throws', async () => {
    await expect(
      database.write(async (writing) => {
        await writing.run('INSERT INTO t VALUES (1, [], true)');
        throw new Error('enough');
      }),
    ).rejects.toThrow('enough');
    expect(await rowOf('SELECT count(*) AS n FROM t')).toEqual({ n: 0 });
  });

  test('what is written often keeps its statements, of which none is of harm once one has failed', async () => {
    const insert = (a: number, isFailing = false) =>
      database.write(
        async (writing) => {
          await writing.run('INSERT INTO t VALUES ($a, [], true)', { a });
          if (isFailing) await writing.run('SELECT error($text)', { text: 'enough' });
        },
        { isOften: true },
      );
    await insert(1);
    await expect(insert(2, true)).rejects.toThrow('enough');
    await Promise.all([insert(3), insert(4)]);
    expect(await rowOf('SELECT list(a ORDER BY a) AS a FROM t')).toEqual({ a: [1, 3, 4] });
  });

  test('a read only reads', async () => {
    await expect(rowOf('DELETE FROM t')).rejects.toThrow('read-only');
  });

  test('a query that is asked again takes values of other types, and sees what was written and altered since', async () => {
    const asked = 'SELECT count(*) AS n FROM t WHERE $a IS NULL OR a = $a';
    expect(await rowOf(asked, { a: null })).toEqual({ n: 0 });
    await database.write((writing) => writing.run('INSERT INTO t VALUES (1, [], true), (2, [], true)'));
    expect(await rowOf(asked, { a: 2 })).toEqual({ n: 1 });
    expect(await rowOf(asked, { a: null })).toEqual({ n: 2 });
    await database.write((writing) => writing.run('CREATE OR REPLACE TABLE t AS SELECT 2.5 AS a'));
    expect(await rowOf(asked, { a: 2.5 })).toEqual({ n: 1 });
  });

  test('a query that fails is of no harm to those after it', async () => {
    const half = 'SELECT 1 / $a::BIGINT AS half, error($text) AS text';
    await expect(rowOf(half, { a: 2, text: 'enough' })).rejects.toThrow('enough');
    expect(await rowOf('SELECT count(*) AS n FROM t')).toEqual({ n: 0 });
  });

  test('more queries than are kept are all answered, and again', async () => {
    const numbers = Array.from({ length: 100 }, (_, number) => number);
    const ask = () => database.read(numbers.map((number) => ({ sql: `SELECT ${number} AS n`, parameters: {} })));
    const answers = numbers.map((n) => [{ n }]);
    expect(await ask()).toEqual(answers);
    expect(await ask()).toEqual(answers);
  });

  test('queries of one read see one state, whatever is written meanwhile', async () => {
    const counting = { sql: 'SELECT count(*) AS n FROM t', parameters: {} };
    const slow = { sql: 'SELECT sum(range) AS n FROM range(20000000)', parameters: {} };
    const reading = database.read([counting, slow, counting]);
    await database.write((writing) => writing.run('INSERT INTO t VALUES (1, [], true)'));
    const [before, , after] = await reading;
    expect(after).toEqual(before);
  });
});

test('no query reaches a file', async () => {
  await expect(rowOf("SELECT * FROM read_text('/etc/hostname')")).rejects.toThrow('disabled');
});

test('weeks are those of a time zone, daylight saving included', async () => {
  const week = `SELECT epoch_ms(date_trunc('week', make_timestamptz($at * 1000) AT TIME ZONE $zone) AT TIME ZONE $zone) AS week`;
  expect(await rowOf(week, { at: Date.UTC(2026, 3, 1), zone: 'Europe/Berlin' })).toEqual({
    week: Date.UTC(2026, 2, 29, 22),
  });
});

test('columns in memory have what a test says, and stand-ins for the rest', async () => {
  const columns = await ColumnsInMemory.of({ spans: [{ identity_id: 7, started_at: 1, labels: ['bug'] }] });
  const { rows } = await columns.read([{ sql: 'SELECT span_id, is_open, labels FROM spans', parameters: {} }]);
  expect(rows).toEqual([[{ span_id: 'span-7', is_open: true, labels: ['bug'] }]]);
  await expect(columns.add({ spans: [{ identity_id: 8, finished: 1 }] })).rejects.toThrow(
    'spans has no column finished',
  );
  await columns.close();
});
