import { describe, expect, it } from 'vitest';
import { event, MINUTE, MONDAY } from '../../test/support/events.ts';
import type { Event } from './event.ts';
import { fold } from './fold.ts';

const at = (minute: number) => MONDAY + minute * MINUTE;
const stage = (key: string, category?: 'waiting' | 'active' | 'done') => ({
  stage: { key, name: key, ...(category === undefined ? {} : { category }) },
});

/** Each attempt as `start–end result`, in minutes. */
const lives = (...events: readonly Event[]) =>
  fold(events).attempts.map(({ startedAt, finishedAt, state, result }) => {
    const minute = (time: number | null) => (time === null ? '?' : (time - MONDAY) / MINUTE);
    return `${minute(startedAt)}–${state === 'open' ? '' : minute(finishedAt)} ${result ?? 'open'}`;
  });

const end = (minute: number, more: Partial<Event> = {}) => event('end', minute, { result: 'success', ...more });

describe('with no attempt yet', () => {
  it('a start opens', () => expect(lives(event('start', 1))).toEqual(['1– open']));
  it('a transition opens', () => expect(lives(event('transition', 1, stage('run')))).toEqual(['1– open']));
  it('an intermediary opens nothing', () => expect(lives(event('intermediary', 1))).toEqual([]));
  it('an end makes a finished attempt with an unknown start', () => expect(lives(end(5))).toEqual(['?–5 success']));
  it('an end that tells the start makes a whole span', () => {
    expect(lives(end(5, { startedAt: at(2) }))).toEqual(['2–5 success']);
  });
});

describe('while open', () => {
  it('a second start is a mark', () => expect(lives(event('start', 1), event('start', 2))).toEqual(['1– open']));
  it('a re-opening ends the attempt at an unknown time', () => {
    expect(lives(event('start', 1), event('start', 4, { reopens: true }))).toEqual(['1–? unknown', '4– open']);
  });
  it('an end finishes', () => expect(lives(event('start', 1), end(5))).toEqual(['1–5 success']));
  it('an end without a result has the result unknown', () => {
    expect(lives(event('start', 1), event('end', 5))).toEqual(['1–5 unknown']);
  });
  it('the same stage again changes nothing', () => {
    const [attempt] = fold([event('start', 0, stage('a')), event('transition', 1, stage('a')), end(2)]).attempts;
    expect(attempt?.stages).toEqual([{ key: 'a', name: 'a', category: null, startedAt: at(0), finishedAt: at(2) }]);
  });
  it('the time before the first known stage is unknown, and says so', () => {
    const [attempt] = fold([event('start', 0), event('transition', 2, stage('run')), end(3)]).attempts;
    expect(attempt?.stages.map(({ key }) => key)).toEqual(['unknown', 'run']);
    expect(attempt?.anomalies).toEqual(['stage_unknown']);
  });
});

describe('when finished', () => {
  const life = [event('start', 1), end(5)];
  it('a start begins another attempt', () => {
    expect(lives(...life, event('start', 8))).toEqual(['1–5 success', '8– open']);
  });
  it.each(['waiting', 'active'] as const)('a transition to a stage that is %s begins another attempt', (category) => {
    expect(lives(...life, event('transition', 8, stage('x', category)))).toEqual(['1–5 success', '8– open']);
  });
  it('a transition to a stage that is done is one life with it', () => {
    expect(lives(...life, event('transition', 8, stage('closed', 'done')))).toEqual(['1–5 success']);
  });
  it('the first end stays', () => expect(lives(...life, end(9, { result: 'failure' }))).toEqual(['1–5 success']));
  it('an unknown result is taken from the later end', () => {
    expect(lives(event('start', 1), event('end', 5), end(9))).toEqual(['1–5 success']);
  });
  it('another result wins only if the sender says that it replaces the first', () => {
    const retried = end(9, { result: 'failure', replacesEnd: true });
    expect(lives(...life, retried)).toEqual(['1–5 success', '?–9 failure']);
    expect(fold([...life, retried]).attempts[1]?.anomalies).toEqual(['end_without_start']);
  });
  it('a remark is kept on the finished attempt, and null removes a tag', () => {
    const told = [
      event('start', 1, { tags: { a: 1, b: 2 } }),
      end(5),
      event('intermediary', 9, { tags: { a: null, c: 3 } }),
    ];
    expect(fold(told).attempts[0]?.tags).toEqual({ b: 2, c: 3 });
  });
});

