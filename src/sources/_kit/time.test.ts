import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEpoch, parseTime } from './time.ts';

const iso = (value: unknown) => {
  const parsed = parseTime(value);
  return parsed === undefined ? undefined : [new Date(parsed.at).toISOString(), parsed.precisionMs];
};

describe("senders' times", () => {
  it.each([
    ['2019-05-15T15:20:18Z', '2019-05-15T15:20:18.000Z', 1000],
    ['2017-12-10 17:01:11 UTC', '2017-12-10T17:01:11.000Z', 1000],
    ['2021-04-28 21:50:00 +0200', '2021-04-28T19:50:00.000Z', 1000],
    ['2012-01-03T23:36:29+02:00', '2012-01-03T21:36:29.000Z', 1000],
    ['2019-02-15T19:01:52.971-0800', '2019-02-16T03:01:52.971Z', 1],
    ['2018-07-02T21:51:39.492248+00:00', '2018-07-02T21:51:39.492Z', 1],
    ['2016-09-19T13:03:28.5345098Z', '2016-09-19T13:03:28.534Z', 1],
    ['2020-02-06T00:17:58.432911368Z', '2020-02-06T00:17:58.432Z', 1],
    ['2021-04-28T21:50:00', '2021-04-28T21:50:00.000Z', 1000],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z', 1000],
  ])('reads %s', (text, expected, precision) => {
    expect(iso(text)).toEqual([expected, precision]);
  });

  it.each([
    [null],
    [undefined],
    [''],
    [0],
    [1772442000],
    ['0001-01-01T00:00:00Z'],
    ['0001-01-01T00:00:00'],
    ['9999-01-01T00:00:00Z'],
    ['2023-02-29T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
    ['2026-03-02T24:00:01Z'],
    ['2026-03-02T09:60:00Z'],
    ['2026-03-02T09:00:00+25:00'],
    ['2026-03-02'],
    ['yesterday'],
    ['2026-03-02T09:00:00Z and more'],
  ])('does not take %j for a time', (value) => {
    expect(parseTime(value)).toBeUndefined();
  });

  it('gives back every moment that it is given in RFC 3339', () => {
    const moments = fc.date({ min: new Date('1970-01-02'), max: new Date('2199-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(moments, (moment) => {
        expect(parseTime(moment.toISOString())).toEqual({ at: moment.getTime(), precisionMs: 1 });
      }),
    );
  });
});

describe('seconds and milliseconds since 1970', () => {
  it.each([
    [1_772_442_000, 1_772_442_000_000, 1000],
    [1_772_442_000_250, 1_772_442_000_250, 1],
    [1_772_442_000.25, 1_772_442_000_250, 1],
    [1.001, 1_001, 1],
  ])('reads %d by its magnitude', (value, at, precisionMs) => {
    expect(parseEpoch(value)).toEqual({ at, precisionMs });
  });

  it.each([[0], [-1], [Number.NaN], [Number.POSITIVE_INFINITY], [1e14], ['1772442000'], [null]])(
    'refuses %j',
    (value) => {
      expect(parseEpoch(value)).toBeUndefined();
    },
  );
});
