import { Command } from 'commander';
import { durationsCommand } from './measures/durations.ts';

/** `valuestream measure`: numbers from spans. */
export function measureCommand(): Command {
  return new Command('measure')
    .description('numbers from spans, and what they leave out: durations')
    .addCommand(durationsCommand());
}
