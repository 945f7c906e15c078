import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { delivery, event, MINUTE, MONDAY, ofBuild } from '../../test/support/events.ts';
import { unlinked } from '../../test/support/unlinked.ts';
import { append, swap } from '../../test/support/without-rules.ts';
import type { Event } from '../domain/event.ts';
import { type Store, StoreError, type StoreReader } from '../store/contract.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { Retelling } from './swap.ts';

const SPAN = 'vstrace-customhttp-build-shop-web%2D7';

interface Opened {
  readonly store: Store;
  readonly reader: StoreReader;
  close(): Promise<void>;
}

function open(): Opened {
  const folder = mkdtempSync(join(tmpdir(), 'valuestream-'));
  const store = openSqliteStore(folder);
  const reader = openSqliteReader(folder);
  const close = async () => {
    await reader.close();
    await store.close();
    rmSync(folder, { recursive: true });
  };
  return { store, reader, close };
}

let opened: Opened;
beforeEach(() => {
  opened = open();
});
afterEach(async () => {
  await opened.close();
});

const tell = (into: Opened, id: number, ...events: readonly Event[]) =>
  append(into.store, [{ delivery: delivery(`d-${id}`, { events: events.length }), events }]);

function retelling(id: number, ...told: readonly Event[]): Retelling {
  return { id, kind: 'build.start', outcome: 'accepted', reason: null, events: told.length, told };
}

/** Everything that a reader can see of the spans. */
async function visible({ reader }: Opened) {
  const { items } = await reader.listSpans({}, { limit: 200 });
  const ids = [...new Set(items.map(({ spanId }) => spanId))].sort();
  return Promise.all(
    ids.map(async (id) => {
      const { revision: _ofThisStore, ...span } = (await reader.findSpan(id)) ?? { revision: 0 };
      const events = await reader.findEvents(id, 500);
      const told = events.map((one) => JSON.stringify(one)).sort();
      return { ...span, told };
    }),
  );
}

describe('swapping what deliveries tell', () => {
  it('changes nothing, and feeds nothing on, when they tell the same', async () => {
    await tell(opened, 1, event('start', 0));
    await tell(opened, 2, event('start', 0), event('end', 5));
    const before = [await visible(opened), await opened.reader.changesAfter(0, 9)];
    const same = [retelling(1, event('start', 0)), retelling(2, event('start', 0), event('end', 5))];
    expect(await swap(opened.store, same)).toEqual([]);
    expect([await visible(opened), await opened.reader.changesAfter(0, 9)]).toEqual(before);
  });

  it('says which span changes, and how', async () => {
    await tell(opened, 1, event('start', 0, { title: 'Wrong', tags: { agent: 'a1', 'vcs.change.id': '7' } }));
    const now = event('start', 1, { title: 'Right', tags: { agent: 'a1' } });
    expect(await swap(opened.store, [retelling(1, now)])).toEqual([
      {
        spanId: SPAN,
        change: 'changed',
        differences: [
          { attempt: 1, field: 'key', before: `t:${MONDAY}`, after: `t:${MONDAY + MINUTE}` },
          { attempt: 1, field: 'startedAt', before: MONDAY, after: MONDAY + MINUTE },
          { attempt: 1, field: 'tags.vcs.change.id', before: '7', after: null },
          { attempt: 1, field: 'title', before: 'Wrong', after: 'Right' },
        ],
      },
    ]);
    expect((await opened.reader.findSpan(SPAN))?.attempts).toMatchObject([{ title: 'Right' }]);
  });

  it('leaves what another delivery told as well, which is the other one’s from then on', async () => {
    await tell(opened, 1, event('start', 0), event('end', 5));
    await tell(opened, 2, event('start', 0, { receivedAt: MONDAY + MINUTE }));
    await swap(opened.store, [{ ...retelling(1), outcome: 'ignored', reason: 'not ours' }]);
    expect((await opened.reader.findSpan(SPAN))?.attempts).toMatchObject([{ state: 'open', startedAt: MONDAY }]);
    expect(await opened.reader.findEvents(SPAN, 9)).toMatchObject([{ deliveryIds: [2] }]);
    expect(await opened.reader.findDelivery(1)).toMatchObject({ outcome: 'ignored', reason: 'not ours', events: 0 });
    expect(await opened.reader.spanIdsOf(1)).toEqual([]);
  });

  it('removes a span of which nobody tells any more, with its names, and keeps a tombstone in the feed', async () => {
    await tell(opened, 1, event('start', 0));
    const [change] = await swap(opened.store, [retelling(1, event('start', 0, ofBuild('8')))]);
    expect(change).toMatchObject({ spanId: SPAN, change: 'removed' });
    expect((await opened.reader.changesAfter(0, 9)).map(({ spanId, attempts }) => [spanId, attempts.length])).toEqual([
      [SPAN, 0],
      ['vstrace-customhttp-build-shop-8', 1],
    ]);
    expect(await opened.reader.lookUpName(SPAN, {})).toEqual({ found: 'none' });
  });

  it('gives a span the id again that it had', async () => {
    await tell(opened, 1, event('start', 0, { name: { scope: 'shop', id: 'old' } }));
    await tell(opened, 2, event('end', 5, { name: { scope: 'shop', id: 'new' } }));
    await swap(opened.store, [retelling(1, event('start', 0, { name: { scope: 'shop', id: 'other' } }))]);
    expect((await visible(opened)).map(({ spanId, names }) => [spanId, names?.map(({ name }) => name)])).toEqual([
      [
        'vstrace-customhttp-build-shop-old',
        ['vstrace-customhttp-build-shop-other', 'vstrace-customhttp-build-shop-new'],
      ],
    ]);
  });

  it('makes a dead letter of a delivery whose events cannot be folded, and takes the rest', async () => {
    await tell(opened, 1, event('start', 0));
    await tell(opened, 2, event('start', 0, ofBuild('8')));
    const poison = event('start', 0, { tags: { size: Number.NaN } });
    const changes = await swap(opened.store, [retelling(1, poison), retelling(2, event('start', 9, ofBuild('8')))]);
    expect(changes.map(({ spanId, change }) => [spanId, change])).toEqual([
      [SPAN, 'removed'],
      ['vstrace-customhttp-build-shop-8', 'changed'],
    ]);
    expect(await opened.reader.findDelivery(1)).toMatchObject({ outcome: 'dead_letter', events: 0 });
  });

  it('writes nothing of a group that the store cannot take', async () => {
    await tell(opened, 1, event('start', 0));
    const full: Store = {
      write: (work) =>
        opened.store.write(async (transaction) => {
          await work(transaction);
          throw new StoreError('unavailable', 'disk full');
        }),
      close: () => opened.store.close(),
    };
    const before = await visible(opened);
    await expect(swap(full, [retelling(1, event('end', 0))])).rejects.toThrow('disk full');
    expect(await visible(opened)).toEqual(before);
  });
});

