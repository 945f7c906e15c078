import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseTraceparent } from '../../src/domain/trace-context.ts';
import { jenkins, job, pull, run, type Sent } from '../support/company.ts';
import { newDataDir, removeDataDir, runProgram, startServer, type TestServer } from '../support/server.ts';
import { skipAloud } from '../support/skip.ts';

interface Answer {
  readonly traceparent: string;
  readonly tracestate: string;
  readonly span_id: string;
  readonly attempt: number;
  readonly otel: { readonly trace_id: string; readonly span_id: string };
}

const PULL = 'vstrace-github-pull_request-octo-org/api-42';
const RUN = 'vstrace-github-workflow_run-octo-org/api-1001';
const JOB = 'vstrace-github-workflow_job-octo-org/api-501';

let server: TestServer;
let dataDir: string;
let sent = 0;

async function tell({ source, headers, payload }: Sent): Promise<void> {
  sent += 1;
  const answer = await post(`/webhooks/${source}`, payload, { 'x-github-delivery': `d${sent}`, ...headers });
  expect(answer.status).toBe(200);
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

const ask = (query: Record<string, string>) => fetch(`${server.url}/api/v1/traceparent?${new URLSearchParams(query)}`);
const contextOf = async (span_id: string, more: Record<string, string> = {}): Promise<Answer> =>
  JSON.parse(await (await ask({ span_id, ...more })).text());

beforeAll(async () => {
  dataDir = newDataDir();
  server = await startServer(dataDir);
  const change = { number: 42, branch: 'fix', head: 'one', opened: 1 };
  await tell(pull('opened', 1, change));
  for (const attempt of [1, 2])
    await tell(
      run('in_progress', 1 + attempt, {
        id: 1001,
        branch: 'fix',
        commit: 'one',
        attempt,
        began: 1 + attempt,
        pulls: [42],
      }),
    );
  await tell(job(3, 1001, 501));
});
afterAll(async () => {
  await server.stop();
  removeDataDir(dataDir);
});

describe('the trace context of a span', () => {
  it('is of the one trace from its root down, in which each span and attempt has an id of its own', async () => {
    const contexts = await Promise.all([
      contextOf(PULL),
      contextOf(RUN, { attempt: '1' }),
      contextOf(RUN, { attempt: '2' }),
      contextOf(JOB),
    ]);
    expect(new Set(contexts.map(({ otel }) => otel.trace_id)).size).toBe(1);
    expect(new Set(contexts.map(({ otel }) => otel.span_id)).size).toBe(4);
    for (const { traceparent, otel } of contexts)
      expect(parseTraceparent(traceparent)).toEqual({ traceId: otel.trace_id, spanId: otel.span_id, isSampled: true });
  });

  it('is that of the latest attempt, and by any name of the span', async () => {
    expect(await contextOf(RUN)).toEqual(await contextOf(RUN, { attempt: '2' }));
    expect(await contextOf('vstrace-github-workflow_run-api-1001')).toMatchObject({ span_id: RUN, attempt: 2 });
  });

  it('is the same after a restart', async () => {
    const before = await contextOf(JOB);
    await server.stop();
    server = await startServer(dataDir);
    expect(await contextOf(JOB)).toEqual(before);
  });

  it('can be waited for, when a job is quicker than the webhook that tells of it', async () => {
    const waiting = contextOf('vstrace-customhttp-build-shop-late', { wait_ms: '30000' });
    await post('/webhooks/customhttp', { id: 'other', namespace: 'shop', type: 'build', action: 'start' });
    await post('/webhooks/customhttp', { id: 'late', namespace: 'shop', type: 'build', action: 'start' });
    expect(await waiting).toMatchObject({ span_id: 'vstrace-customhttp-build-shop-late', attempt: 1 });
  });

  it('is not found after the wait, and a server that is told to stop waits no longer', async () => {
    expect((await ask({ span_id: 'vstrace-none', wait_ms: '1' })).status).toBe(404);
    const waiting = ask({ span_id: 'vstrace-none', wait_ms: '30000' });
    const listening = ask({ span_id: JOB });
    expect((await listening).status).toBe(200);
    expect((await server.stop()).code).toBe(0);
    expect((await waiting).status).toBe(404);
    server = await startServer(dataDir);
  });
});

describe('what runs in a job', () => {
  it('is below it here as well, by the tracestate that it was given', async () => {
    const { traceparent, tracestate } = await contextOf(JOB);
    const test = { namespace: 'shop', type: 'test', action: 'start' };
    await post('/webhooks/customhttp', { ...test, id: 'body', traceparent, tracestate });
    await post('/webhooks/customhttp', { ...test, id: 'header' }, { traceparent, tracestate });
    await post('/webhooks/customhttp', { ...test, id: 'stranger', traceparent });
    const parents = await Promise.all(
      ['body', 'header', 'stranger'].map(async (id) => {
        const span = await (await fetch(`${server.url}/api/v1/spans/vstrace-customhttp-test-shop-${id}`)).json();
        const { parent_span_id, tags } = span as { parent_span_id: string; tags: Record<string, string> };
        return [parent_span_id, tags.traceparent];
      }),
    );
    expect(parents).toEqual([
      [JOB, traceparent],
      [JOB, traceparent],
      [null, traceparent],
    ]);
    expect((await contextOf('vstrace-customhttp-test-shop-body')).otel.trace_id).toBe(
      (await contextOf(PULL)).otel.trace_id,
    );
  });

  it('is told which field is wrong where it sends no trace context at all', async () => {
    const event = { namespace: 'shop', type: 'test', id: '1', action: 'start' };
    const answer = await post('/webhooks/customhttp', [event, { ...event, traceparent: '00-1-2-3' }]);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ errors: [{ pointer: '/1/traceparent' }] });
  });
});

