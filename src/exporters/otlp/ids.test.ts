import { expect, it } from 'vitest';
import { identityKey } from '../../domain/identity.ts';
import { spanIdFor, traceIdFor } from './ids.ts';

const key = (scope: string, id: string) => identityKey({ source: 'github', instance: '', kind: 'issue', scope, id });

it('gives the same ids on every machine, in every version', () => {
  expect(traceIdFor(key('1296269', '27'), 't:1767603600000')).toBe('885007c6edbffe21f7c60f7b8a428244');
  expect(spanIdFor(key('1296269', '27'), 't:1767603600000')).toBe('b6065f6df49220a0');
});

it('tells apart what differs in anything: the attempt, the part, or where one name ends and the next begins', () => {
  const ids = [
    spanIdFor(key('12', '3'), 'n:1'),
    spanIdFor(key('1', '23'), 'n:1'),
    spanIdFor(key('12', '3'), 'n:2'),
    spanIdFor(key('12', '3'), 'n:1', 1),
    spanIdFor(key('12', '3'), 'n:1', -1),
    traceIdFor(key('12', '3'), 'n:1').slice(0, 16),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});
