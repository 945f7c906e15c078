import { Command } from 'commander';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { z } from 'zod';
import type { spanDetailSchema, spanSchema } from '../api/schema.ts';
import { results } from '../domain/event.ts';
import { Client } from './client.ts';
import { flag, type ServerFlags, wholeNumber, withJson, withServer } from './flags.ts';
import { listAll, type Query, queryOf } from './listing.ts';
import { harmless, inWords, localTime, printJson, styled, table, zone } from './output.ts';

type Span = z.infer<typeof spanSchema>;
type SpanDetail = z.infer<typeof spanDetailSchema>;

interface SpansFlags extends ServerFlags {
  readonly operation?: string;
  readonly source?: string;
  readonly project?: string;
  readonly team?: string;
  readonly environment?: string;
  readonly state?: string;
  readonly error?: boolean;
  readonly result?: string;
  readonly from?: string;
  readonly to?: string;
  readonly search?: string;
  readonly limit: number;
  readonly all?: boolean;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** `valuestream spans`: list, one, or follow. */
export function spansCommand(): Command {
  const command = new Command('spans')
    .description('list spans, show one, or follow them as they change')
    .argument('[span-id]', 'show this one: any name of it, or a branch that mentions it')
    .addOption(flag('SPANS', '--operation <word>', 'issue, pull_request, build, deploy, …; stage lists stages'))
    .addOption(flag('SPANS', '--source <id>', 'github, customhttp, …'))
    .addOption(flag('SPANS', '--project <name>', 'the repository or namespace'))
    .addOption(flag('SPANS', '--team <name>', 'the team'))
    .addOption(flag('SPANS', '--environment <name>', 'production, staging, …'))
    .addOption(flag('SPANS', '--state <state>', 'whether it has ended').choices(['open', 'finished']))
    .addOption(flag('SPANS', '--error', 'only those that failed'))
    .addOption(flag('SPANS', '--result <result>', 'how it ended').choices(results))
    .addOption(flag('SPANS', '--from <time>', 'began at or after (RFC 3339)'))
    .addOption(flag('SPANS', '--to <time>', 'began before (RFC 3339)'))
    .addOption(flag('SPANS', '--search <text>', 'a part of the title or the span id'))
    .addOption(flag('SPANS', '--limit <number>', 'how many').argParser(wholeNumber(1)).default(50))
    .addOption(flag('SPANS', '--all', 'all of them, however many'))
    .addOption(flag('SPANS', '--follow', 'go on, and print each that changes'));
  return withJson(withServer(command))
    .addHelpText(
      'after',
      `
Examples:
  $ valuestream spans --operation pull_request --state open
  $ valuestream spans --error --from 2026-03-01T00:00:00Z --json
  $ valuestream spans vstrace-github-pull_request-octo-org/api-42
  $ valuestream spans --follow --project octo-org/api`,
    )
    .action(async (spanId: string | undefined, flags: SpansFlags) => {
      if (spanId !== undefined) await showOne(spanId, flags);
      else if (flags.follow === true) await follow(flags);
      else await list(flags);
    });
}

function filterOf(flags: SpansFlags): Query {
  const { operation, source, project, team, environment, state, error, result, from, to, search } = flags;
  return { operation, source, project, team, environment, state, is_error: error, result, from, to, q: search };
}

async function list(flags: SpansFlags): Promise<void> {
  const spans = await listAll<Span>(new Client(flags), '/api/v1/spans', filterOf(flags), flags);
  if (flags.json === true) printJson(spans);
  else if (spans.length === 0) console.error(NONE);
  else
    console.log(table([`started (${zone()})`, ...HEAD], spans.map(row), { flexible: TITLE, dispensable: IN_SPAN_ID }));
}

const NONE = `There is no such span yet. Make one:
  valuestream run -- echo "a first span"
or paste a webhook URL from "valuestream doctor" into GitHub.`;

const HEAD = ['operation', 'project', 'title', 'state', 'duration', 'span'];
const TITLE = 3;
/** The operation and the project. */
const IN_SPAN_ID = [1, 2];

function row(span: Span): string[] {
  return [
    localTime(span.started_at),
    span.operation_name,
    harmless(span.project),
    harmless(span.title ?? ''),
    stateOf(span),
    durationOf(span),
    styled('dim', span.span_id),
  ];
}

/** Its result once it has ended, its stage before. */
function stateOf({ state, is_error, result, stage }: Span): string {
  if (state === 'open') return styled('cyan', harmless(stage ?? 'open'));
  return styled(is_error ? 'red' : 'green', result ?? 'finished');
}

/** How long it took; of an open one how long it has lasted. */
function durationOf({ state, started_at, duration_ms }: Span): string {
  if (duration_ms !== null) return inWords(duration_ms);
  if (state === 'finished' || started_at === null) return '–';
  return `${inWords(Math.max(0, Date.now() - Date.parse(started_at)))} …`;
}

async function showOne(spanId: string, flags: SpansFlags): Promise<void> {
  const path = `/api/v1/spans/${encodeURIComponent(spanId)}`;
  const span = await new Client(flags).json<Span & Partial<SpanDetail>>('GET', path);
  if (flags.json === true) {
    printJson(span);
    return;
  }
  console.log(`${styled('bold', harmless(span.title ?? span.span_id))}\n`);
  console.log(table(['', ''], fieldsOf(span), { flexible: 1 }).split('\n').slice(1).join('\n'));
  section('stages', ['stage', 'from', 'duration'], span.stages.map(stageRow));
  section('attempts', ['attempt', 'started', 'state', 'duration'], (span.attempts ?? []).map(attemptRow));
  section('events', ['time', 'state', 'by', 'deliveries'], (span.events ?? []).map(eventRow));
}

function fieldsOf(span: Span): string[][] {
  const fields: Record<string, string | null> = {
    span: span.span_id,
    operation: span.operation_name,
    project: span.project,
    state: stateOf(span),
    started: `${localTime(span.started_at)} ${zone()}`,
    duration: durationOf(span),
    by: span.actor,
    url: span.url,
    anomalies: span.anomalies.join(', ') || null,
    ...span.tags,
  };
  return Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [[styled('dim', harmless(name)), harmlessField(name, String(value))]],
  );
}

