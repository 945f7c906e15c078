import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { event, ofBuild } from '../../../test/support/events.ts';
import { World } from '../../../test/support/world.ts';
import { Commits } from '../../ingest/commits.ts';
import { follow, type Transition, Transitions } from './follow.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const told = ({ what, spanId, attempt }: Transition) =>
  `${what} ${spanId.replace('vstrace-customhttp-build-shop-', '')}~${attempt.ordinal}`;

const build = (state: 'start' | 'intermediary' | 'end', id: string, minute: number) =>
  event(state, minute, { ...ofBuild(id), title: `At ${minute}` });

/** Reads as far as there is anything, so many changes at a time. */
async function drain(transitions: Transitions, limit: number): Promise<string[]> {
  const all: string[] = [];
  for (let isAll = false; !isAll; ) {
    const changes = await world.reader.changesAfter(transitions.position, limit);
    isAll = changes.length < limit;
    all.push(...transitions.take(changes, isAll).map(told));
  }
  return all;
}

describe('transitions', () => {
  it('are a start and an end, and not what only tells more', async () => {
    const transitions = new Transitions(0);
    await world.tell([[build('start', 'a', 0)]]);
    expect(await drain(transitions, 9)).toEqual(['started a~1']);
    await world.tell([[build('intermediary', 'a', 1)], [build('start', 'b', 1)]]);
    expect(await drain(transitions, 9)).toEqual(['started b~1']);
    await world.tell([[build('end', 'a', 2)], [build('intermediary', 'a', 3)]]);
    expect(await drain(transitions, 9)).toEqual(['finished a~1']);
    await world.tell([[build('start', 'a', 4)]]);
    expect(await drain(transitions, 9)).toEqual(['started a~2']);
  });

  it('are those after the position only, and both of them where a span shows as finished at once', async () => {
    await world.tell([[build('start', 'a', 0)], [build('end', 'a', 1)], [build('start', 'b', 1)]]);
    const transitions = new Transitions(await world.reader.latestRevision());
    await world.tell([[build('intermediary', 'a', 2)], [build('end', 'b', 2)], [build('end', 'c', 2)]]);
    expect(await drain(transitions, 9)).toEqual(['finished b~1', 'started c~1', 'finished c~1']);
  });

  it('are not told again when a late event gives a span another beginning', async () => {
    const transitions = new Transitions(0);
    await world.tell([[build('end', 'a', 5)]]);
    expect(await drain(transitions, 9)).toEqual(['started a~1', 'finished a~1']);
    await world.tell([[build('start', 'a', 0)]]);
    expect(await drain(transitions, 9)).toEqual([]);
  });

  it('are each told once, however the reading falls between the writing', async () => {
    const step = fc.oneof(
      fc.record({ id: fc.constantFrom('a', 'b', 'c'), state: fc.constantFrom('start', 'intermediary', 'end') }),
      fc.record({ read: fc.integer({ min: 1, max: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await world.close();
        world = new World();
        const transitions = new Transitions(0);
        const all: string[] = [];
        for (const [minute, one] of steps.entries()) {
          if ('state' in one) await world.tell([[build(one.state, one.id, minute)]]);
          else {
            const changes = await world.reader.changesAfter(transitions.position, one.read);
            all.push(...transitions.take(changes, changes.length < one.read).map(told));
          }
        }
        all.push(...(await drain(transitions, 2)));
        expect(all.toSorted()).toEqual(await committed());
      }),
      { numRuns: 150 },
    );
  });
});

/** What there is in the end, as transitions. */
async function committed(): Promise<string[]> {
  const changes = await world.reader.changesAfter(0, 100);
  return changes
    .flatMap(({ spanId, source, attempts }) =>
      attempts.flatMap((attempt) => {
        const started = told({ what: 'started', spanId, source, attempt });
        return attempt.state === 'open' ? [started] : [started, told({ what: 'finished', spanId, source, attempt })];
      }),
    )
    .toSorted();
}

describe('a follower', () => {
  const commits = new Commits();

  it('counts what is committed from its start on, and goes on after the store has failed', async () => {
    await world.tell([[build('start', 'before', 0)]]);
    const counted: string[] = [];
    const failures: unknown[] = [];
    const heard = Promise.withResolvers<void>();
    let isBroken = true;
    const following = await follow({
      reader: {
        latestRevision: () => world.reader.latestRevision(),
        changesAfter: (revision, limit) => {
          if (!isBroken) return world.reader.changesAfter(revision, limit);
          isBroken = false;
          return Promise.reject(new Error('the disk is away'));
        },
      },
      commits,
      counted: (transition) => {
        counted.push(told(transition));
        if (counted.length === 2) heard.resolve();
      },
      reached: () => undefined,
      failed: (error) => {
        failures.push(error);
        commits.happened();
      },
    });
    await world.tell([[build('start', 'a', 1)], [build('end', 'a', 2)]]);
    commits.happened();
    await heard.promise;
    await following.close();
    expect(counted).toEqual(['started a~1', 'finished a~1']);
    expect(failures).toHaveLength(1);
  });
});
