import { expect, it } from 'vitest';
import { emptyTail, fold } from '../../src/domain/fold.ts';
import type { Part } from '../../src/domain/part.ts';
import type { FoldedAttempt } from '../../src/domain/span.ts';
import type { IdentityId } from '../../src/store/contract.ts';
import type { ExportBatch, ExportRequest, NewPin, OutboxItem, TargetId } from '../../src/store/exports.ts';
import { delivery, event, MINUTE, MONDAY } from '../support/events.ts';
import { type Opened, writing } from './opened.ts';

const TRACE = 'a'.repeat(32);
const life = fold([event('start', 0), event('end', 5)]).attempts;
const KEY = life[0]?.key ?? '';
const STAGE: Part = `stage:${MONDAY}:todo`;

/** The law of exports, for every store there is; inside of a `describe`. */
export function exportContract(opened: Opened): void {
  const { open, reopen } = opened;
  const { write, identify, save: saveFold } = writing(opened);

  const save = (identityId: IdentityId, attempts = life) => saveFold(identityId, attempts);

  const target = async (name = 'tempo', from: number | null = 0) =>
    (await write(({ exports }) => exports.openTarget(name, from))).id;

  const pinOf = (identityId: IdentityId, more: Partial<NewPin> = {}): NewPin => ({
    ...{ identityId, attemptKey: KEY, ordinal: 1, traceId: TRACE, spanId: 'b'.repeat(16), endedAt: null },
    ...more,
  });

  const itemOf = (identityId: IdentityId, record = '{}', part: Part = 'span'): OutboxItem => {
    return { identityId, attemptKey: KEY, part, fingerprint: 'f1', version: '', record };
  };

  const begin = (to: TargetId, batch: Partial<ExportBatch>) =>
    write(({ exports }) =>
      exports.begin(to, {
        ...{ mode: 'whole', pins: [], items: [], changed: [], lookedAt: [], through: 1, at: MONDAY },
        ...batch,
      }),
    );

  const finish = (to: TargetId, parked: { number: number; reason: string }[] = [], rejected = 0) =>
    write(({ exports }) => exports.finish(to, { parked, rejected, unsent: [], at: MONDAY }));

  const read = async (to: TargetId, request: Partial<ExportRequest> = {}) =>
    open().reader.readExports({
      ...{ target: to, mode: 'whole', after: 0, upTo: 99, rest: null, limit: 99, withOpen: false },
      ...request,
    });

  it('begins a new target where it is told to, and finds it there again', async () => {
    const { id } = await identify('1');
    await save(id);
    const latest = await open().reader.latestRevision();
    expect(await write(({ exports }) => exports.openTarget('all', 0))).toMatchObject({ position: 0 });
    expect(await write(({ exports }) => exports.openTarget('new', null))).toMatchObject({ position: latest });
    await save(id);
    await reopen();
    expect(await write(({ exports }) => exports.openTarget('new', null))).toMatchObject({ position: latest });
    const lags = (await open().reader.listExportTargets()).map(({ name, behind }) => [name, behind]);
    expect(lags).toEqual([
      ['all', 1],
      ['new', 1],
    ]);
  });

  it('keeps what is being sent until it was answered, and moves on only then', async () => {
    const { id } = await identify('1');
    await save(id);
    const to = await target();
    const items = [itemOf(id, '{"a":1}'), itemOf(id, '{"b":2}', STAGE)];
    expect(await begin(to, { pins: [pinOf(id)], items, through: 7 })).toBe(true);
    await reopen();
    expect(await open().reader.readOutbox(to)).toEqual(items);
    expect(await open().reader.listExportTargets()).toMatchObject([{ position: 0, exported: 0, lastSuccessAt: null }]);
    await finish(to);
    expect(await open().reader.readOutbox(to)).toEqual([]);
    expect(await open().reader.listExportTargets()).toMatchObject([
      { position: 7, exported: 2, lastSuccessAt: MONDAY },
    ]);
    const { subjects } = await read(to);
    expect(subjects[0]?.exported.map(({ part, fingerprint }) => [part, fingerprint])).toEqual([
      ['span', 'f1'],
      [STAGE, 'f1'],
    ]);
    expect((await read(await target('other'))).subjects[0]?.exported).toEqual([]);
  });

  it('moves on at once where there is nothing to send', async () => {
    const to = await target();
    await begin(to, { through: 5 });
    expect(await open().reader.listExportTargets()).toMatchObject([{ position: 5, exported: 0 }]);
  });

  it('parks what was refused, and counts it apart', async () => {
    const { id } = await identify('1');
    await save(id);
    const to = await target();
    await begin(to, { pins: [pinOf(id)], items: [itemOf(id), itemOf(id, '{}', STAGE)] });
    await finish(to, [{ number: 1, reason: 'too old' }], 1);
    expect(await open().reader.listExportTargets()).toMatchObject([{ exported: 1, parked: 1, rejected: 1 }]);
    const parked = { spanId: 's-1', ordinal: 1, stage: null, parkedAt: MONDAY, reason: 'too old' };
    expect(await open().reader.listParked(to, 9)).toEqual([parked]);
    expect((await read(to)).subjects[0]?.exported.map(({ part }) => part)).toEqual(['span', STAGE]);
  });

  it('puts what is parked back into the outbox, and counts it as parked no more', async () => {
    const { id } = await identify('1');
    await save(id);
    const to = await target();
    const refused = itemOf(id, '{"bad":1}', STAGE);
    await begin(to, { pins: [pinOf(id)], items: [itemOf(id), refused], through: 4 });
    await finish(to, [{ number: 1, reason: 'too old' }]);
    const unpark = (before: number) => write(({ exports }) => exports.unpark(to, { before, limit: 9 }));
    expect(await unpark(MONDAY)).toEqual([]);
    expect(await unpark(MONDAY + 1)).toEqual([refused]);
    await reopen();
    expect(await open().reader.readOutbox(to)).toEqual([refused]);
    expect(await open().reader.listParked(to, 9)).toEqual([]);
    expect(await open().reader.listExportTargets()).toMatchObject([{ position: 4, exported: 1, parked: 0 }]);
    await finish(to);
    expect(await open().reader.listExportTargets()).toMatchObject([{ position: 4, exported: 2, parked: 0 }]);
  });

  it('notes what became of a batch once, however often it is told', async () => {
    const { id } = await identify('1');
    await save(id);
    const to = await target();
    await begin(to, { pins: [pinOf(id)], items: [itemOf(id), itemOf(id, '{}', STAGE)], through: 4 });
    await finish(to, [{ number: 1, reason: 'too old' }], 1);
    await finish(to, [{ number: 1, reason: 'too old' }], 1);
    expect(await open().reader.listExportTargets()).toMatchObject([{ exported: 1, rejected: 1, parked: 1 }]);
  });

  it('lets the first ids stand, and writes nothing of a batch that has others', async () => {
    const one = await identify('1');
    const two = await identify('2');
    const to = await target();
    const pin = (pins: NewPin[]) => write(({ exports }) => exports.pin('whole', pins));
    expect(await pin([pinOf(one.id)])).toBe(true);
    expect(await pin([pinOf(one.id)])).toBe(true);
    const other = pinOf(one.id, { traceId: 'c'.repeat(32) });
    expect(await begin(to, { pins: [pinOf(two.id), other], items: [itemOf(two.id)] })).toBe(false);
    expect(await open().reader.readOutbox(to)).toEqual([]);
    await save(two.id);
    expect((await read(to)).subjects[0]?.lineage[0].pin).toBeNull();
    expect(await write(({ exports }) => exports.pin('staged', [other]))).toBe(true);
  });

  it('reads an attempt with its pin, and nothing where there is no such attempt', async () => {
    const { id } = await identify('1');
    await save(id);
    const lineage = (spanId: string, ordinal: number) => open().reader.readLineage(spanId, ordinal, 'whole');
    expect(await lineage('s-1', 1)).toMatchObject([{ identityId: id, spanId: 's-1', attemptKey: KEY, pin: null }]);
    await write(({ exports }) => exports.pin('whole', [pinOf(id)]));
    expect(await lineage('s-1', 1)).toMatchObject([{ pin: { traceId: TRACE } }]);
    expect(await lineage('s-1', 2)).toEqual([]);
    expect(await lineage('s-2', 1)).toEqual([]);
  });

  it('shows the ids with the span, and whether it has changed since', async () => {
    const { id } = await identify('1');
    await save(id);
    const otel = async () => (await open().reader.findSpan('s-1'))?.attempts[0]?.place.otel ?? null;
    expect(await otel()).toBeNull();
    const to = await target();
    await begin(to, { pins: [pinOf(id)], items: [itemOf(id)] });
    await finish(to);
    expect(await otel()).toMatchObject({ traceId: TRACE, spanId: 'b'.repeat(16), isChanged: false });
    const changed = (await read(to)).subjects.flatMap(({ exported }) => exported);
    expect(changed).toHaveLength(1);
    await begin(to, { changed });
    await begin(to, { changed });
    expect(await otel()).toMatchObject({ isChanged: true });
    expect(await open().reader.listExportTargets()).toMatchObject([{ changed: 1 }]);
  });

  it('knows an attempt by its key when an earlier one becomes known, and by its place when its start moves', async () => {
    const { id } = await identify('1');
    await save(id);
    await write(({ exports }) => exports.pin('whole', [pinOf(id)]));
    const pins = async () =>
      (await open().reader.findSpan('s-1'))?.attempts.map(({ place }) => place.otel?.traceId ?? null);
    await save(id, fold([event('start', -30), event('end', -20), event('start', 0), event('end', 5)]).attempts);
    expect(await pins()).toEqual([null, TRACE]);
    await save(id, fold([event('start', -1), event('end', 5)]).attempts);
    expect(await pins()).toEqual([TRACE]);
  });

  it('lets a pinned attempt keep its ids, whatever is told afterwards and in whatever order', async () => {
    const later = [event('start', 0), event('end', 5), event('start', 20)];
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ];
    for (const [number, order] of orders.entries()) {
      const { id } = await identify(String(number));
      const told = [event('end', 30)];
      const [first] = fold(told).attempts;
      if (first === undefined) throw new Error('there is no attempt');
      await save(id, [first]);
      await write(({ exports }) =>
        exports.pin('whole', [pinOf(id, { attemptKey: first.key, endedAt: first.finishedAt })]),
      );
      for (const index of order) {
        told.push(...later.slice(index, index + 1));
        await save(id, fold(told).attempts);
      }
      const attempts = (await open().reader.findSpan(`s-${number}`))?.attempts ?? [];
      expect(attempts.map(({ finishedAt, place }) => [finishedAt, place.otel?.traceId ?? null])).toEqual([
        [MONDAY + 5 * MINUTE, null],
        [MONDAY + 30 * MINUTE, TRACE],
      ]);
    }
  });

  it('gives an attempt the ids that were given out under its key before it was there again', async () => {
    const { id } = await identify('1');
    await save(id);
    const to = await target();
    await begin(to, { pins: [pinOf(id)], items: [itemOf(id)] });
    await finish(to);
    const other = fold([event('start', 60), event('end', 65)]).attempts;
    await save(id, other);
    // It comes in order, after the other one.
    const again = { ...life[0], ordinal: 2 } as FoldedAttempt;
    await write((transaction) =>
      transaction.saveFolds([
        {
          ...{ identityId: id, whole: false, tail: emptyTail },
          changes: [{ attempt: again, stagesFrom: 0, stages: [] }],
        },
      ]),
    );
    const attempts = (await open().reader.findSpan('s-1'))?.attempts ?? [];
    expect(attempts.map(({ place }) => place.otel?.traceId ?? null)).toEqual([null, TRACE]);
    expect((await read(to)).subjects.map(({ exported }) => exported.length)).toEqual([0, 1]);
  });

  it('tells what a target has of attempts that are there no more, until that is noted', async () => {
    const { id } = await identify('1');
    await save(id);
    const to = await target();
    await begin(to, { pins: [pinOf(id)], items: [itemOf(id)] });
    await finish(to);
    expect((await read(to)).gone).toEqual([]);
    await save(id, []);
    const { gone, subjects } = await read(to);
    expect([gone.map(({ part }) => part), subjects]).toEqual([['span'], []]);
    await begin(to, { changed: gone });
    expect((await read(to)).gone).toEqual([]);
    expect(await open().reader.listExportTargets()).toMatchObject([{ changed: 1 }]);
  });

  it('gives what was exported again only when something else is stored of it', async () => {
    const { id } = await identify('1');
    const run = (attempt: number, more = {}) => [
      event('start', 10 * attempt, { attempt, key: `s${attempt}` }),
      event('end', 10 * attempt + 5, { attempt, key: `e${attempt}`, ...more }),
    ];
    const attemptsOf = (...events: ReturnType<typeof run>) => fold(events).attempts;
    await save(id, attemptsOf(...run(1)));
    const to = await target();
    const given = async () => (await read(to)).subjects.map(({ attempt }) => attempt.ordinal);
    const [subject] = (await read(to)).subjects;
    const item = { ...itemOf(id), attemptKey: 'n:1', version: subject?.version ?? '' };
    await begin(to, { pins: [pinOf(id, { attemptKey: 'n:1' })], items: [item] });
    await finish(to);
    expect(await given()).toEqual([]);
    await save(id, attemptsOf(...run(1), ...run(2)));
    expect(await given()).toEqual([2]);
    await save(id, attemptsOf(...run(1, { url: 'https://ci.example/1' }), ...run(2)));
    expect(await given()).toEqual([1, 2]);
    const [changed] = (await read(to)).subjects;
    const [{ pinId } = { pinId: 0 }] = changed?.exported ?? [];
    await begin(to, { lookedAt: [{ pinId, version: changed?.version ?? '' }] });
    expect(await given()).toEqual([2]);
  });

  it('finds all that an attempt has caused and that was given ids in another trace, wherever it stands', async () => {
    const cause = await identify('cause');
    await save(cause.id);
    const to = await target();
    const children = await Promise.all(Array.from({ length: 40 }, (_, index) => identify(`child-${index}`)));
    for (const [index, { id }] of children.entries()) {
      await save(id);
      const traceId = index === 0 ? 'c'.repeat(32) : index.toString(16).padStart(32, '0');
      if (index === 0 || index > 35) await write(({ exports }) => exports.pin('whole', [pinOf(id, { traceId })]));
    }
    await write(({ exports }) => exports.pin('whole', [pinOf(cause.id, { traceId: 'c'.repeat(32) })]));
    const reason = { key: 'k', via: 'field', through: null } as const;
    const link = { kind: 'caused_by', toId: cause.id, toAttempt: 1, certainty: 'certain', reason } as const;
    const parents = children.map(({ id }) => ({
      ...link,
      ...{ identityId: id, ordinal: 1, isParent: true, precedence: 0, isDropped: false },
    }));
    for (const parent of parents) await write(({ correlation }) => correlation.replaceLinks(parent, [parent]));
    const [subject] = (await read(to)).subjects.filter(({ lineage }) => lineage[0].identityId === cause.id);
    expect(subject?.children.map(({ spanId }) => spanId)).toEqual([36, 37, 38, 39].map((one) => `s-child-${one}`));
  });

  it('gives an operation of many attempts in several portions, each attempt once', async () => {
    const [one, two] = [await identify('1'), await identify('2')];
    const events = Array.from({ length: 5 }, (_, index) => [event('start', 10 * index), event('end', 10 * index + 5)]);
    await save(one.id, fold(events.flat()).attempts);
    await save(two.id);
    const to = await target();
    const portions: unknown[] = [];
    let request: Partial<ExportRequest> = { limit: 2 };
    for (let count = 0; count < 3; count += 1) {
      const { through, rest, subjects } = await read(to, request);
      portions.push([through, rest?.afterOrdinal ?? null, subjects.map(({ attempt }) => attempt.ordinal)]);
      request = { ...request, rest, after: through ?? 0 };
    }
    expect(portions).toEqual([
      [null, 2, [1, 2]],
      [null, 4, [3, 4]],
      [2, null, [5, 1]],
    ]);
  });

  it('never gives a target what had ended before it began, and does give what ends anew', async () => {
    const { id } = await identify('1');
    const told = [event('start', 0), event('end', 5)];
    await save(id, fold(told).attempts);
    const [to, all] = [await target('new', null), await target('all')];
    const given = async (of: TargetId) => (await read(of)).subjects.map(({ attempt }) => attempt.ordinal);
    told.push(event('intermediary', 7));
    await save(id, fold(told).attempts);
    expect([await given(to), await given(all)]).toEqual([[], [1]]);
    told.push(event('start', 10), event('end', 15));
    await save(id, fold(told).attempts);
    expect([await given(to), await given(all)]).toEqual([[2], [1, 2]]);
  });

  it('keeps what was not answered in the outbox, and moves on once that was', async () => {
    const { id } = await identify('1');
    await save(id);
    const to = await target();
    const [one, two] = [itemOf(id, '{"a":1}'), itemOf(id, '{"b":2}', STAGE)];
    await begin(to, { pins: [pinOf(id)], items: [one, two], through: 7 });
    const finishSome = (unsent: number[]) =>
      write(({ exports }) => exports.finish(to, { parked: [], rejected: 0, unsent, at: MONDAY }));
    await finishSome([0]);
    await reopen();
    expect(await open().reader.readOutbox(to)).toEqual([one]);
    expect(await open().reader.listExportTargets()).toMatchObject([{ position: 0, exported: 1, sendingSince: MONDAY }]);
    await finishSome([]);
    expect(await open().reader.readOutbox(to)).toEqual([]);
    expect(await open().reader.listExportTargets()).toMatchObject([{ position: 7, exported: 2, sendingSince: null }]);
    expect((await read(to)).subjects[0]?.exported.map(({ part }) => part)).toEqual(['span', STAGE]);
  });

  it('reads what changed between two revisions: what has ended, and what is open where that is wanted', async () => {
    const [one, two, three] = [await identify('1'), await identify('2'), await identify('3')];
    await save(one.id);
    await save(two.id, fold([event('start', 0)]).attempts);
    await save(three.id);
    const to = await target();
    const spans = async (request: Partial<ExportRequest> = {}) => {
      const { through, subjects } = await read(to, request);
      return [through, subjects.map(({ lineage }) => lineage[0].spanId)];
    };
    expect(await spans()).toEqual([3, ['s-1', 's-3']]);
    expect(await spans({ withOpen: true })).toEqual([3, ['s-1', 's-2', 's-3']]);
    expect(await spans({ limit: 1 })).toEqual([1, ['s-1']]);
    expect(await spans({ after: 1, upTo: 2 })).toEqual([2, []]);
    expect(await spans({ after: 3 })).toEqual([null, []]);
  });

  it('finds the pins of attempts in the order asked, of each mode its own', async () => {
    const [first, second] = [await identify('1'), await identify('2')];
    await save(first.id);
    await save(second.id);
    await write(({ exports }) => exports.pin('staged', [pinOf(second.id)]));
    const asked = ['s-2', 's-1', 's-2', 's-none'].map((spanId, index) => ({ spanId, ordinal: index === 2 ? 9 : 1 }));
    expect(await open().reader.readPins(asked, 'staged')).toMatchObject([{ traceId: TRACE }, null, null, null]);
    expect(await open().reader.readPins(asked, 'whole')).toEqual([null, null, null, null]);
  });

  it('reads what was told in between, each fact once and in order, and nothing from after the end', async () => {
    const { id } = await identify('1');
    const told = [event('intermediary', 4), event('start', 0), event('intermediary', 2), event('intermediary', 9)];
    await write(async (transaction) => {
      const [first, second] = await transaction.addDeliveries([delivery('a'), delivery('b')]);
      const observe = (deliveryId = 0, title?: string) =>
        transaction.addObservations(
          told.map((one) => ({
            identityId: id,
            deliveryId,
            event: title === undefined ? one : { ...one, title },
          })),
        );
      await observe(first?.id);
      await observe(second?.id, 'told again');
    });
    await save(id);
    const [subject] = (await read(await target())).subjects;
    expect(subject?.events.map(({ occurredAt, title }) => [(occurredAt - MONDAY) / MINUTE, title])).toEqual([
      [2, 'told again'],
      [4, 'told again'],
    ]);
  });
}
