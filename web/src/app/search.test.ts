import { describe, expect, it } from 'vitest';
import { bucketOf, daysOf, measureQuery, texts } from './search.ts';

const NOW = new Date(2026, 10, 28, 12);

describe('the range of an address', () => {
  it('is the last days up to now', () => {
    expect(daysOf('30d', NOW)).toEqual({ from: '2026-10-29', to: null, days: 30, label: 'Last 30 days' });
  });

  it('is from day to day, both with it', () => {
    expect(daysOf('2026-01-01..2026-03-31')).toMatchObject({ from: '2026-01-01', to: '2026-03-31', days: 90 });
    expect(measureQuery({ range: '2026-01-01..2026-03-31' })).toMatchObject({ from: '2026-01-01', to: '2026-04-01' });
  });

  it.each(['', 'soon', '2026-03-31..2026-01-01', '0d', '99999d'])(
    'is the default or the most there is for %j',
    (range) => {
      const { days } = daysOf(range, NOW);
      expect([30, 7_300]).toContain(days);
    },
  );

  it.each([
    [7, 'day'],
    [90, 'week'],
    [365, 'month'],
  ])('of %d days is cut by the %s', (days, bucket) => {
    expect(bucketOf(days)).toBe(bucket);
  });
});

it('of an address only what is known is taken, as texts', () => {
  expect(texts({ q: 27, other: 'x', state: ['open'] }, ['q', 'state'])).toEqual({ q: '27' });
});
