import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { meanings } from './problem.ts';

it('explains every error of the API, and no other, on the page of errors', () => {
  const page = readFileSync(new URL('../../docs/problems.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, code, status]) => [code, Number(status)]);
  const codes = Object.entries(meanings).map(([code, { status }]) => [code, status]);
  expect(rows.toSorted()).toEqual(codes.toSorted());
});
