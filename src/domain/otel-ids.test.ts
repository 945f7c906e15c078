import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityKey } from './identity.ts';
import { spanIdFor, traceIdFor } from './otel-ids.ts';

const issue = identityKey({ source: 'github', instance: '', kind: 'issue', scope: '186853002', id: '27' });

const word = fc.string({ maxLength: 3 });
const identity = fc.record({ source: word, instance: word, kind: word, scope: word, id: word });

describe('the ids in tracing backends', () => {
  // What was exported once is never known by another id, so these digits are for good.
  it('are these, in every version of the program', () => {
    expect(traceIdFor(issue, 'n:1')).toBe('d7eb350d90a6688da4a86bdad692f65a');
    expect(spanIdFor(issue, 'n:1')).toBe('dc38a70fe6e738b7');
    expect(spanIdFor(issue, 'n:1', 'span')).toBe('dc38a70fe6e738b7');
    expect(spanIdFor(issue, 'n:1', 'stage:1772442000000:todo')).toBe('52e0ef6e496c200a');
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
