import { Command } from 'commander';
import { doraCommand } from './measures/dora.ts';
import { durationsCommand } from './measures/durations.ts';
import { flowCommand } from './measures/flow.ts';
import { pullRequestsCommand } from './measures/pull-requests.ts';

/** `valuestream measure`: numbers from spans. */
export function measureCommand(): Command {
  return new Command('measure')
    .description('numbers from spans, and what they leave out: durations, dora, flow, pull requests')
    .addCommand(durationsCommand())
    .addCommand(doraCommand())
    .addCommand(flowCommand())
    .addCommand(pullRequestsCommand());
}
