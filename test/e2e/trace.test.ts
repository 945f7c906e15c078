import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { spanDetailSchema } from '../../src/api/schema.ts';
import type { traceSchema, traceSummarySchema } from '../../src/api/trace-schema.ts';
import { story } from '../support/company.ts';
import { newDataDir, removeDataDir, runProgram, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let dataDir: string;
/** The delivery that each webhook of the story became, by its position. */
const deliveries: string[] = [];

beforeAll(async () => {
  dataDir = newDataDir();
  server = await startServer(dataDir);
  for (const [index, { source, headers, payload }] of story.entries()) {
    const answer = await fetch(`${server.url}/webhooks/${source}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-github-delivery': `d${index}`, ...headers },
      body: JSON.stringify(payload),
    });
    expect(await answer.json()).toMatchObject({ status: 'accepted' });
    deliveries.push(String(index + 1));
  }
});
afterAll(async () => {
  await server.stop();
  removeDataDir(dataDir);
});

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(`${server.url}/api/v1${path}`)).json()) as T;
}

const TICKET = 'vstrace-jira-issue-PAY-12';
const PULL = 'vstrace-github-pull_request-octo-org/api-42';
const HOUR = 3_600_000;

describe('a trace', () => {
  it('is found by any of its spans, and tells how they hang together', async () => {
    const [byTicket, byJob] = await Promise.all([
      get<z.infer<typeof traceSchema>>(`/traces/${encodeURIComponent(TICKET)}`),
      get<z.infer<typeof traceSchema>>('/traces/vstrace-github-workflow_job-octo-org/api-502'),
    ]);
    expect(byTicket).toEqual(byJob);
    expect(byTicket.trace_id).toBe(TICKET);
    expect(byTicket.spans.map(({ span_id, attempt, via }) => [span_id.replace('vstrace-', ''), attempt, via])).toEqual([
      ['jira-issue-PAY-12', 1, null],
      ['github-pull_request-octo-org/api-42', 1, null],
      ['github-workflow_run-octo-org/api-1001', 1, null],
      ['github-workflow_job-octo-org/api-501', 1, null],
      ['github-workflow_run-octo-org/api-1001', 2, null],
      ['github-workflow_job-octo-org/api-502', 1, null],
      ['jenkins-build-team/api-17', 1, null],
      ['github-deployment-octo-org/api-9', 1, null],
      ['github-issue-octo-org/api-99', 1, 'caused_incident'],
    ]);
    const job = byTicket.spans.find(({ span_id }) => span_id.endsWith('-502'));
    expect(job).toMatchObject({ parent_span_id: 'vstrace-github-workflow_run-octo-org/api-1001', parent_attempt: 2 });
    expect(byTicket.links).toContainEqual({
      kind: 'carries',
      from_span_id: 'vstrace-github-deployment-octo-org/api-9',
      from_attempt: 1,
      span_id: PULL,
      attempt: null,
      is_parent: false,
      certainty: 'certain',
      reason: expect.objectContaining({ type: 'commit' }),
    });
  });

  it('tells where the time went, from the ticket to production', async () => {
    const {
      critical_path: path,
      time,
      until_reason,
      until,
      started_at,
    } = await get<z.infer<typeof traceSchema>>(`/traces/${TICKET}`);
    expect([started_at, until, until_reason]).toEqual([
      '2026-03-02T11:00:00.000Z',
      '2026-03-04T09:00:00.000Z',
      'deployed',
    ]);
    expect(time.total_ms).toBe(46 * HOUR);
    expect(path.reduce((sum, { duration_ms }) => sum + duration_ms, 0)).toBe(46 * HOUR);
    expect(path[0]).toMatchObject({ span_id: TICKET, stage: 'To Do', activity: 'waiting', duration_ms: 23 * HOUR });
    expect(path.at(-1)).toMatchObject({ span_id: 'vstrace-github-deployment-octo-org/api-9', activity: 'working' });
    expect(time.by_activity.reduce((sum, { duration_ms }) => sum + duration_ms, 0)).toBe(46 * HOUR);
  });

  it('stands in the list of traces, by its root', async () => {
    const { items } = await get<{ items: z.infer<typeof traceSummarySchema>[] }>('/traces?source=jira');
    expect(items).toMatchObject([
      {
        trace_id: TICKET,
        root: { span_id: TICKET },
        spans: 9,
        state: 'finished',
        is_error: true,
        deployed_at: '2026-03-04T09:00:00.000Z',
        duration_ms: 46 * HOUR,
      },
    ]);
    expect(items[0]?.operations).toContainEqual({ operation_name: 'pipeline', count: 2 });
    const { items: builds } = await get<{ items: unknown[] }>('/traces?operation=build');
    expect(builds).toEqual([]);
  });
});

describe('a span', () => {
  it('says of each of its links which reference in which delivery made it', async () => {
    const { linked, linked_from, parent_span_id, trace_id } = await get<z.infer<typeof spanDetailSchema>>(
      `/spans/${PULL}`,
    );
    expect([parent_span_id, trace_id]).toEqual([TICKET, TICKET]);
    const [parent] = linked;
    expect(parent).toMatchObject({
      kind: 'caused_by',
      span_id: TICKET,
      is_parent: true,
      certainty: 'likely',
      reason: { type: 'issue_key', value: 'PAY-12', scope: '', via: 'branch', through: null },
    });
    const at = (path: readonly string[] = []) => path.map((id) => story[Number(id) - 1]?.payload);
    expect(at(parent?.wanted_in)).toEqual([
      expect.objectContaining({ number: 42, action: 'opened' }),
      expect.objectContaining({ number: 42, action: 'closed' }),
    ]);
    expect(at(parent?.provided_in)[0]).toMatchObject({ webhookEvent: 'jira:issue_created' });
    expect(linked_from.map(({ kind, span_id }) => `${kind} ${span_id.replace('vstrace-', '')}`)).toEqual([
      'carries github-deployment-octo-org/api-9',
      'caused_by github-workflow_run-octo-org/api-1001',
      'caused_by github-workflow_run-octo-org/api-1001',
      'caused_by jenkins-build-team/api-17',
      'caused_by github-deployment-octo-org/api-9',
    ]);
  });

  it('says what it waits for, and what a deployment brought', async () => {
    const { waiting_for } = await get<z.infer<typeof spanDetailSchema>>(
      '/spans/vstrace-github-pull_request-octo-org/api-43',
    );
    expect(waiting_for).toEqual([]);
    const { deployed } = await get<z.infer<typeof spanDetailSchema>>(
      '/spans/vstrace-github-deployment-octo-org/api-10',
    );
    expect(deployed).toEqual([{ attempt: 1, base: 'known', is_rollback: false, commits: 1 }]);
  });
});

describe('valuestream trace', () => {
  it('draws a waterfall, and says where the time went', async () => {
    const { code, stdout } = await runProgram(['trace', TICKET, '--url', server.url], { TZ: 'UTC' });
    expect(code).toBe(0);
    expect(stdout).toContain('1d 22h to production');
    expect(stdout).toMatch(/└─ pull_request Cache prices\s+░+/);
    expect(stdout).toMatch(/└─ build test\s+█/);
    expect(stdout).toMatch(/issue: To Do\s+23h 00m\s+50 %/);
  });

  it('says it where there is no such span', async () => {
    const { code, stderr } = await runProgram(['trace', 'vstrace-none', '--url', server.url]);
    expect(code).toBe(1);
    expect(stderr).toContain('there is no span called vstrace-none');
  });
});
