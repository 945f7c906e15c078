import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, formatTracestate, parseTraceparent, spanIdInTracestate } from './trace-context.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it('says which span of which trace it means, and can be read again', () => {
    const parent = { traceId: trace, spanId: span, isSampled: true };
    expect(formatTraceparent(parent)).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
    for (const isSampled of [true, false])
      expect(parseTraceparent(formatTraceparent({ ...parent, isSampled }))).toEqual({ ...parent, isSampled });
  });

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

describe('a tracestate', () => {
  it('names one of our spans, whatever its id holds, beside what others know', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (id) => {
        const own = formatTracestate(id) ?? '';
        expect(own).toMatch(/^valuestream=[!-+\--<>-~]+$/);
        expect(spanIdInTracestate(`rojo=00f067aa0ba902b7, ${own},congo=t61rcWkgMzE`)).toBe(id);
      }),
    );
  });

  it.each(['', 'rojo=1', 'valuestream=', 'valuestream=%E0%A4%A', 'valuestreams=a', 'notvaluestream=a'])(
    'that is %j names none',
    (text) => {
      expect(spanIdInTracestate(text)).toBeNull();
    },
  );

  it('has no room for an id that is longer than a member may be', () => {
    expect(formatTracestate('a'.repeat(257))).toBeNull();
  });
});
