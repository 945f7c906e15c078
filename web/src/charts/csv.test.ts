import { describe, expect, it } from 'vitest';
import { csv, fileName } from './csv.ts';

describe('rows as CSV', () => {
  it('quote what needs it, and leave what is not known empty', () => {
    expect(csv([['a', 'b"c', 'd,e', 'f\ng', 1.5, null]])).toBe('a,"b""c","d,e","f\ng",1.5,\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])('mark %j as a text, which a spreadsheet would compute', (text) => {
    expect(csv([[text]])).toBe(`'${text}\r\n`);
  });

  it('keep a negative number a number', () => {
    expect(csv([[-1]])).toBe('-1\r\n');
  });
});

it('a file is called by the words of its title alone', () => {
  expect(fileName('../../Where the time goes: "a"', 'csv')).toBe('valuestream-where-the-time-goes-a.csv');
});
