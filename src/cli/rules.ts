import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { stringify } from 'yaml';
import type { z } from 'zod';
import type { ruleCheckSchema, rulesInForceSchema } from '../api/schema.ts';
import type { RuleSettings } from '../rules/schema.ts';
import { changeLines, countsOf } from './changes.ts';
import { Client, Unreachable } from './client.ts';
import { CliFailure } from './failure.ts';
import { flag, type ServerFlags, withJson, withServer } from './flags.ts';
import { harmless, printJson, styled, table } from './output.ts';
import { type Progress, progress } from './progress.ts';

export type RuleCheck = z.output<typeof ruleCheckSchema>;
type RulesInForce = z.output<typeof rulesInForceSchema>;

/** What the command does without a server; given from outside. */
export interface RulesHere {
  /** The rules of a file; null where none is named and there is none. Throws a ConfigError that names the line. */
  readonly read: (config: string | undefined) => Promise<RuleSettings | null>;
  /** Checks in this process, on the folder of the configuration, where no server runs. */
  readonly check: (
    where: { readonly config?: string; readonly data_dir?: string },
    tell: (check: RuleCheck) => void,
    signal: AbortSignal,
  ) => Promise<RuleCheck>;
}

interface CheckFlags extends ServerFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

const POLL_MS = 250;

/** `valuestream rules`: what rules decide, and what a changed file would change. */
export function rulesCommand(here: RulesHere): Command {
  return new Command('rules')
    .description('look at what rules decide: deploys, environments, incidents, stages, services, teams')
    .addCommand(checkCommand(here))
    .addCommand(showCommand());
}

function checkCommand(here: RulesHere): Command {
  const command = new Command('check')
    .description('tell what the rules of the file decide for the stored spans, and what they would change')
    .addOption(
      flag('RULES', '--config <file>', 'the configuration file (default: ./valuestream.yaml)').env('VS_CONFIG'),
    )
    .addOption(
      flag('RULES', '--data-dir <folder>', 'the folder of the store, where no server runs').env('VS_DATA_DIR'),
    );
  return withJson(withServer(command))
    .addHelpText(
      'after',
      `
Changes nothing. Without a file the rules in force are looked at. Rules are applied when the server starts; what is
stored follows in the background. Exit code 2 where the file is wrong.

Examples:
  $ valuestream rules check
  $ valuestream rules check --config new-rules.yaml
  $ valuestream rules check --json | jq '.decisions[] | select(.decides == "tier")'`,
    )
    .action(async (flags: CheckFlags) => {
      const isDefault = command.getOptionValueSource('url') === 'default';
      await check(flags, here, isDefault);
    });
}

function showCommand(): Command {
  return withJson(withServer(new Command('show')))
    .description('print the rules in force, your own and the built-in ones that follow them')
    .addHelpText(
      'after',
      `
What it prints can be put into valuestream.yaml.

Examples:
  $ valuestream rules show
  $ valuestream rules show --json | jq .defaults.environments`,
    )
    .action(async (flags: ServerFlags & { readonly json?: boolean }) => {
      const inForce = await new Client(flags).json<RulesInForce>('GET', '/api/v1/rules');
      if (flags.json === true) printJson(inForce);
      else console.log(asFile(inForce));
    });
}

function asFile({ rules, teams, defaults, applied }: RulesInForce): string {
  const parts = [
    `# your own rules${applied ? '' : '; stored spans are still being folded by them'}\n${stringify({ rules, teams })}`,
    ...(defaults === null
      ? []
      : [`# the built-in rules that follow them\n${commented(stringify({ rules: defaults }))}`]),
  ];
  return parts.join('\n').trimEnd();
}

function commented(text: string): string {
  return text.trimEnd().replace(/^/gm, '# ');
}

async function check(flags: CheckFlags, here: RulesHere, mayOpen: boolean): Promise<void> {
  const proposed = await here.read(flags.config);
  const client = new Client(flags);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const bar: Progress = progress('operations');
  const tell = ({ operations: { total, read }, spans }: RuleCheck) =>
    bar.update({ total, read, changed: spans.added + spans.changed + spans.removed });
  const done = await atServer(client, proposed, tell, stop.signal).catch((error: unknown) => {
    if (!mayOpen || !(error instanceof Unreachable)) throw error;
    console.error('No server runs: reading the store in this process.');
    return here.check(whereOf(flags), tell, stop.signal);
  });
  tell(done);
  bar.stop();
  if (flags.json === true) printJson(done);
  else for (const line of summary(done)) console.log(line);
  if (done.state === 'failed') throw new CliFailure(`the check failed: ${done.error}`);
  if (done.state === 'cancelled') process.exitCode = 130;
}

function whereOf({ config, dataDir }: CheckFlags): { config?: string; data_dir?: string } {
  return { ...(config === undefined ? {} : { config }), ...(dataDir === undefined ? {} : { data_dir: dataDir }) };
}

async function atServer(
  client: Client,
  proposed: RuleSettings | null,
  tell: (check: RuleCheck) => void,
  signal: AbortSignal,
): Promise<RuleCheck> {
  const options = proposed === null ? {} : { body: JSON.stringify(proposed) };
  let seen = await client.json<RuleCheck>('POST', '/api/v1/rules/checks', options);
  const path = `/api/v1/rules/checks/${seen.id}`;
  while (seen.state === 'running') {
    tell(seen);
    await wait(POLL_MS, undefined, { signal }).catch(() => client.json('DELETE', path));
    seen = await client.json<RuleCheck>('GET', path);
  }
  return seen;
}

function summary({ state, operations, spans, decisions, changes }: RuleCheck): string[] {
  const hidden = spans.added + spans.changed + spans.removed - changes.length;
  const isSame = changes.length === 0;
  return [
    `${state}: ${operations.read} of ${operations.total} operations looked at`,
    '',
    ...(decisions.length === 0 ? ['No rule decides anything yet.'] : [decisionTable(decisions)]),
    '',
    isSame ? 'The stored spans are as these rules make them.' : `These rules would change: ${countsOf(spans, true)}`,
    ...changes.flatMap(changeLines),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
  ];
}

function decisionTable(decisions: RuleCheck['decisions']): string {
  const sorted = decisions.toSorted((a, b) => a.decides.localeCompare(b.decides) || b.spans - a.spans);
  const rows = sorted.map(({ decides, value, by, spans }) => [
    decides,
    styled('bold', harmless(value)),
    String(spans),
    by,
  ]);
  return table(['decides', 'value', 'spans', 'by'], rows, { flexible: 1 });
}
