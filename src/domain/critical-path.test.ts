import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { criticalPath, type PathSpan, timeBy } from './critical-path.ts';

const span = (
  key: string,
  parent: string | null,
  from: number,
  to: number | null,
  more: Partial<PathSpan> = {},
): PathSpan => ({
  key,
  parent,
  operation: 'issue',
  startedAt: from,
  finishedAt: to,
  stages: [],
  ...more,
});

/** `issue 0–10 unknown`: who, from when to when, and what it was. */
const words = (spans: readonly PathSpan[], until: number) =>
  criticalPath(spans, spans[0]?.key ?? '', until).map(
    ({ key, stage, from, to, activity, isGap }) =>
      `${key}${stage === null ? '' : ` ${stage}`} ${from}–${to} ${isGap ? 'gap' : activity}`,
  );

describe('the critical path', () => {
  it('is the last thing that everything after it had to wait for', () => {
    const run = span('run', 'issue', 10, 40, { operation: 'pipeline' });
    const jobs = [
      span('quick', 'run', 12, 20, { operation: 'build' }),
      span('slow', 'run', 12, 35, { operation: 'build' }),
    ];
    expect(words([span('issue', null, 0, 50), run, ...jobs], 50)).toEqual([
      'issue 0–10 unknown',
      'run 10–12 working',
      'slow 12–35 working',
      'run 35–40 working',
      'issue 40–50 unknown',
    ]);
  });

  it('goes on after a cause has ended, with a gap until what it caused begins', () => {
    const deploy = span('deploy', 'pull', 40, 45, { operation: 'deploy' });
    expect(words([span('pull', null, 0, 30), deploy], 45)).toEqual([
      'pull 0–30 unknown',
      'pull 30–40 gap',
      'deploy 40–45 working',
    ]);
  });

  it('tells the stages of a span, waiting apart from working', () => {
    const stages = [
      { key: 'd', name: 'draft', category: 'active', startedAt: 0, finishedAt: 10 },
      { key: 'w', name: 'awaiting_review', category: 'waiting', startedAt: 10, finishedAt: 30 },
    ] as const;
    const pull = span('pull', null, 0, 30, { operation: 'pull_request', stages });
    expect(words([pull, span('run', 'pull', 5, 8, { operation: 'pipeline' })], 30)).toEqual([
      'pull draft 0–5 working',
      'run 5–8 working',
      'pull draft 8–10 working',
      'pull awaiting_review 10–30 waiting',
    ]);
  });

  it('ends where it is asked to, whatever came after, and counts what is open up to there', () => {
    const rerun = span('rerun', 'pull', 100, 120, { operation: 'pipeline' });
    expect(words([span('pull', null, 0, 30), rerun], 25)).toEqual(['pull 0–25 unknown']);
    expect(words([span('pull', null, 0, null)], 25)).toEqual(['pull 0–25 unknown']);
    expect(words([span('pull', null, 30, null)], 25)).toEqual([]);
  });

  it('begins with the root, though what it caused may have begun before it was written down', () => {
    expect(words([span('issue', null, 10, 50), span('pull', 'issue', 0, 40)], 50)).toEqual([
      'pull 10–40 unknown',
      'issue 40–50 unknown',
    ]);
  });

  it('lies without gap or overlap between the start of the root and the end, whatever the trace', () => {
    const times = fc.record({
      from: fc.integer({ min: 0, max: 50 }),
      length: fc.option(fc.integer({ min: 0, max: 50 })),
      parent: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 120 }), (all, until) => {
        const spans = all.map(({ from, length, parent }, index) =>
          span(
            String(index),
            index === 0 ? null : String(parent % index),
            from,
            length === null ? null : from + length,
          ),
        );
        const path = criticalPath(spans, '0', until);
        const start = all[0]?.from ?? 0;
        const ends = path.map(({ to }) => to);
        expect(path.map(({ from }) => from)).toEqual(path.length === 0 ? [] : [start, ...ends.slice(0, -1)]);
        if (start >= until) expect(path).toEqual([]);
        expect(path.every(({ from, to }) => from < to && to <= until)).toBe(true);
        expect(timeBy(path, ({ key }) => key).reduce((sum, { ms }) => sum + ms, 0)).toBe(
          (ends.at(-1) ?? start) - start,
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('of a chain of ten thousand causes needs no deep stack', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) =>
      span(String(index), index === 0 ? null : String(index - 1), index, index + 1),
    );
    expect(criticalPath(chain, '0', 10_000)).toHaveLength(10_000);
  });
});
