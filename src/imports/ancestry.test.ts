import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ancestry, type Listed, type Told } from './ancestry.ts';

/** A repository: each commit stands on none, one or several before it; the last one is the head. */
const repository: fc.Arbitrary<Listed[]> = fc
  .array(fc.uniqueArray(fc.nat(), { minLength: 0, maxLength: 3 }), { minLength: 1, maxLength: 16 })
  .map((all) =>
    all.map((picks, index) => ({
      oid: `c${index}`,
      parents: index === 0 ? [] : [...new Set(picks.map((pick) => `c${pick % index}`))],
    })),
  );

/** Which commits one stands on, and itself. */
function reachable(all: readonly Listed[], oid: string | undefined): Set<string> {
  const found = new Set<string>();
  const next = oid === undefined ? [] : [oid];
  for (let one = next.pop(); one !== undefined; one = next.pop()) {
    if (found.has(one)) continue;
    found.add(one);
    next.push(...(all.find((commit) => commit.oid === one)?.parents ?? []));
  }
  return found;
}

const minus = (a: ReadonlySet<string>, b: ReadonlySet<string>) => [...a].filter((one) => !b.has(one)).sort();

/** The list as GitHub gives it, in pages, for as long as an import reads on. */
function read(listed: readonly Listed[], size: number, done: string | null): Told<Listed>[] {
  const ancestry = new Ancestry<Listed>(done);
  const told: Told<Listed>[] = [];
  for (let from = 0; from < listed.length; from += size) {
    told.push(...ancestry.take(listed.slice(from, from + size), String(from)));
    if (ancestry.hasSeenDone && ancestry.isWhole) return told;
  }
  return [...told, ...ancestry.rest()];
}

/** All that the head stands on, in the order in which git lists it. */
function listOf(all: readonly Listed[], head = all.at(-1)?.oid): Listed[] {
  const known = reachable(all, head);
  return all.filter(({ oid }) => known.has(oid)).toReversed();
}

const expected = (all: readonly Listed[], { oid, parents }: Listed) => ({
  ...{ oid, truncated: false },
  brought: minus(reachable(all, oid), reachable(all, parents[0])).filter((one) => one !== oid),
});
const found = ({ commit: { oid }, brought, truncated }: Told<Listed>) => ({
  ...{ oid, truncated },
  brought: brought.toSorted(),
});
const byOid = (a: { oid: string }, b: { oid: string }) => (a.oid < b.oid ? -1 : 1);

describe('what commits stand on, read from a list of them', () => {
  it('is each commit once, with what it has that its first parent has not', () => {
    fc.assert(
      fc.property(repository, fc.integer({ min: 1, max: 20 }), (all, size) => {
        const listed = listOf(all);
        const told = read(listed, size, null);
        expect(told.map(found).sort(byOid)).toEqual(listed.map((one) => expected(all, one)).sort(byOid));
        for (const { brought } of told)
          for (const [at, oid] of brought.entries())
            expect(brought.slice(at + 1).some((later) => reachable(all, oid).has(later))).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same where wrong clocks have shuffled a page', () => {
    const shuffled = repository.chain((all) => {
      const listed = listOf(all);
      return fc.tuple(fc.constant(all), fc.shuffledSubarray(listed, { minLength: listed.length }));
    });
    fc.assert(
      fc.property(shuffled, ([all, listed]) => {
        const told = read(listed, 100, null).map(found);
        expect(told.sort(byOid)).toEqual(listed.map((one) => expected(all, one)).sort(byOid));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is only what is new since a commit that the branch stood on', () => {
    fc.assert(
      fc.property(repository, fc.nat(), fc.integer({ min: 1, max: 20 }), (all, pick, size) => {
        const line: string[] = [];
        for (let at = all.at(-1); at !== undefined; at = all.find(({ oid }) => oid === at?.parents[0]))
          line.push(at.oid);
        const done = line[pick % line.length] ?? '';
        const isNew = minus(reachable(all, all.at(-1)?.oid), reachable(all, done));
        const told = read(listOf(all), size, done).map(found);
        const wanted = all.filter(({ oid }) => isNew.includes(oid)).map((one) => expected(all, one));
        expect(told.sort(byOid)).toEqual(wanted.sort(byOid));
      }),
      { numRuns: 1_000 },
    );
  });

  it('says that a merge brought more where its branch was begun too long ago', () => {
    const line = Array.from({ length: 60 }, (_, at) => ({ oid: `m${at}`, parents: at === 0 ? [] : [`m${at - 1}`] }));
    const branch = { oid: 'old', parents: ['m0'] };
    const merge = { oid: 'merge', parents: ['m59', 'old'] };
    const told = read([merge, ...line.toReversed().slice(0, 55), branch, ...line.toReversed().slice(55)], 2, null);
    expect(told.find(({ commit }) => commit.oid === 'merge')).toMatchObject({ brought: [], truncated: true });
    expect(told).toHaveLength(62);
  });

  it('goes on from the page of the first merge of which not all is known', () => {
    const ancestry = new Ancestry<Listed>(null);
    ancestry.take([{ oid: 'c', parents: ['b'] }], null);
    expect(ancestry.cursor).toBeUndefined();
    ancestry.take([{ oid: 'b', parents: ['a', 'x'] }], 'one');
    ancestry.take([{ oid: 'a', parents: ['r', 'y'] }], 'two');
    expect(ancestry.cursor).toBe('one');
    ancestry.take([{ oid: 'x', parents: ['a'] }], 'three');
    expect(ancestry.cursor).toBe('two');
  });
});
