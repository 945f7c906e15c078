import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { version } from '../version.ts';
import { deliveriesCommand } from './deliveries.ts';
import { type Check, type DoctorFlags, doctorCommand } from './doctor.ts';
import { eventCommand } from './event.ts';
import { exportsCommand } from './exports.ts';
import { measureCommand } from './measure.ts';
import { type ReplayHere, replayCommand } from './replay.ts';
import { type RulesHere, rulesCommand } from './rules.ts';
import { runCommand } from './run.ts';
import { type ServeFlags, serveCommand } from './serve.ts';
import { spansCommand } from './spans.ts';
import { traceCommand } from './trace.ts';
import { traceparentCommand } from './traceparent.ts';

/** What commands do beyond asking a server; given from outside, for the command line is words and flags. */
export interface Actions {
  readonly serve: (flags: ServeFlags) => Promise<void>;
  readonly replayHere: ReplayHere;
  readonly rulesHere: RulesHere;
  readonly diagnose: (flags: DoctorFlags) => Promise<readonly Check[]>;
}

export function createProgram(actions: Actions): Command {
  const program = new Command('valuestream')
    .description('Shows software teams where their delivery time goes.')
    .version(version)
    .enablePositionalOptions()
    .addCommand(serveCommand(actions.serve))
    .addCommand(eventCommand())
    .addCommand(runCommand())
    .addCommand(spansCommand())
    .addCommand(traceCommand())
    .addCommand(traceparentCommand())
    .addCommand(measureCommand())
    .addCommand(deliveriesCommand())
    .addCommand(exportsCommand())
    .addCommand(replayCommand(actions.replayHere))
    .addCommand(rulesCommand(actions.rulesHere))
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