describe('a store whose deliveries were swapped', () => {
  const facts = fc.record({
    build: fc.constantFrom('7', '8'),
    scope: fc.constantFrom('shop', 'store'),
    state: fc.constantFrom('start', 'transition', 'intermediary', 'end'),
    minute: fc.integer({ min: 0, max: 4 }),
    title: fc.constantFrom('one', 'two'),
  });
  const told = fc.array(facts, { maxLength: 3 }).map((all) =>
    all.map(({ build, scope, state, minute, title }) =>
      event(state as Event['state'], minute, {
        ...ofBuild(build),
        name: { scope, id: build },
        title,
        receivedAt: MONDAY,
        ...(state === 'transition' ? { stage: { key: title, name: title } } : {}),
      }),
    ),
  );

  it('is what it would be had they told that from the beginning, in whatever groups they are swapped', async () => {
    const deliveries = fc.array(fc.tuple(told, told), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(deliveries, fc.integer({ min: 1, max: 3 }), async (pairs, size) => {
        const [swapped, straight] = [open(), open()];
        for (const [index, [before, after]] of pairs.entries()) {
          await tell(swapped, index + 1, ...before);
          await tell(straight, index + 1, ...after);
        }
        const retellings = pairs.map(([, after], index) => retelling(index + 1, ...after));
        for (let start = 0; start < retellings.length; start += size)
          await swap(swapped.store, retellings.slice(start, start + size));
        expect(await nameless(swapped)).toEqual(await nameless(straight));
        await Promise.all([swapped.close(), straight.close()]);
      }),
      { numRuns: 150 },
    );
  });

  /** A span keeps the id of the first time it was seen, so the two stores may call it by another of its names. */
  async function nameless(one: Opened) {
    const spans = await visible(one);
    return spans
      .map(({ spanId: _given, attempts, ...span }) => ({ ...span, attempts: unlinked(attempts) }))
      .sort((a, b) => (a.told < b.told ? -1 : 1));
  }
});
