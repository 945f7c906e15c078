import { expect, test } from 'vitest';
import { deployIdentity, deployTold } from '../../test/support/deploys.ts';
import { fold } from './fold.ts';
import { factsOf, type Saying, verdictsOf, whyUncounted } from './verdict.ts';

const NINE = Date.UTC(2026, 2, 2, 9);

/** What is said of the attempt of a key, so many minutes after nine, as the event it becomes. */
function said(attempt: string, minute: number, saying: Partial<Saying>) {
  const saidAt = NINE + minute * 60_000;
  const full = { author: 'ada', reason: `said at ${minute}`, ...saying };
  const common = { ...deployIdentity, operation: 'deploy', attempt };
  return {
    ...deployTold('intermediary', saidAt),
    key: `verdict:${minute}`,
    facts: factsOf({ ...common, saying: full, saidAt }),
  };
}

const first = [deployTold('start', NINE), deployTold('end', NINE + 60_000, { result: 'success' })];
const again = deployTold('end', NINE + 5 * 60_000, { result: 'failure', replacesEnd: true });
const keys = fold([...first, again]).attempts.map(({ key }) => key);

function verdicts(...events: Parameters<typeof fold>[0]) {
  return verdictsOf(fold([...first, ...events]).attempts).map(({ saidAt: _, ...verdict }) => verdict);
}

test('nobody has said anything', () => {
  expect(verdicts()).toEqual([]);
});

test('the last word counts, in whatever order it comes', () => {
  const [attempt = ''] = keys;
  const words = [
    said(attempt, 2, { isFailure: true }),
    said(attempt, 3, { isFailure: false, author: 'bob' }),
    said(attempt, 4, { isRework: true }),
  ];
  const expected = [{ attempt: 1, isFailure: false, isRework: true, author: 'ada', reason: 'said at 4' }];
  expect(verdicts(...words)).toEqual(expected);
  expect(verdicts(...words.toReversed())).toEqual(expected);
});

test('null takes back what was said, and nothing else', () => {
  const [attempt = ''] = keys;
  const words = [said(attempt, 2, { isFailure: true, isRework: true }), said(attempt, 3, { isFailure: null })];
  expect(verdicts(...words)).toEqual([
    { attempt: 1, isFailure: null, isRework: true, author: 'ada', reason: 'said at 3' },
  ]);
});

test('of an earlier attempt it may be said while there is a later one', () => {
  const [attempt = '', later = ''] = keys;
  const words = [said(attempt, 2, { isFailure: true }), again, said(attempt, 6, { isFailure: null })];
  const ofEarlier = { attempt: 1, isFailure: null, isRework: null, author: 'ada', reason: 'said at 6' };
  expect(verdicts(...words)).toEqual([ofEarlier]);
  expect(verdicts(...words, said(later, 7, { isFailure: false }))).toEqual([
    ofEarlier,
    { attempt: 2, isFailure: false, isRework: null, author: 'ada', reason: 'said at 7' },
  ]);
});

test('it changes nothing else of the deployment', () => {
  const [attempt = ''] = keys;
  const plain = fold(first).attempts;
  const judged = fold([...first, said(attempt, 2, { isFailure: true })]).attempts;
  expect(judged.map((one) => ({ ...one, facts: {} }))).toEqual(plain);
});

test.each([
  [{ result: 'success' }, null],
  [{ result: 'rolled_back' }, null],
  [{ result: 'failure' }, null],
  [{ result: 'cancelled' }, 'it was cancelled, so nothing was tried'],
  [{ result: 'skipped' }, 'it was skipped, so nothing was tried'],
  [{ result: 'unknown' }, 'it ended neither well nor badly'],
] as const)('whether anything counts that is said of one that ended as %j', (end, why) => {
  const [attempt] = fold([deployTold('start', NINE), deployTold('end', NINE + 60_000, end)]).attempts;
  if (attempt === undefined) throw new Error('nothing was folded');
  const tags = { 'deployment.environment.name': 'production', 'valuestream.environment.tier': 'production' };
  const isError = end.result === 'failure';
  expect(whyUncounted({ ...attempt, isError, tags })).toBe(why);
});