// The state was coloured here; everything else comes from elsewhere.
function harmlessField(name: string, value: string): string {
  return name === 'state' ? value : harmless(value);
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  if (rows.length > 0) console.log(`\n${styled('bold', title)}\n${table(head, rows, { flexible: 0 })}`);
}

function stageRow({ name, started_at, duration_ms }: Span['stages'][number]): string[] {
  return [harmless(name), localTime(started_at), duration_ms === null ? '…' : inWords(duration_ms)];
}

function attemptRow(span: Span): string[] {
  return [String(span.attempt), localTime(span.started_at), stateOf(span), durationOf(span)];
}

function eventRow(event: SpanDetail['events'][number]): string[] {
  const told = event.stage === null ? event.state : `${event.state} → ${event.stage}`;
  return [localTime(event.occurred_at), harmless(told), harmless(event.actor ?? ''), event.delivery_ids.join(' ')];
}

async function follow(flags: SpansFlags): Promise<void> {
  const { body } = await new Client(flags).open('GET', `/api/v1/stream${queryOf(filterOf(flags))}`);
  if (flags.json !== true) console.error(`Waiting for spans to change at ${flags.url} (Ctrl-C ends) …`);
  const events = body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { event, data } of events ?? []) {
    if (flags.json === true)
      console.log(event === 'removed' ? JSON.stringify({ ...JSON.parse(data), removed: true }) : data);
    else if (event === 'span') console.log(line(JSON.parse(data)));
  }
}

function line(span: Span): string {
  const [started = '', operation = '', project = '', title = '', state = '', duration = '', id = ''] = row(span);
  return [started, operation, project, title, state, duration, id].filter((cell) => cell !== '').join('  ');
}
