import { Command } from 'commander';
import { githubRedeliverCommand } from './redeliver/github.ts';

/** `valuestream redeliver`: what senders could not deliver while the server was away. */
export function redeliverCommand(): Command {
  return new Command('redeliver')
    .description('ask a sender to send again what it could not deliver')
    .addCommand(githubRedeliverCommand());
}
