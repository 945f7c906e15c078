import { Command } from 'commander';
import { durationsCommand } from './measures/durations.ts';
import { flowCommand } from './measures/flow.ts';
import { pullRequestsCommand } from './measures/pull-requests.ts';

/** `valuestream measure`: numbers from spans. */
export function measureCommand(): Command {
  return new Command('measure')
    .description('numbers from spans, and what they leave out: durations, flow, pull requests')
    .addCommand(durationsCommand())
    .addCommand(flowCommand())
    .addCommand(pullRequestsCommand());
}
