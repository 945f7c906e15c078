import type { z } from 'zod';
import type { measuredSchema } from '../../api/measures/schema.ts';
import { Client, Refused } from '../client.ts';
import { CliFailure } from '../failure.ts';
import { type Query, queryOf } from '../listing.ts';
import { localTimeIn, printJson } from '../output.ts';
import { type MeasureFlags, queryBy } from './question.ts';
import { asCsv, asMarkdown, asTable, type NumberColumn, type NumbersAnswer } from './sheet.ts';

type Exclusion = z.infer<typeof measuredSchema>['excluded'][number];

/** How a measure asks and is shown. */
export interface MeasureView<N, A extends NumbersAnswer<N> = NumbersAnswer<N>> {
  /** Below `/api/v1/measures/`. */
  readonly path: string;
  readonly columns: readonly NumberColumn<N>[];
  /** Whether there is anything to tell. */
  readonly isEmpty: (numbers: N) => boolean;
  /** What to say, and to try, where there is nothing. */
  readonly whenEmpty: string;
  /** What the main number leaves out. */
  readonly excluded: (numbers: N) => readonly Exclusion[];
  /** What else is worth saying below a table. */
  readonly notes?: (numbers: N, answer: A) => readonly string[];
}

/** Asks a measure and prints it as the flags say. */
export async function printMeasure<N, A extends NumbersAnswer<N>>(
  flags: MeasureFlags,
  more: Query,
  view: MeasureView<N, A>,
): Promise<void> {
  const query = { ...queryBy(flags, Date.now()), ...more };
  const answer = await ask<A>(flags, `/api/v1/measures/${view.path}${queryOf(query)}`);
  const { window, total, groups } = answer;
  const { numbers } = total;
  if (flags.json === true) return printJson(answer);
  if (flags.csv === true) return void process.stdout.write(asCsv(answer, view.columns));
  const period = `${localTimeIn(window.from, window.time_zone)} to ${localTimeIn(window.to, window.time_zone)}`;
  const subject = more.operation === undefined ? 'Nothing' : `No ${more.operation}`;
  if (view.isEmpty(numbers) && groups.length === 0)
    return console.error(`${subject} from ${period} (${window.time_zone}). ${view.whenEmpty}`);
  if (flags.markdown === true) return console.log(asMarkdown(answer, view.columns));
  console.log(
    [`${period} (${window.time_zone})`, '', asTable(answer, view.columns), ...notesOf(answer, view)].join('\n'),
  );
}

async function ask<T>(flags: MeasureFlags, path: string): Promise<T> {
  try {
    return await new Client(flags).json<T>('GET', path);
  } catch (error) {
    throw error instanceof Refused && error.status === 400 ? new CliFailure(error.message, 2) : error;
  }
}

function notesOf<N, A extends NumbersAnswer<N>>(answer: A, { columns, excluded, notes }: MeasureView<N, A>) {
  const { total, groups_left_out } = answer;
  const left = excluded(total.numbers);
  const isFew = columns.some(({ of }) => of(total.numbers)?.isFew === true);
  const lines = [
    ...(notes?.(total.numbers, answer) ?? []),
    ...left.map(({ reason, count, example }) => `left out: ${count} ${words[reason]}, such as ${example}`),
    ...(groups_left_out > 0 ? [`${groups_left_out} smaller groups are in the total only`] : []),
    ...(isFew ? ['* of fewer than five'] : []),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

/** Why something is left out, for a person. */
const words: Readonly<Record<Exclusion['reason'], string>> = {
  open: 'that have not ended',
  no_start: 'whose start is not known',
  no_end: 'whose end is not known',
  negative: 'that end before they start',
  no_sha: 'that do not tell their commit',
  first_deployment: 'before which nothing is known',
  base_unknown: 'whose changes are not known back to the deployment before',
  commits_truncated: 'of which the sender has left out commits',
  environment_unknown: 'whose environment is not known',
  commit_time_unknown: 'of which it is not known when the commit was made',
  no_pull_request: 'without a pull request',
  no_stages: 'without stages',
  category_unknown: 'of whose stages it is not known whether they wait',
  reopened: 'that were closed and opened again',
  stage_skipped: 'that never were in this stage',
  ready_unknown: 'of which it is not known since when they were ready for review',
  size_unknown: 'whose size is not known',
  nothing_to_divide_by: 'that have none of it',
  not_tried: 'that were cancelled or skipped',
  not_done: 'that ended without being done',
  inconclusive: 'that ended neither well nor badly',
  bot: 'made by bots',
};
