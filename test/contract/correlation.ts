import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyTail, fold } from '../../src/domain/fold.ts';
import type { Transaction } from '../../src/store/contract.ts';
import type { Deployment, StoredLink, Want } from '../../src/store/correlation.ts';
import { event, MINUTE, MONDAY } from '../support/events.ts';
import type { OpenStore } from './opened.ts';

/** The law of `CorrelationStore`, for every store there is. */
export function correlationContract(name: string, openNew: () => Promise<OpenStore>): void {
  describe(`${name} keeps the contract of correlation`, () => {
    let open: OpenStore;
    beforeEach(async () => {
      open = await openNew();
    });
    afterEach(async () => {
      await open.discard();
    });
    const write = <T>(work: (transaction: Transaction) => Promise<T>) => open.store.write(work);

    /** A span of its own that lasted from one minute to another. */
    async function span(id: string, from = 0, to: number | null = null): Promise<number> {
      return await write(async (transaction) => {
        const key = ['customhttp', '', 'build', 'shop', id].join('\u001f');
        const [identity] = await transaction.addIdentities([{ key, spanId: `s-${id}`, otherwise: `o-${id}` }]);
        if (identity === undefined) throw new Error('no identity was added');
        const events = [event('start', from), ...(to === null ? [] : [event('end', to)])];
        const { attempts } = fold(events);
        await transaction.saveFolds([{ identityId: identity.id, whole: true, attempts, tail: emptyTail }]);
        return identity.id;
      });
    }

    const provision = (identityId: number, key: string) => ({ identityId, key, attempt: null });
    const want = (identityId: number, key: string, more: Partial<Want> = {}): Want => ({
      identityId,
      ordinal: 1,
      key,
      as: 'cause',
      via: 'field',
      rank: 0,
      origin: 'told',
      at: 0,
      ...more,
    });
    const link = (identityId: number, toId: number, more: Partial<StoredLink> = {}): StoredLink => ({
      identityId,
      ordinal: 1,
      kind: 'caused_by',
      toId,
      toAttempt: null,
      certainty: 'certain',
      reason: { key: 'run\u001f1\u001fci', via: 'field', through: null },
      isParent: true,
      precedence: 1,
      isDropped: false,
      ...more,
    });

    it('says which provisions are new, and finds their providers by the whole key or by what it begins with', async () => {
      const [one, two] = [await span('1'), await span('2')];
      await write(async ({ correlation }) => {
        expect(await correlation.addProvisions([provision(one, 'commit\u001fabc1\u001fr')])).toHaveLength(1);
        expect(await correlation.addProvisions([provision(one, 'commit\u001fabc1\u001fr')])).toEqual([]);
        await correlation.addProvisions([provision(two, 'commit\u001fabc2\u001fr')]);
        const exact = { key: 'commit\u001fabc1\u001fr' };
        const prefix = { key: 'commit\u001fabc', isPrefix: true };
        const found = await correlation.findProviders([exact, prefix, { key: 'commit\u001fab' }], 9);
        expect(found.get(exact.key)).toEqual([provision(one, exact.key)]);
        expect(found.get(prefix.key)?.map(({ identityId }) => identityId)).toEqual([one, two]);
        expect(found.has('commit\u001fab')).toBe(false);
        expect((await correlation.findProviders([prefix], 1)).get(prefix.key)).toHaveLength(1);
      });
    });

    it('replaces all that an identity provides, and says what came and went', async () => {
      const one = await span('1');
      await write(async ({ correlation }) => {
        await correlation.addProvisions([provision(one, 'a'), provision(one, 'b')]);
        const changed = await correlation.replaceProvisions(one, [provision(one, 'b'), provision(one, 'c')]);
        expect(changed.sort()).toEqual(['a', 'c']);
        expect((await correlation.findProvisions([one])).map(({ key }) => key)).toEqual(['b', 'c']);
        expect(
          await correlation.replaceProvisions(one, [{ ...provision(one, 'b'), attempt: 2 }, provision(one, 'c')]),
        ).toEqual(['b']);
      });
    });

    it('keeps what is wanted for each attempt, and finds who wants it, of what passes only those of a time', async () => {
      const [one, two] = [await span('1'), await span('2')];
      const early = want(one, 'branch', { at: MONDAY });
      const late = want(two, 'branch', { at: MONDAY + 9 * MINUTE, ordinal: 2 });
      await write(async ({ correlation }) => {
        await correlation.saveWants({ remove: [], add: [early, late] });
        expect(await correlation.findWants([{ identityId: two, ordinal: 2 }])).toEqual([late]);
        expect(await correlation.findAllWants([one])).toEqual([early]);
        const between = { from: MONDAY, to: MONDAY + MINUTE };
        expect(await correlation.findWanters([{ key: 'branch', between }])).toEqual([
          { identityId: one, ordinal: 1, as: 'cause' },
        ]);
        expect(await correlation.findWanters([{ key: 'bra', isPrefix: true }])).toHaveLength(2);
        await correlation.saveWants({ remove: [early], add: [{ ...late, rank: 3 }] });
        expect(await correlation.findWanters([{ key: 'branch' }])).toHaveLength(1);
        expect(await correlation.findWants([{ identityId: two, ordinal: 2 }])).toEqual([{ ...late, rank: 3 }]);
      });
    });

    it('tells what an identity is at a time, and that it is nothing to be linked to without an attempt', async () => {
      const one = await span('1', 5, 8);
      const [{ id: none } = { id: 0 }] = await write((transaction) =>
        transaction.addIdentities([{ key: 'x\u001f\u001fcommit\u001fr\u001f1', spanId: 's-x', otherwise: 'o-x' }]),
      );
      await write(async ({ correlation }) => {
        const at = (minute: number) => ({ identityId: one, at: MONDAY + minute * MINUTE });
        const [before, during, after] = await correlation.findSubjects([at(4), at(6), at(9)]);
        expect([before, during, after].map((subject) => subject?.isInForce)).toEqual([false, true, false]);
        expect(during).toMatchObject({ spanId: 's-1', operation: 'build' });
        expect(await correlation.findSubjects([{ identityId: none, at: MONDAY }])).toMatchObject([{ operation: null }]);
        expect(
          await correlation.findNodes([
            { identityId: one, ordinal: 0 },
            { identityId: one, ordinal: 2 },
          ]),
        ).toMatchObject([{ identityId: one, ordinal: 1, isFirst: true, key: expect.stringContaining('build') }]);
      });
    });

    it('replaces the links of a place, and finds them from both ends', async () => {
      const [one, two, three] = [await span('1'), await span('2'), await span('3')];
      await write(async ({ correlation }) => {
        const links = [link(one, two), link(one, three, { kind: 'part_of', isParent: false })];
        await correlation.replaceLinks({ identityId: one, ordinal: 1 }, links);
        expect(await correlation.findLinks([{ identityId: one, ordinal: 1 }])).toEqual(links);
        expect(await correlation.findParentLinks([one])).toEqual([links[0]]);
        expect(await correlation.findChildren([two, three], 9)).toEqual([one]);
        await correlation.replaceLinks({ identityId: one, ordinal: 1 }, [link(one, two, { isDropped: true })]);
        expect(await correlation.findChildren([two], 9)).toEqual([]);
      });
    });

    it('gives a new revision to what is touched, in the order asked', async () => {
      const [one, two] = [await span('1'), await span('2')];
      const before = await open.reader.latestRevision();
      await write(({ correlation }) => correlation.touch([two, one]));
      expect((await open.reader.changesAfter(before, 9)).map(({ spanId }) => spanId)).toEqual(['s-2', 's-1']);
    });

    it('hands out what is below a span step by step, each once, and survives being opened again', async () => {
      const parent = await span('p');
      const children = await Promise.all(['1', '2', '3'].map((id) => span(id)));
      await write(async ({ correlation }) => {
        for (const child of children)
          await correlation.replaceLinks({ identityId: child, ordinal: 1 }, [link(child, parent)]);
        await correlation.addRetraces([parent]);
        expect(await correlation.takeRetraced(2)).toEqual(children.slice(0, 2));
      });
      open = await open.reopen();
      await write(async ({ correlation }) => {
        expect(await correlation.takeRetraced(2)).toEqual(children.slice(2));
        expect(await correlation.takeRetraced(2)).toBeNull();
      });
    });

    it('keeps deployments in the order of their ends, by service and environment', async () => {
      const ids = await Promise.all(['1', '2', '3'].map((id) => span(id)));
      const deployment = (index: number, minute: number, more: Partial<Deployment> = {}): Deployment => ({
        identityId: ids[index] ?? 0,
        ordinal: 1,
        key: `k${index}`,
        service: 'shop',
        environment: 'production',
        isProduction: true,
        finishedAt: MONDAY + minute * MINUTE,
        commit: 'c',
        scope: 'r',
        base: 'known',
        isRollback: false,
        ...more,
      });
      const [first, second, third] = [deployment(0, 1), deployment(1, 5), deployment(2, 5)];
      await write(async ({ correlation }) => {
        await correlation.saveDeployments([third, first, second]);
        expect(await correlation.findNextTo(second, 'before')).toEqual(first);
        expect(await correlation.findNextTo(second, 'after')).toEqual(third);
        expect(await correlation.findNextTo({ ...second, environment: 'staging' }, 'after')).toBeNull();
        const within = { from: MONDAY, to: MONDAY + 5 * MINUTE };
        expect(await correlation.findLastDeployment('shop', within)).toEqual(third);
        expect(await correlation.findNextInProduction(second, 'before')).toEqual(first);
        expect(await correlation.findNextInProduction(second, 'after')).toEqual(third);
        await correlation.removeDeployments([third]);
        expect(await correlation.findLastDeployment('shop', within)).toEqual(second);
        await correlation.saveDeployments([{ ...second, isProduction: false }]);
        expect(await correlation.findLastDeployment('shop', within)).toEqual(first);
        expect(await correlation.findDeployments([third, first])).toEqual([first]);
      });
    });

    it('keeps incidents by service and start', async () => {
      const one = await span('1');
      const incident = { identityId: one, ordinal: 1, service: 'shop', startedAt: MONDAY };
      await write(async ({ correlation }) => {
        await correlation.saveIncidents([incident]);
        expect(await correlation.findIncidents('shop', { from: MONDAY, to: MONDAY })).toEqual([incident]);
        expect(await correlation.findIncidents('till', { from: MONDAY, to: MONDAY })).toEqual([]);
        expect(await correlation.findIncidentsAt([incident])).toEqual([incident]);
        await correlation.removeIncidents([incident]);
        expect(await correlation.findIncidentsAt([incident])).toEqual([]);
      });
    });
  });
}
