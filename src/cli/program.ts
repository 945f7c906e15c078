import { Command } from 'commander';
import { version } from '../version.ts';
import { type ServeFlags, serveCommand } from './serve.ts';

/** What the commands do; given from outside, so that the command line knows no more than words and flags. */
export interface Actions {
  readonly serve: (flags: ServeFlags) => Promise<void>;
}

export function createProgram(actions: Actions): Command {
  return new Command('valuestream')
    .description('Shows software teams where their delivery time goes.')
    .version(version)
    .addCommand(serveCommand(actions.serve))
    .showHelpAfterError('(valuestream --help tells more)');
}
