import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { Command } from 'commander';
import { Client } from './client.ts';
import {
  type DetailFlags,
  detailsOf,
  newOperation,
  type Operation,
  type OperationFlags,
  PARENT_VARIABLE,
  send,
  spanIdOfOperation,
  withDetails,
  withOperation,
} from './custom-event.ts';
import { flag, type ServerFlags, wholeNumber, withServer } from './flags.ts';
import { environmentOf, type TraceContext } from './traceparent.ts';

interface RunFlags extends ServerFlags, OperationFlags, DetailFlags {
  readonly patience: number;
  readonly printId?: boolean;
  readonly traceparent?: boolean;
}

/** How a command ended. */
interface Ending {
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
}

/** As shells have it: the command is there and cannot be run, or is not there. */
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

/** `valuestream run -- COMMAND…`: a span around any command. */
export function runCommand(): Command {
  const command = new Command('run')
    .description('run a command, and record it as a span with its result')
    .argument('<command...>', 'the command, after --')
    .usage('[options] -- <command...>')
    .passThroughOptions();
  withServer(withDetails(withOperation(command, 'RUN'), 'RUN'))
    .addOption(
      flag('RUN', '--patience <seconds>', 'how long to try to tell a server that is away')
        .argParser(wholeNumber(0))
        .default(5),
    )
    .addOption(flag('RUN', '--print-id', 'write the span id to stderr, before the command starts'))
    .addOption(
      flag(
        'RUN',
        '--traceparent',
        'give the command the trace context of its span (TRACEPARENT); asks the server first',
      ),
    )
    .addHelpText(
      'after',
      `
The command's output, its signals and its exit code are passed through. A server that is away costs a line on stderr, and
never the command's result. What the command starts with "valuestream" becomes a child of its span (${PARENT_VARIABLE}).

Examples:
  $ valuestream run -- npm test
  $ valuestream run --traceparent -- npm test          so that what the tests tell a tracing backend is below their span
  $ valuestream run --type deploy --namespace shop --environment production -- ./deploy.sh v1.2.3`,
    )
    .action((words: string[], flags: RunFlags) => run(words, flags));
  return command;
}

async function run([program = '', ...args]: readonly string[], flags: RunFlags): Promise<void> {
  const operation = newOperation(flags);
  const spanId = spanIdOfOperation(operation);
  if (flags.printId === true) console.error(spanId);
  const startedAt = new Date().toISOString();
  const title = flags.title ?? basename(program);
  const ended = new AbortController();
  const tellStart = () =>
    send(
      flags,
      operation,
      { action: 'start', time: startedAt, ...detailsOf({ ...flags, title }) },
      { patienceMs: flags.patience * 1_000, signal: ended.signal },
    );
  const context = flags.traceparent === true ? await contextOf(flags, spanId, tellStart) : {};
  const environment = { ...process.env, [PARENT_VARIABLE]: spanId, ...context };
  const child = spawn(program, args, { stdio: 'inherit', env: environment });
  const ending = endingOf(child);
  // Told beside the command, which does not wait. Nothing is lost where that fails: the end tells the start as well.
  const told = flags.traceparent === true ? undefined : tellStart().catch(() => undefined);
  const result = await ending;
  ended.abort();
  await told;
  await tellEnd(operation, result, { ...flags, title }, startedAt);
  finishAs(result);
}

/** What the command's tracing needs to know; without an answer nothing of it, and the command runs all the same. */
async function contextOf(
  flags: RunFlags,
  spanId: string,
  tellStart: () => Promise<void>,
): Promise<Readonly<Record<string, string>>> {
  try {
    await tellStart();
    const query = new URLSearchParams({ span_id: spanId });
    const signal = AbortSignal.timeout(Math.max(1_000, flags.patience * 1_000));
    return environmentOf(await new Client(flags).json<TraceContext>('GET', `/api/v1/traceparent?${query}`, { signal }));
  } catch (error) {
    console.error(`valuestream: no TRACEPARENT is set: ${error instanceof Error ? error.message : error}`);
    return {};
  }
}

/** Resolves when the command is gone; until then signals are the command's to answer. */
function endingOf(child: ChildProcess): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  // A terminal sends Ctrl-C to every process of the group; the command has it already, and we only wait for it.
  const forward = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, forward);
  const settle = (ending: Ending) => {
    for (const signal of signals) process.off(signal, forward);
    resolve(ending);
  };
  child.on('error', (error: NodeJS.ErrnoException) => {
    console.error(`valuestream: ${child.spawnfile}: ${error.code === 'ENOENT' ? 'not found' : error.message}`);
    settle({ code: error.code === 'ENOENT' ? NOT_FOUND : CANNOT_RUN, signal: null });
  });
  child.on('close', (code, signal) => {
    settle({ code: signal === null ? (code ?? 1) : 128 + constants.signals[signal], signal });
  });
  return promise;
}

async function tellEnd(
  operation: Operation,
  { code, signal }: Ending,
  flags: RunFlags,
  startedAt: string,
): Promise<void> {
  const result = { 'process.exit.code': code, ...(signal === null ? {} : { 'process.exit.signal': signal }) };
  const telling = {
    ...detailsOf({ ...flags, tag: { ...flags.tag, ...result } }),
    action: 'end',
    time: new Date().toISOString(),
    started_at: startedAt,
    error: code !== 0,
  } as const;
  try {
    await send(flags, operation, telling, { patienceMs: flags.patience * 1_000 });
  } catch (error) {
    console.error(`valuestream: the result was not recorded: ${error instanceof Error ? error.message : error}`);
  }
}

/** Ends as the command did; of the same signal, so that a shell sees an interruption and stops its script. */
function finishAs({ code, signal }: Ending): void {
  process.exitCode = code;
  if (signal !== null) process.kill(process.pid, signal);
}
