import { describe, expect, it } from 'vitest';
import { emptyTail, fold } from '../../src/domain/fold.ts';
import type { StoreReader } from '../../src/store/contract.ts';
import { event, MINUTE, MONDAY } from '../support/events.ts';
import { unlinked } from '../support/unlinked.ts';
import { type Opened, writing } from './opened.ts';

/** The law of spans, for every store there is. */
export function spansContract(opened: Opened): void {
  const { open, reopen } = opened;
  const { write, identify, save } = writing(opened);

  describe('spans', () => {
    const life = fold([
      event('start', 0, { title: 'Ship the Cart', stage: { key: 'q', name: 'Queue' } }),
      event('transition', 1, { stage: { key: 'r', name: 'Run' } }),
      event('end', 5, { result: 'failure', tags: { 'deployment.environment.name': 'production' } }),
      event('start', 9),
    ]).attempts;

    it('gives back all attempts with their stages', async () => {
      const { id } = await identify('1');
      await save(id, life);
      expect(unlinked((await open().reader.findSpan('s-1'))?.attempts)).toEqual(life);
      expect(await open().reader.findSpan('s-2')).toBeNull();
    });

    it('replaces everything of an identity by a whole fold', async () => {
      const { id } = await identify('1');
      await save(id, life);
      const after = fold([event('start', 3)]).attempts;
      await save(id, after);
      expect(unlinked((await open().reader.findSpan('s-1'))?.attempts)).toEqual(after);
      expect((await open().reader.listStages({}, { limit: 9 })).items).toEqual([]);
    });

    it('changes only what a step changes', async () => {
      const { id } = await identify('1');
      await save(id, life);
      const [first, second] = life;
      if (first === undefined || second === undefined) throw new Error('two lives were folded');
      const { stages, ...attempt } = first;
      const lastStage = { key: 'd', name: 'Done', category: null, startedAt: MONDAY, finishedAt: null };
      const change = { attempt: { ...attempt, title: 'Renamed' }, stagesFrom: 1, stages: [lastStage] };
      await write((transaction) =>
        transaction.saveFolds([{ identityId: id, whole: false, changes: [change], tail: emptyTail }]),
      );
      expect(unlinked((await open().reader.findSpan('s-1'))?.attempts)).toEqual([
        { ...first, title: 'Renamed', stages: [stages[0], lastStage] },
        second,
      ]);
    });

    it('lists them latest first, page by page, each once', async () => {
      for (const minute of [1, 2, 2, 2, 3]) {
        const { id } = await identify(`${minute}-${Math.random()}`);
        await save(id, fold([event('start', minute)]).attempts);
      }
      const seen: (number | null)[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: Awaited<ReturnType<StoreReader['listSpans']>> = await open().reader.listSpans(
          {},
          { limit: 2, ...(cursor === '' ? {} : { cursor }) },
        );
        seen.push(...page.items.map(({ attempt }) => attempt.startedAt));
        cursor = page.next;
      }
      expect(seen).toEqual([3, 2, 2, 2, 1].map((minute) => MONDAY + minute * MINUTE));
    });

    it.each([
      [{ operation: 'build' }, 2],
      [{ operation: 'deploy' }, 0],
      [{ source: 'customhttp', project: 'shop' }, 2],
      [{ project: 'other' }, 0],
      [{ team: 'any' }, 0],
      [{ environment: 'production' }, 1],
      [{ state: 'open' }, 1],
      [{ state: 'finished', isError: true, result: 'failure' }, 1],
      [{ isError: false }, 1],
      [{ from: MONDAY + MINUTE }, 1],
      [{ to: MONDAY + MINUTE }, 1],
      [{ q: 'the CART' }, 1],
      [{ q: 'S-1' }, 2],
      [{ q: '%' }, 0],
    ] as const)('filters by %o', async (filter, count) => {
      const { id } = await identify('1');
      await save(id, life);
      expect((await open().reader.listSpans(filter, { limit: 9 })).items).toHaveLength(count);
    });

    it('lists stages as items of their own, with the span they are part of', async () => {
      const { id } = await identify('1');
      await save(id, life);
      const { items } = await open().reader.listStages({ state: 'finished' }, { limit: 9 });
      expect(items.map(({ number, stage, span }) => [number, stage.name, span.spanId])).toEqual([
        [2, 'Run', 's-1'],
        [1, 'Queue', 's-1'],
      ]);
    });
  });

  describe('what spans there are', () => {
    it('is told by their kinds, the most frequent first, from a time on', async () => {
      const environment = {
        tags: { 'deployment.environment.name': 'prod', 'valuestream.environment.tier': 'production' },
      };
      await save((await identify('1')).id, fold([event('start', 0), event('end', 1)]).attempts);
      await save((await identify('2')).id, fold([event('start', 5), event('end', 6)]).attempts);
      await save((await identify('3')).id, fold([event('start', 5, { ...environment, operation: 'deploy' })]).attempts);
      const build = { source: 'customhttp', operation: 'build', project: 'shop', environment: null, tier: null };
      expect(await open().reader.tallySpans(0, 10)).toEqual([
        { ...build, result: 'unknown', count: 2 },
        { ...build, operation: 'deploy', environment: 'prod', tier: 'production', result: null, count: 1 },
      ]);
      expect(await open().reader.tallySpans(MONDAY + MINUTE, 1)).toMatchObject([{ operation: 'build', count: 1 }]);
    });

    it('and by their stages', async () => {
      const stage = (name: string, minute: number) =>
        event('transition', minute, { key: name, stage: { key: name, name, category: 'active' } });
      await save((await identify('1')).id, fold([event('start', 0), stage('Run', 0), stage('Check', 1)]).attempts);
      await save((await identify('2')).id, fold([event('start', 5), stage('Run', 5)]).attempts);
      const build = { source: 'customhttp', operation: 'build', category: 'active' };
      expect(await open().reader.tallyStages(0, 10)).toEqual([
        { ...build, stage: 'Run', count: 2 },
        { ...build, stage: 'Check', count: 1 },
      ]);
      expect(await open().reader.tallyStages(MONDAY + MINUTE, 10)).toEqual([{ ...build, stage: 'Run', count: 1 }]);
    });

    it('and how many of them are open, since when', async () => {
      for (const [id, minute] of [
        ['1', 7],
        ['2', 3],
      ] as const)
        await save((await identify(id)).id, fold([event('start', minute)]).attempts);
      await save((await identify('3')).id, fold([event('start', 1), event('end', 6)]).attempts);
      expect(await open().reader.tallyOpen()).toEqual([
        { source: 'customhttp', operation: 'build', project: 'shop', count: 2, oldestStartedAt: MONDAY + 3 * MINUTE },
      ]);
    });
  });

  describe('the change feed', () => {
    it('gives every change a later revision, and each identity once at its newest', async () => {
      const one = await identify('1');
      const two = await identify('2');
      expect(await open().reader.latestRevision()).toBe(0);
      await save(one.id, fold([event('start', 0)]).attempts);
      await save(two.id, fold([event('start', 0)]).attempts);
      const [first, second] = await open().reader.changesAfter(0, 10);
      expect([first?.spanId, second?.spanId]).toEqual(['s-1', 's-2']);
      expect(await open().reader.latestRevision()).toBe(second?.revision);
      await save(one.id, fold([event('start', 1)]).attempts);
      const after = await open().reader.changesAfter(second?.revision ?? 0, 10);
      expect(after.map(({ spanId, attempts }) => [spanId, attempts.length])).toEqual([['s-1', 1]]);
      expect((await open().reader.changesAfter(0, 10)).map(({ spanId }) => spanId)).toEqual(['s-2', 's-1']);
    });

    it('keeps a tombstone of an identity that has no attempt left', async () => {
      const { id } = await identify('1');
      await save(id, fold([event('start', 0)]).attempts);
      await save(id, []);
      await reopen();
      expect(await open().reader.changesAfter(0, 10)).toMatchObject([{ spanId: 's-1', attempts: [] }]);
    });

    it('tells since when an attempt is there, and since when it is finished, however it is folded again', async () => {
      const { id } = await identify('1');
      const since = async () => {
        const [change] = await open().reader.changesAfter(0, 10);
        return change?.attempts.map((attempt) => [attempt.since.known, attempt.since.finished]);
      };
      await save(id, fold([event('start', 1)]).attempts);
      expect(await since()).toEqual([[1, null]]);
      await save(id, fold([event('start', 1), event('end', 2)]).attempts);
      expect(await since()).toEqual([[1, 2]]);
      // A late start moves its beginning, and so its key.
      await save(id, fold([event('start', 0), event('start', 1), event('end', 2)]).attempts);
      expect(await since()).toEqual([[1, 2]]);
      await save(id, fold([event('start', 0), event('end', 2), event('start', 3)]).attempts);
      await reopen();
      expect(await since()).toEqual([
        [1, 2],
        [4, null],
      ]);
    });

    it('can be read in parts', async () => {
      for (const id of ['1', '2', '3']) await save((await identify(id)).id, []);
      const first = await open().reader.changesAfter(0, 2);
      const rest = await open().reader.changesAfter(first.at(-1)?.revision ?? 0, 2);
      expect([...first, ...rest].map(({ spanId }) => spanId)).toEqual(['s-1', 's-2', 's-3']);
    });
  });
}
