import { Command } from 'commander';
import { Client } from './client.ts';
import { PARENT_VARIABLE } from './custom-event.ts';
import { flag, type ServerFlags, wholeNumber, withJson, withServer } from './flags.ts';
import { printJson } from './output.ts';

interface TraceparentFlags extends ServerFlags {
  readonly attempt?: number;
  readonly wait: number;
  readonly env?: boolean;
  readonly json?: boolean;
}

export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate: string | null;
  readonly span_id: string;
}

/** `valuestream traceparent`: what a job hands on to what runs in it. */
export function traceparentCommand(): Command {
  const command = new Command('traceparent')
    .description('print the trace context of a span, so that what runs in a job appears below it')
    .argument('<span-id>', 'any name of the span')
    .addOption(
      flag('traceparent', '--attempt <number>', 'which attempt; the latest where none is given').argParser(
        wholeNumber(1),
      ),
    )
    .addOption(
      flag('traceparent', '--wait <seconds>', 'how long to wait for the webhook that tells of it, at most 30')
        .argParser(wholeNumber(0))
        .default(0),
    )
    .addOption(flag('traceparent', '--env', 'print what to put into the environment, a variable on each line'));
  return withJson(withServer(command))
    .addHelpText(
      'after',
      `
docs/trace-context.md has what to write for GitHub Actions, GitLab CI and Jenkins.

Examples:
  $ export TRACEPARENT=$(valuestream traceparent vstrace-jenkins-build-team/app-17)
  $ valuestream traceparent "vstrace-github-workflow_run-$GITHUB_REPOSITORY-$GITHUB_RUN_ID" --wait 20 --env >> "$GITHUB_ENV"`,
    )
    .action(async (spanId: string, flags: TraceparentFlags) => {
      const context = await new Client(flags).json<TraceContext>(
        'GET',
        `/api/v1/traceparent?${queryOf(spanId, flags)}`,
      );
      if (flags.json === true) printJson(context);
      else console.log(flags.env === true ? linesOf(environmentOf(context)) : context.traceparent);
    });
}

function queryOf(spanId: string, { attempt, wait }: TraceparentFlags): URLSearchParams {
  return new URLSearchParams({
    span_id: spanId,
    wait_ms: String(wait * 1_000),
    ...(attempt === undefined ? {} : { attempt: String(attempt) }),
  });
}

/** By the names of https://opentelemetry.io/docs/specs/otel/context/env-carriers/, and by ours. */
export function environmentOf({ traceparent, tracestate, span_id }: TraceContext): Readonly<Record<string, string>> {
  return {
    TRACEPARENT: traceparent,
    ...(tracestate === null ? {} : { TRACESTATE: tracestate }),
    [PARENT_VARIABLE]: span_id,
  };
}

function linesOf(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}
