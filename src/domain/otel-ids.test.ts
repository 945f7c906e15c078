import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityKey } from './identity.ts';
import { formatTraceparent, parseTraceparent, spanIdFor, traceIdFor } from './otel-ids.ts';

const issue = identityKey({ source: 'github', instance: '', kind: 'issue', scope: '186853002', id: '27' });

const word = fc.string({ maxLength: 3 });
const identity = fc.record({ source: word, instance: word, kind: word, scope: word, id: word });

describe('the ids in tracing backends', () => {
  // What was exported once is never known by another id, so these digits are for good.
  it('are these, in every version of the program', () => {
    expect(traceIdFor(issue, 'n:1')).toBe('d7eb350d90a6688da4a86bdad692f65a');
    expect(spanIdFor(issue, 'n:1')).toBe('dc38a70fe6e738b7');
    expect(spanIdFor(issue, 'n:1', 0)).toBe('dc38a70fe6e738b7');
    expect(spanIdFor(issue, 'n:1', 1)).toBe('8b65097ff23c8031');
  });

  it('differ by each part that they are made of', () => {
    const keys = fc.tuple(identity, fc.string()).map(([of, key]) => [identityKey(of), key] as const);
    fc.assert(
      fc.property(keys, keys, (one, other) => {
        const isSame = one[0] === other[0] && one[1] === other[1];
        expect(traceIdFor(...one) === traceIdFor(...other)).toBe(isSame);
        expect(spanIdFor(...one) === spanIdFor(...other)).toBe(isSame);
      }),
    );
  });
});

describe('a traceparent', () => {
  it('says which span of which trace it means, and can be read again', () => {
    const parent = { traceId: traceIdFor(issue, 'n:1'), spanId: spanIdFor(issue, 'n:1'), isSampled: true };
    expect(formatTraceparent(parent)).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
    for (const isSampled of [true, false])
      expect(parseTraceparent(formatTraceparent({ ...parent, isSampled }))).toEqual({ ...parent, isSampled });
  });

  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const span = '00f067aa0ba902b7';

  it('of a later version is read as far as it is known', () => {
    expect(parseTraceparent(`01-${trace}-${span}-03-what-is-this`)).toEqual({
      traceId: trace,
      spanId: span,
      isSampled: true,
    });
  });

  it.each([
    ['nothing', ''],
    ['another word', 'vstrace-github-issue-api-27'],
    ['capital letters', `00-${trace.toUpperCase()}-${span}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${span}-01`],
    ['a span of zeros', `00-${trace}-${'0'.repeat(16)}-01`],
    ['the version that there is none of', `ff-${trace}-${span}-01`],
    ['more than its version has', `00-${trace}-${span}-01-more`],
    ['an id that is too short', `00-${trace.slice(1)}-${span}-01`],
    ['white space around it', ` 00-${trace}-${span}-01`],
  ])('is not %s', (_what, text) => {
    expect(parseTraceparent(text)).toBeNull();
  });
});
