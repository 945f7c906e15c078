import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ColumnsInMemory, type TableRows } from '../../../../test/support/columns.ts';
import { HOUR, worldsOf } from '../../../../test/support/deployments.ts';
import type { Cell, Row } from '../contract.ts';

type Tables = Required<TableRows>;

/** What else there is in a world: of which services they are; which pull requests share a branch, fix an incident or are carried again. */
const more = fc.record({
  services: fc.array(fc.nat(7), { minLength: 5, maxLength: 5 }),
  branches: fc.array(fc.nat(3), { maxLength: 4 }),
  fixes: fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 4 }),
  carriedAgain: fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 4 }),
  pushedToMain: fc.array(fc.nat(20), { maxLength: 3 }),
});

type Added = typeof more extends fc.Arbitrary<infer T> ? T : never;

const worlds = fc.tuple(worldsOf(2), more).map(([tables, added]) => connected(tables, added));

function connected(tables: Tables, { services, branches, fixes, carriedAgain, pushedToMain }: Added): Tables {
  const pulls = tables.pull_requests.map(({ identity_id = null }) => identity_id);
  const ids = (operation: string) =>
    tables.spans.flatMap(({ identity_id, operation: its }) => (its === operation ? [identity_id ?? null] : []));
  const pick = <T>(of: readonly T[], number: number) => of[number % Math.max(1, of.length)];
  const linked = (kind: string, pairs: readonly (readonly [unknown, unknown])[]) =>
    pairs.flatMap(([from, to]) =>
      from === undefined || to === undefined ? [] : [{ identity_id: from, kind, to_id: to } as Row],
    );
  const branchOf = new Map<Cell, string>(branches.map((branch, index) => [pulls[index] ?? null, `shared/${branch}`]));
  return {
    ...tables,
    spans: tables.spans.map((row, index) => ({ ...row, service: `service-${pick(services, index)}` })),
    pull_requests: tables.pull_requests.map((row): Row => {
      const branch = branchOf.get(row.identity_id ?? null);
      return branch === undefined ? row : { ...row, head_branch: branch };
    }),
    pushed: [
      ...tables.pushed,
      ...pushedToMain.flatMap((number) => {
        const row = pick(tables.pushed, number);
        if (row === undefined) return [];
        return [{ ...row, identity_id: Number(row.identity_id) + 50_000, ref: 'refs/heads/shared/1' }];
      }),
    ],
    links: [
      ...tables.links,
      ...linked(
        'fixes',
        fixes.map(([pull, incident]) => [pick(pulls, pull), pick(ids('incident'), incident)]),
      ),
      ...linked(
        'carries',
        carriedAgain.map(([by, pull]) => [pick(ids('deploy'), by), pick(pulls, pull)]),
      ),
    ],
  };
}

const idsOf = (tables: Tables) => [
  ...new Set(Object.values(tables).flatMap((rows) => rows.map((row) => row.identity_id))),
];

function only(tables: Tables, ids: ReadonlySet<unknown>): Tables {
  const entries = Object.entries(tables).map(([name, rows]) => [name, rows.filter((row) => ids.has(row.identity_id))]);
  return Object.fromEntries(entries);
}

test('outcomes follow whatever changes, in any order and portions, as if all had been so from the beginning', async () => {
  await fc.assert(
    fc.asyncProperty(
      worlds,
      worlds,
      fc.infiniteStream(fc.nat()),
      fc.integer({ min: 1, max: 12 }),
      async (was, is, chance, size) => {
        const ids = [...new Set([...idsOf(was), ...idsOf(is)])]
          .map((id) => ({ id, place: chance.next().value }))
          .sort((a, b) => a.place - b.place)
          .map(({ id }) => Number(id));
        const columns = await ColumnsInMemory.of(was);
        for (let from = 0; from < ids.length; from += size) {
          const some = ids.slice(from, from + size);
          await columns.replace(some, only(is, new Set(some)));
          if (size % 2 === 0) await columns.settle();
        }
        await columns.settle();
        const anew = await ColumnsInMemory.of(is);
        expect(await columns.outcomes()).toEqual(await anew.outcomes());
        await columns.close();
        await anew.close();
      },
    ),
    { numRuns: 8 },
  );
});

