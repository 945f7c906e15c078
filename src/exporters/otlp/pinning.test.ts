import { describe, expect, it } from 'vitest';
import { identityKey } from '../../domain/identity.ts';
import { spanIdFor, traceIdFor } from '../../domain/otel-ids.ts';
import type { Pin, TraceMode } from '../../domain/pin.ts';
import type { ExportPlace } from '../../store/exports.ts';
import { type Lineage, Pinning } from './pinning.ts';

const KEY = 't:1';
const identity = (id: string) => identityKey({ source: 'customhttp', instance: '', kind: 'work', scope: 's', id });

function place(id: string, operation = 'work', traceId: string | null = null): ExportPlace {
  const pin: Pin | null =
    traceId === null
      ? null
      : { attemptKey: KEY, ordinal: 1, traceId, spanId: spanIdFor(identity(id), KEY), isChanged: false };
  return {
    identityId: id.charCodeAt(0),
    identityKey: identity(id),
    spanId: `vstrace-${id}`,
    attemptKey: KEY,
    ordinal: 1,
    operation,
    pin,
  };
}

const traceOf = (id: string) => traceIdFor(identity(id), KEY);
const lineage = (first: ExportPlace, ...above: ExportPlace[]): Lineage => [first, ...above];
const pinned = (pinning: Pinning) =>
  pinning.pins.map(({ identityId, traceId }) => [String.fromCharCode(identityId), traceId]);

describe('the trace of what is exported first', () => {
  it('is that of the root, and everything in between is pinned with it', () => {
    const pinning = new Pinning('whole');
    const build = lineage(place('b'), place('p'), place('i'));
    expect(pinning.idsOf(build)).toMatchObject({ traceId: traceOf('i'), spanId: spanIdFor(identity('b'), KEY) });
    expect(pinning.parentOf(build)?.spanId).toBe(spanIdFor(identity('p'), KEY));
    expect(pinned(pinning).sort()).toEqual([
      ['b', traceOf('i')],
      ['i', traceOf('i')],
      ['p', traceOf('i')],
    ]);
  });

  it('is that of the nearest ancestor that has one, and those above that are left alone', () => {
    const pinning = new Pinning('whole');
    const build = lineage(place('b'), place('p'), place('q', 'work', 'abc'), place('i'));
    expect(pinning.idsOf(build).traceId).toBe('abc');
    expect(pinned(pinning).map(([id]) => id)).toEqual(['b', 'p']);
  });

  it('is the same for all that are exported at one time', () => {
    const pinning = new Pinning('whole');
    pinning.idsOf(lineage(place('a'), place('p')));
    expect(pinning.idsOf(lineage(place('b'), place('p'), place('i'))).traceId).toBe(traceOf('p'));
  });
});

describe('a cause that is found later', () => {
  it('is no parent, for what was pinned stays in its trace', () => {
    const pinning = new Pinning('whole');
    const build = lineage(place('b', 'work', 'abc'), place('p'));
    expect(pinning.idsOf(build).traceId).toBe('abc');
    expect(pinning.parentOf(build)).toBeNull();
    expect(pinned(pinning)).toEqual([['p', traceOf('p')]]);
  });

  it('is one where it has come into the same trace', () => {
    const build = lineage(place('b', 'work', 'abc'), place('p', 'work', 'abc'));
    expect(new Pinning('whole').parentOf(build)?.spanId).toBe(spanIdFor(identity('p'), KEY));
  });
});

describe('in mode staged', () => {
  const pinning = (mode: TraceMode = 'staged') => new Pinning(mode);
  const job = lineage(place('j', 'build'), place('r', 'pipeline'), place('p', 'pull_request'), place('i', 'issue'));
  const run = lineage(place('r', 'pipeline'), place('p', 'pull_request'), place('i', 'issue'));

  it('a job is a part of its pipeline, and the pipeline has a trace of its own', () => {
    expect(pinning().idsOf(job).traceId).toBe(traceOf('r'));
    expect(pinning().parentOf(job)?.spanId).toBe(spanIdFor(identity('r'), KEY));
    expect(pinning().idsOf(run).traceId).toBe(traceOf('r'));
    expect(pinning().parentOf(run)).toBeNull();
    expect([pinning().isApart(run), pinning().isApart(job), pinning('whole').isApart(run)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('a build that a pull request caused has a trace of its own, for that one may last for weeks', () => {
    expect(pinning().idsOf(lineage(place('b', 'build'), place('p', 'pull_request'))).traceId).toBe(traceOf('b'));
  });
});
