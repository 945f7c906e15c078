import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ColumnsOverStore } from '../../../test/support/columns.ts';
import { deployment, eventsOf, pull, push, story } from '../../../test/support/company.ts';
import { event, ofBuild } from '../../../test/support/events.ts';
import { World } from '../../../test/support/world.ts';
import type { Event } from '../../domain/event.ts';
import type { Row } from './contract.ts';

let world: World;
let columns: ColumnsOverStore;

beforeEach(async () => {
  world = new World();
  columns = await ColumnsOverStore.of(world.reader);
});

afterEach(async () => {
  await columns.close();
  await world.close();
});

async function rowsOf(sql: string): Promise<readonly Row[]> {
  const { rows } = await columns.read([{ sql, parameters: {} }]);
  return rows[0] ?? [];
}

const told = story.map(eventsOf);

describe('columns that follow a store', () => {
  test('have what is told of a span, once for each attempt, and as it is now', async () => {
    await world.tell(told.slice(0, 10));
    await rowsOf('SELECT 1');
    await world.tell(told.slice(10));
    expect(
      await rowsOf(
        "SELECT ordinal, is_open, result, is_error FROM spans WHERE span_id LIKE '%run-%-1001' ORDER BY ordinal",
      ),
    ).toEqual([
      { ordinal: 1, is_open: false, result: 'failure', is_error: true },
      { ordinal: 2, is_open: false, result: 'success', is_error: false },
    ]);
    expect(
      await rowsOf(`SELECT type, author, author_is_bot, service, (SELECT string_agg(g.name || ' ' || g.category, ', ' ORDER BY
        number) FROM stages g WHERE g.identity_id = s.identity_id) AS stages FROM spans s WHERE operation = 'issue'`),
    ).toEqual([
      {
        type: 'Story',
        author: 'Ada',
        author_is_bot: false,
        service: 'PAY',
        stages: 'To Do waiting, In Progress active',
      },
    ]);
  });

  test('have commits and pushes, which are no spans', async () => {
    const commits = { h1: 'Cache\n\nPrices', h2: 'Test' };
    await world.tell([push(1, 'change', 'root', commits), push(2, 'change-again', 'root', commits)].map(eventsOf));
    expect(await rowsOf('SELECT message FROM commits ORDER BY message')).toEqual([
      { message: 'Cache\n\nPrices' },
      { message: 'Test' },
    ]);
    expect(
      await rowsOf(`SELECT p.ref, count(*) AS commits FROM pushed p JOIN commits USING (scope, commit_sha)
        GROUP BY ref ORDER BY ref`),
    ).toEqual([
      { ref: 'refs/heads/change', commits: 2 },
      { ref: 'refs/heads/change-again', commits: 2 },
    ]);
  });

  test('know by one name where pushes and pull requests happened', async () => {
    await world.tell(told);
    expect(
      await rowsOf(`SELECT scope FROM pushed UNION SELECT scope FROM pull_requests UNION SELECT scope FROM commits`),
    ).toHaveLength(1);
  });

  test('hear of the commits of a deployment that are known only later', async () => {
    const late = push(46, 'main', 'm0', { m1: 'Cache prices' });
    await world.tell(
      [push(0, 'main', 'root', { m0: 'Begin' }), ...deployment(1, 8, 'm0'), ...deployment(48, 9, 'm1')].map(eventsOf),
    );
    const carried = () =>
      rowsOf(`SELECT base, count(carried.commit_sha) AS commits FROM deployments LEFT JOIN carried USING (identity_id, ordinal)
        WHERE identity_id IN (SELECT identity_id FROM spans WHERE span_id LIKE '%-9') GROUP BY ALL`);
    expect(await carried()).toEqual([{ base: 'base_unknown', commits: 1 }]);
    await world.tell([eventsOf(late)]);
    expect(await carried()).toEqual([{ base: 'known', commits: 1 }]);
  });

  test('hear of a commit that an earlier deployment turns out to have brought', async () => {
    const pushes = [
      push(0, 'main', 'root', { m0: '0' }),
      push(2, 'main', 'm0', { m1: '1' }),
      push(3, 'main', 'm1', { m2: '2' }),
    ];
    await world.tell([...pushes, ...deployment(1, 8, 'm0'), ...deployment(6, 10, 'm2')].map(eventsOf));
    const carried = () =>
      rowsOf(`SELECT span_id[-2:] AS id, count(*) AS commits FROM carried JOIN spans USING (identity_id, ordinal)
        GROUP BY ALL ORDER BY ALL`);
    expect(await carried()).toEqual([{ id: '10', commits: 2 }]);
    await world.tell(deployment(4, 9, 'm1').map(eventsOf));
    expect(await carried()).toEqual([
      { id: '-9', commits: 1 },
      { id: '10', commits: 1 },
    ]);
  });

  test('forget what was told of a span, a commit and a deployment once it was never told', async () => {
    await world.tell(told);
    await rowsOf('SELECT 1');
    await world.retell(told.map(() => []));
    const tables = await columns.tables();
    expect(Object.entries(tables).filter(([, rows]) => rows.length > 0)).toEqual([]);
  });

  test('have the size of a pull request, where a payload has told it', async () => {
    const size = { additions: 10, deletions: 2, commits: 1 };
    const opened = pull('opened', 1, { number: 1, branch: 'a', head: 'h1', opened: 1 });
    const sized = {
      ...opened,
      payload: { ...opened.payload, pull_request: { ...Object(Object(opened.payload).pull_request), ...size } },
    };
    await world.tell([eventsOf(sized)]);
    expect(
      await rowsOf('SELECT head_branch, is_fork, additions, deletions, commits, comments FROM pull_requests'),
    ).toEqual([{ head_branch: 'a', is_fork: false, ...size, comments: null }]);
  });
});