const deploy = (identity_id: number, service: string, hour: number, more: Row = {}): Row => ({
  ...{ identity_id, operation: 'deploy', service, environment: 'production', tier: 'production' },
  ...{ started_at: hour * HOUR, finished_at: hour * HOUR, is_open: false, result: 'success', ...more },
});
const link = (identity_id: number, kind: string, to_id: number): Row => ({ identity_id, kind, to_id });
const FIRST_SHA = 'a'.repeat(40);
/** A world in which everything that an outcome can follow from is there, each by an identity of its own. */
const all: Tables = {
  spans: [
    deploy(1, 'cart', 10),
    deploy(2, 'cart', 12),
    deploy(3, 'cart', 14, { result: 'failure', is_error: true }),
    deploy(4, 'cart', 16),
    // The fix of what the first one had caused comes with another service.
    deploy(5, 'pay', 20),
    deploy(6, 'pay', 21),
    { identity_id: 10, operation: 'incident', service: 'cart', started_at: 11 * HOUR, finished_at: 30 * HOUR },
    { identity_id: 11, operation: 'incident', service: 'pay', started_at: 20 * HOUR, finished_at: 22 * HOUR },
    ...[20, 21, 22].map((identity_id) => ({
      ...{ identity_id, started_at: 5 * HOUR, finished_at: 9 * HOUR, is_open: false, result: 'merged' },
    })),
    // Had the branch before.
    { identity_id: 23, started_at: HOUR, finished_at: 2 * HOUR, is_open: false, result: 'abandoned' },
  ],
  stages: [{ identity_id: 20, name: 'awaiting_review', started_at: 5 * HOUR, finished_at: 9 * HOUR }],
  pull_requests: [
    { identity_id: 20, head_branch: 'work', is_fork: false },
    { identity_id: 21, head_branch: 'hotfix/prices', is_fork: false },
    { identity_id: 22, head_branch: 'fix', is_fork: false },
    { identity_id: 23, head_branch: 'work', is_fork: false },
  ],
  deployments: [1, 2, 4, 5, 6].map((identity_id) => ({ identity_id, is_rollback: identity_id === 6 })),
  carried: [
    { identity_id: 1, commit_sha: FIRST_SHA },
    { identity_id: 2, commit_sha: 'b' },
  ],
  commits: [
    { identity_id: 30, commit_sha: FIRST_SHA, authored_at: HOUR, message: 'Cache prices' },
    {
      identity_id: 31,
      commit_sha: 'b',
      authored_at: 3 * HOUR,
      message: `Revert "Cache prices"\n\nThis reverts commit ${FIRST_SHA}.`,
    },
    { identity_id: 32, commit_sha: 'c', authored_at: 4 * HOUR, message: 'Work' },
  ],
  pushed: [
    { identity_id: 40, ref: 'refs/heads/work', commit_sha: 'c', pushed_at: 6 * HOUR },
    { identity_id: 41, ref: 'refs/heads/other', commit_sha: 'c', pushed_at: 5 * HOUR },
  ],
  links: [
    ...[link(1, 'carries', 20), link(4, 'carries', 21), link(5, 'carries', 22), link(22, 'fixes', 10)],
    ...[
      link(10, 'caused_by', 1),
      link(4, 'caused_incident', 10),
      link(5, 'caused_incident', 11),
      link(11, 'caused_by', 4),
    ],
  ],
  verdicts: [{ identity_id: 2, is_failure: false }],
};
test.each(idsOf(all).map(Number))('outcomes follow when %i goes, and when it comes again', async (id) => {
  const columns = await ColumnsInMemory.of(all);
  const whole = await columns.outcomes();
  const others = only(all, new Set(idsOf(all).filter((other) => other !== id)));
  await columns.replace([id], {});
  await columns.settle();
  const anew = await ColumnsInMemory.of(others);
  expect(await columns.outcomes()).toEqual(await anew.outcomes());
  await columns.replace([id], only(all, new Set([id])));
  await columns.settle();
  expect(await columns.outcomes()).toEqual(whole);
  await columns.close();
  await anew.close();
});
