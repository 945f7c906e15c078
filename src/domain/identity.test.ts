import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Identity,
  identityFromKey,
  identityKey,
  parseSpanId,
  shortSpanIdOf,
  spanIdOf,
  stageSpanId,
} from './identity.ts';

const github: Identity = { source: 'github', instance: '', kind: 'issue', scope: '4711', id: '27' };
const name = { scope: 'octo-org/api', id: '27' };

describe('a span id', () => {
  it('is made of the source, the kind, the qualified scope and the id', () => {
    expect(spanIdOf(github, name)).toBe('vstrace-github-issue-octo-org/api-27');
  });

  it('puts a named instance before the scope', () => {
    expect(spanIdOf({ ...github, instance: 'ghe' }, name)).toBe('vstrace-github-issue-ghe:octo-org/api-27');
  });

  it('encodes a dash inside the kind and the id, so that the last one separates scope and id', () => {
    const custom = { ...github, source: 'customhttp', kind: 'dry-run' };
    expect(spanIdOf(custom, { scope: 'a-b', id: '1-2' })).toBe('vstrace-customhttp-dry%2Drun-a-b-1%2D2');
  });

  it('encodes what would break it apart in a text, and what marks instances and stages', () => {
    expect(spanIdOf(github, { scope: 'a b:c~d', id: '5%\n' })).toBe('vstrace-github-issue-a%20b%3Ac%7Ed-5%25%0A');
  });

  it('has a short older form, without the owner', () => {
    expect(shortSpanIdOf(github, name)).toBe('vstrace-github-issue-api-27');
  });

  it('leads to its stages by attempt and number', () => {
    expect(stageSpanId(spanIdOf(github, name), 1, 3)).toBe('vstrace-github-issue-octo-org/api-27~1.3');
  });

  const text = fc.string({
    unit: fc.constantFrom('a', '-', '/', ':', '%', '~', ' ', '2', 'D'),
    minLength: 1,
    maxLength: 6,
  });
  const instance = fc.constantFrom('', 'ghe', 'a');
  const named = fc.record({ kind: text, scope: text, id: text, instance });

  it('differs where the instance, the kind, the scope or the id differ', () => {
    const idOf = (one: { kind: string; scope: string; id: string; instance: string }) =>
      spanIdOf({ ...github, ...one }, { scope: one.scope, id: one.id });
    fc.assert(
      fc.property(named, named, (a, b) => {
        expect(idOf(a) === idOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('taking a span id apart', () => {
  const text = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }).filter((part) => part.isWellFormed());

  it('gives back what it was made of', () => {
    const parts = fc.record({ instance: fc.constantFrom('', 'ghe', 'a-1'), kind: text, scope: text, id: text });
    fc.assert(
      fc.property(parts, ({ instance, kind, scope, id }) => {
        const spanId = spanIdOf({ source: 'customhttp', instance, kind, scope, id }, { scope, id });
        expect(parseSpanId(spanId)).toEqual({ source: 'customhttp', instance, kind, scope, id });
      }),
    );
  });

  it.each(['', 'vstrace', 'vstrace-github-issue', 'vstrace-github-issue-27', 'vstrace-a-b-c-%zz'])(
    'tells that %j is none',
    (spanId) => {
      expect(parseSpanId(spanId)).toBeNull();
    },
  );
});

describe('an identity key', () => {
  it('gives its identity back', () => {
    expect(identityFromKey(identityKey(github))).toEqual(github);
  });

  it.each(['', 'a', 'a\u001fb'])('is not %j', (key) => {
    expect(() => identityFromKey(key)).toThrow(RangeError);
  });
});
