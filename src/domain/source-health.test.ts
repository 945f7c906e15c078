import { describe, expect, it } from 'vitest';
import { healthOf, type Traffic } from './source-health.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 2, 30, 12);

const well: Traffic = {
  now: NOW,
  accepted: 10,
  ignored: 2,
  deadLetters: 0,
  lastAt: NOW - HOUR,
  lastIgnored: 'a ping: the webhook is set up',
  lastDeadLetter: null,
  refused: null,
  lastAccepted: { contentType: 'application/json', ageMs: 900 },
  hours: [],
};

/** Each working hour of some weeks before, in hours since 1970. */
function workingHours(weeks: number): number[] {
  const monday = Date.UTC(2026, 2, 30) / HOUR;
  return Array.from({ length: weeks * 5 }, (_, day) => Math.floor(day / 5) * 168 + (day % 5) * 24)
    .flatMap((day) => Array.from({ length: 9 }, (_, hour) => monday - weeks * 168 + day + 8 + hour))
    .sort((a, b) => a - b);
}

const refused = { count: 3, lastAt: NOW, lastReason: 'the signature does not fit', cause: 'secret' } as const;
const codes = (change: Partial<Traffic>) => {
  const { status, hints } = healthOf({ ...well, ...change });
  return [status, ...hints.map(({ code }) => code)];
};

describe('the health of a source', () => {
  it('is well when what comes is read', () => {
    expect(codes({})).toEqual(['ok']);
  });

  it('waits while nothing has come', () => {
    expect(codes({ accepted: 0, ignored: 0, lastAt: null, lastAccepted: null })).toEqual(['waiting']);
  });

  it('fails while everything is refused, and is well again after the next one that is taken', () => {
    expect(codes({ refused })).toEqual(['failing', 'secret_differs']);
    expect(codes({ refused, lastAt: null, accepted: 0, ignored: 0 })).toEqual(['failing', 'secret_differs']);
    expect(codes({ refused, lastAt: NOW })).toEqual(['ok']);
  });

  it('tells a wrong clock from a wrong secret', () => {
    expect(codes({ refused: { ...refused, cause: 'clock' } })).toEqual(['failing', 'clock_differs']);
    expect(codes({ lastAccepted: { contentType: 'application/json', ageMs: -90_000 } })).toEqual([
      'warning',
      'clock_differs',
    ]);
    expect(codes({ lastAccepted: { contentType: 'application/json', ageMs: -2_000 } })).toEqual(['ok']);
  });

  it.each([
    ['no_secret', 'secret_missing', 'set its secret here'],
    ['form', 'form_encoded', 'choose application/json there'],
    ['body', 'not_read', 'the signature does not fit'],
    ['server', 'not_stored', 'send again'],
  ] as const)('does not blame the secret for a refusal by %s', (cause, code, message) => {
    const { status, hints } = healthOf({ ...well, refused: { ...refused, cause } });
    expect([status, hints]).toEqual(['failing', [{ code, message: expect.stringContaining(message) }]]);
  });

  it('asks for events when only pings have come', () => {
    expect(codes({ accepted: 0 })).toEqual(['warning', 'nothing_ticked']);
    expect(healthOf({ ...well, accepted: 0 }).hints[0]?.message).toContain('a ping: the webhook is set up');
  });

  it('names dead letters and forms', () => {
    const contentType = 'application/x-www-form-urlencoded';
    expect(codes({ deadLetters: 1, lastDeadLetter: 'x', lastAccepted: { contentType, ageMs: null } })).toEqual([
      'warning',
      'dead_letters',
      'form_encoded',
    ]);
  });

  it('hears a silence that is longer than the pauses it is used to, and no weekend', () => {
    const hours = workingHours(3);
    const friday = Date.UTC(2026, 2, 27, 17);
    expect(codes({ hours, lastAt: friday, now: friday + 63 * HOUR })).toEqual(['ok']);
    expect(codes({ hours, lastAt: friday, now: friday + 129 * HOUR })).toEqual(['warning', 'silent']);
    expect(codes({ hours: hours.slice(0, 19), lastAt: friday, now: friday + 500 * HOUR })).toEqual(['ok']);
  });

  it('lets a sender of less than a week have its first weekend', () => {
    const hours = Array.from({ length: 30 }, (_, hour) => Date.UTC(2026, 2, 26) / HOUR + hour);
    const lastAt = Date.UTC(2026, 2, 27, 6);
    expect(codes({ hours, lastAt, now: lastAt + 70 * HOUR })).toEqual(['ok']);
    expect(codes({ hours, lastAt, now: lastAt + 73 * HOUR })).toEqual(['warning', 'silent']);
  });
});
