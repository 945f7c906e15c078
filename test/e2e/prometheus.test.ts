import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  alertRules,
  alertsFile,
  alertTests,
  dashboard,
  dashboardNames,
  dataSourcesOf,
  provisioning,
  queriesOf,
  variablesOf,
} from '../support/dashboards.ts';
import { OtlpReceiver } from '../support/otlp.ts';
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
  // Of a project that nobody had heard of before: they begin while it looks on, and end later.
  deploy('fresh', 120),
  deploy('fresh', 360, true),
  { type: 'issue', project: 'shop', seconds: DAY },
  { type: 'issue', project: 'shop', seconds: 3 * DAY },
  { type: 'issue', project: 'web', seconds: 8 * DAY },
  { type: 'pull_request', project: 'shop', seconds: 3 * 3_600 },
  { type: 'pull_request', project: 'web', seconds: 5 * 3_600 },
  ...[2, 4, 6, 8].map((minutes) => ({ type: 'build', project: 'shop', seconds: minutes * MINUTE })),
  { type: 'build', project: 'web', seconds: 20 * MINUTE, error: true },
  { type: 'build', project: 'web', seconds: 30 * MINUTE },
];
const isFresh = ({ project }: Work) => project === 'fresh';
/** What has been there before is all but failures: of these the first ones come while Prometheus looks on. */
const before = history.filter((work) => !isFresh(work) && work.error !== true);
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
  /** One backend takes all spans but those of issues of the web; another one is away. */
  let backend: OtlpReceiver;
  const AWAY = 'http://127.0.0.1:1/v1/traces';
  /** When Prometheus last had a sample of ours: at that moment an increase is exact, and nothing is extrapolated. */
  let at: number;
  let told = 0;

  type Step = 'start' | 'transition' | 'end';

  /** All of it, or only some of its steps; answers with its number, by which the others can be told later. */
  async function tell(
    { type, project, seconds, error, environment }: Work,
    steps: readonly Step[] = ['start', 'transition', 'end'],
    number = told + 1,
  ): Promise<number> {
    told = Math.max(told, number);
    const event = { id: String(number), namespace: project, type, title: `${type} ${number}`, environment };
    const time = (second: number) => new Date((START + second) * 1_000).toISOString();
    const events = [
      { ...event, action: 'start' as const, time: time(0), stage: { name: 'queue', category: 'waiting' } },
      { ...event, action: 'transition' as const, time: time(seconds / 4), stage: { name: 'run', category: 'active' } },
      { ...event, action: 'end' as const, time: time(seconds), error },
    ];
    for (const one of events) if (steps.includes(one.action)) await post('/webhooks/customhttp', one);
    return number;
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
    for (const work of before) await tell(work);
    await server.stop();
    backend = await new OtlpReceiver().start();
    backend.answering = ({ spans }, response) => {
      const isBad = spans.some(
        ({ attributes }) =>
          attributes['valuestream.project'] === 'web' && attributes['valuestream.operation.name'] === 'issue',
      );
      if (isBad) response.writeHead(400).end('no such thing');
      return isBad;
    };
    server = await startServer(dataDir, {
      VS_SECRET_JIRA: 's3cret',
      VS_OTLP: `${backend.url},${AWAY}`,
      VS_OTLP_WAIT_MS: '0',
    });
    prometheus = await Prometheus.start(server.url, alertsFile);
    const fresh: [Work, number][] = [];
    for (const work of history.filter(isFresh)) fresh.push([work, await tell(work, ['start'])]);
    await prometheus.scrape((text) => numberOf(text, 'valuestream_spans_open') === fresh.length);
    for (const work of history.filter((one) => !isFresh(one))) await tell(work);
    for (const [work, number] of fresh) await tell(work, ['transition', 'end'], number);
    await post('/webhooks/github', { action: 'opened', issue: 7 }, { 'x-github-event': 'issues' });
    await post('/webhooks/customhttp', { id: '0', namespace: 'shop', type: 'issue', action: 'start' });
    await post('/webhooks/customhttp', { action: 'explode' });
    await post('/webhooks/jira', {});
    await backend.until(() => backend.taken.length === before.length + history.length - 2);
    await prometheus.scrape(
      (text) =>
        numberOf(text, 'valuestream_spans_started_total') > history.length &&
        numberOf(text, 'valuestream_export_parked_spans') === 2,
    );
    at = (await prometheus.query('timestamp(valuestream_feed_revision)'))[0]?.value ?? 0;
  }, 60_000);
  afterAll(async () => {
    await prometheus.stop();
    await server.stop();
    await backend.stop();
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
    const half = expect.closeTo(1 / 2, 9);
    expect(ratios).toEqual({ shop: expect.closeTo(6 / 7, 9), web: half, fresh: half });
  });

  it.each(['issue', 'pull_request', 'build', 'deploy'])(
    'gives the time of a %s, of all and by project',
    async (type) => {
      expect(await only(`delivery: Average (${type})`)).toBeCloseTo(mean(secondsOf(type)), 6);
      expect(await valuesOf(`delivery: Average, by project (${type})`, 'project')).toEqual({
        shop: expect.closeTo(mean(secondsOf(type, 'shop')), 6),
        web: expect.closeTo(mean(secondsOf(type, 'web')), 6),
        ...(type === 'deploy' ? { fresh: expect.closeTo(mean(secondsOf(type, 'fresh')), 6) } : {}),
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
    const behind = await valuesOf('server: Behind', 'exporter');
    expect(behind).toMatchObject({ prometheus: 0, [`${backend.url}/v1/traces`]: 0 });
    expect(behind[AWAY]).toBeGreaterThan(0);
  });

  it('tells what became of the spans that were exported', async () => {
    const exporter = `${backend.url}/v1/traces`;
    const one = async (expression: string) => (await prometheus.query(expression, at))[0]?.value;
    expect(await one(`valuestream_export_spans_total{exporter="${exporter}",outcome="sent"}`)).toBe(
      before.length + history.length - 2,
    );
    expect(await one(`valuestream_export_parked_spans{exporter="${exporter}"}`)).toBe(2);
    expect(await one(`valuestream_export_last_success_timestamp_seconds{exporter="${exporter}"}`)).toBeGreaterThan(
      Date.now() / 1_000 - 3_600,
    );
    expect(await one(`valuestream_export_last_success_timestamp_seconds{exporter="${AWAY}"}`)).toBeUndefined();
    expect(
      await one('valuestream_store_bytes{file="database"} + ignoring (file) valuestream_store_bytes{file="wal"}'),
    ).toBeGreaterThan(0);
    expect(await one('valuestream_store_write_duration_seconds_count')).toBeGreaterThan(history.length);
  });

  it('keeps with each bucket the trace of one span in it, by the ids that it has everywhere', async () => {
    const exemplars = await prometheus.exemplars(
      'valuestream_span_duration_seconds_bucket{operation="issue",project="shop"}',
    );
    const taken = backend.taken.map(({ traceId, spanId }) => ({ trace_id: traceId, span_id: spanId }));
    expect(exemplars.length).toBeGreaterThan(0);
    for (const exemplar of exemplars) expect(taken).toContainEqual(exemplar);
  });

  it.each(alertRules)('can evaluate the alert $alert', async ({ expr }) => {
    await expect(prometheus.query(expr, at)).resolves.toBeInstanceOf(Array);
  });

  it('raises an alert for the spans that were refused', async () => {
    const rule = alertRules.find(({ alert }) => alert === 'ValueStreamSpansParked');
    expect(await prometheus.query(rule?.expr ?? '', at)).toMatchObject([
      { metric: { exporter: `${backend.url}/v1/traces` }, value: 2 },
    ]);
  });

  it('raises an alert for the delivery that could not be read', async () => {
    const rule = alertRules.find(({ alert }) => alert === 'ValueStreamDeadLetters');
    expect(await prometheus.query(rule?.expr ?? '', at)).toMatchObject([{ metric: { source: 'github' }, value: 1 }]);
  });
});

