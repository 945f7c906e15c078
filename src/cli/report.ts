import { Command } from 'commander';
import { aggregateCommand } from './report/aggregate.ts';
import { pullRequestsReportCommand } from './report/pull-requests.ts';

/** `valuestream report`: numbers on the first day, from what GitHub already knows. */
export function reportCommand(): Command {
  return new Command('report')
    .description('how pull requests have gone, from GitHub itself: no server and no webhook is needed')
    .addCommand(pullRequestsReportCommand())
    .addCommand(aggregateCommand());
}
