import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Reference } from '../../domain/reference.ts';
import { issueKeysIn, mentionsOf, spansIn } from './mentions.ts';
import { proseOf } from './prose.ts';

const values = (references: readonly Reference[]) => references.map(({ value }) => value);

describe('spans that a text names', () => {
  it('are taken as whole tokens, each once it begins', () => {
    expect(values(spansIn('see vstrace-github-1, (vstrace-jira-2) and vstrace-github', 'text'))).toEqual([
      'vstrace-github-1',
      'vstrace-jira-2',
      'vstrace-github',
    ]);
  });

  it('say where they stood, and belong to no scope', () => {
    expect(spansIn('feature/vstrace-jira-ABC-12', 'branch')).toEqual([
      { type: 'span', scope: '', value: 'vstrace-jira-ABC-12', via: 'branch' },
    ]);
  });
});

describe('issue keys that a text names', () => {
  it('are written in capitals in a title', () => {
    expect(values(issueKeysIn('ABC-12: fix abc-13, AB_C-14 and xABC-15', 'title'))).toEqual(['ABC-12', 'AB_C-14']);
  });

  it.each([
    ['feature/abc-123-some-title', ['ABC-123']],
    ['ABC-12_some_title', ['ABC-12']],
    ['fix_abc-12', ['FIX_ABC-12', 'ABC-12']],
    ['abc-0-x', []],
    ['main', []],
  ])('of the branch %s are %j', (branch, keys) => {
    expect(values(issueKeysIn(branch, 'branch'))).toEqual(keys);
  });
});

describe('the prose of a text in Markdown', () => {
  it.each([
    ['a <!-- Fixes #1 --> b', 'a   b'],
    ['<!-- never closed\nFixes #1', ' '],
    ['a `Fixes #1` b', 'a ` b'],
    ['a ``x ` y`` b', 'a ` b'],
    ['one ` stray\nFixes #1', 'one ` stray\nFixes #1'],
    ['```\nFixes #1\n```\nb', '`\nb'],
    ['~~~sh\nFixes #1\n```\n~~~\nb', '`\nb'],
    ['````\n```\nFixes #1\n````\nb', '`\nb'],
    ['```\nFixes #1', '`'],
    ['```inline``` b', '` b'],
    ['> Fixes #1\r\nb', '`\r\nb'],
    ['- a\n  > Fixes #1\nb', '- a\n`\nb'],
    ['>>>\nFixes #1\n>>>\nb', '`\nb'],
    ['```\n<!--\n```\nb', '`\nb'],
    ['<!--\n```\n-->\nb', ' \nb'],
    ['a <details><summary>x</summary>Fixes <details>#1</details> #2</details> b', 'a   b'],
    ['a <DETAILS open>Fixes #1', 'a '],
    ['**Fixes** #1', 'Fixes #1'],
    [null, ''],
  ])('of %j is %j', (markdown, prose) => {
    expect(proseOf(markdown)).toBe(prose);
  });
});

describe('what one payload names', () => {
  const key = (value: string, via?: Reference['via']): Reference => ({
    type: 'issue_key',
    scope: '',
    value,
    ...(via === undefined ? {} : { via }),
  });

  it('is named once, as it was named first', () => {
    expect(mentionsOf([key('A-1', 'branch'), key('A-2', 'title'), key('A-1', 'title')])).toEqual([
      key('A-1', 'branch'),
      key('A-2', 'title'),
    ]);
  });

  it('is bounded, and a text crowds out no containment', () => {
    const many = Array.from({ length: 100 }, (_, index) => key(`A-${index}`));
    const milestone: Reference = { type: 'milestone', scope: 's', value: '1', relation: 'part_of' };
    const named = mentionsOf(many, [milestone]);
    expect(named).toHaveLength(32);
    expect(named.at(-1)).toEqual(milestone);
  });
});

/** Pieces that a writer of hostile texts would repeat. */
const pieces = fc.constantFrom(
  ...['vstrace-', 'A', '_', 'A_', '-1', '`', '``', '```', '\n', '\r\n', '> ', '>>>\n', '<!--', '-->', '~~~'],
  ...['<details>', '</details>', '<details ', '**', ' ', '%', '/', '.', 'é', '\u0000', '\ud800'],
);
const hostile = fc
  .tuple(fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 8 }), fc.integer({ min: 1, max: 60_000 }))
  .map(([parts, times]) => parts.join('').repeat(times).slice(0, 400_000));

describe('hostile texts', () => {
  it('are read within bounds, in little time', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const began = performance.now();
        const prose = proseOf(text);
        const found = [spansIn(prose, 'text'), issueKeysIn(text, 'branch'), issueKeysIn(text, 'title')];
        expect(found.every(({ length }) => length <= 32)).toBe(true);
        expect(mentionsOf(found.flat()).length).toBeLessThanOrEqual(32);
        expect(performance.now() - began).toBeLessThan(1_000);
      }),
      { numRuns: 200 },
    );
  });
});
