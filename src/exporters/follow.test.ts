import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { event, MINUTE, MONDAY, ofBuild } from '../../test/support/events.ts';
import { exporting, exportNow, exportsOf } from '../../test/support/exporting.ts';
import { arbitraryEvents } from '../../test/support/histories.ts';
import { OtlpReceiver, partialSuccess, type ReceivedSpan } from '../../test/support/otlp.ts';
import { World } from '../../test/support/world.ts';
import type { Event } from '../domain/event.ts';
import type { TraceMode } from '../domain/pin.ts';
import type { FollowOptions } from './follow.ts';

let world: World;
let receiver: OtlpReceiver;
beforeEach(async () => {
  world = new World();
  receiver = await new OtlpReceiver().start();
});
afterEach(async () => {
  await receiver.stop();
  await world.close();
});

const whole = (id: string, from = 0) => [event('start', from, ofBuild(id)), event('end', from + 5, ofBuild(id))];
const bytesOf = (spans: readonly ReceivedSpan[]) => spans.map(({ bytes }) => bytes);
const minuteOf = (nanos: string) => (Number(BigInt(nanos) / 1_000_000n) - MONDAY) / MINUTE;
const target = async () => (await world.reader.listExportTargets())[0];

/** Says nothing of failures, and keeps what was reached. */
function quiet(reached: number[] = []): Partial<FollowOptions> {
  const silent = () => undefined;
  return {
    random: () => 0,
    facts: {
      ...{ failing: silent, recovered: silent, refused: silent, failed: silent },
      reached: (_, revision) => reached.push(revision),
    },
  };
}

/** Waits for what the follower has no event for. */
async function once(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a batch whose answer was not noted', () => {
  it('is sent again as it was, though its span has changed since', async () => {
    await world.tell([whole('1')]);
    const store = { ...exportsOf(world.store), finish: () => Promise.reject(new Error('it was killed')) };
    const { follow } = exporting(world, receiver, { options: { ...quiet(), store } });
    await receiver.untilTaken(1);
    await once(() => follow.state.lastError?.message === 'it was killed');
    await follow.close();
    await world.tell([[event('end', 5, { ...ofBuild('1'), title: 'Later' })]]);
    await exportNow(world, receiver);
    const [first, second, ...others] = bytesOf(receiver.taken);
    expect(second).toBe(first);
    expect(others).toEqual([]);
    expect(await target()).toMatchObject({ exported: 1, changed: 1 });
  });
});

describe('a follower that is closed', () => {
  it('waits for the answer that is under way, and nothing is sent twice', async () => {
    const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    receiver.answering = async () => {
      held.resolve();
      await release.promise;
      return false;
    };
    await world.tell([whole('1')]);
    const { follow } = exporting(world, receiver);
    await held.promise;
    const closed = follow.close();
    release.resolve();
    await closed;
    expect(await target()).toMatchObject({ exported: 1, sendingSince: null });
    await exportNow(world, receiver);
    expect(receiver.requests).toHaveLength(1);
  });

  it('does not wait for ever, and sends the same bytes after the next start', async () => {
    const held = Promise.withResolvers<void>();
    receiver.answering = () => {
      held.resolve();
      return receiver.requests.length === 1;
    };
    await world.tell([whole('1')]);
    const { follow } = exporting(world, receiver, { options: { ...quiet(), drainMs: 1 } });
    await held.promise;
    await follow.close();
    expect(follow.state.doing).toBe('stopped');
    await exportNow(world, receiver);
    const [first, second] = receiver.requests.map(({ spans }) => bytesOf(spans));
    expect(second).toEqual(first);
  });

  it('notes what was answered of a batch, and sends only the rest again', async () => {
    const away = Promise.withResolvers<void>();
    receiver.answering = ({ spans }, response) => {
      if (spans.length === 1) return false;
      if (spans.length === 2) away.resolve();
      // Halves are sent apart, of which the second is held up.
      response.writeHead(spans.length === 2 ? 503 : 413).end();
      return true;
    };
    await world.tell([whole('1'), whole('2'), whole('3'), whole('4')]);
    const bad = receiver.answering;
    let firstHalf = true;
    receiver.answering = (request, response) => {
      if (request.spans.length === 2 && firstHalf) {
        firstHalf = false;
        return false;
      }
      return bad(request, response);
    };
    const { follow } = exporting(world, receiver, { options: quiet() });
    await away.promise;
    await follow.close();
    expect(await target()).toMatchObject({ exported: 2, position: 0 });
    receiver.answering = () => false;
    await exportNow(world, receiver);
    expect(receiver.taken.map(({ attributes }) => attributes['valuestream.span.id'])).toEqual(
      ['1', '2', '3', '4'].map((id) => `vstrace-customhttp-build-shop-${id}`),
    );
    expect(await target()).toMatchObject({ exported: 4 });
  });
});

