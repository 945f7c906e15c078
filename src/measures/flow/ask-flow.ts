import { type Asked, askTogether, prepare, type Summaries } from '../ask.ts';
import { calendarOf } from '../calendar.ts';
import type { Columns } from '../columns/contract.ts';
import type { Question } from '../measure.ts';
import type { Summary } from '../summary.ts';
import type { Window } from '../window.ts';
import { type AgeingItem, ageingOf, type Past, pastOf, prepareOldest } from './ageing.ts';
import { type CumulativePoint, prepareCumulative } from './cumulative.ts';
import { ageMeasure, arrivedMeasure, flowMeasures, stageTimeMeasure } from './flow.ts';
import { type LittlesLaw, littlesLaw } from './littles-law.ts';
import { type PastDays, preparePast } from './past.ts';
import { type FlowType, flowTypeOf } from './types.ts';

type FlowNumber = keyof typeof flowMeasures;

/** One kind of work, with what was done of it and what is in hand. */
interface TypeShare {
  /** Null where nobody knows what kind it is. */
  readonly type: FlowType | null;
  readonly done: number;
  /** Of all done; null where nothing was. */
  readonly share: number | null;
  readonly openNow: number;
}

/** All that is told of flow, on one snapshot. */
export interface Flow {
  /** What was asked, as far as it has passed. */
  readonly window: Window;
  readonly numbers: Asked<FlowNumber>;
  /** At the end of each day, week or month of the window (`per`, else weeks), as far as it has passed. */
  readonly cumulative: readonly CumulativePoint[];
  readonly arrived: Summary;
  readonly types: readonly TypeShare[];
  readonly littlesLaw: LittlesLaw | null;
  readonly open: Summary;
  readonly oldest: readonly AgeingItem[];
  readonly stages: ReadonlyMap<string, Past>;
  readonly past: PastDays;
}

/**
 * Asks all that is told of flow. The window ends now at the latest. Throws an AppError `invalid_parameter` where the measures
 * cannot be filtered or grouped so, and a ColumnsUnavailable.
 */
export async function askFlow(columns: Columns, asked: Question, options: { readonly fresh: boolean }): Promise<Flow> {
  const question = { ...asked, window: passedOf(asked) };
  const plain: Question = { ...question, groupBy: [], per: null, compare: false };
  const ends = calendarOf(question.window, question.per ?? 'week').map(({ to }) => to);
  const { throughput } = flowMeasures;
  const answers = await askTogether(
    columns,
    {
      numbers: prepare<FlowNumber>(question, flowMeasures),
      types: prepare({ ...plain, groupBy: ['type'] }, { throughput, age: ageMeasure }),
      arrived: prepare(plain, { arrived: arrivedMeasure }),
      stages: prepare({ ...plain, groupBy: ['stage'] }, { time: stageTimeMeasure }),
      past: preparePast(plain),
      cumulative: prepareCumulative(plain, ends),
      oldest: prepareOldest(plain),
    },
    options,
  );
  const { numbers, types, cumulative, past } = answers;
  const stages = new Map(
    answers.stages.groups.flatMap(({ key, now }) => (key.stage ? [[key.stage, pastOf(now.time)] as const] : [])),
  );
  return {
    ...{ window: question.window, numbers, cumulative, past, stages },
    arrived: answers.arrived.total.now.arrived,
    open: types.total.now.age,
    types: sharesOf(types),
    littlesLaw: lawOf(numbers.total.now, question.window),
    oldest: ageingOf(answers.oldest, pastOf(numbers.total.now.flow_time), stages),
  };
}

function passedOf({ window, now }: Question): Window {
  return { ...window, to: Math.max(window.from, Math.min(window.to, now)) };
}

function lawOf({ load, departures }: Summaries<FlowNumber>, { from, to }: Window): LittlesLaw | null {
  return littlesLaw({
    openMs: load.sum ?? 0,
    ended: departures.n,
    meanTimeMs: departures.mean,
    lengthMs: to - from,
  });
}

function sharesOf({ total, groups }: Asked<'throughput' | 'age'>): TypeShare[] {
  const all = total.now.throughput.n;
  return groups
    .map(({ key, now }) => ({
      type: flowTypeOf(key.type),
      done: now.throughput.n,
      share: all === 0 ? null : now.throughput.n / all,
      openNow: now.age.n,
    }))
    .filter(({ done, openNow }) => done > 0 || openNow > 0);
}
