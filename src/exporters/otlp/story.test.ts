import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventsOf, story } from '../../../test/support/company.ts';
import { exportNow as exportAll } from '../../../test/support/exporting.ts';
import { OtlpReceiver, type ReceivedSpan } from '../../../test/support/otlp.ts';
import { World } from '../../../test/support/world.ts';
import type { SpanSettings } from './spans.ts';

let world: World;
let receiver: OtlpReceiver;
beforeEach(async () => {
  world = new World();
  receiver = await new OtlpReceiver().start();
});
afterEach(async () => {
  await receiver.stop();
  await world.close();
});

const exportNow = (settings: Partial<SpanSettings> = {}) => exportAll(world, receiver, { settings });

function idOf({ attributes }: ReceivedSpan): string {
  const id = String(attributes['valuestream.span.id']).replace('vstrace-', '').replace('octo-org/api-', '');
  return attributes['valuestream.attempt'] === 1 ? id : `${id}~${attributes['valuestream.attempt']}`;
}

/** Every span by its name, with what it is in or linked to, trace by trace. */
function drawn(spans: readonly ReceivedSpan[]): string[] {
  const bySpanId = new Map(spans.map((span) => [span.spanId, span]));
  const lines = spans.map((span) => {
    const parent = bySpanId.get(span.parentSpanId);
    if (parent !== undefined) expect(parent.traceId).toBe(span.traceId);
    const links = span.links.map(({ traceId, spanId, attributes }) => {
      const other = bySpanId.get(spanId);
      if (other !== undefined) expect(traceId).toBe(other.traceId);
      return ` (${attributes['valuestream.link.kind']} ${other === undefined ? 'unknown' : idOf(other)})`;
    });
    return `${idOf(span)}: ${span.name}${parent === undefined ? '' : ` < ${idOf(parent)}`}${links.sort().join('')}`;
  });
  return lines.sort();
}

describe('the way of a change through Jira, GitHub and Jenkins', () => {
  it('is one trace in mode whole, and what else belongs to it is linked', async () => {
    await world.tell(story.map(eventsOf));
    await exportNow();
    expect(drawn(receiver.taken)).toEqual([
      'github-deployment-10: deploy production < github-pull_request-43 (carries github-pull_request-43)',
      'github-deployment-8: deploy production',
      'github-deployment-9: deploy production < github-pull_request-42 (carries github-pull_request-42) (caused_incident github-issue-99)',
      'github-issue-99: incident (after_deployment github-deployment-9)',
      'github-pull_request-42: pull_request < jira-issue-PAY-12',
      'github-pull_request-43: pull_request (fixes github-issue-99)',
      'github-workflow_job-501: test < github-workflow_run-1001',
      'github-workflow_job-502: test < github-workflow_run-1001~2 (retry_of github-workflow_job-501)',
      'github-workflow_run-1001: RUN CI < github-pull_request-42 (caused_by jira-issue-PAY-12)',
      'github-workflow_run-1001~2: RUN CI < github-pull_request-42 (caused_by jira-issue-PAY-12) (previous_attempt github-workflow_run-1001)',
      'jenkins-build-team/api-17: BUILD team/api < github-pull_request-42',
      'jira-issue-PAY-12: issue',
    ]);
    expect(new Set(receiver.taken.map(({ traceId }) => traceId)).size).toBe(4);
  });

  it('is a trace for each piece of work in mode staged, with links to what caused it', async () => {
    await world.tell(story.map(eventsOf));
    await exportNow({ mode: 'staged' });
    const work = receiver.taken.filter(({ attributes }) => attributes['valuestream.operation.name'] !== 'stage');
    expect(drawn(work)).toEqual([
      'github-deployment-10: deploy production (carries github-pull_request-43) (caused_by github-pull_request-43)',
      'github-deployment-8: deploy production',
      'github-deployment-9: deploy production (carries github-pull_request-42) (caused_by github-pull_request-42) (caused_incident github-issue-99)',
      'github-issue-99: incident (after_deployment github-deployment-9)',
      'github-pull_request-42: pull_request (caused_by jira-issue-PAY-12)',
      'github-pull_request-43: pull_request (fixes github-issue-99)',
      'github-workflow_job-501: test < github-workflow_run-1001',
      'github-workflow_job-502: test < github-workflow_run-1001~2 (retry_of github-workflow_job-501)',
      'github-workflow_run-1001: RUN CI (caused_by github-pull_request-42) (caused_by jira-issue-PAY-12)',
      'github-workflow_run-1001~2: RUN CI (caused_by github-pull_request-42) (caused_by jira-issue-PAY-12) (previous_attempt github-workflow_run-1001)',
      'jenkins-build-team/api-17: BUILD team/api (caused_by github-pull_request-42)',
      'jira-issue-PAY-12: issue',
    ]);
    const stages = receiver.taken.filter(({ attributes }) => attributes['valuestream.operation.name'] === 'stage');
    const parents = new Map(work.map((span) => [span.spanId, span]));
    expect(stages.length).toBeGreaterThan(5);
    for (const { traceId, parentSpanId } of stages) expect(parents.get(parentSpanId)?.traceId).toBe(traceId);
  });

  it.each(['whole', 'staged'] as const)(
    'is exported once, and hangs together, when each webhook is followed by an export in mode %s',
    async (mode) => {
      for (const sent of story) {
        await world.tell([eventsOf(sent)]);
        await exportNow({ mode });
      }
      const ids = receiver.taken.map(({ spanId }) => spanId);
      expect(new Set(ids).size).toBe(ids.length);
      // Each parent and each link leads to a span that came under those ids, now or later.
      const lines = drawn(receiver.taken);
      expect(lines.filter((line) => line.includes('unknown'))).toEqual([]);
      const parents = receiver.taken.filter(({ parentSpanId }) => parentSpanId !== '');
      expect(parents.filter(({ parentSpanId }) => !ids.includes(parentSpanId))).toEqual([]);
    },
  );
});
