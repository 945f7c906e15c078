import { Command } from 'commander';
import type { z } from 'zod';
import type { doraNumbersSchema } from '../../api/measures/dora.ts';
import { flag } from '../flags.ts';
import { inWords } from '../output.ts';
import { type MeasureView, printMeasure } from './print.ts';
import { type MeasureFlags, withQuestionOfLanes } from './question.ts';
import { type NumberColumn, type NumbersAnswer, shown, shownAt, shownCount } from './sheet.ts';

type Numbers = z.infer<typeof doraNumbersSchema>;

interface Answer extends NumbersAnswer<Numbers> {
  readonly is_blended: boolean;
}
type Spread = 'change_lead_time' | 'failed_deployment_recovery_time';
type Single = 'deployment_frequency' | 'change_fail_rate' | 'deployment_rework_rate';

interface DoraFlags extends Omit<MeasureFlags, 'groupBy'> {
  readonly leadTimeFrom?: string;
}

const median = (name: Spread, title: string): NumberColumn<Numbers> => ({
  name: title,
  of: ({ [name]: one }) => shownAt(one, 'p50'),
  isDrawn: name === 'change_lead_time',
});
const single = (name: Single, title: string): NumberColumn<Numbers> => ({
  name: title,
  of: ({ [name]: one }) => shown(one),
  isDrawn: name === 'deployment_frequency',
});
const countOf = (name: Spread | Single, title: string): NumberColumn<Numbers> => ({
  name: title,
  of: ({ [name]: one }) => shownCount(one),
  isExtra: true,
});

const view: MeasureView<Numbers, Answer> = {
  path: 'dora',
  columns: [
    single('deployment_frequency', 'deployments'),
    median('change_lead_time', 'lead time'),
    countOf('change_lead_time', 'lead time n'),
    single('change_fail_rate', 'failed'),
    countOf('change_fail_rate', 'tried'),
    median('failed_deployment_recovery_time', 'recovery'),
    countOf('failed_deployment_recovery_time', 'recovery n'),
    single('deployment_rework_rate', 'rework'),
  ],
  isEmpty: ({ change_fail_rate }) => change_fail_rate.missing === 'nothing_in_window',
  whenEmpty:
    'Nothing was deployed to production then. What counts as a deploy, and which environments are production, is for rules ' +
    'to say: "valuestream rules check".',
  excluded: ({ change_lead_time }) => change_lead_time.excluded,
  notes: ({ failed_deployment_recovery_time: { open } }, answer) => [
    ...bandNotes(answer),
    ...(open.max === null ? [] : [`not recovered: ${open.n}, the oldest for ${inWords(open.max)}`]),
    ...(answer.is_blended ? ['The total blends services; DORA advises to look at each by itself.'] : []),
  ],
};

/** In which answers of the DORA survey the numbers of each service and environment lie. */
export function bandNotes({ groups }: Pick<Answer, 'groups'>): string[] {
  const notes = groups.flatMap(({ group, numbers }) => {
    const bands = [
      ...bandText('lead time', numbers.change_lead_time.band),
      ...bandText('deployments', numbers.deployment_frequency.band),
      ...bandText('recovery', numbers.failed_deployment_recovery_time.band),
    ];
    const name = Object.values(group).filter(Boolean).join(' in ');
    return bands.length === 0 ? [] : [`${name}: ${bands.join('; ')}`];
  });
  return notes.length === 0 ? [] : ['In the words of the DORA survey:', ...notes.map((note) => `  ${note}`)];
}

function bandText(name: string, band: string | null): string[] {
  return band === null ? [] : [`${name} ${band.replaceAll('_', ' ')}`];
}

/** `valuestream measure dora`. */
export function doraCommand(): Command {
  const command = new Command('dora')
    .description("DORA's five measures of each service and environment, production unless another is named")
    .addOption(
      flag('MEASURE', '--lead-time-from <word>', 'where lead times begin: committed, authored, first_commit, opened'),
    );
  return withQuestionOfLanes(command)
    .addHelpText(
      'after',
      `
Lead time and recovery time are medians, failed and rework parts of the deployments that were tried. Bars are of weeks.

Examples:
  $ valuestream measure dora --since 12w
  $ valuestream measure dora --service shop/api --lead-time-from first_commit --json
  $ valuestream measure dora --from 2026-01-01 --to 2026-04-01 --per month --markdown`,
    )
    .action(async ({ leadTimeFrom, ...flags }: DoraFlags) =>
      printMeasure(flags, { lead_time_from: leadTimeFrom, blend: true }, view),
    );
}
