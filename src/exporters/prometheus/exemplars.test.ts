import { describe, expect, it } from 'vitest';
import { type CountedSpan, type Exemplar, Exemplars } from './exemplars.ts';

const HOUR = 3_600_000;
const span = (spanId: string): CountedSpan => ({ spanId, ordinal: 1 });

class Backend {
  now = 0;
  readonly pinned = new Set<string>();
  readonly asked: string[] = [];
  readonly shown: [string, Exemplar][] = [];
  readonly exemplars = new Exemplars(
    async (spans) =>
      spans.map(({ spanId }) => {
        this.asked.push(spanId);
        return this.pinned.has(spanId) ? { traceId: `trace of ${spanId}`, spanId: `id of ${spanId}` } : null;
      }),
    () => this.now,
  );

  want(bucket: string, spanId: string): void {
    this.exemplars.want(bucket, span(spanId), (exemplar) => this.shown.push([bucket, exemplar]));
  }
}

describe('an exemplar', () => {
  it('is shown once its ids are pinned, and not before', async () => {
    const backend = new Backend();
    backend.want('1m', 'a');
    await backend.exemplars.look();
    expect(backend.shown).toEqual([]);
    backend.pinned.add('a');
    await backend.exemplars.look();
    await backend.exemplars.look();
    expect(backend.shown).toEqual([['1m', { trace_id: 'trace of a', span_id: 'id of a' }]]);
  });

  it('is the first of its bucket that waits, for each newer one would have to wait anew', async () => {
    const backend = new Backend();
    for (const spanId of ['a', 'b', 'c']) backend.want('1m', spanId);
    await backend.exemplars.look();
    expect(backend.asked).toEqual(['a']);
  });

  it('makes room for another one where it is not pinned for an hour', async () => {
    const backend = new Backend();
    backend.want('1m', 'a');
    backend.now = HOUR;
    await backend.exemplars.look();
    backend.want('1m', 'b');
    backend.pinned.add('a').add('b');
    await backend.exemplars.look();
    expect(backend.shown.map(([, { span_id }]) => span_id)).toEqual(['id of b']);
  });

  it('waits with a thousand others at most, of which each has its turn', async () => {
    const backend = new Backend();
    for (let number = 0; number < 2_000; number += 1) backend.want(`bucket ${number}`, `${number}`);
    for (let turn = 0; turn < 6; turn += 1) await backend.exemplars.look();
    expect(new Set(backend.asked).size).toBe(1_000);
  });
});