describe('a target that is behind', () => {
  it('is so from the beginning after a restart, since what is in its outbox was put there', async () => {
    await world.tell([whole('1')]);
    await receiver.stop();
    let now = MONDAY;
    const first = exporting(world, receiver, { options: { ...quiet(), now: () => now } });
    await once(() => first.follow.state.doing === 'retrying');
    expect(first.follow.state.behindSince).toBe(MONDAY);
    await first.follow.close();
    now += 1_000_000;
    const reached: number[] = [];
    const second = exporting(world, receiver, { options: { ...quiet(reached), now: () => now } });
    await once(() => second.follow.state.doing === 'retrying');
    expect([reached, second.follow.state.behindSince]).toEqual([[0], MONDAY]);
    await receiver.start();
    second.follow.resend();
    await second.caughtUp;
    expect([reached.at(-1), second.follow.state.behindSince]).toEqual([1, null]);
    await second.follow.close();
  });

  it('says so when what had waited long enough cannot be sent, though nothing else happens', async () => {
    await exportNow(world, receiver);
    await world.tell([whole('1')]);
    await receiver.stop();
    let now = MONDAY;
    const reached: number[] = [];
    const options = { ...quiet(reached), waitMs: 64, now: () => now };
    const { follow } = exporting(world, receiver, { options });
    await once(() => follow.state.doing === 'waiting');
    expect([reached.at(-1), follow.state.behindSince]).toEqual([1, null]);
    now += 64;
    await once(() => follow.state.doing === 'retrying');
    expect([reached.at(-1), follow.state.behindSince]).toEqual([0, now]);
    await follow.close();
  });
});

describe('a backend that takes all and warns', () => {
  it('has its warning shown', async () => {
    receiver.answering = ({ spans }, response) => {
      receiver.taken.push(...spans);
      response.writeHead(200).end(partialSuccess(0, 'attributes were cut'));
      return true;
    };
    await world.tell([whole('1')]);
    const { follow, caughtUp } = exporting(world, receiver);
    await caughtUp;
    expect(follow.state.lastError?.message).toBe('attributes were cut');
    expect(await target()).toMatchObject({ exported: 1, rejected: 0, parked: 0 });
    await follow.close();
  });
});

describe('a target without history', () => {
  it('never gets what had ended before it was named, whatever else becomes known of it', async () => {
    await world.tell([whole('1')]);
    const settings = { options: { history: false } };
    await exportNow(world, receiver, settings);
    await world.tell([[event('intermediary', 7, ofBuild('1'))], whole('2')]);
    await exportNow(world, receiver, settings);
    expect(receiver.taken.map(({ attributes }) => attributes['valuestream.span.id'])).toEqual([
      'vstrace-customhttp-build-shop-2',
    ]);
  });
});

describe('a target whose mode changes', () => {
  it('gets nothing again, and what is new in the new mode', async () => {
    const stages = ['todo', 'doing'].map((key, index) =>
      event('transition', index + 1, { ...ofBuild('1'), stage: { key, name: key } }),
    );
    await world.tell([[event('start', 0, ofBuild('1')), ...stages, event('end', 5, ofBuild('1'))]]);
    await exportNow(world, receiver);
    await world.tell([[event('end', 5, { ...ofBuild('1'), title: 'Later' })], whole('2')]);
    await exportNow(world, receiver, { settings: { mode: 'staged' } });
    expect(receiver.taken.map(({ attributes }) => attributes['valuestream.span.id'])).toEqual(
      ['1', '2'].map((id) => `vstrace-customhttp-build-shop-${id}`),
    );
    expect(await target()).toMatchObject({ exported: 2, changed: 1 });
  });
});

