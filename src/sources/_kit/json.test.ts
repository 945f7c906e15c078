import { expect, it } from 'vitest';

import { defined, jsonPointer, own } from './json.ts';

it('finds only what the sender put there', () => {
  expect(own({ a: 1 }, 'a')).toBe(1);
  expect(own({}, 'toString')).toBeUndefined();
  expect([null, 'text', ['x']].map((value) => own(value, '0'))).toEqual([undefined, undefined, undefined]);
});

it('leaves out what is undefined, and keeps null', () => {
  expect(Object.entries(defined({ a: undefined, b: null, c: 0 }))).toEqual([
    ['b', null],
    ['c', 0],
  ]);
});

it('keeps a hostile key an ordinary one', () => {
  const record = defined(JSON.parse('{"__proto__": {"polluted": true}}'));
  expect(Object.keys(record)).toEqual(['__proto__']);
  expect('polluted' in record).toBe(false);
});

it('writes pointers as RFC 6901 wants them', () => {
  expect(jsonPointer([])).toBe('');
  expect(jsonPointer([2, 'a/b', 'm~n'])).toBe('/2/a~1b/m~0n');
});