test('facts that are not what their names promise are not known, and hold up nobody', async () => {
  const identity = { source: 'customhttp', instance: '', kind: 'pull_request', scope: 'shop', id: '7' };
  const facts = {
    labels: '[odd',
    additions: 'many',
    commits: 1.5,
    fork: 'perhaps',
    author_is_bot: 'no idea',
    author: 7,
  };
  const odd = event('start', 0, { identity, operation: 'pull_request', facts });
  await world.tell([[odd], [event('start', 0, ofBuild('8'))]]);
  expect(
    await rowsOf(
      'SELECT labels, author, author_is_bot, is_fork, additions FROM spans JOIN pull_requests USING (identity_id)',
    ),
  ).toEqual([{ labels: [], author: '7', author_is_bot: null, is_fork: null, additions: null }]);
  expect(await rowsOf('SELECT count(*) AS n FROM spans')).toEqual([{ n: 2 }]);
});

test('texts are what they were, whatever is in them', async () => {
  const commit = { source: 'github', instance: '', kind: 'commit', scope: '7', id: 'a'.repeat(40) };
  const word = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.constantFrom(
      '\u0000',
      '\u001e',
      '\u001f',
      '\ud83d',
      '"',
      '\\',
      '\\ud83d',
      "'",
      '\n',
      '\u2028',
      '😀',
      '{"a":[1]}',
    ),
  );
  const text = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(''));
  await fc.assert(
    fc.asyncProperty(text, async (any) => {
      const own = await new World().tell([
        [
          event('start', 0, {
            operation: 'pull_request',
            title: any,
            stage: { key: 'a', name: any, category: 'active' },
          }),
        ],
        [event('start', 0, { ...ofBuild('2'), actor: any, facts: { labels: [any], head_branch: any } })],
        [event('intermediary', 0, { identity: commit, name: commit, key: 'authored', facts: { message: any } })],
      ]);
      const following = await ColumnsOverStore.of(own.reader);
      const { rows } = await following.read([
        { sql: 'SELECT title AS text FROM spans WHERE title IS NOT NULL', parameters: {} },
        { sql: 'SELECT name AS text FROM stages', parameters: {} },
        { sql: 'SELECT author AS text FROM spans WHERE title IS NULL', parameters: {} },
        { sql: 'SELECT labels[1] AS text FROM spans WHERE title IS NULL', parameters: {} },
        { sql: 'SELECT message AS text FROM commits', parameters: {} },
      ]);
      await following.close();
      await own.close();
      expect(rows).toEqual(Array.from({ length: 5 }, () => [{ text: any.toWellFormed() }]));
    }),
    { numRuns: 40 },
  );
});

describe('all that is in them', () => {
  const expected = async (deliveries: readonly (readonly Event[])[]) => {
    const other = await new World().tell(deliveries, deliveries.length);
    const whole = await ColumnsOverStore.anew(other.reader);
    const tables = await whole.tables();
    await whole.close();
    await other.close();
    return tables;
  };

  test('is the same in any order, with anything twice, followed step by step or made at the end', async () => {
    const inOrder = await expected(told);
    const arrivals = fc.shuffledSubarray([...told, ...told], { minLength: told.length * 2 });
    await fc.assert(
      fc.asyncProperty(
        arrivals,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (some, steps, limit) => {
          const own = new World();
          const following = await ColumnsOverStore.of(own.reader, limit);
          for (let from = 0; from < some.length; from += steps) {
            await own.tell(some.slice(from, from + steps), 3);
            await following.read([]);
          }
          expect(await following.tables()).toEqual(inOrder);
          await following.close();
          await own.close();
        },
      ),
      { numRuns: 8 },
    );
  });

  test('is as if it had been told so from the beginning when deliveries are read again', async () => {
    const retellings = fc.array(fc.boolean(), { minLength: told.length, maxLength: told.length });
    await fc.assert(
      fc.asyncProperty(retellings, async (isTold) => {
        const retold = told.map((events, index) => (isTold[index] ? events : []));
        const own = await new World().tell(told);
        const following = await ColumnsOverStore.of(own.reader);
        await following.read([]);
        await own.retell(retold, 4);
        expect(await following.tables()).toEqual(await expected(retold));
        await following.close();
        await own.close();
      }),
      { numRuns: 8 },
    );
  });
});