describe('a re-opening that is told twice, a second apart', () => {
  const reopened = (minute: number, second = 0): Event => {
    const occurredAt = at(minute) + second * 1_000;
    return event('start', minute, { occurredAt, key: `reopened@${occurredAt}`, reopens: true, precisionMs: 1_000 });
  };
  const orders = <T>(all: readonly T[]): T[][] =>
    all.length < 2 ? [[...all]] : all.flatMap((one, at) => orders(all.toSpliced(at, 1)).map((rest) => [one, ...rest]));
  const inEveryOrder = (...events: readonly Event[]) => [
    ...new Set(orders(events).map((some) => JSON.stringify(lives(...some)))),
  ];
  const closed = (minute: number) => end(minute, { key: `closed@${minute}`, precisionMs: 1_000 });
  const twice = [reopened(8), reopened(8, 1)];

  it.each([
    ['alone', [], ['8– open']],
    ['after the opening', [event('start', 1)], ['1–? unknown', '8– open']],
    ['after the end of the life before', [closed(5)], ['?–5 success', '8– open']],
    ['after a whole life', [event('start', 1), closed(5)], ['1–5 success', '8– open']],
    ['before the next end', [closed(9)], ['8–9 success']],
    ['between two lives', [event('start', 1), closed(5), closed(9)], ['1–5 success', '8–9 success']],
    ['in the second of the end', [event('start', 1), closed(8), closed(9)], ['1–8 success', '8–9 success']],
  ])('is one: %s', (_name, others, expected) => {
    expect(inEveryOrder(...others, ...twice)).toEqual([JSON.stringify(expected)]);
  });

  it('is one for as long as two seconds, and not longer', () => {
    expect(inEveryOrder(reopened(8), reopened(8, 2))).toEqual(['["8– open"]']);
    expect(lives(reopened(8), reopened(8, 3))).toHaveLength(2);
    expect(lives(reopened(8), reopened(8, 2), reopened(8, 4))).toHaveLength(2);
  });

  it('is told by the first, and what the second says is known too', () => {
    const [attempt] = fold([
      reopened(8),
      { ...reopened(8, 1), title: 'Still broken', stage: { key: 'x', name: 'x' } },
    ]).attempts;
    expect(attempt).toMatchObject({ startedAt: at(8), title: 'Still broken', stages: [], anomalies: [] });
  });

  it('is none where it was closed in between', () => {
    const closedAt = end(8, { occurredAt: at(8) + 1_000, precisionMs: 1 });
    const again = { ...reopened(8, 2), precisionMs: 1 };
    expect(lives({ ...reopened(8), precisionMs: 1 }, closedAt, again)).toHaveLength(2);
  });
});

describe('within one instant', () => {
  it('closed and re-opened is open', () => {
    expect(lives(event('start', 1), end(5), event('start', 5))).toEqual(['1–5 success', '5– open']);
  });
  it('opened and closed is closed', () => expect(lives(event('start', 5), end(5))).toEqual(['5–5 success']));
  it('a coarse end does not run backwards past a finer start', () => {
    const start = event('start', 0, { occurredAt: MONDAY + 400 });
    const coarse = end(0, { precisionMs: 1000 });
    expect(fold([start, coarse]).attempts).toMatchObject([{ startedAt: MONDAY + 400, finishedAt: MONDAY + 400 }]);
  });
});

describe('numbered runs', () => {
  const run = (attempt: number) => ({ attempt, key: `k${attempt}` });
  it('are an attempt each, by the number of the sender', () => {
    const events = [
      event('start', 5, run(3)),
      event('end', 9, { ...run(3), key: 'e3', result: 'failure' }),
      end(4, run(1)),
    ];
    expect(fold(events).attempts.map(({ key, ordinal }) => [key, ordinal])).toEqual([
      ['n:1', 1],
      ['n:3', 3],
    ]);
  });
  it('never show a negative duration, but times that contradict each other', () => {
    const [attempt] = fold([end(5, run(1)), event('start', 9, { ...run(1), key: 's' })]).attempts;
    expect(attempt?.anomalies).toEqual(['ends_before_start']);
  });
});

describe('a clock', () => {
  it.each([
    ['before the year 2000', { occurredAt: Date.UTC(1999, 0, 1), receivedAt: MONDAY }],
    ['more than ten minutes ahead', { receivedAt: MONDAY - 11 * MINUTE }],
  ])('%s is an anomaly', (_name, times) => {
    expect(fold([event('start', 0, times)]).attempts[0]?.anomalies).toEqual(['clock_anomaly']);
  });
});
