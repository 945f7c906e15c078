import { describe, expect, it } from 'vitest';
import { asCsv, asMarkdown, asTable, type NumberColumn, type NumbersAnswer } from './sheet.ts';
import { sparkline } from './sparkline.ts';

type Numbers = { readonly p50: number | null };

const columns: readonly NumberColumn<Numbers>[] = [
  { name: 'p50', of: ({ p50 }) => ({ value: p50, unit: 'ms', isFew: p50 === 1_000 }), isDrawn: true },
];

const buckets = (...values: (number | null)[]) =>
  values.map((p50, index) => ({ label: `2026-W1${index}`, numbers: { p50 } }));

const answer = (project: string): NumbersAnswer<Numbers> => ({
  ...{ as_of: { at: '2026-04-01T00:00:00.000Z' }, compared_with: null, groups_left_out: 0 },
  window: { from: '2026-03-02T00:00:00.000Z', to: '2026-03-23T00:00:00.000Z', time_zone: 'UTC' },
  total: { numbers: { p50: 60_000 }, previous: null, buckets: buckets(60_000, null, 120_000) },
  groups: [{ group: { project }, numbers: { p50: 1_000 }, previous: null, buckets: buckets(null, null, 1_000) }],
});

describe('an answer with groups', () => {
  it('is a row for each, with bars for its weeks; few are marked', () => {
    expect(asTable(answer('shop'), columns).split('\n')).toEqual([
      'project  p50',
      'shop     1s *    ··█',
      'total    1m 00s  ▅·█',
    ]);
  });

  it('is a row for each group and week in CSV, with empty cells for what is not known', () => {
    expect(asCsv(answer('a "b", c'), columns).split('\r\n')).toEqual([
      'project,period,p50_ms',
      '"a ""b"", c",2026-W10,',
      '"a ""b"", c",2026-W11,',
      '"a ""b"", c",2026-W12,1000',
      '"a ""b"", c",total,1000',
      'total,2026-W10,60000',
      'total,2026-W11,',
      'total,2026-W12,120000',
      'total,total,60000',
      '',
    ]);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('gives a spreadsheet no formula in %j', (project) => {
    expect(asCsv(answer(project), columns)).toContain(`'${project}`);
  });

  it('lets no name become markup or another cell', () => {
    expect(asMarkdown(answer('a|b <img> [c](d)'), columns)).toContain('| a\\|b \\<img\\> \\[c\\](d) | 1s \\* | ··█ |');
  });
});

it('without groups is a row for each week', () => {
  expect(asTable({ ...answer('shop'), groups: [] }, columns).split('\n')).toEqual([
    ...['          p50', '2026-W10  1m 00s', '2026-W11  –', '2026-W12  2m 00s', 'total     1m 00s  ▅·█'],
  ]);
});

it('with the period before has that in the place of bars', () => {
  const compared = { ...answer('shop'), groups: [], compared_with: { from: '', to: '' } };
  const total = { ...compared.total, buckets: [], previous: { p50: null } };
  expect(asTable({ ...compared, total }, columns).split('\n')).toEqual(['       p50     before', 'total  1m 00s  –']);
});

describe('a sparkline', () => {
  it('goes from 0 to the greatest, and leaves out what is not known', () => {
    expect(sparkline([0, 1, null, 7])).toBe('▁▂·█');
    expect(sparkline([0, 0])).toBe('▁▁');
    expect(sparkline([])).toBe('');
  });
});
