import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityKey } from '../domain/identity.ts';
import { foldByRules } from '../rules/fold.ts';
import { Ruling } from '../rules/ruling.ts';
import { rulesSchema } from '../rules/schema.ts';
import { findSource } from '../sources/registry.ts';
import { type DemoDelivery, INSTANCE } from './delivery.ts';
import { Demo, type DemoSettings } from './demo.ts';
import { signedHeaders } from './signature.ts';
import { teams } from './teams.ts';

const DAY = 86_400_000;
/** A Wednesday. */
const TO = Date.UTC(2026, 5, 24, 15);
const quarter: DemoSettings = { seed: 1, to: TO, days: 90 };

const make = (settings: DemoSettings) => new Demo(settings).until(settings.to);

/** What a delivery means to its source. */
function read({ source, at, headers, body }: DemoDelivery) {
  const bytes = Buffer.from(body);
  const raw = { instance: INSTANCE, headers, body: bytes, key: 'k', receivedAt: at, channel: 'webhook' } as const;
  return findSource(source)?.interpret({ ...raw, payload: JSON.parse(body) });
}

const attemptsOfQuarter = memo(() => attemptsOf(make(quarter)));

function memo<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function attemptsOf(deliveries: readonly DemoDelivery[]) {
  const ruling = new Ruling({ rules: rulesSchema.parse({}), teams: [] });
  const events = deliveries.flatMap((delivery) => {
    const meaning = read(delivery);
    return meaning?.outcome === 'accepted' ? meaning.events : [];
  });
  const byIdentity = Map.groupBy(events, ({ identity }) => identityKey(identity));
  return [...byIdentity.values()].flatMap((told) => foldByRules(told, ruling).attempts);
}

/** Ends at any time of any day, and is short enough to be made often. */
const anySettings = fc.record({
  seed: fc.integer({ min: 1, max: 2_147_483_647 }),
  to: fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2026, 11, 31) }),
  days: fc.integer({ min: 1, max: 40 }),
});

describe('the demo', () => {
  it('is the same to the byte for one seed, and another for another', () => {
    const first = make({ ...quarter, days: 30 });
    expect(make({ ...quarter, days: 30 })).toEqual(first);
    const bodies = new Set(first.map(({ body }) => body));
    const others = make({ ...quarter, days: 30, seed: 2 });
    expect(others.filter(({ body }) => bodies.has(body))).toEqual([]);
  });

  it('is the same whether it is asked for at once or bit by bit', () => {
    const demo = new Demo({ ...quarter, days: 10 });
    const bits = Array.from({ length: 10 }, (_, day) => demo.until(TO - (9 - day) * DAY)).flat();
    expect(bits).toEqual(make({ ...quarter, days: 10 }));
  });

  it('has as many webhooks in a quarter as one can look through, of all four tools', () => {
    const deliveries = make(quarter);
    expect(deliveries.length).toBeGreaterThan(5_000);
    expect(deliveries.length).toBeLessThan(10_000);
    expect([...new Set(deliveries.map(({ source }) => source))].sort()).toEqual([
      'github',
      'gitlab',
      'jenkins',
      'jira',
    ]);
  });

  it('has nothing that its sources do not read, and no anomaly, whatever the seed and the time', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const deliveries = make(settings);
        expect(deliveries.map(read).filter((meaning) => meaning?.outcome !== 'accepted')).toEqual([]);
        expect(attemptsOf(deliveries).filter(({ anomalies }) => anomalies.length > 0)).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });

  it('comes in order, inside of its time, and with no delivery twice', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const deliveries = make(settings);
        const times = deliveries.map(({ at }) => at);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(times.at(0) ?? settings.to).toBeGreaterThanOrEqual(settings.to - settings.days * DAY - 1_000);
        expect(times.at(-1) ?? settings.to).toBeLessThanOrEqual(settings.to);
        const keys = deliveries.map((delivery) => `${delivery.source} ${keyOf(delivery)}`);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: 8 },
    );
  });

  it('tells of work that is open at its end, and of what has waited for weeks', () => {
    const open = attemptsOfQuarter().filter(({ state }) => state === 'open');
    const operations = new Set(open.map(({ operation }) => operation));
    expect([...operations]).toEqual(expect.arrayContaining(['issue', 'pull_request', 'sprint']));
    const oldest = Math.min(...open.map(({ startedAt }) => startedAt ?? TO));
    expect(TO - oldest).toBeGreaterThan(14 * DAY);
  });

  it.each(teams.map((team) => [team.name, team] as const))(
    'lets %s work in its own working hours alone',
    (name, team) => {
      const reviews = attemptsOfQuarter()
        .filter(({ operation, project }) => operation === 'pull_request' && project === team.projects[0])
        .flatMap(({ stages }) => stages)
        .filter(({ key }) => key === 'review' || key === 'approved');
      expect(reviews.length).toBeGreaterThan(30);
      const clock = new Intl.DateTimeFormat('en-GB', {
        ...{ timeZone: team.timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
      });
      const late = reviews
        .map(({ startedAt }) => clock.format(startedAt ?? 0))
        .filter((text) => /Sat|Sun/.test(text) || text.slice(-5) < '09:00' || text.slice(-5) > '17:31');
      expect(late, name).toEqual([]);
    },
  );

  it('lets every team have its incidents, and end them, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_147_483_647 }), (seed) => {
        const incidents = attemptsOf(make({ ...quarter, seed })).filter(({ operation }) => operation === 'incident');
        const projects = new Set(incidents.map(({ project }) => project));
        expect([...projects].sort()).toEqual(['larkmoor/checkout', 'larkmoor/platform', 'larkmoor/search']);
        expect(incidents.filter(({ state }) => state === 'open')).toEqual([]);
      }),
      { numRuns: 3 },
    );
  });

  it('goes on after its end, faster than before', () => {
    const demo = new Demo(quarter);
    demo.until(TO);
    const later = demo.until(TO + 3_600_000);
    expect(later.length).toBeGreaterThan(200);
    expect(later.map(read).filter((meaning) => meaning?.outcome !== 'accepted')).toEqual([]);
  });

  it('is signed as its senders sign, where there is a secret', () => {
    const firstOf = new Map(make({ ...quarter, days: 10 }).map((delivery) => [delivery.source, delivery]));
    for (const [id, delivery] of firstOf) {
      const body = Buffer.from(delivery.body);
      const raw = { instance: INSTANCE, body, receivedAt: delivery.at, channel: 'webhook' } as const;
      const verify = (headers: Readonly<Record<string, string>>) =>
        findSource(id)?.verify({ ...raw, headers }, ['s3cret']);
      expect(verify(signedHeaders(delivery, 's3cret')), id).toMatchObject({ ok: true });
      expect(verify(signedHeaders(delivery, 'another')), id).toMatchObject({ ok: false });
      expect(verify(signedHeaders(delivery, undefined)), id).toMatchObject({ ok: false });
    }
    expect(firstOf.size).toBe(4);
  });
});

/** By what its source tells deliveries apart. */
function keyOf({ headers, body }: DemoDelivery): string {
  return (
    headers['x-github-delivery'] ?? headers['idempotency-key'] ?? headers['x-atlassian-webhook-identifier'] ?? body
  );
}
