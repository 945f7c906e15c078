import { afterEach, expect, test } from 'vitest';
import { ColumnsOverStore } from '../../../test/support/columns.ts';
import { at, deployed, merged, opened, push, sha } from '../../../test/support/payloads.ts';
import { World } from '../../../test/support/world.ts';
import type { Rules } from '../../rules/schema.ts';
import { leadTimes } from './measures.ts';

const HOUR = 3_600_000;
const MAIN = 'refs/heads/main';

let close: () => Promise<void>;
afterEach(() => close());

type Told = Parameters<World['tell']>[0];

/** Lead times by service, and of what: in hours, or why there is none. Commits are named by their names. */
async function leadTimesOf(told: Told, names: readonly string[], rules: Partial<Rules> = {}) {
  const world = await new World(rules).tell(told);
  const columns = await ColumnsOverStore.of(world.reader);
  close = async () => {
    await columns.close();
    await world.close();
  };
  const nameOf = (text: unknown) => names.find((name) => sha(name) === text) ?? String(text).split('-').at(-1);
  const items = async (from: 'authored' | 'first_commit', what: string) => {
    const sql = `SELECT service, ${what} AS what, value, reason FROM (${leadTimes[from].items}) ORDER BY ALL`;
    const { rows } = await columns.read([{ sql, parameters: {} }]);
    return (rows[0] ?? [])
      .filter(({ reason }) => reason !== 'first_deployment')
      .map(({ service, what: of, value, reason }) => {
        const hours = value === null ? String(reason) : Number(value) / HOUR;
        return [`${service} ${nameOf(of)}`, hours] as const;
      })
      .sort(([a], [b]) => (a < b ? -1 : 1));
  };
  return { commits: await items('authored', 'commit_sha'), pulls: await items('first_commit', 'span_id') };
}

/** A pull request with a branch of its own, opened on the second at nine and merged on the third. */
const pulled = (number: number, head: string, merge: string): Told => [
  opened(number, at(2, 9), { head }),
  merged(number, at(3, 9), merge, { head, created_at: at(2, 9) }),
];

test('a squash counts as its one commit, and its pull request from the first commit of its branch', async () => {
  const { commits, pulls } = await leadTimesOf(
    [
      push(MAIN, at(1, 8), 'root', { base: {} }),
      deployed(70, at(1, 10), 'base'),
      push('refs/heads/work-1', at(2, 8), 'base', { one: {}, two: {} }),
      ...pulled(1, 'two', 'squashed'),
      push(MAIN, at(3, 9), 'base', { squashed: { message: 'Work (#1)' } }),
      deployed(71, at(3, 10), 'squashed'),
    ],
    ['squashed', 'one', 'two'],
  );
  expect(commits).toEqual([['octo-org/api squashed', 1 + 5 / 60]]);
  expect(pulls).toEqual([['octo-org/api 1', 26 + 5 / 60]]);
});

test('a rebase counts as each of its commits, and its pull request from the first commit of its branch', async () => {
  const { commits, pulls } = await leadTimesOf(
    [
      push(MAIN, at(1, 8), 'root', { base: {} }),
      deployed(70, at(1, 10), 'base'),
      push('refs/heads/work-1', at(2, 8), 'before', { one: {}, two: {} }),
      ...pulled(1, 'two', 'two-again'),
      push(MAIN, at(3, 9), 'base', { 'one-again': {}, 'two-again': {} }),
      deployed(71, at(3, 10), 'two-again'),
    ],
    ['one-again', 'two-again'],
  );
  expect(commits).toEqual([
    ['octo-org/api one-again', 1 + 5 / 60],
    ['octo-org/api two-again', 1 + 5 / 60],
  ]);
  expect(pulls).toEqual([['octo-org/api 1', 26 + 5 / 60]]);
});

test('in a repository of several services a change counts for those whose files it changes, with their deployments', async () => {
  const rules = {
    services: [
      { when: { path: 'cart/*' }, name: 'cart' },
      { when: { path: 'price/*' }, name: 'price' },
      { when: { environment: '*-cart' }, name: 'cart' },
      { when: { environment: '*-price' }, name: 'price' },
    ],
  } as unknown as Partial<Rules>;
  const { commits, pulls } = await leadTimesOf(
    [
      push(MAIN, at(1, 8), 'root', { base: { paths: ['README.md'] } }),
      deployed(70, at(1, 10), 'base', { environment: 'production-cart' }),
      deployed(71, at(1, 10), 'base', { environment: 'production-price' }),
      ...pulled(1, 'head-1', 'carts'),
      ...pulled(2, 'head-2', 'prices'),
      push(MAIN, at(3, 9), 'base', {
        carts: { paths: ['cart/total.ts'] },
        prices: { paths: ['price/list.ts'] },
        both: { paths: ['cart/total.ts', 'price/list.ts'] },
      }),
      deployed(72, at(3, 10), 'both', { environment: 'production-cart' }),
      deployed(73, at(3, 12), 'both', { environment: 'production-price' }),
    ],
    ['carts', 'prices', 'both'],
    rules,
  );
  expect(commits).toEqual([
    ['cart both', 1 + 5 / 60],
    ['cart carts', 1 + 5 / 60],
    ['price both', 3 + 5 / 60],
    ['price prices', 3 + 5 / 60],
  ]);
  expect(pulls.map(([name]) => name)).toEqual(['cart 1', 'price 2']);
});
