import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityKey } from './identity.ts';
import { formatTraceparent, otelSpanId, otelTraceId, parseTraceparent } from './otel-ids.ts';

const issue = identityKey({ source: 'github', instance: '', kind: 'issue', scope: '186853002', id: '27' });

describe('the ids in tracing backends', () => {
  // What was exported once is never known by another id, so these digits are for good.
  it('are these, in every version of the program', () => {
    expect(otelTraceId(issue)).toBe('b8bfd042d26e8e3f37a78e2a71b6786b');
    expect(otelSpanId('vstrace-github-issue-octo-org/api-27', 1)).toBe('2b0850911690a67a');
  });

  it('differ by each part that they are made of', () => {
    const ids = [
      otelSpanId('a', 1),
      otelSpanId('a', 2),
      otelSpanId('a1', 1),
      otelSpanId('a', 11),
      otelSpanId('a1', 11),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        (one, other) => (one === other) === (otelTraceId(one) === otelTraceId(other)),
      ),
    );
  });
});

describe('a traceparent', () => {
  it('says which span of which trace it means, and can be read again', () => {
    const parent = { traceId: otelTraceId(issue), spanId: otelSpanId('a', 1), isSampled: true };
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