describe.skipIf(isMissing)('a backend that is away', () => {
  const AWAY = 'http://127.0.0.1:1/v1/traces';
  const environment = { VS_OTLP: AWAY, VS_OTLP_WAIT_MS: '0' };
  const since = (text: string) =>
    Number(/^valuestream_export_behind_since_timestamp_seconds\{exporter="[^"]+"\} (\S+)/m.exec(text)?.[1]);

  it('raises an alert, also after a restart, and though nothing new comes', async () => {
    const dataDir = newDataDir();
    let server = await startServer(dataDir, environment);
    const body = JSON.stringify({ id: '1', namespace: 'shop', type: 'build', action: 'end' });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${server.url}/webhooks/customhttp`, { method: 'POST', headers, body });
    await server.stop();
    server = await startServer(dataDir, environment);
    const prometheus = await Prometheus.start(server.url, alertsFile);
    try {
      const behindSince = since(await prometheus.scrape((text) => since(text) > 0));
      const expr = alertRules.find(({ alert }) => alert === 'ValueStreamExportBehind')?.expr ?? '';
      // What it has now is looked at as if it had stayed so.
      const kept = expr.replace(/valuestream_\w+/, 'last_over_time($&[2h])');
      expect(await prometheus.query(kept, behindSince + 1_700)).toEqual([]);
      expect(await prometheus.query(kept, behindSince + 3_600)).toMatchObject([
        { metric: { exporter: AWAY }, value: expect.closeTo(3_600, 0) },
      ]);
    } finally {
      await prometheus.stop();
      await server.stop();
      removeDataDir(dataDir);
    }
  });
});

describe.skipIf(isMissing)('the alert rules', () => {
  it('are well formed, and each has a test that it passes', () => {
    expect(promtool(['check', 'rules', alertsFile])).toMatchObject({ status: 0 });
    const tests = promtool(['test', 'rules', alertTests]);
    expect(tests).toMatchObject({ status: 0 });
  });
});

/** What https://grafana.com/docs/grafana/latest/administration/provisioning/ says that Grafana needs. */
describe('the files by which Grafana is set up', () => {
  const dataSources = z.object({
    apiVersion: z.literal(1),
    datasources: z
      .array(z.object({ name: z.string(), type: z.literal('prometheus'), access: z.literal('proxy'), url: z.url() }))
      .length(1),
  });
  const dashboards = z.object({
    apiVersion: z.literal(1),
    providers: z
      .array(z.object({ name: z.string(), type: z.literal('file'), options: z.object({ path: z.string() }) }))
      .length(1),
  });

  it('name a Prometheus', () => {
    expect(dataSources.safeParse(provisioning('datasources/prometheus.yml')).error).toBeUndefined();
  });

  it('find the dashboards where the page says that they are put', () => {
    const { providers } = dashboards.parse(provisioning('dashboards/valuestream.yml'));
    const page = readFileSync(new URL('../../docs/prometheus.md', import.meta.url), 'utf8');
    const copied = [...page.matchAll(/sudo cp (grafana\/\S+) (\S+?)\/?(?:\s|$)/g)].map(([, from = '', to = '']) => [
      from,
      to,
    ]);
    const toDashboards = copied.find(([from]) => from === 'grafana/dashboards/*.json');
    expect(toDashboards?.[1]).toBe(providers[0]?.options.path);
    for (const [from = ''] of copied)
      expect(globSync(from, { cwd: new URL('../../', import.meta.url).pathname })).not.toEqual([]);
  });

  it.each(dashboardNames)('leave it to whoever looks at %s which Prometheus is asked', (name) => {
    const [chosen, ...others] = dataSourcesOf(name);
    expect(others).toEqual([]);
    expect(chosen).toMatch(/^prometheus \$\{datasource\}$/);
    const choices = dashboard(name).templating.list.filter(({ type }) => type === 'datasource');
    expect(choices).toMatchObject([{ name: 'datasource', query: 'prometheus' }]);
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
