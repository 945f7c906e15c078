import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Hook, hooksOfQuarter, quarter, spanIdOf } from '../support/quarter.ts';
import { newDataDir, removeDataDir, startServer } from '../support/server.ts';

const HOUR = 3_600_000;
const { expected } = quarter;

/** All of them twice, as they come over a network that has a bad day. */
function shuffledAndDoubled(hooks: readonly Hook[]): readonly Hook[] {
  const twice = [...hooks, ...hooks];
  const [shuffled = []] = fc.sample(fc.shuffledSubarray(twice, { minLength: twice.length }), { seed: 7, numRuns: 1 });
  return shuffled;
}

/** A real server that was told the quarter, and its measures. */
async function tell(hooks: readonly Hook[]) {
  const dataDir = newDataDir();
  const server = await startServer(dataDir);
  for (const { path, headers, body } of hooks) {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
    expect(await fetch(server.url + path, init)).toMatchObject({ status: 200 });
  }
  return {
    server,
    ask: async (path: string) => {
      const response = await fetch(server.url + path);
      const body = JSON.parse(await response.text());
      expect({ status: response.status, body }).toMatchObject({ status: 200 });
      return body;
    },
    close: async () => {
      await server.stop();
      removeDataDir(dataDir);
    },
  };
}

const names = new Map(
  quarter.story.flatMap((step) => {
    const name = 'deploy' in step ? step.deploy : 'script' in step ? step.script : 'pull' in step ? step.pull : null;
    return name === null ? [] : [[spanIdOf(name), String(name)] as const];
  }),
);
const nameOf = (spanId: string) => names.get(spanId) ?? spanId;

interface Item {
  readonly span_id: string;
  readonly value: number | null;
  readonly reason: string | null;
  readonly details: { readonly causes: string[] };
}

