import { Command } from 'commander';
import type { z } from 'zod';
import type { pullRequestsSchema } from '../../api/measures/pull-requests.ts';
import { flag } from '../flags.ts';
import { inWords } from '../output.ts';
import { type MeasureView, printMeasure } from './print.ts';
import { type MeasureFlags, withQuestion } from './question.ts';
import { type NumberColumn, shown, shownAt } from './sheet.ts';

type Answer = z.infer<typeof pullRequestsSchema>;
type Numbers = Answer['total']['numbers'];
type Single = 'merged' | 'abandoned' | 'merge_ratio';
type Spread = Exclude<keyof Numbers, Single>;

interface PullRequestFlags extends MeasureFlags {
  readonly bots?: boolean;
  readonly author?: string;
}

const single = (name: Single, title: string, more: Partial<NumberColumn<Numbers>> = {}): NumberColumn<Numbers> => ({
  name: title,
  of: ({ [name]: one }) => shown(one),
  ...more,
});

const point = (
  name: Spread,
  at: 'p50' | 'p85' | 'p95' | 'mean',
  title: string,
  more: Partial<NumberColumn<Numbers>> = {},
): NumberColumn<Numbers> => ({
  name: `${title} ${at}`,
  of: ({ [name]: spread }) => shownAt(spread, at),
  ...more,
});

const view: MeasureView<Numbers, Answer> = {
  path: 'pull-requests',
  columns: [
    single('merged', 'merged', { isDrawn: true }),
    single('abandoned', 'abandoned', { isExtra: true }),
    single('merge_ratio', 'ratio'),
    point('time_to_merge', 'p50', 'to merge', { isDrawn: true }),
    point('time_to_merge', 'p95', 'to merge'),
    point('time_to_first_review', 'p50', 'first review'),
    point('time_to_first_review', 'p85', 'first review', { isExtra: true }),
    point('review_rounds', 'mean', 'rounds'),
    point('size', 'p50', 'lines'),
    point('comments', 'p50', 'comments', { isExtra: true }),
    point('time_per_line', 'p50', 'time per line', { isExtra: true }),
    point('time_per_comment', 'p50', 'time per comment', { isExtra: true }),
  ],
  isEmpty: ({ merge_ratio, time_to_merge }) =>
    merge_ratio.missing === 'nothing_in_window' && time_to_merge.missing === 'nothing_in_window',
  whenEmpty:
    'Look further back with --since 365d, or see what there is with "valuestream spans --operation pull_request".',
  excluded: ({ time_to_merge }) => time_to_merge.excluded,
  notes: (_, { running_percentiles: running }) => {
    const last = running.at(-1);
    if (last?.p50 === undefined || last.p50 === null || last.p95 === null || last.p99 === null) return [];
    const [p50, p95, p99] = [last.p50, last.p95, last.p99].map(inWords);
    return [`time to merge of all ${last.n} up to ${last.label}: p50 ${p50}, p95 ${p95}, p99 ${p99}`];
  },
};

/** `valuestream measure pull-requests`. */
export function pullRequestsCommand(): Command {
  const command = new Command('pull-requests')
    .description('how pull requests go: merges, size, comments, first review, rounds')
    .addOption(flag('MEASURE', '--bots', 'count those of bots as well'))
    .addOption(flag('MEASURE', '--author <login>', 'of one person; only where the server has it switched on'));
  return withQuestion(command)
    .addHelpText(
      'after',
      `
What was merged in the window counts; what was not, and what bots have made, is told as left out. Exit code 2 where a flag is
wrong.

Examples:
  $ valuestream measure pull-requests --team Payments --since 12w
  $ valuestream measure pull-requests --group-by project --per month
  $ valuestream measure pull-requests --bots --compare
  $ valuestream measure pull-requests --project octo-org/api --csv > pull-requests.csv`,
    )
    .action(async ({ bots, author, ...flags }: PullRequestFlags) =>
      printMeasure(flags, { bots: bots === true ? true : undefined, author }, view),
    );
}
