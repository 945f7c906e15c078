import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  alertRules,
  alertsFile,
  alertTests,
  dashboard,
  dashboardNames,
  queriesOf,
  variablesOf,
} from '../support/dashboards.ts';
import { hasPrometheus, Prometheus, promtool } from '../support/prometheus.ts';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';
import { skipAloud } from '../support/skip.ts';

const isMissing =
  !hasPrometheus() &&
  skipAloud('Prometheus and the dashboards: the programs prometheus and promtool are missing (apt install prometheus)');

const MINUTE = 60;
const DAY = 86_400;
/** 2026-11-02T09:00:00Z. */
const START = Date.UTC(2026, 10, 2, 9) / 1_000;

interface Work {
  readonly type: string;
  readonly project: string;
  readonly seconds: number;
  readonly error?: boolean;
  readonly environment?: string;
}

const deploy = (project: string, seconds: number, error = false, environment = 'production'): Work => ({
  type: 'deploy',
  project,
  seconds,
  error,
  environment,
});

/** What happens while Prometheus looks on. */
const history: readonly Work[] = [
  ...[300, 300, 600, 600, 900].map((seconds) => deploy('shop', seconds)),
  deploy('shop', 1_200, true),
  deploy('shop', 60, false, 'staging'),
  deploy('web', 240),
  deploy('web', 960, true),
  { type: 'issue', project: 'shop', seconds: DAY },
  { type: 'issue', project: 'shop', seconds: 3 * DAY },
  { type: 'issue', project: 'web', seconds: 8 * DAY },
  { type: 'pull_request', project: 'shop', seconds: 3 * 3_600 },
  { type: 'pull_request', project: 'web', seconds: 5 * 3_600 },
  ...[2, 4, 6, 8].map((minutes) => ({ type: 'build', project: 'shop', seconds: minutes * MINUTE })),
  { type: 'build', project: 'web', seconds: 20 * MINUTE, error: true },
  { type: 'build', project: 'web', seconds: 30 * MINUTE },
];
const successes = history.filter(({ type, error }) => type === 'deploy' && error !== true).length;
const failures = history.filter(({ type, error }) => type === 'deploy' && error === true).length;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const secondsOf = (type: string, project?: string) =>
  history
    .filter((work) => work.type === type && (project ?? work.project) === work.project)
    .map(({ seconds }) => seconds);

