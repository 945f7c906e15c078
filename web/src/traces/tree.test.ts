import { describe, expect, it } from 'vitest';
import { rowsOf, type Trace } from './tree.ts';

type Span = Trace['spans'][number];
const NOW = Date.parse('2026-03-05T00:00:00Z');

function span(span_id: string, more: Partial<Span> = {}): Span {
  return {
    ...{ span_id, attempt: 1, parent_span_id: null, parent_attempt: null, operation_name: 'build', source: 'github' },
    ...{ project: 'api', team: null, environment: null, title: span_id, url: null, actor: null, state: 'finished' },
    ...{ is_error: false, result: 'success', started_at: '2026-03-02T09:00:00.000Z', via: null },
    ...{
      finished_at: '2026-03-02T10:00:00.000Z',
      duration_ms: 3_600_000,
      stage: null,
      stages: [],
      tags: {},
      anomalies: [],
    },
    ...more,
  } as Span;
}

function trace(spans: readonly Span[], links: readonly Partial<Trace['links'][number]>[] = []): Trace {
  return { trace_id: 'a', spans, links, critical_path: [] } as unknown as Trace;
}

const drawn = (of: Trace, folded: readonly string[] = []) =>
  rowsOf(of, new Set(folded), NOW).map(({ key, depth, below }) => `${'  '.repeat(depth)}${key} ${below}`);

describe('the lines of a waterfall', () => {
  const ticket = span('ticket');
  const pull = span('pull', { parent_span_id: 'ticket', parent_attempt: 1 });
  const run = span('run', { parent_span_id: 'pull', parent_attempt: 1 });

  it('stand below what caused them', () => {
    expect(drawn(trace([ticket, pull, run]))).toEqual(['ticket#1 2', '  pull#1 1', '    run#1 0']);
  });

  it('are hidden below one that is folded, which says how many', () => {
    expect(drawn(trace([ticket, pull, run]), ['pull#1'])).toEqual(['ticket#1 2', '  pull#1 1']);
  });

  it('have a deployment of another trace below the change that it carried', () => {
    const deploy = span('deploy', { via: 'carries' });
    const carries = { kind: 'carries', from_span_id: 'deploy', from_attempt: 1, span_id: 'pull', attempt: 1 } as const;
    expect(drawn(trace([ticket, pull, deploy], [carries]))).toEqual(['ticket#1 2', '  pull#1 1', '    deploy#1 0']);
  });

  it('stand at the top where their cause is not among them', () => {
    expect(drawn(trace([ticket, span('lost', { parent_span_id: 'gone' })]))).toEqual(['ticket#1 0', 'lost#1 0']);
  });

  it('grow to now while they are open, and begin at their end where the start is unknown', () => {
    const open = span('open', { state: 'open', finished_at: null });
    const late = span('late', { started_at: null });
    const [first, second] = rowsOf(trace([open, late]), new Set(), NOW);
    expect(first?.to).toBe(NOW);
    expect(second?.from).toBe(second?.to);
  });
});
