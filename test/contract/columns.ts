import { expect, it } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import { emptyTail, fold } from '../../src/domain/fold.ts';
import { identityKey } from '../../src/domain/identity.ts';
import { BETWEEN_DETAILS } from '../../src/store/columns.ts';
import { delivery, event, MONDAY, ofBuild } from '../support/events.ts';
import { type Opened, writing } from './opened.ts';

const SHA = 'a'.repeat(40);
const commit = { source: 'github', instance: 'own', kind: 'commit', scope: '7', id: SHA };
const { identity: build } = ofBuild('1');

/** The rows that lists hold; none where there are none. */
function rowsIn(lists = '{}'): Record<string, unknown>[] {
  const columns = Object.entries<unknown[]>(JSON.parse(lists));
  const [first] = columns;
  return (first?.[1] ?? []).map((_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row]])));
}

/** The law of what a store gives a copy in columns; part of the store contract. */
export function columnsContract(opened: Opened): void {
  const { open, reopen } = opened;
  const { write, save: saveFold } = writing(opened);
  const read = (after = 0, limit = 10) => open().reader.readColumns({ after, limit });

  const identify = (identity: Event['identity']) =>
    write(async (transaction) => {
      const names = { spanId: `s-${identity.id}`, otherwise: `o-${identity.id}` };
      const [added] = await transaction.addIdentities([{ key: identityKey(identity), ...names }]);
      return added?.id ?? 0;
    });

  const save = (identityId: number, ...events: readonly Event[]) => saveFold(identityId, fold(events).attempts);

  /** A commit as two deliveries tell it: one of them when it was made, the other what it says. */
  const tellCommit = async () => {
    const id = await identify(commit);
    const told = (more: Partial<Event>) =>
      event('intermediary', 0, { identity: commit, name: { scope: 'x', id: SHA }, key: 'authored', ...more });
    await write(async (transaction) => {
      const deliveries = await transaction.addDeliveries([delivery('a'), delivery('b')]);
      const events = [told({}), told({ facts: { message: 'Cache' }, observedAt: MONDAY + 1 })];
      await transaction.addObservations(
        deliveries.map(({ id: deliveryId }, index) => ({
          identityId: id,
          deliveryId,
          event: events[index] ?? told({}),
        })),
      );
      await transaction.saveTold([{ identityId: id, tail: emptyTail }]);
    });
    return id;
  };

  it('gives the attempts of what has changed, with their stages, in order and no more than was asked for', async () => {
    const stage = { key: 'run', name: 'Running', category: 'active' } as const;
    const [one, two] = [await identify(build), await identify({ ...build, id: '2' })];
    await save(two, event('start', 0));
    await save(one, event('start', 0, { stage }), event('end', 1, { result: 'success' }));
    const first = await read(0, 1);
    expect(first).toMatchObject({ through: 1, latest: 2, spans: [two], told: [] });
    const second = await read(first.through, 1);
    expect(second).toMatchObject({ through: 2, spans: [one] });
    const { attempts, details, stages, ...more } = second.rows;
    expect(rowsIn(attempts)).toEqual([{ identity_id: one, ordinal: 1, span_id: 's-1', source: build.source }]);
    expect(JSON.parse(details ?? '')).toMatchObject({ operation: 'build', result: 'success', startedAt: MONDAY });
    expect(rowsIn(stages)).toEqual([
      {
        ...{ identity_id: one, ordinal: 1, number: 1, name: 'Running', category: 'active' },
        ...{ started_at: MONDAY, finished_at: MONDAY + 60_000 },
      },
    ]);
    expect(more).toEqual({});
    expect(await read(second.through)).toMatchObject({ through: 2, spans: [], told: [] });
  });

  it('gives no row of what is no longer, and says so', async () => {
    const id = await identify(build);
    await save(id, event('start', 0));
    await save(id);
    expect(await read()).toMatchObject({ through: 2, spans: [id], rows: {} });
    expect((await read()).rows).toEqual({});
  });

  it('gives what is told without being a span, merged, which the change feed leaves out', async () => {
    const built = await identify(build);
    await save(built, event('start', 0));
    const id = await tellCommit();
    const { through, told, rows } = await read();
    expect({ through, told }).toEqual({ through: 2, told: [id] });
    expect(rowsIn(rows.commits)).toEqual([
      {
        ...{ identity_id: id, scope: 'github:own:7', commit_sha: SHA, message: 'Cache' },
        ...{ authored_at: MONDAY, committed_at: null },
      },
    ]);
    expect(await open().reader.latestColumnsRevision()).toBe(2);
    expect(await open().reader.latestRevision()).toBe(1);
    expect((await open().reader.changesAfter(0, 10)).map(({ spanId }) => spanId)).toEqual(['s-1']);
  });

  it('counts both together, so that a part of them leads on from where it ends', async () => {
    const id = await tellCommit();
    const built = await identify(build);
    await save(built, event('start', 0));
    await write((transaction) => transaction.saveTold([{ identityId: id, tail: emptyTail }]));
    const first = await read(0, 1);
    expect(first).toMatchObject({ through: 2, latest: 3, spans: [built], told: [] });
    expect(await read(first.through, 1)).toMatchObject({ through: 3, spans: [], told: [id] });
  });

  it('gives the details of several attempts apart, and of pull requests once more', async () => {
    const pull = { source: 'github', instance: 'own', kind: 'pull_request', scope: '7', id: '1' };
    await save(await identify(build), event('start', 0, { title: 'one' }));
    const id = await identify(pull);
    await save(id, event('start', 0, { identity: pull, operation: 'pull_request', title: 'two' }));
    const { details, pull_requests: pulls } = (await read()).rows;
    const [one, two] = details?.split(BETWEEN_DETAILS) ?? [];
    expect([one, two].map((json) => JSON.parse(json ?? '').title)).toEqual(['one', 'two']);
    expect(rowsIn(pulls)).toEqual([{ identity_id: id, ordinal: 1, key: identityKey(pull), details: two }]);
  });

  it('gives texts whole that were cut off in the middle of a character', async () => {
    const cut = { title: 'cut \ud83d', operation: 'pull_request' } as const;
    await save(await identify(build), event('start', 0, cut), event('start', 90, { ...cut, attempt: 2 }));
    const { details = '', pull_requests: pulls } = (await read()).rows;
    const told = [...details.split(BETWEEN_DETAILS), ...rowsIn(pulls).map((row) => String(row.details))];
    expect(told.length).toBeGreaterThan(1);
    for (const json of told) {
      expect(json).not.toContain('\\ud');
      expect(JSON.parse(json)).toMatchObject({ title: 'cut \ufffd' });
    }
  });

  it('has an id of its own, which it keeps', async () => {
    const id = await open().reader.storeId();
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    await reopen();
    expect(await open().reader.storeId()).toBe(id);
  });
}