describe('stages in mode staged', () => {
  const staged = { settings: { mode: 'staged' } } as const;
  const begins = (minute: number, key: string) =>
    event('transition', minute, { ...ofBuild('1'), key: `${key}@${minute}`, stage: { key, name: key } });

  it('are each exported once, when one of them becomes known late', async () => {
    await world.tell([
      [event('start', 0, { ...ofBuild('1'), stage: { key: 'todo', name: 'todo' } }), begins(10, 'doing')],
    ]);
    await exportNow(world, receiver, staged);
    await world.tell([[begins(5, 'review')], [event('end', 60, ofBuild('1'))]]);
    await exportNow(world, receiver, staged);
    const got = receiver.taken
      .filter(({ name }) => name === 'build stage')
      .map(({ attributes, start, end }) => [attributes['valuestream.stage.key'], minuteOf(start), minuteOf(end)]);
    expect(got).toEqual([
      ['todo', 0, 10],
      ['review', 5, 10],
      ['doing', 10, 60],
    ]);
    expect(new Set(receiver.taken.map(({ spanId }) => spanId)).size).toBe(4);
    // The first one ended earlier than was said.
    expect(await target()).toMatchObject({ exported: 4, changed: 1 });
  });
});

describe('what was exported and says something else now', () => {
  const build = ofBuild('1');
  const end = (more: Partial<Event> = {}) => event('end', 5, { ...build, ...more });

  it.each([
    ['its address', end({ url: 'https://ci.example/1' })],
    ['who did it', end({ actor: 'ada' })],
    ['what it is called', end({ title: 'Later' })],
    ['when it began', event('start', -3, build)],
  ])('is marked where it is %s', async (_what, late) => {
    await world.tell([[event('start', 0, build), end()]]);
    await exportNow(world, receiver);
    expect(await target()).toMatchObject({ exported: 1, changed: 0 });
    await world.tell([[late]]);
    await exportNow(world, receiver);
    expect(await target()).toMatchObject({ exported: 1, changed: 1 });
  });

  it('is marked where it is open again, and where it is gone', async () => {
    await world.tell([[event('start', 0, build)], [end()], whole('2')]);
    await exportNow(world, receiver);
    await world.retell([[event('start', 0, build)], []]);
    await exportNow(world, receiver);
    expect(await target()).toMatchObject({ exported: 2, changed: 1 });
    await world.retell([[], []]);
    await exportNow(world, receiver);
    expect(await target()).toMatchObject({ exported: 2, changed: 1 });
    await world.retell([[], [], []]);
    await exportNow(world, receiver);
    expect(await target()).toMatchObject({ exported: 2, changed: 2 });
  });

  it('is not where only more was told after its end', async () => {
    await world.tell([[event('start', 0, build), end()]]);
    await exportNow(world, receiver);
    await world.tell([[event('intermediary', 9, build)]]);
    await exportNow(world, receiver);
    expect(await target()).toMatchObject({ exported: 1, changed: 0 });
  });
});

/** Tells these one by one, and exports after some of them and at the end. */
async function exportInSteps(own: World, backend: OtlpReceiver, steps: Steps): Promise<void> {
  const { events, exportsAfter, mode } = steps;
  for (const [index, one] of events.entries()) {
    await own.tell([[one]]);
    if (exportsAfter[index]) await exportNow(own, backend, { settings: { mode } });
  }
  await exportNow(own, backend, { settings: { mode } });
}

interface Steps {
  readonly events: readonly Event[];
  readonly exportsAfter: readonly boolean[];
  readonly mode: TraceMode;
}

/** No id twice; and what has ended is known to the backend under the ids that are shown. */
async function expectIdsToHold(own: World, { taken }: OtlpReceiver): Promise<void> {
  const ids = taken.map(({ spanId }) => spanId);
  expect(new Set(ids).size).toBe(ids.length);
  const { items } = await own.reader.listSpans({}, { limit: 100 });
  const shown = items.flatMap(({ place: { otel } }) => (otel === null ? [] : [otel.spanId]));
  expect(new Set(shown).size).toBe(shown.length);
  const ended = items.filter(({ attempt: { state, startedAt, finishedAt } }) => {
    return state === 'finished' && (startedAt ?? finishedAt) !== null;
  });
  for (const { place } of ended) expect(ids).toContain(place.otel?.spanId);
}

describe('an id', () => {
  it.each(['whole', 'staged'] as const)(
    'is that of one span for ever, whatever becomes known between exports in mode %s',
    async (mode) => {
      const cases = fc.tuple(arbitraryEvents, fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }));
      await fc.assert(
        fc.asyncProperty(cases, async ([events, exportsAfter]) => {
          const [own, backend] = [new World(), await new OtlpReceiver().start()];
          try {
            await exportInSteps(own, backend, { events, exportsAfter, mode });
            await expectIdsToHold(own, backend);
          } finally {
            await backend.stop();
            await own.close();
          }
        }),
        { numRuns: 25 },
      );
    },
    120_000,
  );
});
