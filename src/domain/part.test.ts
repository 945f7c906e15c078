import { describe, expect, it } from 'vitest';
import { exportedStages, type Part, stageNumber, stageParts } from './part.ts';

const stages = (text: string) =>
  text.split(' ').map((word) => ({ key: word.slice(0, 1), startedAt: Number(word.slice(1)) }));
const parts = (text: string): Part[] => stageParts(stages(text));
const pairs = (now: string, exported: string) =>
  [...exportedStages(parts(now), ['span', ...parts(exported)])].map(([is, was]) =>
    `${is}=${was}`.replaceAll('stage:', ''),
  );

describe('a stage that was exported', () => {
  it.each([
    ['is the same though another one has come before it', 'a0 b5 c9', 'a0 c9', ['0:a=0:a', '9:c=9:c']],
    ['is the same where the beginning of its attempt has moved', 'a-3 b5', 'a0 b5', ['-3:a=0:a', '5:b=5:b']],
    ['is not the one that comes again later', 'a0 b5 a9', 'a0', ['0:a=0:a']],
    ['is none of those that are there where it is gone', 'a0', 'b0', []],
  ])('%s', (_what, now, exported, expected) => {
    expect(pairs(now, exported)).toEqual(expected);
  });

  it('is known apart from another one of its name in the same moment', () => {
    expect(new Set(parts('a0 b0 a0')).size).toBe(3);
    expect(pairs('a0 b0 a0', 'a0 b0 a0')).toHaveLength(3);
  });

  it('has the number of its place', () => {
    expect(stageNumber('stage:5:b', stages('a0 b5'))).toBe(2);
    expect(stageNumber('stage:6:b', stages('a0 b5'))).toBeNull();
    expect(stageNumber('span', stages('a0 b5'))).toBeNull();
  });
});