describe('valuestream traceparent', () => {
  const print = async (...args: string[]) => {
    const { code, stdout, stderr } = await runProgram(['traceparent', ...args], { VS_URL: server.url });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };

  it('prints what goes into TRACEPARENT, or all that goes into the environment', async () => {
    const { traceparent, tracestate } = await contextOf(RUN, { attempt: '1' });
    expect(await print(RUN, '--attempt', '1')).toBe(`${traceparent}\n`);
    expect(await print(RUN, '--attempt', '1', '--env')).toBe(
      `TRACEPARENT=${traceparent}\nTRACESTATE=${tracestate}\nVS_PARENT_SPAN_ID=${RUN}\n`,
    );
    expect(JSON.parse(await print(RUN, '--json', '--wait', '5'))).toEqual(await contextOf(RUN));
  });

  it('says that there is no such span', async () => {
    const result = await runProgram(['traceparent', 'vstrace-none'], { VS_URL: server.url });
    expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/no span called vstrace-none/) });
  });
});

const isMissing =
  ['curl', 'jq', 'sh'].some((program) => spawnSync(program, ['--help']).error !== undefined) &&
  skipAloud('the recipes for jobs: the programs curl and jq are missing (apt install curl jq)');

describe.skipIf(isMissing)('the recipe', () => {
  const page = readFileSync(new URL('../../docs/trace-context.md', import.meta.url), 'utf8');
  const recipe = (heading: string, language: string) =>
    new RegExp(`## ${heading}\n[^#]*?\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';

  /** What a shell prints that runs as a job would, with these variables. */
  function shell(script: string, variables: Record<string, string>): string {
    const env = { PATH: process.env.PATH, VS_URL: server.url, ...variables };
    const { status, stdout } = spawnSync('sh', ['-e', '-c', script], { encoding: 'utf8', env });
    expect(status).toBe(0);
    return stdout;
  }

  it('for GitHub Actions puts the context of the job into the environment of later steps', async () => {
    const [step]: { run: string; env: { SPAN_ID: string } }[] = parse(recipe('GitHub Actions', 'yaml'));
    const spanId = step?.env.SPAN_ID.replace(/\$\{\{ (.*?) \}\}/g, (_whole, name: string) =>
      name === 'github.repository' ? 'octo-org/api' : name === 'job.check_run_id' ? '501' : '',
    );
    expect(spanId).toBe(JOB);
    const { traceparent, tracestate } = await contextOf(JOB);
    expect(shell(step?.run.replace('>> "$GITHUB_ENV"', '') ?? '', { SPAN_ID: JOB })).toBe(
      `TRACEPARENT=${traceparent}\nTRACESTATE=${tracestate}\nVS_PARENT_SPAN_ID=${JOB}\n`,
    );
  });

  const gitlab = (variables: Record<string, string>) => {
    const { test }: { test: { before_script: string[] } } = parse(recipe('GitLab CI', 'yaml'));
    const shown = 'echo "$TRACEPARENT $TRACESTATE $VS_PARENT_SPAN_ID"';
    return shell([...test.before_script, shown].join('\n'), { CI_PROJECT_PATH: 'group/app', ...variables });
  };

  it('for GitLab CI exports the context of the job', async () => {
    const build = {
      object_kind: 'build',
      build_id: 77,
      build_name: 'test',
      build_stage: 'test',
      build_status: 'running',
      build_created_at: '2026-03-02T09:00:00Z',
      build_started_at: '2026-03-02T09:00:05Z',
      project_id: 5,
      pipeline_id: 9,
      project: { id: 5, path_with_namespace: 'group/app', web_url: 'https://gitlab.com/group/app' },
    };
    await tell({ source: 'gitlab', headers: { 'x-gitlab-event': 'Job Hook' }, payload: build });
    const { traceparent, tracestate } = await contextOf('vstrace-gitlab-job-group/app-77');
    expect(gitlab({ CI_JOB_ID: '77' })).toBe(`${traceparent} ${tracestate} vstrace-gitlab-job-group/app-77\n`);
  });

  it('for GitLab CI leaves a job as it is, where there is no server', () => {
    expect(gitlab({ CI_JOB_ID: '77', VS_URL: 'http://127.0.0.1:9' })).toBe('  \n');
  });

  it('for Jenkins prints the context of the build, and nothing where there is none', async () => {
    for (const one of jenkins(3, 'team/api', 17, { commit: 'one' })) await tell(one);
    const [, script = ''] = /script: """([\s\S]*?)"""/.exec(recipe('Jenkins', 'groovy')) ?? [];
    const { traceparent, span_id } = await contextOf('vstrace-jenkins-build-team/api-17');
    // As Groovy reads a text between three quotes.
    const command = script.replace(/\\(.)/g, '$1').replace(/\$\{span\}/, span_id);
    expect(shell(command, {}).trim()).toBe(traceparent);
    expect(shell(command, { VS_URL: 'http://127.0.0.1:9' })).toBe('');
  });
});
