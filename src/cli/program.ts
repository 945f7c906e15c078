import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { version } from '../version.ts';
import { deliveriesCommand } from './deliveries.ts';
import { type DemoActions, demoCommand } from './demo.ts';
import { type Check, type DoctorFlags, doctorCommand } from './doctor.ts';
import { eventCommand } from './event.ts';
import { exportsCommand } from './exports.ts';
import type { ImportHere } from './import/target.ts';
import { importCommand } from './import.ts';
import { measureCommand } from './measure.ts';
import { redeliverCommand } from './redeliver.ts';
import { type ReplayHere, replayCommand } from './replay.ts';
import { reportCommand } from './report.ts';
import { type RulesHere, rulesCommand } from './rules.ts';
import { runCommand } from './run.ts';
import { type ServeFlags, serveCommand } from './serve.ts';
import { spansCommand } from './spans.ts';
import { tokenCommand } from './token.ts';
import type { Tokens, Where } from './tokens.ts';
import { traceCommand } from './trace.ts';
import { traceparentCommand } from './traceparent.ts';

/** What commands do beyond asking a server; given from outside, for the command line is words and flags. */
export interface Actions {
  readonly serve: (flags: ServeFlags) => Promise<void>;
  readonly replayHere: ReplayHere;
  readonly importHere: ImportHere;
  readonly rulesHere: RulesHere;
  /** Tokens of the store of the configuration, in this process, where no server runs. */
  readonly tokensHere: (where: Where) => Promise<Tokens>;
  readonly demo: DemoActions;
  readonly diagnose: (flags: DoctorFlags) => Promise<readonly Check[]>;
}

export function createProgram(actions: Actions): Command {
  const program = new Command('valuestream')
    .description('Shows software teams where their delivery time goes.')
    .version(version)
    .enablePositionalOptions()
    .addCommand(serveCommand(actions.serve))
    .addCommand(demoCommand(actions.demo))
    .addCommand(eventCommand())
    .addCommand(runCommand())
    .addCommand(spansCommand())
    .addCommand(traceCommand())
    .addCommand(traceparentCommand())
    .addCommand(measureCommand())
    .addCommand(reportCommand())
    .addCommand(importCommand(actions.importHere))
    .addCommand(deliveriesCommand())
    .addCommand(exportsCommand())
    .addCommand(replayCommand(actions.replayHere))
    .addCommand(redeliverCommand())
    .addCommand(rulesCommand(actions.rulesHere))
    .addCommand(tokenCommand(actions.tokensHere))
    .addCommand(doctorCommand(actions.diagnose));
  tab(program, { completionCommandName: 'completion' });
  describeCompletion(program);
  for (const command of allOf(program)) command.showHelpAfterError('(--help tells more)').exitOverride();
  return program;
}

function describeCompletion(program: Command): void {
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print what makes a shell complete commands, flags and values')
    .addHelpText(
      'after',
      `
Examples:
  $ source <(valuestream completion bash)                     in ~/.bashrc, for bash with bash-completion
  $ source <(valuestream completion zsh)                      in ~/.zshrc, for zsh
  $ valuestream completion fish | source                      in ~/.config/fish/config.fish, for fish`,
    );
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}
