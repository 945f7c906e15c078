import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Reference } from '../../domain/reference.ts';
import { closedIn, grammarOf, issueOfBranch, namedByMessage, relatedIn } from './grammar.ts';
import { placeOf } from './place.ts';

const place = placeOf('id:1', 'shop/web', 'https://Code.example.com/shop/web');
/** One word for one issue of at most two names; and lists, of any path. */
const single = grammarOf({
  closing: 'fix(?:e[sd])?',
  path: String.raw`[\w.-]{1,100}\/[\w.-]{1,100}`,
  lists: false,
  changes: [/^[^\n]*\(#(?<number>\d{1,9})\)[ \t]*\r?(?:\n|$)/],
});
const listing = grammarOf({
  closing: 'clos(?:e[sd]?|ing)',
  path: String.raw`[\w.-]{1,100}(?:\/[\w.-]{1,100}){0,20}`,
  lists: true,
  changes: [/^See merge request (?<path>[\w./-]{1,512})?!(?<number>\d{1,9})[ \t\r]*$/m],
});

const named = (references: readonly Reference[]) => references.map(({ scope, value }) => `${scope} ${value}`);

describe('what a text says it closes', () => {
  it.each([
    ['fixes #12', ['id:1 12']],
    ['FIXED: #12.', ['id:1 12']],
    ['fix #1, fixes #2', ['id:1 1', 'id:1 2']],
    ['fixes #1, #2', ['id:1 1']],
    ['fixes shop/api#12', ['code.example.com/shop/api 12']],
    ['fixes Shop/Web#12', ['id:1 12']],
    ['fixes https://code.example.com/shop/web/issues/12#note-1', ['id:1 12']],
    ['fixes https://Other.example/a/b/issues/3', ['other.example/a/b 3']],
    ['fixes #007', ['id:1 7']],
    ['prefixes #12, hotfix#12, quick-fix #12, fixes#12, fixes # 12', []],
    ['fixes #12a, fixes #0, fixes #1234567890123', []],
    ['fixes it, see #12', []],
  ])('in %j is %j', (text, issues) => {
    expect(named(closedIn(text, single, place, 'text'))).toEqual(issues);
  });

  it.each([
    ['Closes #1, #2 and #3', ['id:1 1', 'id:1 2', 'id:1 3']],
    ['Closes issues #1, and #2 but not #3', ['id:1 1', 'id:1 2']],
    ['closing: shop/other/docs#4, api#5', ['code.example.com/shop/other/docs 4', 'code.example.com/shop/api 5']],
    ['Closes https://code.example.com/a/b/c/-/work_items/6 and #7', ['code.example.com/a/b/c 6', 'id:1 7']],
    ['Closes https://code.example.com/a/b/-/issues/incident/8', ['code.example.com/a/b 8']],
    ['Closes #4, related to #5', ['id:1 4']],
  ])('in the list %j is %j', (text, issues) => {
    expect(named(closedIn(text, listing, place, 'text'))).toEqual(issues);
  });

  it('is nothing of another repository, where nobody says on which server it is', () => {
    const nowhere = placeOf('id:1', 'shop/web', undefined);
    expect(named(closedIn('fixes shop/api#1, fixes shop/web#2', single, nowhere, 'text'))).toEqual(['id:1 2']);
  });

  it('is not what it is only related to', () => {
    const text = 'Related to #5, #6 and closes #7';
    expect(relatedIn(text, listing, place, 'text')).toEqual([
      { type: 'issue', scope: 'id:1', value: '5', relation: 'about', via: 'text' },
      { type: 'issue', scope: 'id:1', value: '6', relation: 'about', via: 'text' },
    ]);
  });
});

describe("what a commit's message names", () => {
  const message = 'ABC-12: add a cache (#42)\n\nFixes #27, as ABC-13 says (#43)';

  it('is its pull request, what it closes and its tickets', () => {
    const read = namedByMessage(message, single, place, { byBot: false });
    expect(read.map(({ type, value, via }) => `${type} ${value} ${via}`)).toEqual([
      'pull_request 42 message',
      'issue 27 message',
      'issue_key ABC-12 message',
      'issue_key ABC-13 message',
    ]);
  });

  it('is in its first line alone, where a bot wrote it', () => {
    const read = namedByMessage(message, single, place, { byBot: true });
    expect(read.map(({ value }) => value)).toEqual(['42', 'ABC-12']);
  });

  it('is no pull request of a commit that it takes back', () => {
    expect(namedByMessage('Revert "Add a cache (#42)"', single, place, { byBot: false })).toEqual([]);
  });

  it.each([
    ['Merge\n\nSee merge request shop/web!7', 'id:1 7'],
    ['Merge\n\nSee merge request !7\n', 'id:1 7'],
    ['Merge\r\n\r\nSee merge request shop/api!7\r\n', 'code.example.com/shop/api 7'],
  ])('is the change at the end of %j', (text, change) => {
    expect(named(namedByMessage(text, listing, place, { byBot: false }))).toEqual([change]);
  });
});

describe('the issue that a branch was made for', () => {
  it.each([
    ['12-some-title', '12'],
    ['12-2fa-login', '12'],
    ['feature/12-some-title', '12'],
    ['issue-12', '12'],
    ['ada/issue/12-x', '12'],
    ['fix-issue-12', '12'],
    ['2026-03-02-notes', undefined],
    ['release/12-1', undefined],
    ['releases/12-spring', undefined],
    ['tissue-12', undefined],
    ['v12-x', undefined],
    ['12', undefined],
    ['main', undefined],
  ])('of %s is %s', (branch, number) => {
    expect(issueOfBranch(branch, place).at(0)?.value).toBe(number);
  });
});

const pieces = fc.constantFrom(
  ...[
    'fixes',
    'closes',
    ' ',
    '\t',
    ':',
    '#',
    '1',
    ',',
    ' and ',
    '/',
    'a',
    'a/',
    '-',
    '.',
    '\n',
    '(#1)',
    '!',
    'related to',
  ],
  ...['https://', '/issues/', 'issue', 'See merge request ', 'é', '\ud800'],
);
const hostile = fc
  .tuple(
    fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 10 }),
    fc.integer({ min: 1, max: 60_000 }),
  )
  .map(([parts, times]) => parts.join('').repeat(times).slice(0, 400_000));

describe('hostile texts', () => {
  it('are read in little time, and name no more than a bound', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(single, listing), (text, grammar) => {
        const began = performance.now();
        closedIn(text, grammar, place, 'text');
        relatedIn(text, grammar, place, 'text');
        issueOfBranch(text, place);
        expect(namedByMessage(text, grammar, place, { byBot: false }).length).toBeLessThanOrEqual(32);
        expect(performance.now() - began).toBeLessThan(1_000);
      }),
      { numRuns: 300 },
    );
  });
});
