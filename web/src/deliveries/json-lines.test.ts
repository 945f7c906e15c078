import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inLines } from './json-lines.ts';

describe('JSON in lines', () => {
  it('is as JSON.stringify sets it, whatever it is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(inLines(text)).toBe(JSON.stringify(JSON.parse(text), null, 2));
      }),
    );
  });

  it('keeps numbers that are longer than JavaScript can hold', () => {
    expect(inLines('{"id":12345678901234567890}')).toBe('{\n  "id": 12345678901234567890\n}');
  });

  it('is not made of what is no JSON', () => {
    expect(inLines('payload=%7B%7D')).toBe(null);
  });
});
