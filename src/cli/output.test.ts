import { describe, expect, it } from 'vitest';
import { harmless, inWords, table } from './output.ts';

describe('a duration in words', () => {
  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [41_400, '41s'],
    [61_000, '1m 01s'],
    [7_500_000, '2h 05m'],
    [186_000_000, '2d 03h'],
  ])('of %i ms is %s', (durationMs, words) => {
    expect(inWords(durationMs)).toBe(words);
  });
});

describe('a table', () => {
  const head = ['at', 'project', 'title', 'span'];
  const rows = [['09:00', 'shop', 'A title that is rather long', 'vstrace-shop-1']];
  const at = (width: number) => table(head, rows, { flexible: 2, dispensable: [1] }, width).split('\n');

  it('is as wide as what it holds, where there is room', () => {
    expect(at(100)).toEqual([
      'at     project  title                        span',
      '09:00  shop     A title that is rather long  vstrace-shop-1',
    ]);
  });

  it('cuts the column that gives way', () => {
    const [head, row] = at(50);
    expect(head).toMatch(/^at +project +title +span$/);
    expect(row).toMatch(/^09:00 {2}shop +A title that is?.*… {2}vstrace-shop-1$/);
    expect(row?.length).toBeLessThanOrEqual(50);
  });

  it('leaves out what another column tells too, when cutting does not suffice', () => {
    const [head, row] = at(38);
    expect(head).toMatch(/^at +title +span$/);
    expect(row).toMatch(/^09:00 {2}A title.*… {2}vstrace-shop-1$/);
    expect(row?.length).toBeLessThanOrEqual(38);
  });
});

it('lets no text give orders to a terminal', () => {
  expect(harmless('a\u001b[31mb\u202ec\nd')).toBe('a [31mb c d');
});
