import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AggregateOptions, type AggregateRow, aggregate, aggregateColumns } from './aggregate.ts';
import { csvOf, unguarded } from './csv.ts';
import { readPullRequestsCsv } from './read-csv.ts';
import { columnsOf } from './row.ts';
import { RunningPercentiles } from './running.ts';

const PAGE = readFileSync(new URL('../../docs/reports.md', import.meta.url), 'utf8');
const block = (kind: string) => new RegExp(`^\`\`\`csv ${kind}\\n(.*?)^\`\`\`$`, 'ms').exec(PAGE)?.[1] ?? '';

const WEEKS: AggregateOptions = { window: 'week', timeZone: 'UTC', withBots: false };

const aggregateOf = (text: string, options = WEEKS) => aggregate(readPullRequestsCsv(Readable.from([text])), options);

const failure = (text: string): Promise<string> =>
  aggregateOf(text).then(
    () => expect.unreachable(),
    (error: Error) => error.message,
  );

describe('docs/reports.md', () => {
  it('has an example that comes out as it says', async () => {
    const { rows, leftOut } = await aggregateOf(block('input'));
    const cells = [...rows].map((row) => aggregateColumns.map((name) => row[name]));
    expect(csvOf([aggregateColumns, ...cells]).replaceAll('\r\n', '\n')).toBe(block('output'));
    expect(leftOut).toEqual({ open: 1, bot: 1 });
  });

  it.each([...columnsOf(true), ...aggregateColumns])('defines %s', (column) => {
    expect(PAGE).toMatch(new RegExp(`^\\|.*\`${column}\`.* \\|`, 'm'));
  });
});

describe('an aggregate', () => {
  const HEAD = 'owner,repo,created_at,merged_at,closed_at,additions,deletions,comments';
  const only = async (row: string, options = WEEKS): Promise<AggregateRow | undefined> =>
    [...(await aggregateOf(`${HEAD}\n${row}\n`, options)).rows][0];

  it('tells nothing of what is not known, and never 0', async () => {
    expect(await only('o,r,2026-03-02T09:00:00Z,,2026-03-02T10:00:00Z,3,4,5')).toMatchObject({
      ...{ total: 1, merged: 0, merge_ratio: 0, average_lines_changed: null, hours: null, seconds_per_line: null },
      ...{ seconds_per_comment: null, comments: null, running_p50_hours: null, running_p99_hours: null },
    });
    expect(await only('o,r,,2026-03-02T10:00:00Z,,,,')).toMatchObject({
      ...{ total: 1, merged: 1, merge_ratio: 1, average_lines_changed: null, hours: null, comments: null },
    });
  });

  it('takes no time from times that contradict each other', async () => {
    const row = await only('o,r,2026-03-02T12:00:00Z,2026-03-02T10:00:00Z,2026-03-02T10:00:00Z,3,4,5');
    expect(row).toMatchObject({ merged: 1, average_lines_changed: 7, hours: null, seconds_per_line: null });
  });

  it.each([
    ['day', 'Pacific/Auckland', '2026-04-05'],
    ['day', 'America/New_York', '2026-04-04'],
    ['week', 'Pacific/Auckland', '2026-W14'],
    ['month', 'UTC', '2026-04'],
  ] as const)('puts an end into the %s of %s', async (window, timeZone, interval) => {
    const row = await only('o,r,2026-04-01T00:00:00Z,2026-04-04T13:30:00Z,,1,1,1', {
      window,
      timeZone,
      withBots: false,
    });
    expect(row?.interval).toBe(interval);
  });

  it('is the same for columns in another order, a BOM and a guarded name', async () => {
    const { rows } = await aggregateOf(
      "\uFEFFclosed_at,extra,repo,owner,deletions,additions,comments,merged_at,created_at\r\n,x,'-dash,o,1,1,1,2026-03-02T10:00:00Z,2026-03-02T09:00:00Z\r\n",
    );
    expect([...rows][0]).toMatchObject({ key: 'o/-dash', hours: 1 });
  });

  it.each([
    ['', /^this is empty; row 1 should name the columns owner, repo/],
    ['owner;repo;created_at\n', /^row 1: there is no column owner, .*Are its values separated by commas\?$/],
    [`${HEAD}\no,r,,,,1,1\n`, /^this is no CSV: /],
    [`${HEAD}\no,r,,,,1,1,1\n,r,,,,1,1,1\n`, /^row 3: owner is ""; it should be a name$/],
    [
      `${HEAD}\no,r,02.03.2026 09:00,,,1,1,1\n`,
      /^row 2: created_at is "02\.03\.2026 09:00"; it should be a time such as/,
    ],
    [`${HEAD}\no,r,2026-13-02T09:00:00Z,,,1,1,1\n`, /^row 2: created_at is/],
    [`${HEAD}\no,r,,,,-1,1,1\n`, /^row 2: additions is "-1"; it should be a whole number, or empty$/],
    [`${HEAD},author_is_bot\no,r,,,,1,1,1,maybe\n`, /^row 2: author_is_bot is "maybe"/],
    [`${HEAD}\no,"r,,,,1,1,1\n`, /^this is no CSV: /],
  ])('of %j is refused with the row and what it should be', async (text, message) => {
    expect(await failure(text)).toMatch(message);
  });
});

function percentile(values: readonly number[], part: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const [below = 0, above = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return sorted.length === 0 ? null : below + (above - below) * (place % 1);
}

describe('running percentiles', () => {
  it('are those of all that was added, whatever else will be', () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.double({ min: 0, max: 1e12, noNaN: true }));
    fc.assert(
      fc.property(fc.array(fc.array(value)), (portions) => {
        const running = new RunningPercentiles(portions.flat());
        const added: number[] = [];
        for (const portion of portions) {
          for (const one of portion) running.add(one);
          added.push(...portion);
          for (const part of [0, 0.5, 0.95, 0.99, 1]) expect(running.at(part)).toBe(percentile(added, part));
        }
      }),
    );
  });
});

describe('a text in a CSV', () => {
  it('is never a formula, and comes back as it was', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .tuple(fc.constantFrom('=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'), fc.string())
        .map((two) => two.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        const written = csvOf([['x', one]]).slice(2, -2);
        const content = /^"(.*)"$/s.exec(written)?.[1]?.replaceAll('""', '"') ?? written;
        expect(content).not.toMatch(/^[=+\-@\t\r＝＋－＠]/);
        // Nothing that is written by hand with such an apostrophe is told apart from what was guarded.
        if (!/^'[=+\-@\t\r＝＋－＠]/.test(one)) expect(unguarded(content)).toBe(one);
      }),
    );
  });
});