describe.each([
  ['in order', (hooks: readonly Hook[]) => hooks],
  ['shuffled, and each twice', shuffledAndDoubled],
])('the quarter, told %s', (_how, arrange) => {
  let telling: Awaited<ReturnType<typeof tell>>;
  beforeAll(async () => {
    telling = await tell(arrange(hooksOfQuarter()));
  });
  afterAll(() => telling.close());

  async function dora(more = '') {
    const answer = await telling.ask(`/api/v1/measures/dora?from=${quarter.from}&to=${quarter.to}&fresh=true${more}`);
    const isOurs = (one: { group: object }) => JSON.stringify(one.group).includes('"production"');
    return { answer, ...answer.groups.find(isOurs) };
  }

  /** Which items are left out of a number, by the reason. */
  async function leftOut({ items }: { readonly items: string }): Promise<Record<string, string[]>> {
    const { items: all } = await telling.ask(`${items}&limit=200`);
    const found: readonly Item[] = all;
    const byReason = Map.groupBy(
      found.flatMap(({ span_id, reason }) => (reason === null ? [] : [{ span_id, reason }])),
      ({ reason }) => reason,
    );
    return Object.fromEntries(
      [...byReason].map(([reason, of]) => [reason, of.map(({ span_id }) => nameOf(span_id)).sort()]),
    );
  }

  /** The same as a number tells it, and as paper has it; what is not known to be in an environment is in no group. */
  async function expectLeftOut(
    told: { readonly items: string; readonly excluded: readonly { reason: string; count: number }[] },
    paper: Readonly<Record<string, readonly (string | number)[]>>,
  ): Promise<void> {
    const { environment_unknown: _elsewhere, ...here } = paper;
    const sorted = Object.entries(here).map(([reason, all]) => [reason, all.map(String).sort()] as const);
    expect(await leftOut(told)).toEqual(Object.fromEntries(sorted));
    const counts = Object.fromEntries(told.excluded.map(({ reason, count }) => [reason, count]));
    expect(counts).toEqual(Object.fromEntries(sorted.map(([reason, all]) => [reason, all.length])));
  }

  const inHours = (ms: number | null) => (ms === null ? null : ms / HOUR);
  const near = (hours: number | null | undefined) => (typeof hours === 'number' ? expect.closeTo(hours, 9) : hours);

  function expectHours(
    told: Readonly<Record<'p50' | 'p75' | 'p90' | 'p95', number | null>>,
    { value, p75, p90, p95 }: Readonly<Record<'value' | 'p75' | 'p90' | 'p95', number | null>>,
  ): void {
    const hours = [told.p50, told.p75, told.p90, told.p95].map(inHours);
    expect(hours).toEqual([value, p75, p90, p95].map(near));
  }

  test('deployment frequency', async () => {
    const { numbers, buckets } = await dora('&per=month');
    const { count, days, per_week, band, months } = expected.deployment_frequency;
    const { deployment_frequency: told } = numbers;
    expect(told).toMatchObject({ value: count.value, n: count.n, days, per_week, band });
    await expectLeftOut(told, count.excluded);
    const monthly = buckets.map(
      (bucket: { from: string; numbers: { deployment_frequency: { value: number } } }) =>
        [bucket.from.slice(0, 10), bucket.numbers.deployment_frequency.value] as const,
    );
    expect(Object.fromEntries(monthly)).toEqual(months);
  });

  test.each(['authored', 'committed', 'first_commit', 'opened'] as const)(
    'change lead time, from when it was %s',
    async (from) => {
      const { numbers, answer } = await dora(`&lead_time_from=${from}`);
      const { hours, n, band, excluded } = expected.change_lead_time[from];
      expect(answer).toMatchObject({ lead_time_from: from });
      const { change_lead_time: told } = numbers;
      expect(told).toMatchObject({ n, band, missing: n === 0 ? 'all_excluded' : null });
      expectHours(told, hours);
      await expectLeftOut(told, excluded);
    },
  );

  test('change lead time, from what is known where nobody says from when', async () => {
    expect((await dora()).answer).toMatchObject({ lead_time_from: 'authored' });
  });

  test.each(Object.entries(expected.change_lead_time.stages))('the stage %s', async (stage, { hours, n, excluded }) => {
    const told = (await dora()).numbers.change_lead_time.stages[stage];
    expect({ hours: inHours(told.p50), n: told.n }).toEqual({ hours: near(hours), n });
    await expectLeftOut(told, excluded);
  });

  /** Of the items of 1 their names, each with its causes. */
  async function causesBehind({ items }: { readonly items: string }): Promise<Record<string, string[]>> {
    const { items: all } = await telling.ask(`${items}&limit=200`);
    const found = (all as readonly Item[]).filter(({ value }) => value === 1);
    return Object.fromEntries(found.map(({ span_id, details }) => [nameOf(span_id), details.causes]));
  }

  test('change fail rate, and why each has failed', async () => {
    const { numbers, answer } = await dora();
    const { value, reasons, excluded } = expected.change_fail_rate;
    const { change_fail_rate: told } = numbers;
    expect(told).toMatchObject({ value: value.failed / value.of, n: value.of });
    await expectLeftOut(told, excluded);
    expect(await causesBehind(told)).toEqual(reasons);
    const failures = answer.failures.map(({ span_id, causes }: { span_id: string; causes: string[] }) => [
      nameOf(span_id),
      causes,
    ]);
    expect(Object.fromEntries(failures)).toEqual(reasons);
  });

  test('failed deployment recovery time, and how long one has not recovered', async () => {
    const { failed_deployment_recovery_time: told } = (await dora()).numbers;
    const { hours, n, band, excluded } = expected.failed_deployment_recovery_time;
    expect(told).toMatchObject({ n, band });
    expectHours(told, hours);
    await expectLeftOut(told, excluded);
    expect(told.open.n).toBe(1);
    expect(told.open.max).toBeGreaterThan(Date.parse(quarter.to) - Date.UTC(2026, 2, 30, 10));
  });

  test('deployment rework rate, and what each has mended', async () => {
    const { deployment_rework_rate: told } = (await dora()).numbers;
    const { value, reasons, excluded } = expected.deployment_rework_rate;
    expect(told).toMatchObject({ value: value.rework / value.of, n: value.of });
    await expectLeftOut(told, excluded);
    expect(await causesBehind(told)).toEqual(reasons);
  });

  test('what went nobody knows where is left out of all of them, and shown', async () => {
    const { answer } = await dora();
    const [known, elsewhere] = answer.groups;
    expect(answer.is_blended).toBe(false);
    expect(answer.total.numbers.change_fail_rate.value).toBe(known.numbers.change_fail_rate.value);
    expect(elsewhere.group).toEqual({ service: quarter.repository, environment: 'blue' });
    const { change_lead_time, deployment_frequency, change_fail_rate, deployment_rework_rate } = elsewhere.numbers;
    for (const told of [change_lead_time, deployment_frequency, change_fail_rate, deployment_rework_rate])
      expect({ n: told.n, left: await leftOut(told) }).toEqual({ n: 0, left: { environment_unknown: ['D15'] } });
  });

  test('all together it is the same, where that is asked', async () => {
    const { answer, numbers } = await dora('&blend=true');
    expect(answer.is_blended).toBe(false);
    const { value } = expected.change_fail_rate;
    expect(answer.total.numbers.change_fail_rate).toMatchObject({ value: value.failed / value.of });
    expect(answer.total.numbers.change_lead_time.p50).toBe(numbers.change_lead_time.p50);
    expect(await leftOut(answer.total.numbers.change_fail_rate)).toEqual(expected.change_fail_rate.excluded);
  });

  test('a person has the last word, and may take it back', async () => {
    const rate = async () => (await dora()).numbers.change_fail_rate;
    const say = async (is_failure: boolean | null) => {
      const said = { is_failure, author: 'ada', reason: 'prices were wrong, and nobody opened an incident' };
      const headers = { 'content-type': 'application/json' };
      const url = `${telling.server.url}/api/v1/verdicts/${spanIdOf('D10')}`;
      expect(await fetch(url, { method: 'PATCH', headers, body: JSON.stringify(said) })).toMatchObject({ status: 200 });
    };
    const { failed, of } = expected.change_fail_rate.value;
    await say(true);
    expect((await rate()).value).toBe((failed + 1) / of);
    expect(await causesBehind(await rate())).toMatchObject({ D10: ['marked'] });
    await say(null);
    expect((await rate()).value).toBe(failed / of);
  });
});
