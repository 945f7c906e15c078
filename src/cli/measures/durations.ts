import { Command } from 'commander';
import type { z } from 'zod';
import type { durationNumbersSchema } from '../../api/measures/durations.ts';
import { flag } from '../flags.ts';
import { inWords } from '../output.ts';
import { type MeasureView, printMeasure } from './print.ts';
import { type MeasureFlags, withQuestion } from './question.ts';
import { type NumberColumn, type Point, shown, shownAt, shownCount } from './sheet.ts';

type Numbers = z.infer<typeof durationNumbersSchema>;
type Single = 'started' | 'finished' | 'errors' | 'success_ratio';

interface DurationsFlags extends MeasureFlags {
  readonly operation?: string;
  readonly result?: string;
  readonly stage?: string;
}

const point = (name: Point, more: Partial<NumberColumn<Numbers>> = {}): NumberColumn<Numbers> => ({
  name,
  of: ({ duration }) => shownAt(duration, name),
  ...more,
});

const single = (name: Single, title: string, more: Partial<NumberColumn<Numbers>> = {}): NumberColumn<Numbers> => ({
  name: title,
  of: ({ [name]: one }) => shown(one),
  ...more,
});

const view: MeasureView<Numbers> = {
  path: 'durations',
  columns: [
    single('started', 'started', { isExtra: true }),
    single('finished', 'finished', { isDrawn: true }),
    single('errors', 'errors', { isExtra: true }),
    single('success_ratio', 'success'),
    { name: 'n', of: ({ duration }) => shownCount(duration), isExtra: true },
    ...[point('mean', { isExtra: true }), point('min', { isExtra: true })],
    ...[point('p50', { isDrawn: true }), point('p75', { isExtra: true }), point('p85')],
    ...[point('p90', { isExtra: true }), point('p95'), point('p99', { isExtra: true }), point('max')],
  ],
  isEmpty: ({ duration, started, open }) =>
    duration.missing === 'nothing_in_window' && (started?.value ?? 0) === 0 && (open?.n ?? 0) === 0,
  whenEmpty:
    'Look further back with --since 365d, or see what there is with "valuestream spans". What counts as a deploy or an ' +
    'incident is for rules to say: "valuestream rules check".',
  excluded: ({ duration }) => duration.excluded,
  notes: ({ open }) =>
    open === null || open.max === null ? [] : [`open now: ${open.n}, the oldest for ${inWords(open.max)}`],
};

/** `valuestream measure durations`. */
export function durationsCommand(): Command {
  const command = new Command('durations')
    .description('how long operations take, how many there are, and how they end')
    .addOption(flag('MEASURE', '--operation <word>', 'issue, pull_request, build, deploy, …; stage tells of stages'))
    .addOption(flag('MEASURE', '--result <word>', 'how it ended: success, failure, merged, …'))
    .addOption(flag('MEASURE', '--stage <name>', 'only the time in this stage'));
  return withQuestion(command)
    .addHelpText(
      'after',
      `
Each row is of a week, or of a group with a bar for each week. What ended in the window counts, by the time that its sender
tells; percentiles are exact. Exit code 2 where a flag is wrong.

Examples:
  $ valuestream measure durations --operation build --group-by project
  $ valuestream measure durations --operation pull_request --group-by stage --since 12w
  $ valuestream measure durations --operation deploy --environment production --from 2026-01-01 --to 2026-04-01 --compare
  $ valuestream measure durations --operation issue --per month --since 365d --csv > issues.csv`,
    )
    .action(async ({ operation, result, stage, ...flags }: DurationsFlags) =>
      printMeasure(flags, { operation, result, stage }, view),
    );
}