describe.skipIf(isMissing)('a real Prometheus', () => {
  let dataDir: string;
  let server: TestServer;
  let prometheus: Prometheus;
  /** When Prometheus last had a sample of ours: at that moment an increase is exact, and nothing is extrapolated. */
  let at: number;
  let told = 0;

  async function tell({ type, project, seconds, error, environment }: Work): Promise<void> {
    told += 1;
    const event = { id: String(told), namespace: project, type, title: `${type} ${told}`, environment };
    const time = (second: number) => new Date((START + second) * 1_000).toISOString();
    const events = [
      { ...event, action: 'start', time: time(0), stage: { name: 'queue', category: 'waiting' } },
      { ...event, action: 'transition', time: time(seconds / 4), stage: { name: 'run', category: 'active' } },
      { ...event, action: 'end', time: time(seconds), error },
    ];
    for (const one of events) await post('/webhooks/customhttp', one);
  }

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  const numberOf = (text: string, metric: string) =>
    [...text.matchAll(new RegExp(`^${metric}(?:\\{.*\\})? (\\d+)`, 'gm'))].reduce((sum, [, n]) => sum + Number(n), 0);

  /** The one value of a panel's query. */
  async function only(name: string): Promise<number | undefined> {
    const expressions = dashboardNames.flatMap(queriesOf).filter((query) => query.name === name);
    expect(expressions).toHaveLength(1);
    const samples = await prometheus.query(expressions[0]?.expression ?? '', at);
    expect(samples).toHaveLength(1);
    return samples[0]?.value;
  }

  /** The values of a panel's query by one of its labels. */
  async function valuesOf(name: string, label: string): Promise<Record<string, number>> {
    const expressions = dashboardNames.flatMap(queriesOf).filter((query) => query.name === name);
    expect(expressions).toHaveLength(1);
    const samples = await prometheus.query(expressions[0]?.expression ?? '', at);
    return Object.fromEntries(samples.map(({ metric, value }) => [metric[label] ?? '', value]));
  }

  beforeAll(async () => {
    dataDir = newDataDir();
    // What was there before is known, so that its series begin at 0, and is counted no more.
    server = await startServer(dataDir);
    for (const work of history) await tell(work);
    await server.stop();
    server = await startServer(dataDir, { VS_SECRET_JIRA: 's3cret' });
    prometheus = await Prometheus.start(server.url, alertsFile);
    await prometheus.scrape();
    for (const work of history) await tell(work);
    await post('/webhooks/github', { action: 'opened', issue: 7 }, { 'x-github-event': 'issues' });
    await post('/webhooks/customhttp', { id: '0', namespace: 'shop', type: 'issue', action: 'start' });
    await post('/webhooks/customhttp', { action: 'explode' });
    await post('/webhooks/jira', {});
    await prometheus.scrape((text) => numberOf(text, 'valuestream_spans_started_total') > history.length);
    at = (await prometheus.query('timestamp(valuestream_feed_revision)'))[0]?.value ?? 0;
  }, 60_000);
  afterAll(async () => {
    await prometheus.stop();
    await server.stop();
    removeDataDir(dataDir);
  });

  it.each([
    ['older text format', 'text/plain', 'text/plain; version=0.0.4; charset=utf-8'],
    ['OpenMetrics', 'application/openmetrics-text', 'application/openmetrics-text; version=1.0.0; charset=utf-8'],
  ])('is answered in the %s where it asks for that', async (_form, accept, contentType) => {
    const answer = await fetch(`${server.url}/metrics`, { headers: { accept } });
    expect(answer.headers.get('content-type')).toBe(contentType);
    expect(await answer.text()).toMatch(accept === 'text/plain' ? /\n$/ : /\n# EOF\n$/);
  });

  it("finds nothing against its linter's rules, after both forms were written", async () => {
    await fetch(`${server.url}/metrics`, { headers: { accept: 'application/openmetrics-text' } });
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, said: '' });
  });

  it.each(dashboardNames.flatMap(queriesOf))('has an answer for $name', async ({ expression }) => {
    const samples = await prometheus.query(expression, at);
    expect(samples.length).toBeGreaterThan(0);
    for (const { value } of samples) expect(value).toSatisfy(Number.isFinite);
  });

  it.each(dashboardNames.flatMap(variablesOf))('has values for the choice of $label from $match', async (variable) => {
    expect(await prometheus.labelValues(variable.label, variable.match)).not.toEqual([]);
  });

  it('gives the deployment rate and the success ratio', async () => {
    expect(await only('delivery: Deployments')).toBeCloseTo(successes, 9);
    expect(await only('delivery: Deployments per day')).toBeCloseTo(successes * 24, 6);
    expect(await only('delivery: Deployment success ratio')).toBeCloseTo(successes / (successes + failures), 9);
    const ratios = await valuesOf('delivery: Deployment success ratio, by project', 'project');
    expect(ratios).toEqual({ shop: expect.closeTo(6 / 7, 9), web: expect.closeTo(1 / 2, 9) });
  });

  it.each(['issue', 'pull_request', 'build', 'deploy'])(
    'gives the time of a %s, of all and by project',
    async (type) => {
      expect(await only(`delivery: Average (${type})`)).toBeCloseTo(mean(secondsOf(type)), 6);
      expect(await valuesOf(`delivery: Average, by project (${type})`, 'project')).toEqual({
        shop: expect.closeTo(mean(secondsOf(type, 'shop')), 6),
        web: expect.closeTo(mean(secondsOf(type, 'web')), 6),
      });
      expect(await only(`delivery: Ended (${type})`)).toBeCloseTo(secondsOf(type).length, 9);
      expect(await valuesOf(`delivery: Time in each stage (${type})`, 'stage')).toEqual({
        queue: expect.closeTo(mean(secondsOf(type)) / 4, 6),
        run: expect.closeTo((mean(secondsOf(type)) / 4) * 3, 6),
      });
    },
  );

  it.each(['issue', 'pull_request', 'build', 'deploy'])('gives the distribution of a %s', async (type) => {
    const buckets = await valuesOf(`delivery: Distribution (${type})`, 'le');
    for (const [bound, count] of Object.entries(buckets)) {
      const upTo = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
      expect(count).toBeCloseTo(secondsOf(type).filter((seconds) => seconds <= upTo).length, 9);
    }
  });

  it('gives what is under way, and what became of deliveries', async () => {
    expect(await valuesOf('delivery: Open', 'operation')).toEqual({ issue: 1 });
    expect(await only('server: Taken')).toBeCloseTo(3 * history.length + 2, 9);
    expect(await only('server: Refused')).toBeCloseTo(2, 9);
    expect(await only('server: Dead letters')).toBe(1);
    expect(await valuesOf('server: Behind', 'exporter')).toEqual({ prometheus: 0 });
  });

  it('keeps with each bucket the trace of one span in it, by the ids that it has everywhere', async () => {
    const spanId = `vstrace-customhttp-issue-shop-${told - history.length + 10}`;
    const [exemplars, span] = await Promise.all([
      prometheus.exemplars('valuestream_span_duration_seconds_bucket{operation="issue",project="shop"}'),
      fetch(`${server.url}/api/v1/traceparent?span_id=${spanId}`).then((answer) => answer.json()),
    ]);
    expect(exemplars).toContainEqual((span as { otel: object }).otel);
  });

  it.each(alertRules)('can evaluate the alert $alert', async ({ expr }) => {
    await expect(prometheus.query(expr, at)).resolves.toBeInstanceOf(Array);
  });

  it('raises an alert for the delivery that could not be read', async () => {
    const rule = alertRules.find(({ alert }) => alert === 'ValueStreamDeadLetters');
    expect(await prometheus.query(rule?.expr ?? '', at)).toMatchObject([{ metric: { source: 'github' }, value: 1 }]);
  });
});

describe.skipIf(isMissing)('the alert rules', () => {
  it('are well formed, and each has a test that it passes', () => {
    expect(promtool(['check', 'rules', alertsFile])).toMatchObject({ status: 0 });
    const tests = promtool(['test', 'rules', alertTests]);
    expect(tests).toMatchObject({ status: 0 });
  });
});

describe('the dashboards', () => {
  it.each(dashboardNames)('of which %s is one, show panels beside each other', (name) => {
    const { panels } = dashboard(name);
    const overlaps = panels.flatMap(({ title, gridPos: a }, index) =>
      panels
        .slice(index + 1)
        .filter(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
        .map((other) => `${title} over ${other.title}`),
    );
    expect(overlaps).toEqual([]);
  });
});
