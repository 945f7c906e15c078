import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../domain/span.ts';
import type { TraceLink, TraceSpan } from '../store/traces.ts';
import { tracedSpans } from './traced.ts';

function attempt(ordinal: number, startedAt: number | null, finishedAt: number | null): Attempt {
  return {
    ...{ key: `n:${ordinal}`, ordinal, operation: 'deploy', project: 'octo-org/api', team: null, state: 'finished' },
    ...{ startedAt, finishedAt, result: 'success', isError: false, title: null, url: null, actor: null },
    ...{ tags: {}, facts: {}, mentions: [], anomalies: [] },
  };
}

function span(spanId: string, own: Attempt, more: Partial<TraceSpan> = {}): TraceSpan {
  return { spanId, source: 'github', attempt: own, stages: [], parent: null, base: null, via: null, ...more };
}

function carries(from: string, spanId: string, ordinal = 1): TraceLink {
  const reason = { key: 'commit c0ffee', via: 'field', through: null } as const;
  return {
    ...{ kind: 'carries', spanId, attempt: null, certainty: 'certain', reason, isParent: false },
    from: { spanId: from, attempt: ordinal },
  };
}

const parentsOf = (spans: readonly TraceSpan[], links: readonly TraceLink[] = []) =>
  tracedSpans(spans, links).map(({ key, parent }) => `${key} < ${parent ?? 'nothing'}`);

describe('what a span of a trace hangs from', () => {
  it('is what it was before, for a root that lives again', () => {
    const lives = [1, 2, 4].map((ordinal) => span('issue', attempt(ordinal, ordinal * 10, null)));
    expect(parentsOf(lives)).toEqual(['issue~1 < nothing', 'issue~2 < issue~1', 'issue~4 < issue~2']);
  });

  it('is the last change that it carries and that had been begun by its end, for a deployment', () => {
    const early = span('early', attempt(1, 10, 20));
    const late = span('late', attempt(1, 30, 40));
    const after = span('after', attempt(1, 90, 95));
    const deploy = span('deploy', attempt(1, 50, 60), { via: 'carries' });
    const links = ['late', 'after', 'early'].map((id) => carries('deploy', id));
    expect(parentsOf([early, late, after, deploy], links).at(-1)).toBe('deploy~1 < late~1');
  });

  it('is nothing for a deployment that carried none of these changes, and is known to', () => {
    const deploy = span('deploy', attempt(1, 50, 60), { via: 'carries', base: 'known' });
    const [traced] = tracedSpans([deploy], []);
    expect(traced).toMatchObject({ parent: null, bringsNothing: true });
  });

  it('is, of any trace, what the definition says when each span is looked for among all others', () => {
    fc.assert(
      fc.property(traces, ({ spans, links }) => {
        expect(tracedSpans(spans, links).map(({ parent }) => parent)).toEqual(
          spans.map((one) => straightforwardParent(one, spans, links)),
        );
      }),
    );
  });
});

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
/** Few, so that many things begin and end together. */
const instant = fc.option(fc.integer({ min: 0, max: 6 }));
const traces = fc.record({
  spans: fc.uniqueArray(
    fc
      .tuple(id, fc.integer({ min: 1, max: 4 }), instant, instant, fc.constantFrom(null, null, 'carries' as const), id)
      .map(([spanId, ordinal, from, to, via, above]) =>
        span(spanId, attempt(ordinal, from, to), {
          via,
          parent: via === null && above < spanId ? { spanId: above, attempt: 1 } : null,
        }),
      ),
    { selector: ({ spanId, attempt: { ordinal } }) => `${spanId}${ordinal}`, maxLength: 20 },
  ),
  links: fc.array(
    fc
      .tuple(id, id, fc.integer({ min: 1, max: 4 }), fc.constantFrom('carries' as const, 'about' as const))
      .map(([from, to, ordinal, kind]) => ({ ...carries(from, to, ordinal), kind })),
    { maxLength: 20 },
  ),
});

/** As it is defined, with no thought of how long it takes. */
function straightforwardParent(
  one: TraceSpan,
  spans: readonly TraceSpan[],
  links: readonly TraceLink[],
): string | null {
  const key = ({ spanId, attempt: { ordinal } }: TraceSpan) => `${spanId}~${ordinal}`;
  const last = (some: readonly TraceSpan[], by: (span: TraceSpan) => number) =>
    some.toSorted((x, y) => by(x) - by(y)).at(-1);
  if (one.parent !== null) return `${one.parent.spanId}~${one.parent.attempt}`;
  const lives = spans.filter((other) => other.spanId === one.spanId && other.attempt.ordinal < one.attempt.ordinal);
  const earlier = one.via === null ? last(lives, ({ attempt: { ordinal } }) => ordinal) : undefined;
  if (earlier !== undefined) return key(earlier);
  const carried = links.filter(
    ({ kind, from }) => kind === 'carries' && from.spanId === one.spanId && from.attempt === one.attempt.ordinal,
  );
  const ended = one.attempt.finishedAt ?? Number.MAX_SAFE_INTEGER;
  const changes = spans.filter(
    (other) =>
      other.via === null &&
      carried.some(({ spanId }) => spanId === other.spanId) &&
      (other.attempt.startedAt ?? 0) <= ended,
  );
  const change = last(changes, ({ attempt: { startedAt } }) => startedAt ?? 0);
  return change === undefined ? null : key(change);
}
