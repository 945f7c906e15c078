import { type Asked, askTogether, derived, type Prepared, prepare, type Summaries } from '../ask.ts';
import type { AsOf, Columns } from '../columns/contract.ts';
import { type Items, prepareItems } from '../items.ts';
import type { Measure, Question } from '../measure.ts';
import type { MeasureFilter, Window } from '../window.ts';
import type { LeadTimeStage } from './lead-time.sql.ts';
import { doraMeasures, type LeadTimeStart, leadTimeStageMeasures, leadTimes } from './measures.ts';
import { prepareRhythm, type Rhythm } from './rhythm.ts';

type DoraMeasure = 'change_lead_time' | keyof typeof doraMeasures;

/** What DORA's five measures come to, and what their numbers cannot say. */
export interface Dora {
  readonly question: Question;
  readonly measures: Readonly<Record<DoraMeasure, Measure>>;
  readonly asked: Asked<DoraMeasure>;
  readonly leadTimeFrom: LeadTimeStart;
  /** Of one group, or of all where none is named. */
  readonly rhythmOf: (group: MeasureFilter | null) => Rhythm;
  /** Each stage of the lead time; of one of the groups of {@link asked}, or of all where none is named. Null without details. */
  readonly stagesOf: (group: MeasureFilter | null) => Summaries<LeadTimeStage> | null;
  /** The latest deployments that have failed, each with its causes and its recovery. Null without details. */
  readonly failures: Items | null;
}

interface Options {
  /** Null: what is known of most commits. */
  readonly leadTimeFrom: LeadTimeStart | null;
  /** Whether the stages of lead times and the failures are told. */
  readonly withDetails: boolean;
  readonly fresh: boolean;
}

const FAILURES_TOLD = 100;

/**
 * Asks DORA's measures of each service and environment: of production, unless the filter says of which. Throws as {@link ask}
 * does.
 */
export async function askDora(
  columns: Columns,
  asking: Question,
  { leadTimeFrom, withDetails, fresh }: Options,
): Promise<Dora> {
  const question = { ...asking, filter: inProduction(asking.filter) };
  const { numbers, rhythmOf, failures } = await askTogether(
    columns,
    {
      numbers: prepare(question, { ...doraMeasures, ...leadTimesAsked(leadTimeFrom, withDetails) }),
      rhythmOf: prepareRhythm(question),
      failures: withDetails ? prepareFailures(question) : nothingAsked,
    },
    { fresh },
  );
  const start = leadTimeFrom ?? startKnown(numbers.total.now);
  const asked = derived(numbers, (summaries) => ({ ...summaries, change_lead_time: summaries[start] }));
  const measures = { ...doraMeasures, change_lead_time: leadTimes[start] };
  const stagesOf = (group: MeasureFilter | null) =>
    withDetails ? (numbers.groups.find(({ key }) => key === group) ?? numbers.total).now : null;
  return { question, measures, asked, leadTimeFrom: start, rhythmOf, stagesOf, failures };
}

const nothingAsked: Prepared<null> = { queries: [], answerOf: () => null };

/** Those that may begin it where none is chosen, and its stages where they are told. */
function leadTimesAsked(from: LeadTimeStart | null, withStages: boolean) {
  const starts: readonly LeadTimeStart[] = from === null ? ['committed', 'authored'] : [from];
  const asked = Object.fromEntries(starts.map((start) => [start, leadTimes[start]]));
  return { ...asked, ...(withStages ? leadTimeStageMeasures : {}) } as Record<LeadTimeStart | LeadTimeStage, Measure>;
}

function inProduction(filter: MeasureFilter): MeasureFilter {
  return filter.environment === undefined && filter.tier === undefined ? { ...filter, tier: 'production' } : filter;
}

/** Committer times where they are known of as many commits as author times are, for those are what DORA means. */
function startKnown({ committed, authored }: Summaries<LeadTimeStart>): LeadTimeStart {
  return committed.n > 0 && committed.n >= authored.n ? 'committed' : 'authored';
}

function prepareFailures(question: Question): Prepared<Items | null> {
  const page = { reason: null, order: 'at', limit: FAILURES_TOLD, after: null } as const;
  return prepareItems(doraMeasures.failed_deployment_recovery_time, question, page);
}

/** How long a window has lasted until the numbers were taken. */
export function spanOf({ from, to }: Window, asOf: AsOf): number {
  return Math.max(0, Math.min(to, asOf.at) - from);
}
