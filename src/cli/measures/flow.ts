import { Command } from 'commander';
import type { z } from 'zod';
import type { flowSchema } from '../../api/measures/flow.ts';
import { flag } from '../flags.ts';
import { harmless, inWords } from '../output.ts';
import { type MeasureView, printMeasure } from './print.ts';
import { type MeasureFlags, withQuestion } from './question.ts';
import { type NumberColumn, type Point, shown, shownAt } from './sheet.ts';
import { sparkline } from './sparkline.ts';

type Answer = z.infer<typeof flowSchema>;
type Numbers = Answer['total']['numbers'];
type Single = 'velocity' | 'throughput' | 'efficiency' | 'load';

interface FlowFlags extends MeasureFlags {
  readonly operation?: string;
  readonly type?: string;
  readonly forecast?: string;
  readonly by?: string;
  readonly seed?: string;
}

const point = (name: Point, more: Partial<NumberColumn<Numbers>> = {}): NumberColumn<Numbers> => ({
  name: `flow time ${name}`,
  of: ({ flow_time }) => shownAt(flow_time, name),
  ...more,
});

const single = (name: Single, title: string, more: Partial<NumberColumn<Numbers>> = {}): NumberColumn<Numbers> => ({
  name: title,
  of: ({ [name]: one }) => shown(one),
  ...more,
});

const view: MeasureView<Numbers, Answer> = {
  path: 'flow',
  columns: [
    single('throughput', 'done', { isDrawn: true }),
    single('velocity', 'velocity', { isExtra: true }),
    ...[point('mean', { isExtra: true }), point('p50', { isDrawn: true }), point('p85'), point('p95'), point('max')],
    single('efficiency', 'efficiency'),
    single('load', 'load', { isExtra: true }),
  ],
  isEmpty: ({ flow_time, load }) => flow_time.missing === 'nothing_in_window' && (load?.n ?? 0) === 0,
  whenEmpty:
    'Issues and incidents flow; --operation pull_request tells of pull requests. See what there is with "valuestream spans".',
  excluded: ({ flow_time }) => flow_time.excluded,
  notes: ({ velocity, load }, answer) => [
    ...(velocity.value === null ? [] : [`velocity: ${velocity.value.toFixed(1)} done per week`]),
    ...loadNotes(load, answer),
    ...kindsNotes(answer),
    ...lawNotes(answer),
    ...ageNotes(answer),
    ...forecastNotes(answer),
  ],
};

function loadNotes(load: Numbers['load'], { cumulative_flow: { points } }: Answer): string[] {
  const last = points.at(-1);
  if (load === null || load.value === null || last === undefined) return [];
  const bars = sparkline(points.map(({ open }) => open));
  return [`load: ${load.value.toFixed(1)} open on average, ${last.open} at last ${bars}`];
}

function kindsNotes({ distribution }: Answer): string[] {
  const kinds = distribution.map(({ type, done, share, open }) => {
    const part = share === null ? '' : ` (${Math.round(100 * share)} %)`;
    return `${type ?? 'unknown'} ${done}${part}, ${open} open`;
  });
  return kinds.length === 0 ? [] : [`done by kind: ${kinds.join('; ')}`];
}

function lawNotes({ littles_law: law }: Answer): string[] {
  if (law === null) return [];
  const reading = law.is_stationary
    ? 'what leaves keeps up with what arrives'
    : 'not stationary, so past flow times say little of what is begun now';
  return [`Little's law: load is ${law.ratio.toFixed(2)} times what throughput and flow time give; ${reading}`];
}

const STANDINGS = {
  within_p50: 'within p50',
  within_p85: 'within p85',
  within_p95: 'within p95',
  above_p95: 'above p95',
} as const;
const SHOWN = 5;

function ageNotes({ ageing: { oldest, open } }: Answer): string[] {
  if (oldest.length === 0) return [];
  const standing = (of: (typeof oldest)[number]['age_standing']) => (of === null ? '' : `, ${STANDINGS[of]}`);
  const lines = oldest.slice(0, SHOWN).map((item) => {
    const stage =
      item.stage === null || item.time_in_stage_ms === null
        ? ''
        : `; ${harmless(item.stage)} for ${inWords(item.time_in_stage_ms)}${standing(item.stage_standing)}`;
    const name = harmless(item.title ?? item.span_id);
    return `  ${inWords(item.age_ms)}${standing(item.age_standing)}${stage}  ${name}  ${item.span_id}`;
  });
  return [`open now: ${open.n}, the oldest:`, ...lines];
}

function forecastNotes({ forecast }: Answer): string[] {
  if (forecast === null) return [];
  const { when, how_many: howMany, past, missing } = forecast;
  const basis = `from ${past.done} done in ${past.days} days`;
  if (missing !== null)
    return [
      `no forecast: ${basis} is too little; it takes two weeks and five items, so look further back with --since`,
    ];
  const inOrder = <T>(of: { p50: T; p70: T; p85: T; p95: T }, tell: (value: T) => string) =>
    `50 %: ${tell(of.p50)} · 70 %: ${tell(of.p70)} · 85 %: ${tell(of.p85)} · 95 %: ${tell(of.p95)}`;
  return [
    ...(when === null
      ? []
      : [`${when.items} more done by, ${basis}:`, `  ${inOrder(when.dates, (date) => date ?? 'out of sight')}`]),
    ...(howMany === null
      ? []
      : [`done by ${howMany.by} at least, ${basis}:`, `  ${inOrder(howMany.items, (count) => String(count))}`]),
  ];
}

/** `valuestream measure flow`. */
export function flowCommand(): Command {
  const command = new Command('flow')
    .description('how work flows: time, velocity, load, efficiency, kinds, ageing, forecast')
    .addOption(
      flag('MEASURE', '--operation <word>', 'of what: issue, incident, pull_request; else issues and incidents'),
    )
    .addOption(flag('MEASURE', '--type <kind>', 'only feature, defect, risk or debt'))
    .addOption(flag('MEASURE', '--forecast <count>', 'when so many more will be done'))
    .addOption(flag('MEASURE', '--by <day>', 'how many will be done by this day: 2026-12-24'))
    .addOption(flag('MEASURE', '--seed <number>', 'of the chance in a forecast: one seed, one answer'));
  return withQuestion(command)
    .addHelpText(
      'after',
      `
A forecast draws each day to come from the days of the window, those on which nothing was done among them. Exit code 2 where a
flag is wrong.

Examples:
  $ valuestream measure flow --team Payments --since 12w
  $ valuestream measure flow --group-by type --compare
  $ valuestream measure flow --project PAY --forecast 20 --by 2026-12-24
  $ valuestream measure flow --operation pull_request --per month --since 365d --markdown`,
    )
    .action(async ({ operation, type, forecast, by, seed, ...flags }: FlowFlags) =>
      printMeasure(flags, { operation, type, forecast, by, seed }, view),
    );
}
