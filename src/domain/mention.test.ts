import { describe, expect, it } from 'vitest';
import { candidatesIn } from './mention.ts';

describe('span ids in free text', () => {
  it('are looked for by the longest candidate first', () => {
    expect([...candidatesIn('feature/vstrace-github-issue-octo-org/api-27/my-work')]).toEqual([
      'vstrace-github-issue-octo-org/api-27/my-work',
      'vstrace-github-issue-octo-org/api-27/my',
      'vstrace-github-issue-octo-org/api-27',
      'vstrace-github-issue-octo-org/api',
      'vstrace-github-issue-octo-org',
      'vstrace-github-issue-octo',
      'vstrace-github-issue',
      'vstrace-github',
    ]);
  });

  it('may be several, and may stand in quotes and before a full stop', () => {
    const found = [...candidatesIn('Fixes "vstrace-jira-issue-PAY-12" and vstrace-a-b-c-1%2D2.')];
    expect(found).toContain('vstrace-jira-issue-PAY-12');
    expect(found).toContain('vstrace-a-b-c-1%2D2');
    expect(found.some((one) => one.includes('"'))).toBe(false);
  });

  it('are none where there are none', () => {
    expect([...candidatesIn('a branch like any other')]).toEqual([]);
  });

  it('cost a bounded number of candidates, however long the text goes on', () => {
    const hostile = 'vstrace-'.repeat(20_000);
    expect([...candidatesIn(hostile)].length).toBeLessThanOrEqual((hostile.length / 512 + 1) * 64);
  });
});
