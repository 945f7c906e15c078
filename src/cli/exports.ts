import { Command } from 'commander';
import type { z } from 'zod';
import type { exportSchema } from '../api/schema.ts';
import { Client } from './client.ts';
import { type ServerFlags, withJson, withServer } from './flags.ts';
import { harmless, localTime, printJson, styled, table, zone } from './output.ts';

type Export = z.infer<typeof exportSchema>;

interface ExportsFlags extends ServerFlags {
  readonly json?: boolean;
}

/** `valuestream exports`: the tracing backends that spans are sent to. */
export function exportsCommand(): Command {
  const command = new Command('exports').description('show how far each tracing backend has got');
  return withJson(withServer(command))
    .addCommand(resendCommand())
    .addHelpText(
      'after',
      `
Examples:
  $ valuestream exports
  $ valuestream exports --json | jq '.[].parked.latest'
  $ valuestream exports resend https://tempo.example.com`,
    )
    .action(async (flags: ExportsFlags) => {
      const { items } = await new Client(flags).json<{ items: Export[] }>('GET', '/api/v1/exports');
      if (flags.json === true) printJson(items);
      else if (items.length === 0)
        console.error('No tracing backend is set. "valuestream serve --otlp http://localhost:4318" names one.');
      else print(items);
    });
}

function resendCommand(): Command {
  const command = new Command('resend')
    .description('send again what a backend has refused, once it has been mended')
    .argument('<name>', 'the name of the backend, as "valuestream exports" shows it');
  return withJson(withServer(command))
    .addHelpText(
      'after',
      `
Examples:
  $ valuestream exports resend https://tempo.example.com`,
    )
    .action(async (name: string, flags: ExportsFlags) => {
      const path = `/api/v1/exports/${encodeURIComponent(name)}/resend`;
      const target = await new Client(flags).json<Export>('POST', path);
      if (flags.json === true) printJson(target);
      else
        console.log(
          `${target.parked.count} parked spans are sent again; "valuestream exports" shows what became of them`,
        );
    });
}

function print(items: readonly Export[]): void {
  const titles = ['name', 'state', 'behind', 'sent', 'dropped', 'parked', `last success (${zone()})`, 'last error'];
  console.log(table(titles, items.map(row), { flexible: titles.length - 1 }));
  const parked = items.flatMap(({ name, parked: { latest } }) =>
    latest.map(({ span_id, parked_at, reason }) => [localTime(parked_at), name, span_id, reason].map(harmless)),
  );
  if (parked.length > 0)
    console.log(`\n${table([`parked (${zone()})`, 'by', 'span', 'why'], parked, { flexible: 3 })}`);
}

function row({ name, state, behind, exported, rejected, parked, last_success_at, last_error }: Export): string[] {
  const counts = [behind, exported, rejected, parked.count].map(String);
  const success = last_success_at === null ? '' : localTime(last_success_at);
  return [harmless(name), coloured(state), ...counts, success, harmless(last_error?.message ?? '')];
}

function coloured(state: Export['state']): string {
  if (state === 'retrying') return styled('red', state);
  return styled(state === 'not_configured' ? 'dim' : 'green', state);
}
