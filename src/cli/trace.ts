import { Command } from 'commander';
import type { z } from 'zod';
import type { traceSchema } from '../api/trace-schema.ts';
import { activityOf } from '../domain/critical-path.ts';
import { Client } from './client.ts';
import { type ServerFlags, withJson, withServer } from './flags.ts';
import { harmless, inWords, localTime, printJson, styled, table, terminalWidth, zone } from './output.ts';

type Trace = z.infer<typeof traceSchema>;
type TraceSpan = Trace['spans'][number];

/** `valuestream trace`: a waterfall in the terminal. */
export function traceCommand(): Command {
  const command = new Command('trace')
    .description('draw how spans led to each other, from a ticket to production')
    .argument('<span-id>', 'any span of the trace: any name of it, or a branch that mentions it');
  return withJson(withServer(command))
    .addHelpText(
      'after',
      `
Bars show when something was worked on (█), waited (░), and when neither is known (▒).

Examples:
  $ valuestream trace vstrace-jira-issue-PAY-12
  $ valuestream trace vstrace-github-pull_request-octo-org/api-42 --json`,
    )
    .action(async (spanId: string, flags: ServerFlags & { readonly json?: boolean }) => {
      const path = `/api/v1/traces/${encodeURIComponent(spanId)}`;
      const trace = await new Client(flags).json<Trace>('GET', path);
      if (flags.json === true) printJson(trace);
      else console.log(drawTrace(trace, terminalWidth()));
    });
}

const DEFAULT_WIDTH = 120;
const LONGEST_LABEL = 60;
const NARROWEST_BAR = 20;

/** The trace as text that fits into so many columns. */
function drawTrace(trace: Trace, available: number): string {
  const width = Number.isFinite(available) ? available : DEFAULT_WIDTH;
  const rows = rowsOf(trace);
  const ends = rows.map(({ span }) => endOf(span, trace));
  const [from, to] = [Math.min(...rows.map(({ span }) => startOf(span, trace))), Math.max(...ends)];
  const labels = rows.map(({ span, branch }) => `${branch}${labelOf(span)}`);
  const labelWidth = Math.min(
    LONGEST_LABEL,
    Math.max(...labels.map((label) => label.length)),
    width - NARROWEST_BAR - 22,
  );
  const barWidth = Math.max(NARROWEST_BAR, width - labelWidth - 24);
  const lines = rows.map(({ span }, index) => {
    const label = cut(labels[index] ?? '', labelWidth).padEnd(labelWidth);
    return `${colored(span, label)}  ${bar(span, trace, { from, to, width: barWidth })}  ${durationOf(span, trace).padStart(8)}  ${stateOf(span)}`.trimEnd();
  });
  return [headline(trace), '', ...lines, '', timeTable(trace), ...notes(trace)].join('\n');
}

function headline({ spans, until_reason, started_at, time }: Trace): string {
  const title = styled('bold', harmless(spans[0]?.title ?? spans[0]?.span_id ?? ''));
  const ends = { deployed: 'to production', finished: 'to the end of the last span', now: 'and going on' };
  const parts = time.by_activity.map(({ name, duration_ms }) => `${inWords(duration_ms)} ${name}`);
  const split = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  return `${title}\n${localTime(started_at)} ${zone()}: ${inWords(time.total_ms)} ${ends[until_reason]}${split}`;
}

interface Row {
  readonly span: TraceSpan;
  /** The lines that lead to it: `│  └─ `. */
  readonly branch: string;
}

function rowsOf({ spans }: Trace): Row[] {
  const keys = new Set(spans.map(keyOf));
  const children = Map.groupBy(spans, (span) => parentKeyOf(span, keys));
  const rows: Row[] = [];
  const visit = (span: TraceSpan, lines: string, isLast: boolean, depth: number) => {
    rows.push({ span, branch: depth === 0 ? '' : `${lines}${isLast ? '└─ ' : '├─ '}` });
    const below = children.get(keyOf(span)) ?? [];
    const next = depth === 0 ? '' : `${lines}${isLast ? '   ' : '│  '}`;
    for (const [index, child] of below.entries()) visit(child, next, index === below.length - 1, depth + 1);
  };
  for (const root of children.get('') ?? []) visit(root, '', true, 0);
  return rows;
}

function keyOf({ span_id, attempt }: TraceSpan): string {
  return `${span_id}~${attempt}`;
}

function parentKeyOf({ parent_span_id, parent_attempt }: TraceSpan, keys: ReadonlySet<string>): string {
  const key = `${parent_span_id}~${parent_attempt}`;
  return keys.has(key) ? key : '';
}

const VIA = { carries: 'carried by ', caused_incident: 'after it: ' } as const;

function labelOf({ operation_name, title, span_id, attempt, via }: TraceSpan): string {
  const again = attempt > 1 ? ` (${attempt})` : '';
  return harmless(`${via === null ? '' : VIA[via]}${operation_name}${again} ${title ?? span_id}`);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function startOf({ started_at, finished_at }: TraceSpan, trace: Trace): number {
  return Date.parse(started_at ?? finished_at ?? trace.until ?? '');
}

function endOf(span: TraceSpan, trace: Trace): number {
  if (span.finished_at !== null) return Math.max(Date.parse(span.finished_at), startOf(span, trace));
  return span.state === 'open' ? Math.max(Date.parse(trace.until ?? ''), startOf(span, trace)) : startOf(span, trace);
}

const CELLS = { working: '█', waiting: '░', unknown: '▒' } as const;

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

function bar(span: TraceSpan, trace: Trace, { from, to, width }: Scale): string {
  const perCell = Math.max(1, to - from) / width;
  const [start, end] = [startOf(span, trace), endOf(span, trace)];
  const first = Math.min(width - 1, Math.floor((start - from) / perCell));
  const last = Math.max(first + 1, Math.min(width, Math.ceil((end - from) / perCell)));
  const cells = Array.from({ length: width }, (_, cell) => {
    if (cell < first || cell >= last) return ' ';
    if (span.state === 'open' && cell === last - 1) return '▸';
    return CELLS[activityAt(span, from + (cell + 0.5) * perCell)];
  });
  return cells.join('');
}

function activityAt({ stages, operation_name }: TraceSpan, at: number): keyof typeof CELLS {
  const stage = stages.findLast(({ started_at }) => Date.parse(started_at) <= at) ?? stages[0];
  return activityOf(operation_name, stage?.category ?? null);
}

function durationOf(span: TraceSpan, trace: Trace): string {
  if (span.duration_ms !== null) return inWords(span.duration_ms);
  return span.state === 'open' ? `${inWords(endOf(span, trace) - startOf(span, trace))} …` : '–';
}

function stateOf({ state, result, is_error, stage }: TraceSpan): string {
  if (state === 'open') return styled('cyan', harmless(stage ?? 'open'));
  return styled(is_error ? 'red' : 'green', result ?? 'finished');
}

function colored({ is_error, via }: TraceSpan, label: string): string {
  if (is_error) return styled('red', label);
  return via === null ? label : styled('dim', label);
}

const SHOWN = 10;

function timeTable({ time }: Trace): string {
  const rows = time.by_stage
    .slice(0, SHOWN)
    .map(({ name, duration_ms }) => [
      harmless(name),
      inWords(duration_ms),
      `${Math.round((100 * duration_ms) / Math.max(1, time.total_ms))} %`,
    ]);
  return table(['where the time went', 'time', 'of it'], rows, { flexible: 0 });
}

function notes({ is_truncated }: Trace): string[] {
  return is_truncated ? ['', 'There are more spans than are shown.'] : [];
}
